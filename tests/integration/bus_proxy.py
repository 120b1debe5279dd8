"""A way to the broker that can be cut, or go silent: a TCP proxy."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Self

from yarl import URL


class Proxy:
    """Forwards to the broker of `amqp_url` while `open`; `url` is the way through it."""

    def __init__(self, amqp_url: str) -> None:
        self._target = URL(amqp_url)
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._port = 0
        self._flowing = asyncio.Event()
        self._flowing.set()

    @property
    def url(self) -> str:
        """The broker's URL by way of the proxy."""
        return str(self._target.with_host("127.0.0.1").with_port(self._port))

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.cut()

    async def open(self) -> None:
        """Let connections through, on the same port every time."""
        self._server = await asyncio.start_server(self._forward, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Break all connections and take no new ones."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.break_all()
        await asyncio.sleep(0)

    def stall(self) -> None:
        """Let nothing through and say nothing, as half a connection does. What comes later flows."""
        self._flowing.clear()
        self._flowing = asyncio.Event()
        self._flowing.set()

    def break_all(self) -> None:
        """Break all connections, and take new ones."""
        for writer in list(self._writers):
            writer.transport.abort()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection(self._target.host, self._target.port)
        self._writers |= {writer, there_writer}
        flowing = self._flowing
        try:
            await asyncio.gather(
                _copy(reader, there_writer, flowing),
                _copy(there_reader, writer, flowing),
            )
        finally:
            self._writers -= {writer, there_writer}


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, flowing: asyncio.Event) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            if not flowing.is_set():
                continue  # swallowed
            writer.write(data)
            await writer.drain()
    writer.transport.abort()
