"""The media node in one page: what is opened, what it is made of, and how it ends."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial

from aiohttp import web

from messaging.contracts.streaming import AttendeeBarred, NodeHeartbeat, SessionChanged
from messaging.envelope import Envelope
from messaging.on_asyncio import Bus

from . import notices, operations, whep, whip
from .capabilities import Capabilities
from .events import Announcer, LoggedEvents
from .exchange import CAPABILITIES, SETTINGS, STAGES
from .hls.packaging import Packaging
from .hls.wiring import mount, packaging_of
from .ice import Agents
from .operations import READY
from .peers import Peers
from .port import open_port
from .problems import answer_with_problems
from .relays import Relays
from .sdp.offer import LONGEST_OFFER
from .settings import Settings
from .stages import Stages
from .tending import tend
from .whep import RELAYS

_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST, PATCH, DELETE, OPTIONS, GET",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match, ETag",
    "Access-Control-Expose-Headers": "Location, ETag, Link, Accept-Post, Accept-Patch, Retry-After",
    "Access-Control-Max-Age": "86400",
}


@asynccontextmanager
async def media_node(settings: Settings) -> AsyncIterator[None]:
    """A running node. Leaving it closes the stages, tells the bus, and closes every peer and port."""
    async with AsyncExitStack() as stack:
        bus = Bus(settings.amqp_url, settings.node) if settings.amqp_url else None
        if bus is not None:
            await stack.enter_async_context(bus)
        hosts = itertools.zip_longest(settings.hosts, settings.announced, fillvalue="")
        agents, ports = Agents(), []
        for host, announced in hosts:
            ports.append(await open_port(host, agents, settings.udp_ports, announced))
            stack.callback(ports[-1].close)
        peers = Peers(ports, agents)
        stages = Stages(peers, settings.node, lambda event: announcer.announce(event), settings.capacity)
        stack.push_async_callback(stages.draining.stop)
        packaging = await stack.enter_async_context(packaging_of(stages, settings.hls))
        announcer = Announcer(bus or LoggedEvents(), lambda stopping: _heartbeat(settings, stages, stopping))
        stack.push_async_callback(announcer.stop)
        await stack.enter_async_context(_running(announcer.run()))
        await stack.enter_async_context(_running(tend(stages, peers)))
        stack.push_async_callback(peers.close_all)
        if bus is not None:
            heard = partial(_session_changed, stages, packaging)
            barred = partial(_attendee_barred, stages)
            await stack.enter_async_context(bus.listening({SessionChanged: heard, AttendeeBarred: barred}))
        relays = Relays(stages, Capabilities(settings.capability_secret, settings.node), settings.hosts)
        stack.push_async_callback(relays.close)
        app = application(settings, stages, relays, ready=lambda: bus is None or bus.connected)
        mount(app, packaging, settings.capability_secret)
        await stack.enter_async_context(_serving(app, settings))
        yield


def application(settings: Settings, stages: Stages, relays: Relays, ready: Callable[[], bool]) -> web.Application:
    """The HTTP side."""
    app = web.Application(middlewares=[answer_with_problems], client_max_size=LONGEST_OFFER)
    app[SETTINGS], app[STAGES], app[READY], app[RELAYS] = settings, stages, ready, relays
    app[CAPABILITIES] = Capabilities(settings.capability_secret, settings.node)
    app.add_routes([*whip.routes(), *whep.routes(), *notices.routes(), *operations.routes()])
    app.on_response_prepare.append(_allow_all_origins)
    return app


async def _allow_all_origins(request: web.Request, response: web.StreamResponse) -> None:
    """Players run on any page; what protects a session is its capability, not the page's origin."""
    response.headers.update(_CORS)


async def _session_changed(
    stages: Stages, packaging: Packaging, envelope: Envelope, event: SessionChanged
) -> None:
    """A session that has ended has no stage any more, and its recording is complete."""
    if event.session.status == "ended":
        stages.end(event.session.id)
        packaging.end(event.session.id)


async def _attendee_barred(stages: Stages, envelope: Envelope, event: AttendeeBarred) -> None:
    """Who was shown out of a session leaves its stage."""
    stages.show_out(event.session_id, event.attendee_id)


def _heartbeat(settings: Settings, stages: Stages, stopping: bool) -> NodeHeartbeat:
    return NodeHeartbeat(
        node=settings.node,
        url=settings.reachable_at,
        stages=stages.epochs,
        viewers=stages.viewers,
        stopping=stopping,
        region=settings.region,
        capacity=settings.capacity,
        audience=stages.audience,
        relays=dict(stages.relayed),
    )


@asynccontextmanager
async def _running(work: Awaitable[None]) -> AsyncIterator[None]:
    """`work` in the background; cancelled and waited for at the end."""
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def _serving(app: web.Application, settings: Settings) -> AsyncIterator[None]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        for host in settings.hosts:
            await web.TCPSite(runner, host, settings.port).start()
        yield
    finally:
        await runner.cleanup()
