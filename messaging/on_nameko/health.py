"""Liveness, readiness and metrics of a nameko process, from a thread of its own.

The thread is a real one, not a greenlet: when the hub hangs, it still answers, and says so. It touches nothing
that belongs to the hub; a greenlet renders what it serves once a second.

    /livez    200 while the hub ticks      /readyz   200 while all consumers are confirmed      /metrics
"""

from __future__ import annotations

import time
from collections.abc import Callable

import eventlet
from eventlet import patcher
from prometheus_client import generate_latest

from messaging import health_thread
from messaging.metrics import LOOP_LAG

TICK_SECONDS = 0.25
HUNG_AFTER_SECONDS = 10.0


class Health:
    """What the thread serves, kept fresh by a greenlet."""

    def __init__(self, ready: Callable[[], bool]) -> None:
        self._ready = ready
        self.ticked = time.monotonic()
        self.is_ready = False
        self.metrics = b""

    def keep_fresh(self) -> None:
        """Run in a greenlet for ever: tick, note readiness, and render the metrics once a second."""
        rendered = 0.0
        while True:
            before = time.monotonic()
            eventlet.sleep(TICK_SECONDS)
            self.ticked = time.monotonic()
            LOOP_LAG.set(max(0.0, self.ticked - before - TICK_SECONDS))
            self.is_ready = self._ready()
            if self.ticked - rendered >= 1.0:
                rendered, self.metrics = self.ticked, generate_latest()

    def answer(self, path: str) -> tuple[int, bytes]:
        """The status and body for a path."""
        alive = time.monotonic() - self.ticked < HUNG_AFTER_SECONDS
        if path == "/livez":
            return (200, b"live\n") if alive else (503, b"the hub hangs\n")
        if path == "/readyz":
            return (200, b"ready\n") if alive and self.is_ready else (503, b"not ready\n")
        if path == "/metrics":
            return 200, self.metrics
        return 404, b"livez, readyz or metrics\n"


def serve(health: Health, host: str, port: int) -> None:
    """Serve `health` on host:port from a native thread that eventlet has not patched."""
    http, threads = patcher.original("http.server"), patcher.original("threading")
    health_thread.serve(health.answer, host, port, http, threads)
