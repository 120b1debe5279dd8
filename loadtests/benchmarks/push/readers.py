"""Browsers that only listen: many streams in one process, and when the last of them has heard.

`python -m loadtests.benchmarks.push.readers <port> <how many>` prints a line of JSON when all are open and one
for each event that all have heard, with times of the system's monotonic clock. It ends when its input ends.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

import uvloop

REQUEST = b"GET /api/v1/events?topics=sessions HTTP/1.1\r\nHost: gateway\r\nAccept: text/event-stream\r\n\r\n"
#: Connections that are being opened at the same time.
AT_ONCE = 200
MARK = b"event: sessions"


class Readers:
    """What is known of all streams of this process."""

    def __init__(self, wanted: int) -> None:
        self.wanted = wanted
        self.open = self.heard = self.lost = 0
        self.first = 0.0
        self.opened = asyncio.Event()

    def on_open(self) -> None:
        """A stream has its first bytes."""
        self.open += 1
        if self.open == self.wanted:
            self.opened.set()

    def on_event(self) -> None:
        """A stream has heard an event; the last one tells."""
        now = time.monotonic()
        if self.heard == 0:
            self.first = now
        self.heard += 1
        if self.heard == self.open - self.lost:
            self.heard = 0
            tell(first=self.first, last=now)


class Reader(asyncio.Protocol):
    """One stream."""

    __slots__ = ("_all", "_is_open")

    def __init__(self, all_: Readers) -> None:
        self._all = all_
        self._is_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        transport.write(REQUEST)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        """Called by the loop."""
        if not self._is_open:
            if b"\nid: " in data:
                self._is_open = True
                self._all.on_open()
        elif MARK in data:
            self._all.on_event()

    def connection_lost(self, error: Exception | None) -> None:
        """Called by the loop."""
        self._all.lost += 1


def tell(**what: float) -> None:
    """A line for who started us."""
    print(json.dumps(what), flush=True)


async def main(port: int, wanted: int) -> None:
    """Open all, and listen until the input ends."""
    loop, readers = asyncio.get_running_loop(), Readers(wanted)
    began = time.monotonic()
    for start in range(0, wanted, AT_ONCE):
        count = min(AT_ONCE, wanted - start)
        await asyncio.gather(
            *(loop.create_connection(lambda: Reader(readers), "127.0.0.1", port) for _ in range(count))
        )
    await readers.opened.wait()
    tell(open=readers.open, seconds=time.monotonic() - began)
    await loop.run_in_executor(None, sys.stdin.read)
    tell(lost=readers.lost)


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), int(sys.argv[2])))
