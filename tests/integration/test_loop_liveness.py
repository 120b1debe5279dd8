"""Liveness of a process on asyncio is told by a thread: above all while its loop hangs."""

from __future__ import annotations

import asyncio
import time
import urllib.error
import urllib.request

import pytest

from deploy.local import ports
from messaging.on_asyncio import liveness


def status(port: int) -> int:
    """What a probe hears."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_a_loop_that_hangs_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Live while it ticks; not live while it does not, and the answer comes all the same; live again after."""
    monkeypatch.setattr(liveness, "HUNG_AFTER_SECONDS", 1.0)
    port = next(filter(ports.is_free, ports.anywhere("health")))

    def hang() -> None:
        time.sleep(3)  # on the loop, which is what must not happen

    async def process() -> list[int]:
        ticking = liveness.watch({"SUBVENUE_HEALTH_PORT": str(port)})
        assert ticking is not None
        heard = [await asyncio.to_thread(status, port)]
        asked = asyncio.create_task(asyncio.to_thread(lambda: (time.sleep(2), status(port))[1]))
        await asyncio.sleep(0)
        hang()
        heard.append(await asked)
        await asyncio.sleep(2 * liveness.TICK_SECONDS)
        heard.append(await asyncio.to_thread(status, port))
        ticking.cancel()
        return heard

    assert asyncio.run(process()) == [200, 503, 200]


def test_nobody_listens_unasked() -> None:
    """Without a port there is no thread and no task."""
    assert liveness.watch({}) is None
