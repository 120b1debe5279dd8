"""A gateway's real server on a free port, with a bus that answers from a table, and a client of bare sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from litestar import Litestar

from gateway.app import build, edge_of
from gateway.edge.quick import Quick
from gateway.edge.serving import listen, server
from gateway.observing import Observed
from gateway.settings import Settings
from tests.unit.gateway_fakes import SIGNING_KEY, FakeBus

PATIENCE = 20.0


@dataclass
class Served:
    """A running gateway: its bus, its application, and its port."""

    bus: FakeBus
    app: Litestar
    port: int
    opened: list[Connected] = field(default_factory=list)

    async def connect(self) -> Connected:
        """A new connection; it is closed in the end."""
        self.opened.append(Connected(*await asyncio.open_connection("127.0.0.1", self.port)))
        return self.opened[-1]

    async def ask(self, path: str, method: str = "GET", **headers: str) -> Answered:
        """One request on a connection of its own."""
        connection = await self.connect()
        try:
            await connection.send(request(path, method, **headers))
            return await connection.answer(bodiless=method == "HEAD")
        finally:
            connection.writer.close()


@dataclass
class Answered:
    """A response as it came."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Connected:
    """A client's connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, bodiless: bool = False) -> Answered:
        """The next whole response, of known length."""
        status, headers = await self.head()
        length = 0 if bodiless or status == 304 else int(headers.get("content-length", 0))
        body = await asyncio.wait_for(self.reader.readexactly(length), PATIENCE)
        return Answered(status, headers, body)

    async def head(self) -> tuple[int, dict[str, str]]:
        """The status and headers of the next response."""
        raw = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), PATIENCE)
        first, *lines = raw.decode("latin-1").strip().split("\r\n")
        return int(first.split()[1]), dict(line.split(": ", 1) for line in lines)

    async def chunk(self) -> bytes:
        """The next chunk of a stream; empty at its end."""
        size = await asyncio.wait_for(self.reader.readuntil(b"\r\n"), PATIENCE)
        return (await asyncio.wait_for(self.reader.readexactly(int(size, 16) + 2), PATIENCE))[:-2]


def request(path: str, method: str = "GET", **headers: str) -> bytes:
    """A request without a body; `if_none_match="x"` becomes ``If-None-Match: x``."""
    lines = [f"{method} {path} HTTP/1.1", "Host: gateway"]
    lines += [f"{name.replace('_', '-').title()}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


@asynccontextmanager
async def serving(bus: FakeBus, folder: Path, **settings: Any) -> AsyncIterator[Served]:
    """A gateway that serves `bus` until the body ends."""
    key_file = folder / "token.pub"
    key_file.write_bytes(SIGNING_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))

    @asynccontextmanager
    async def open_bus(_: Settings) -> Any:
        yield bus

    app = build(Settings(amqp_url="", public_key_file=key_file, **settings), open_bus)
    edge = edge_of(app)
    running = server(Observed(edge, app.state.metrics), Quick(edge), app.state.live.__len__)
    listening = listen("127.0.0.1", 0)
    port = listening.getsockname()[1]
    work = asyncio.create_task(running.serve(sockets=[listening]))
    try:
        async with asyncio.timeout(PATIENCE):
            while not running.started:
                await asyncio.sleep(0.01)
        served = Served(bus, app, port)
        yield served
        for connection in served.opened:
            connection.writer.close()
            with suppress(OSError):
                await connection.writer.wait_closed()
    finally:
        app.state.live.close()
        running.should_exit = True
        await work
