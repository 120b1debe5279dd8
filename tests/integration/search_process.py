"""The search service as a process of its own, on a broker that a test gives."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class SearchProcess:
    """`python -m services.search`, started and ready; `kill` ends it without warning, `stop` in order."""

    def __init__(self, broker_url: str, directory: Path, mongodb_url: str = "") -> None:
        self._environment = {
            **os.environ,
            "SUBVENUE_AMQP_URL": broker_url,
            "SUBVENUE_MONGODB_URL": mongodb_url or "mongodb://127.0.0.1:9",  # nobody there: searches need none
            "SUBVENUE_SEARCH_DIR": str(directory),
            "SUBVENUE_ELASTICSEARCH_URL": "",
            "SUBVENUE_RETRY_DELAYS_MS": "100,200",
            "SUBVENUE_LOG_LEVEL": "WARNING",
        }
        self.start()

    def start(self) -> None:
        """Start it, and wait until the broker has confirmed its consumers."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        environment = {**self._environment, "SUBVENUE_HEALTH_PORT": str(self.port)}
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "services.search"], cwd=ROOT, env=environment
        )
        deadline = time.monotonic() + 30
        while not self.is_ready():
            assert self._process.poll() is None, "the search service ended"
            assert time.monotonic() < deadline, "the search service does not become ready"
            time.sleep(0.05)

    def is_ready(self) -> bool:
        """What its health says."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(30)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid
