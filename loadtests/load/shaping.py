"""A TCP proxy for each region, which delays every chunk and holds back what a retransmission would hold back.

    python -m loadtests.load.shaping TARGET_PORT PORT...     (a port for each region, in the order of REGIONS)

Kernels can do this (netem) where they are built so; this works on any machine. TCP hides loss and turns it into
waiting: a lost chunk comes one retransmission timeout later (RFC 6298: a round trip, at least 200 ms as Linux has
it), and so does all that follows it on the same connection.
"""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from random import Random
from typing import cast

import uvloop

from .regions import REGIONS, Region

LEAST_TIMEOUT = 0.2
#: Bytes that wait for one receiver before its sender is no longer read from.
HIGH_WATER = 1 << 18


class Way(asyncio.Protocol):
    """One end of a proxied connection; what it receives goes to `other`, late."""

    def __init__(self, region: Region, rng: Random, other: Way | None = None) -> None:
        self._region, self._rng, self.other = region, rng, other
        self._transport: asyncio.Transport | None = None
        self._waiting: list[bytes] = []
        self._ready_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connected: send what has come for us before."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(HIGH_WATER)
        waiting, self._waiting = self._waiting, []
        for data in waiting:
            self._transport.write(data)

    def data_received(self, data: bytes) -> None:
        """Pass `data` on when it would have arrived."""
        self._later(data)

    def connection_lost(self, error: Exception | None) -> None:
        """The other side learns it as late as it learns everything."""
        self._later(None)
        self._transport = None

    def pause_writing(self) -> None:
        """Our receiver is slow: do not read more for it."""
        if self.other and self.other._transport:
            self.other._transport.pause_reading()

    def resume_writing(self) -> None:
        """Our receiver has caught up."""
        if self.other and self.other._transport:
            self.other._transport.resume_reading()

    def _later(self, data: bytes | None) -> None:
        loop, region = asyncio.get_running_loop(), self._region
        due = loop.time() + region.delay
        if region.loss and self._rng.random() < region.loss:
            due += max(LEAST_TIMEOUT, 2 * region.delay)
        self._ready_at = max(self._ready_at, due)
        if self.other is not None:
            loop.call_at(self._ready_at, self.other._arrive, data)

    def _arrive(self, data: bytes | None) -> None:
        if data is None:
            if self._transport:
                self._transport.close()
        elif self._transport:
            if not self._transport.is_closing():
                self._transport.write(data)
        else:
            self._waiting.append(data)


async def serve(target_port: int, ports: list[int], seed: int = 1) -> None:
    """Listen for every region until cancelled."""
    loop, rng = asyncio.get_running_loop(), Random(f"ways/{seed}")

    def accept(region: Region) -> Way:
        near, far = Way(region, rng), Way(region, rng)
        near.other, far.other = far, near
        connecting = loop.create_task(loop.create_connection(lambda: far, "127.0.0.1", target_port))
        connecting.add_done_callback(lambda done: near._arrive(None) if done.exception() else None)
        return near

    servers = [
        await loop.create_server(partial(accept, region), "127.0.0.1", port, backlog=4096)
        for region, port in zip(REGIONS, ports, strict=True)
    ]
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), [int(port) for port in sys.argv[2:]]))
