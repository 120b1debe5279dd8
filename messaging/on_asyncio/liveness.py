"""Liveness of a process on asyncio: the age of its loop's last tick, told by a thread of its own."""

from __future__ import annotations

import asyncio
import http.server
import threading
import time
from collections.abc import Mapping

from messaging import health_thread

TICK_SECONDS = 0.25
HUNG_AFTER_SECONDS = 10.0


class Liveness:
    """Ticks on the loop; the thread reads how long ago. `ticked` is monotonic seconds."""

    def __init__(self) -> None:
        self.ticked = time.monotonic()

    async def keep_fresh(self) -> None:
        """Tick until cancelled."""
        while True:
            self.ticked = time.monotonic()
            await asyncio.sleep(TICK_SECONDS)

    def answer(self, path: str) -> tuple[int, bytes]:
        """200 at /livez while the loop ticks, 503 while it hangs; 404 elsewhere."""
        if path != "/livez":
            return 404, b"livez\n"
        alive = time.monotonic() - self.ticked < HUNG_AFTER_SECONDS
        return (200, b"live\n") if alive else (503, b"the loop hangs\n")


def watch(environment: Mapping[str, str]) -> asyncio.Task[None] | None:
    """Begin to tick, and to answer where the environment asks for it; the task to keep, or None where nobody asks.

    `SUBVENUE_HEALTH_PORT`, on `SUBVENUE_HEALTH_HOST`, as the services on nameko have it.
    """
    port = int(environment.get("SUBVENUE_HEALTH_PORT") or 0)
    if not port:
        return None
    liveness = Liveness()
    host = environment.get("SUBVENUE_HEALTH_HOST") or "127.0.0.1"
    health_thread.serve(liveness.answer, host, port, http.server, threading)
    return asyncio.get_running_loop().create_task(liveness.keep_fresh())
