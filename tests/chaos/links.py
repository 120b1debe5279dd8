"""Faulty TCP ways: what lies between the services and a server, and is cut, half-open or slow when told so.

    service ──▶ Link ──▶ broker, or document server

A process that dies closes its connections; a network that fails does not. Here a server lives on while those who
talk to it lose their connections, or talk to nobody without being told.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

FAULTS = ("cut", "half-open", "slow")
SLOW_BY = 0.08  # seconds each way


class Link:
    """Forwards `port` of 127.0.0.1 to `target`, another port there."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.delay = 0.0
        self.dead = False
        self.refusing = False
        self.sides: set[Side] = set()
        self.server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self.server is not None
        port: int = self.server.sockets[0].getsockname()[1]
        return port

    async def suffer(self, fault: str, seconds: float) -> None:
        """Fail in that way for so long, then be whole again.

        `cut` breaks every connection and refuses new ones; `half-open` lets nothing through and says nothing,
        until it breaks; `slow` delivers late.
        """
        self.refusing, self.dead, self.delay = fault == "cut", fault == "half-open", SLOW_BY * (fault == "slow")
        try:
            if fault == "cut":
                self.abort()
            await asyncio.sleep(seconds)
            if fault == "half-open":
                self.abort()
        finally:
            self.refusing, self.dead, self.delay = False, False, 0.0

    def abort(self) -> None:
        """Break every connection, with a reset."""
        for side in list(self.sides):
            if side.transport is not None:
                side.transport.abort()


@asynccontextmanager
async def linked(target: int) -> AsyncIterator[Link]:
    """A link to `target`, open for the length of the `with`."""
    link = Link(target)
    link.server = await asyncio.get_running_loop().create_server(lambda: Side(link), "127.0.0.1", 0)
    try:
        yield link
    finally:
        link.server.close()
        link.abort()


class Side(asyncio.Protocol):
    """One end of a connection: what it receives goes out at the other, in order, as the link allows."""

    def __init__(self, link: Link, other: Side | None = None) -> None:
        self.link, self.other = link, other
        self.transport: asyncio.Transport | None = None
        self._waiting: deque[tuple[float, bytes]] = deque()  # to be sent from here, and when
        self._early = b""  # what came before there was somebody to send it to

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A service has come, or the server has answered."""
        self.transport = transport
        self.link.sides.add(self)
        if self.other is None:
            if self.link.refusing:
                transport.abort()
                return
            self.other = Side(self.link, self)
            self._connecting = asyncio.ensure_future(self._connect(self.other))
        elif self.other.transport is None:  # has gone in the meantime
            transport.abort()
        else:
            transport.write(self._early)

    async def _connect(self, other: Side) -> None:
        try:
            loop = asyncio.get_running_loop()
            await loop.create_connection(lambda: other, "127.0.0.1", self.link.target)
        except OSError:
            if self.transport is not None:
                self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Pass it on: now, later or never."""
        if not self.link.dead and self.other is not None:
            self.other.send(data)

    def send(self, data: bytes) -> None:
        """Send `data` after what waits already."""
        if self.transport is None:
            self._early += data
            return
        if not self.link.delay and not self._waiting:
            self.transport.write(data)
            return
        loop = asyncio.get_running_loop()
        self._waiting.append((loop.time() + self.link.delay, data))
        if len(self._waiting) == 1:
            loop.call_later(self.link.delay, self._send_due)

    def _send_due(self) -> None:
        now = asyncio.get_running_loop().time()
        while self._waiting and self._waiting[0][0] <= now + 0.001:
            _, data = self._waiting.popleft()
            if self.transport is not None:
                self.transport.write(data)
        if self._waiting:
            asyncio.get_running_loop().call_later(self._waiting[0][0] - now, self._send_due)

    def pause_writing(self) -> None:
        """The other side sends faster than this one takes."""
        if self.other is not None and self.other.transport is not None:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        """It has caught up."""
        if self.other is not None and self.other.transport is not None:
            self.other.transport.resume_reading()

    def connection_lost(self, _error: Exception | None) -> None:
        """Both sides end together; over a dead link nobody is told, until it breaks."""
        self.transport = None
        self.link.sides.discard(self)
        if self.other is not None and self.other.transport is not None and not self.link.dead:
            self.other.transport.close()
