"""The HTTP server of this process: its socket, its limits, its end."""

from __future__ import annotations

import asyncio
import logging
import resource
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, cast

import uvicorn
from litestar.types import ASGIApp

from .connection import Connection
from .quick import Quick

log = logging.getLogger(__name__)

BACKLOG = 4096
#: Seconds that answers under way have when the process is asked to stop.
GRACE = 5
#: Descriptors that are kept for the broker, media nodes, files and logs.
RESERVED = 64
MOST_FILES = 1_000_000
SWEEP = 5.0


class Server(uvicorn.Server):
    """uvicorn in our event loop: signals are ours, and silent clients are swept away."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave signals to `__main__`."""
        yield

    async def main_loop(self) -> None:
        """Called by uvicorn once it serves, until it is to stop."""
        sweeping = asyncio.create_task(self.sweep())
        try:
            await super().main_loop()
        finally:
            sweeping.cancel()

    async def sweep(self) -> None:
        """Let silent clients go, every few seconds. Runs until cancelled."""
        while True:
            await asyncio.sleep(SWEEP)
            now = asyncio.get_running_loop().time()
            for connection in list(self.server_state.connections):
                cast(Connection, connection).sweep(now)


def server(app: ASGIApp, quick: Quick, streams: Callable[[], int]) -> Server:
    """A server of `app` that answers from `quick` first. `streams` tells how many have been handed over."""
    config = uvicorn.Config(
        cast(Any, app),
        ws="none",
        interface="asgi3",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE,
    )
    made = Server(config)
    room, connections = room_for_connections(), made.server_state.connections
    config.http = type(
        "GatewayConnection",
        (Connection,),
        {"quick": quick, "crowded": staticmethod(lambda: len(connections) + streams() > room)},
    )
    return made


def listen(host: str, port: int) -> socket.socket:
    """The socket. Any number of gateway processes may share a port: the kernel spreads connections over them."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listening.bind((host, port))
    listening.listen(BACKLOG)
    listening.setblocking(False)
    return listening


def room_for_connections() -> int:
    """How many connections this process can hold: as many open files as it may have, once it has asked for all."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        hard = MOST_FILES
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    room = hard - RESERVED
    if room < 20_000:
        log.info("open files limit the connections of this process", extra={"fields": {"connections": room}})
    return room
