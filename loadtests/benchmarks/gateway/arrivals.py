"""An open loop: requests arrive when they arrive, whether the ones before are answered or not, as people do.

`python -m loadtests.benchmarks.gateway.arrivals <base url> <per second> <seconds> <token>` asks who one is,
which is never kept and never shared, and prints as JSON how many were answered 200 in time, how many were
refused, and how long it took.
"""

from __future__ import annotations

import asyncio
import collections
import json
import random
import sys
import time
from urllib.parse import urlsplit

import uvloop

#: Seconds in which an answer is worth something.
IN_TIME = 1.0
CONNECTIONS = 1_500


class Client(asyncio.Protocol):
    """One connection: asks, and goes back among the idle ones when it is answered."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._heard = b""
        self._asked = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        self._transport = transport  # type: ignore[assignment]
        self._crowd.idle.append(self)

    def ask(self, request: bytes) -> None:
        """Send a request."""
        self._asked = time.monotonic()
        assert self._transport is not None
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Called by the loop."""
        self._heard += data
        head, end, body = self._heard.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        if end and len(body) >= int(length or 0):
            self._crowd.note(int(head[9:12]), time.monotonic() - self._asked)
            self._heard = b""
            self._crowd.idle.append(self)

    def connection_lost(self, error: Exception | None) -> None:
        """Called by the loop."""
        self._crowd.statuses["lost"] += 1


class Crowd:
    """All who ask."""

    def __init__(self) -> None:
        self.idle: collections.deque[Client] = collections.deque()
        self.statuses: collections.Counter[object] = collections.Counter()
        self.took: list[float] = []

    def note(self, status: int, seconds: float) -> None:
        """One answer."""
        late = status == 200 and seconds > IN_TIME
        self.statuses["late" if late else status] += 1
        if status == 200:
            self.took.append(seconds)

    async def come(self, request: bytes, per_second: float, seconds: float) -> None:
        """Arrive by chance, `per_second` on average."""
        began = at = time.monotonic()
        while at < began + seconds:
            at += random.expovariate(per_second)
            if (wait := at - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            if self.idle:
                self.idle.popleft().ask(request)
            else:
                self.statuses["no connection"] += 1


async def main(base: str, per_second: float, seconds: float, token: str) -> None:
    """Open the connections, let the crowd come, wait for the last answers, and tell."""
    where, crowd, loop = urlsplit(base), Crowd(), asyncio.get_running_loop()
    for _ in range(0, CONNECTIONS, 100):
        connect = (
            loop.create_connection(lambda: Client(crowd), where.hostname or "", where.port or 80)
            for _ in range(100)
        )
        await asyncio.gather(*connect)
    lines = f"GET {where.path}/me HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer {token}\r\n\r\n"
    await crowd.come(lines.encode(), per_second, seconds)
    await asyncio.sleep(3)
    took = sorted(crowd.took) or [0.0]
    told = {
        "offered": per_second,
        "good": crowd.statuses[200] / seconds,
        "refused": crowd.statuses[503] / seconds,
        "statuses": {str(status): number for status, number in crowd.statuses.items()},
        "p50_ms": 1000 * took[len(took) // 2],
        "p99_ms": 1000 * took[len(took) * 99 // 100],
    }
    print(json.dumps(told))


if __name__ == "__main__":
    url, rate, length, bearer = sys.argv[1:]
    uvloop.run(main(url, float(rate), float(length), bearer))
