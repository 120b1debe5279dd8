"""The application: routes, how errors are answered, and what lives as long as the process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any, cast

import aiohttp
from litestar import Litestar, Router
from litestar.config.cors import CORSConfig
from litestar.datastructures import State
from litestar.di import Provide

from messaging.on_asyncio import Bus
from messaging.parked import ParkedMessages

from . import (
    attendees,
    events,
    health,
    hls,
    nodes,
    openapi,
    organisations,
    pages,
    parked,
    projects,
    refusals,
    saved_searches,
    search,
    sessions,
    stages,
    vacancies,
)
from .caller import provide_caller
from .edge.cache import Cache
from .edge.edge import Edge
from .edge.limits import Lanes
from .media import MediaNodes
from .metrics import EdgeCollector, MeasuredServices, Metrics
from .origins import open_origins
from .push import news
from .push.live import Live
from .queries import refuse_unknown_parameters
from .settings import Settings
from .tokens import Verifier

MAX_BODY = 1024 * 1024
#: The services of ours, which take several calls in one message.
SERVICES = ("registration", "jobs", "search", "streaming")
OpenBus = Callable[[Settings], AbstractAsyncContextManager[Bus]]


def bus_of(settings: Settings) -> Bus:
    """The real bus. It is entered with little patience: without a broker we serve 503, we do not wait."""
    return Bus(settings.amqp_url, "gateway", patience=1.0, in_rows=SERVICES)


def build(settings: Settings, open_bus: OpenBus = bus_of) -> Litestar:
    """The application; tests give it a bus of their own. `state` is what handlers share."""
    state = State(
        {
            "settings": settings,
            "verifier": Verifier(settings.public_key_file),
            "live": Live(),
            "cache": Cache(settings.cache_bytes),
            "metrics": Metrics(),
            "parked": ParkedMessages(settings.amqp_url),
        }
    )
    return Litestar(
        route_handlers=[api(), hls.files, health.router, openapi.router, pages.router],
        state=state,
        lifespan=[lambda app: lifespan(app, open_bus)],
        dependencies={"caller": Provide(provide_caller)},
        before_request=refuse_unknown_parameters,
        exception_handlers={Exception: refusals.answer},
        request_max_body_size=MAX_BODY,
        openapi_config=openapi.config(),
        cors_config=cors(settings.cors_origins),
        logging_config=None,
    )


def edge_of(app: Litestar) -> Edge:
    """What stands around the application: its memory. The server calls this, and this calls the application."""

    def connected() -> bool:
        bus = getattr(app.state, "bus", None)
        return bus is not None and bus.connected

    state, settings = app.state, cast(Settings, app.state.settings)
    state.lanes = Lanes(app, settings.most_under_way)
    state.edge = Edge(
        state.lanes,
        state.cache,
        state.verifier,
        connected,
        origins=bool(settings.cors_origins),
        per_token=settings.rate_per_token,
        per_address=settings.rate_per_address,
    )
    state.metrics.registry.register(EdgeCollector(state.cache, state.live, state.lanes, state.edge))
    return cast(Edge, state.edge)


def api() -> Router:
    """Everything under /api/v1."""
    parts = (
        attendees,
        organisations,
        projects,
        search,
        sessions,
        stages,
        hls,
        vacancies,
        events,
        parked,
        nodes,
        saved_searches,
    )
    return Router("/api/v1", route_handlers=[part.router for part in parts])


@asynccontextmanager
async def lifespan(app: Litestar, open_bus: OpenBus) -> AsyncIterator[None]:
    """What lives from start to stop: the bus, what is heard on it, and the way to the media nodes."""
    state = app.state
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client,
        open_origins() as state.hls,
        open_bus(state.settings) as bus,
        bus.listening(news.handlers(state.live, state.cache)) as listener,
        running(state.live.run()),
        running(state.metrics.watch_loop()),
    ):
        bus.on_reconnect(state.cache.flush)  # before clients are told to ask again
        bus.on_reconnect(state.live.reset)
        state.bus, state.listener = MeasuredServices(bus, state.metrics), listener
        state.media = MediaNodes(client)
        yield


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Runs `work` beside the body, and no longer."""
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def cors(origins: tuple[str, ...]) -> CORSConfig | None:
    """Off unless origins are given."""
    if not origins:
        return None
    return CORSConfig(allow_origins=list(origins), expose_headers=["Location", "X-Request-ID", "Retry-After"])
