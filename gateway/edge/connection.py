"""One connection: uvicorn's HTTP protocol, with a quick way past the parser and a way out for streams.

uvicorn does what an HTTP server must do. Added here: what memory has is answered at once; a response that never
ends is handed to a protocol that holds almost nothing (`scope["extensions"][STREAM]`); who sends nothing, or
too little of a request, for too long is let go.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.edge.corked import Corked
from gateway.queries import percent_encoded

if TYPE_CHECKING:
    from .quick import Quick

P = TypeVar("P", bound=asyncio.Protocol)

#: The extension of the ASGI scope by which an application takes a connection over, after it has sent the headers.
STREAM = "subvenue.stream"
#: Bytes of a request before its body.
LONGEST_HEAD = 64 * 1024
#: Seconds of silence between requests, and in the middle of one, after which a client is let go.
IDLE, HALF = 75.0, 15.0
_CROWDED = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class Connection(HttpToolsProtocol):
    """A client's connection, while it asks and is answered."""

    quick: Quick | None = None
    #: Whether one more connection is too many.
    crowded: Callable[[], bool] | None = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.heard_at = self.loop.time()
        self.head_bytes = 0  # of a head that is not complete yet
        self.between = True  # no request has begun that is not whole

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Called by the loop. Beyond what we can hold, a client is told to come back (RFC 9110, 15.6.4)."""
        super().connection_made(transport)
        if self.crowded is not None and self.crowded():
            transport.write(_CROWDED)
            transport.close()

    def data_received(self, data: bytes) -> None:
        """Called by the loop."""
        self.heard_at = self.loop.time()
        if (
            self.quick is not None
            and self.between
            and (self.cycle is None or self.cycle.response_complete)
            and not self.flow.write_paused
            and (answer := self.quick.answer(data, self.server_state.default_headers)) is not None
        ):
            self.transport.write(answer)
            return
        if self.between and self.head_bytes == 0 and not data.isascii():
            line, end, rest = data.partition(b"\r\n")
            data = percent_encoded(line) + end + rest  # the parser is stricter than people are
        if self.head_bytes >= 0:
            self.head_bytes += len(data)
        super().data_received(data)
        if self.head_bytes > LONGEST_HEAD and not self.transport.is_closing():
            self.transport.write(_TOO_LONG)
            self.transport.close()

    def on_message_begin(self) -> None:
        """Called by the parser."""
        super().on_message_begin()
        self.between = False
        self.scope["extensions"] = {STREAM: self.hand_over}  # type: ignore[dict-item]

    def on_headers_complete(self) -> None:
        """Called by the parser."""
        self.head_bytes = -1
        super().on_headers_complete()
        self.cycle.transport = cast(asyncio.Transport, Corked(self.transport, self.loop))

    def on_message_complete(self) -> None:
        """Called by the parser."""
        super().on_message_complete()
        self.between = True
        self.head_bytes = 0

    def on_response_complete(self) -> None:
        """Called when a response is out. The next timeout is the sweep's business, not a timer of each request."""
        super().on_response_complete()
        self._unset_keepalive_if_required()

    def hand_over(self, protocol_of: Callable[[asyncio.Transport], P]) -> P | None:
        """Let another protocol have the connection: this request gets no more from here, and is over.

        None when the client has left already.
        """
        if self.cycle.disconnected or self.transport.is_closing():
            return None
        cast(Corked, self.cycle.transport).uncork()
        self.cycle.disconnected = True
        self.connections.discard(cast(Any, self))
        protocol = protocol_of(self.transport)
        self.transport.set_protocol(protocol)
        self.parser = self.scope = self.pipeline = None  # type: ignore[assignment]  # nothing may hold this any more
        return protocol

    def sweep(self, now: float) -> None:
        """Close a connection on which a client is silent for too long."""
        half = not self.between or self.head_bytes > 0
        if not half and self.cycle is not None and not self.cycle.response_complete:
            return  # we are the ones who are waited for
        if now - self.heard_at > (HALF if half else IDLE):
            self.transport.close()
