"""Viewers come and go, by the hundreds: what is left of them in the node."""

from __future__ import annotations

import asyncio
import time
import urllib.request

import psutil

from .client import Client
from .measuring import publishing, running
from .servers import Server
from .signalling import signalling

_WARM_UP = 50  # viewers before the first look: caches and pools have their size then
_AT_ONCE = 8
_GAUGES = ("peers", "lanes", "addresses", "tasks")


def run(number: int) -> None:
    """Joins and leaves so often, by DELETE and by goodbye in turn, and prints what was there before and after."""
    # Next to nothing is published: the window that LL-HLS keeps of a live session grows by itself.
    with running("native") as node, publishing(node, trickle=True):
        asyncio.run(_come_and_go(node, _WARM_UP))
        before = _look(node)
        asyncio.run(_come_and_go(node, number))
        after = _look(node)
    for name, value in before.items():
        print(f"{name}: {value} before, {after[name]} after {number} viewers")
    growth = after["resident bytes"] / before["resident bytes"] - 1
    print(f"memory growth {growth:.2%}")
    assert growth < 0.05
    assert all(before[name] == after[name] for name in before if name != "resident bytes")


async def _come_and_go(node: Server, number: int) -> None:
    way, turn = signalling(node.protocol, node.url, node.secret), asyncio.Semaphore(_AT_ONCE)

    async def one(i: int) -> None:
        async with turn:
            client = Client("recvonly")
            resource = await way.watch(client)
            await asyncio.sleep(0.05)
            if i % 2:
                await way.leave(resource)
            await client.connection.close()

    await asyncio.gather(*(one(i) for i in range(number)))
    await way.close()


def _look(node: Server) -> dict[str, float]:
    """The node's own counts and those of the system, when its gauges have come to rest."""
    process, last, since = psutil.Process(node.process.pid), None, time.monotonic()
    while True:
        with urllib.request.urlopen(f"{node.url}/metrics") as response:
            lines = dict(line.rsplit(" ", 1) for line in response.read().decode().splitlines() if line[0] != "#")
        gauges = {name: float(lines[f"subvenue_media_{name}"]) for name in _GAUGES}
        now = gauges | {"threads": process.num_threads(), "files": process.num_fds()}
        if now != last:
            last, since = now, time.monotonic()
        elif time.monotonic() - since > 8:
            return now | {"resident bytes": process.memory_info().rss}
        time.sleep(1)
