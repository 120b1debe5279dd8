"""How much a client may ask for, and how much is worked on at the same time.

Answers from memory are not counted: they cost next to nothing. What is too much is refused at once, before the
framework, with the time after which to come again: who is refused costs little, so those who are served are
served as well as before.
"""

from __future__ import annotations

import math
import random
import time
from collections import OrderedDict
from collections.abc import Callable

import msgspec
from litestar.types import ASGIApp, Receive, Scope, Send

from gateway.problems import MEDIA_TYPE, Problem

#: Seconds of its rate that a client may ask for at once after a pause.
BURST = 10.0
#: Clients that are remembered; the longest silent is forgotten, and starts with a full measure.
CLIENTS = 50_000


class Rates:
    """Token buckets: each client may ask `rate` times a second for long, and `BURST` seconds' worth at once."""

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, client: str) -> float:
        """Seconds until `client` may ask; 0 when it may now, and then it has."""
        if self._rate <= 0:
            return 0.0
        now, most = self._clock(), max(1.0, self._rate * BURST)
        left, at = self._left.get(client, (most, now))
        left = min(most, left + (now - at) * self._rate)
        wait = 0.0 if left >= 1 else (1 - left) / self._rate
        self._left[client] = (left if wait else left - 1, now)
        self._left.move_to_end(client)
        if len(self._left) > CLIENTS:
            self._left.popitem(last=False)
        return wait


class Lanes:
    """The application with at most so many requests under way in each lane; the next is refused with 503.

    A lane is the first part of a path, such as ``vacancies``: what hangs or is asked too much does not take the
    others along. A queue longer than this would only be waited in by clients that have given up.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most
        self.under_way: dict[str, int] = {}
        self.refused = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Work on a request, or refuse it."""
        lane = lane_of(scope["path"]) if scope["type"] == "http" else None
        if lane is None:
            await self._app(scope, receive, send)
            return
        if self.under_way.get(lane, 0) >= self._most:
            self.refused += 1
            await refuse(busy(), scope, send)
            return
        self.under_way[lane] = self.under_way.get(lane, 0) + 1
        try:
            await self._app(scope, receive, send)
        finally:
            self.under_way[lane] -= 1


def lane_of(path: str) -> str | None:
    """The lane of a path of the API; None for health, pages and whatever else is not work.

    >>> lane_of("/api/v1/vacancies/v1/applications")
    'vacancies'
    """
    if not path.startswith("/api/v1/"):
        return None
    lane = path[8:].partition("/")[0]
    return lane if lane.isalpha() and len(lane) < 30 else "other"


def too_many(wait: float) -> Problem:
    """429 (RFC 6585): one client asks for more than its share."""
    detail = "You ask more often than one client may. Slow down, and try again later."
    return Problem(429, "TooManyRequests", detail, headers={"Retry-After": str(math.ceil(wait))})


def busy() -> Problem:
    """503: everybody together asks for more than can be done. Jitter, so that they do not come back together."""
    detail = "Too much is being worked on at this moment. Try again in a moment."
    return Problem(503, "Busy", detail, headers={"Retry-After": str(random.randint(1, 3))})


async def refuse(problem: Problem, scope: Scope, send: Send) -> None:
    """Answer `problem` without the framework."""
    body = msgspec.json.encode(problem.document(scope["path"]))
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", b"%d" % len(body))]
    headers += [(name.lower().encode(), value.encode()) for name, value in problem.headers.items()]
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
