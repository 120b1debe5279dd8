"""The head and the body of an answer in one packet.

An ASGI application sends them one after the other, and each would be a system call of its own: a tenth of a
request's time.
"""

from __future__ import annotations

import asyncio
from typing import Any


class Corked:
    """A transport that keeps a first small write until the second, or until this turn of the loop is over."""

    __slots__ = ("_kept", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._kept = b""

    def write(self, data: bytes) -> None:
        """As `Transport.write`."""
        if self._kept:
            data, self._kept = self._kept + data, b""
            self._transport.write(data)
        elif data.startswith(b"HTTP/1.1 "):
            self._kept = data
            self._loop.call_soon(self.uncork)
        else:
            self._transport.write(data)

    def uncork(self) -> None:
        """Write what is kept."""
        if self._kept:
            data, self._kept = self._kept, b""
            self._transport.write(data)

    def close(self) -> None:
        """As `Transport.close`."""
        self.uncork()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
