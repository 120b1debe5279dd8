"""`GET /events`: server-sent events (HTML Living Standard, 9.2)."""

from __future__ import annotations

import asyncio
import random
from typing import Annotated, Any

from litestar import Request, Router, get
from litestar.params import Parameter
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from .live import Client, Live
from .news import TOPICS
from .problems import invalid

_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx would hold frames back
]


class EventStream(ASGIResponse):
    """Stays open until the browser leaves or falls too far behind."""

    def __init__(self, live: Live, topics: frozenset[str], last_event_id: str | None) -> None:
        super().__init__()
        self._live = live
        self._topics = topics
        self._last_event_id = last_event_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def write(data: bytes) -> None:
            await send({"type": "http.response.body", "body": data, "more_body": True})

        gone = asyncio.get_running_loop().create_future()
        place = self._live.ring.place_of(self._last_event_id)
        served = self._live.ring.head if place is None else place
        client = Client(self._topics, served, write, drop=gone.cancel)
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        # Jitter: all browsers of a fallen gateway must not come back in the same second.
        await write(b"retry: %d\nid: %s\n\n" % (random.randint(2_000, 5_000), self._live.ring.id_of(served)))
        if place is None:
            await write(b"event: reset\ndata: {}\n\n")
        self._live.follow(client)
        leaving = asyncio.ensure_future(_disconnected(receive))
        try:
            await asyncio.wait({leaving, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._live.leave(client)
            leaving.cancel()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


@get("/events", media_type="text/event-stream", tags=["events"])
async def events(
    request: Request[Any, Any, Any],
    topics: Annotated[
        str | None, Parameter(description=f"Any of {', '.join(sorted(TOPICS))}, comma-separated; all without it")
    ] = None,
) -> EventStream:
    """Server-sent events. Each event is named after its topic; its data is a list of messages.

    After a gap that cannot be filled, an event `reset` asks to fetch everything anew.
    """
    wanted = frozenset(filter(None, (topics or "").split(","))) or TOPICS
    for topic in sorted(wanted - TOPICS):
        raise invalid(f"There is no topic `{topic}`; there are {', '.join(sorted(TOPICS))}.", "topics")
    return EventStream(request.app.state.live, wanted, request.headers.get("last-event-id"))


router = Router("/", route_handlers=[events])
