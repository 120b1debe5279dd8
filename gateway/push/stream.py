"""One stream of events: a protocol on the connection that asked for it, and nothing else.

It takes the connection over from HTTP (see `edge.connection`) after the headers have gone out, and writes chunks
(RFC 9112, 7.1), so that proxies see where the stream ends.
"""

from __future__ import annotations

import asyncio
import time
from functools import lru_cache

from .live import Live

#: Bytes that may wait for a slow reader before it counts as full.
FULL = 64 * 1024


class Stream(asyncio.Protocol):
    """A client of `live`."""

    __slots__ = ("_live", "_transport", "full_since", "served", "topics")

    def __init__(self, live: Live, topics: frozenset[str], served: int, transport: asyncio.Transport) -> None:
        self._live = live
        self._transport = transport
        self.topics = topics
        self.served = served
        self.full_since: float | None = None
        transport.set_write_buffer_limits(high=FULL)

    def write(self, data: bytes) -> None:
        """Send `data` as one chunk."""
        self._transport.write(chunk(data))

    def drop(self) -> None:
        """End the connection at once, whatever waits to be sent."""
        self._live.leave(self)
        self._transport.abort()

    def end(self) -> None:
        """End the stream in order; the browser comes back."""
        self._transport.write(b"0\r\n\r\n")
        self._transport.close()

    def pause_writing(self) -> None:
        """Called by the loop: the client does not keep up."""
        self.full_since = time.monotonic()

    def resume_writing(self) -> None:
        """Called by the loop: the client has read. It gets what has come meanwhile."""
        self.full_since = None
        self._live.serve(self, {})

    def eof_received(self) -> bool:
        """Called by the loop: the client is leaving."""
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """Called by the loop: the client is gone."""
        self._live.leave(self)


@lru_cache(maxsize=64)
def chunk(data: bytes) -> bytes:
    """`data` as a chunk; what goes to many clients is made into one only once."""
    return b"%x\r\n%s\r\n" % (len(data), data)
