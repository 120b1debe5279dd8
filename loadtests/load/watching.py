"""What the system does during a run: memory, processor time, and how soon what is registered is found."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import defaultdict
from typing import Any

import psutil

from deploy.local.stack import Stack
from loadtests.api import Api

EVERY = 5.0  # seconds between two looks
PROBE_EVERY = 2.0
GIVE_UP = 30.0


class Watch:
    """Samples by process, as (second, value): memory in MiB, processor time in share of a core; and the probes."""

    def __init__(self, stack: Stack, api: Api) -> None:
        self._stack, self._api = stack, api
        self._began = time.monotonic()
        self.memory: dict[str, list[tuple[float, float]]] = defaultdict(list)
        self.cores: dict[str, list[tuple[float, float]]] = defaultdict(list)
        self.findable: list[tuple[float, float]] = []

    async def run(self) -> None:
        """Look until cancelled."""
        self._began = time.monotonic()
        async with asyncio.TaskGroup() as together:
            together.create_task(self._look())
            together.create_task(self._probe())

    async def _look(self) -> None:
        processes: dict[str, psutil.Process] = {}
        while True:
            for process in self._stack.processes():
                pid = self._stack.pid(process.name)
                if pid is None:
                    continue
                if process.name not in processes or processes[process.name].pid != pid:
                    processes[process.name] = psutil.Process(pid)
                    processes[process.name].cpu_percent()
                    continue
                self._note(process.name, processes[process.name])
            await asyncio.sleep(EVERY)

    def _note(self, name: str, process: psutil.Process) -> None:
        now = time.monotonic() - self._began
        try:
            self.memory[name].append((now, process.memory_info().rss / 2**20))
            self.cores[name].append((now, process.cpu_percent() / 100))
        except psutil.NoSuchProcess:
            pass

    async def _probe(self) -> None:
        """Register with a project of a word of its own; count the seconds until searches find it."""
        while True:
            word = f"p{uuid.uuid4().hex[:16]}"
            project = {"title": f"Probe {word}", "abstract": "Measured.", "sector": "measuring"}
            await self._api.post(
                "probe", "/api/v1/attendees", {**_somebody(word), "projects": [project]}, key=word
            )
            began = time.monotonic()
            while not (await self._api.get("probe", "/api/v1/search", q=word, type="project"))["total"]:
                if time.monotonic() - began > GIVE_UP:
                    break
                await asyncio.sleep(0.05)
            self.findable.append((began - self._began, time.monotonic() - began))
            await asyncio.sleep(PROBE_EVERY)


def _somebody(word: str) -> dict[str, Any]:
    return {
        "email": f"{word}@example.org",
        "name": "An attendee",
        "country": "AU",
        "languages": ["en"],
        "time_zone": "Australia/Sydney",
        "mode": "online",
    }
