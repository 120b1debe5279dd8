"""One server under one load: who is started, what is waited for, what is read off."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .servers import ROOT, Server, server
from .stream import PACKETS_A_SECOND

_SETTLING = 2  # s after the last viewer has joined


@dataclass(frozen=True)
class Held:
    """What a server did while it held `viewers`: packets, those missing, and its processor seconds."""

    kind: str
    viewers: int
    seconds: float
    packets: int
    missing: int
    silent: int
    forged: int
    cpu: float
    generator: float  # share of a core that the viewers took

    @property
    def share(self) -> float:
        """Share of one core."""
        return self.cpu / self.seconds

    @property
    def per_packet(self) -> float:
        """Microseconds of the server for one packet to one viewer."""
        return self.cpu / max(1, self.packets) * 1e6

    @property
    def per_core(self) -> float:
        """Viewers of the whole stream that one core would serve; a publisher that stumbled makes it no more."""
        return 1e6 / (self.per_packet * PACKETS_A_SECOND)

    @property
    def loss(self) -> float:
        """Fraction of the packets that did not arrive."""
        return self.missing / max(1, self.packets + self.missing)


def hold(kind: str, viewers: int, seconds: int) -> Held:
    """Runs one server with a publisher and so many viewers."""
    with running(kind) as running_server, publishing(running_server), watching(running_server, viewers) as crowd:
        for _ in range(_SETTLING):
            crowd.totals()
        before, cpu = crowd.totals(), running_server.cpu()
        for _ in range(seconds - 1):
            crowd.totals()
        after, used = crowd.totals(), running_server.cpu() - cpu
    elapsed = after["at"] - before["at"]
    return Held(
        kind=kind,
        viewers=viewers,
        seconds=elapsed,
        packets=after["packets"] - before["packets"],
        missing=after["missing"] - before["missing"],
        silent=after["silent"],
        forged=after["forged"],
        cpu=used,
        generator=(after["cpu"] - before["cpu"]) / elapsed,
    )


def join_cost(kind: str, viewers: int) -> float:
    """Milliseconds of the server's processor for one viewer to join, while next to nothing is forwarded."""
    with running(kind) as running_server, publishing(running_server, trickle=True):
        with watching(running_server, 2) as crowd:  # what is done once, for the first
            crowd.totals()
        before = running_server.cpu()
        with watching(running_server, viewers):
            return (running_server.cpu() - before) / viewers * 1000


class Crowd:
    """The process of the viewers."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def totals(self) -> dict[str, Any]:
        """The next line of its output, which comes once a second."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the viewers have ended")
        return json.loads(line)


@contextlib.contextmanager
def running(kind: str) -> Iterator[Server]:
    """A server of this kind, with files of its own."""
    with tempfile.TemporaryDirectory() as directory, server(kind, Path(directory)) as started:
        yield started


@contextlib.contextmanager
def publishing(to: Server, trickle: bool = False) -> Iterator[None]:
    """The publisher, connected."""
    with _client("publisher", to, *(["--trickle"] if trickle else [])) as process:
        assert process.stdout is not None
        if process.stdout.readline() != b"publishing\n":
            raise RuntimeError("the publisher did not connect")
        yield


@contextlib.contextmanager
def watching(where: Server, number: int, *more: str) -> Iterator[Crowd]:
    """So many viewers, all connected."""
    with _client("viewers", where, str(number), *more) as process:
        crowd = Crowd(process)
        assert crowd.totals()["joined"] == number
        yield crowd


@contextlib.contextmanager
def _client(module: str, to: Server, *more: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", f"loadtests.benchmarks.media.{module}", to.protocol, to.url, *more]
    process = subprocess.Popen(command, cwd=ROOT, env=to.environment, stdout=subprocess.PIPE)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()
