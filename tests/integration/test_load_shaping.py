"""The proxy that stands for a long way delays what passes, keeps its order, and loses nothing."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from deploy.local import ports
from deploy.local.paths import ROOT
from loadtests.load.regions import REGIONS

FAR = max(range(len(REGIONS)), key=lambda number: REGIONS[number].delay)


@pytest.fixture
def echo() -> Iterator[socket.socket]:
    """A listening socket that a test answers by hand."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        yield server


@pytest.fixture
def proxied(echo: socket.socket) -> Iterator[int]:
    """The port of the farthest region's proxy."""
    free = filter(ports.is_free, ports.anywhere("region"))
    chosen = [next(free) for _ in REGIONS]
    command = [sys.executable, "-m", "loadtests.load.shaping", str(echo.getsockname()[1]), *map(str, chosen)]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        yield chosen[FAR]
    finally:
        process.terminate()
        process.wait()


def connected(port: int) -> socket.socket:
    """A connection, as soon as the proxy listens."""
    until = time.monotonic() + 30
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=20)
        except ConnectionRefusedError:
            assert time.monotonic() < until
            time.sleep(0.05)


def test_all_arrives_in_order_and_late(echo: socket.socket, proxied: int) -> None:
    """There and back takes at least the round trip; a thousand lines come as they were sent, then the end."""
    lines = b"".join(b"line %d\n" % number for number in range(1000))
    with connected(proxied) as near, echo.accept()[0] as far:
        began = time.monotonic()
        near.sendall(b"ping")
        assert far.recv(4) == b"ping"
        far.sendall(lines)
        far.shutdown(socket.SHUT_WR)
        received = b""
        while data := near.recv(65536):
            received += data
        assert received == lines
        assert time.monotonic() - began >= 2 * REGIONS[FAR].delay
