"""`GET /events`: server-sent events (HTML Living Standard, 9.2)."""

from __future__ import annotations

import random
from typing import Annotated, Any

from litestar import Request, Router, get
from litestar.params import Parameter
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from .edge.connection import STREAM
from .problems import Problem, invalid
from .push.live import RESET, Live
from .push.news import PRIVATE, TOPICS, private_topic
from .push.stream import Stream
from .tokens import actor_of, refused

_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx would hold frames back
]


class EventStream(ASGIResponse):
    """Sends the headers and what the client missed, and hands the connection to a `Stream` of `live`."""

    def __init__(self, live: Live, topics: frozenset[str], last_event_id: str | None) -> None:
        super().__init__()
        self._live = live
        self._topics = topics
        self._last_event_id = last_event_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        hand_over: Any = (scope.get("extensions") or {}).get(STREAM)
        if hand_over is None:
            raise Problem(501, "NotImplemented", "This server has no streams.")
        ring = self._live.ring
        place = ring.place_of(self._last_event_id)
        served = ring.head if place is None else place
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        # Jitter: all browsers of a fallen gateway must not come back in the same second.
        start = b"retry: %d\nid: %s\n\n" % (random.randint(2_000, 5_000), ring.id_of(served))
        if place is None:
            start += RESET + self._live.shown(self._topics)
        await send({"type": "http.response.body", "body": start, "more_body": True})

        def stream_on(transport: Any) -> Stream:
            return Stream(self._live, self._topics, served, transport)

        if (stream := hand_over(stream_on)) is not None:
            self._live.follow(stream)


@get("/events", media_type="text/event-stream", tags=["events"])
async def events(
    request: Request[Any, Any, Any],
    topics: Annotated[
        str | None, Parameter(description=f"Any of {', '.join(sorted(TOPICS))}, comma-separated; all without it")
    ] = None,
) -> EventStream:
    """Server-sent events. Each event is named after its topic; its data is a list of messages.

    The topic `notices`, what the caller's own saved searches found, needs a token and to be asked for by name.
    After a gap that cannot be filled, an event `reset` asks to fetch everything anew.
    """
    wanted = frozenset(filter(None, (topics or "").split(","))) or TOPICS
    for topic in sorted(wanted - TOPICS - {PRIVATE}):
        raise invalid(f"There is no topic `{topic}`; there are {', '.join(sorted(TOPICS))}.", "topics")
    if PRIVATE in wanted:
        if (actor := actor_of(request)) is None:
            raise refused(f"The topic `{PRIVATE}` needs an access token.")
        wanted = wanted - {PRIVATE} | {private_topic(actor.id)}
    return EventStream(request.app.state.live, wanted, request.headers.get("last-event-id"))


router = Router("/", route_handlers=[events])
