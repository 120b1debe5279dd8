"""What the system does during a run: memory, processor time, and how soon what is registered is found."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import defaultdict
from contextlib import suppress
from typing import Any

import psutil

from deploy.local.stack import Stack
from loadtests.api import Api

EVERY = 5.0  # seconds between two looks
PROBE_EVERY = 2.0
GIVE_UP = 30.0
GENERATOR = "load generator"


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
        spent: dict[int, float] = {}
        while True:
            now = time.monotonic() - self._began
            for name, processes in self._groups().items():
                seconds = memory = 0.0
                for process in processes:
                    with suppress(psutil.NoSuchProcess):
                        times = process.cpu_times()
                        used = times.user + times.system
                        seconds += used - spent.get(process.pid, used)
                        spent[process.pid] = used
                        memory += process.memory_info().rss / 2**20
                self.memory[name].append((now, memory))
                self.cores[name].append((now, seconds / EVERY))
            await asyncio.sleep(EVERY)

    def _groups(self) -> dict[str, list[psutil.Process]]:
        """The processes of the stack by name, and all of the load generator as one."""
        groups = {GENERATOR: psutil.Process().children(recursive=True)}
        for part in self._stack.processes():
            pid = self._stack.pid(part.name)
            if pid is not None:
                with suppress(psutil.NoSuchProcess):
                    groups[part.name] = [psutil.Process(pid)]
        ours = {process.pid for name, processes in groups.items() if name != GENERATOR for process in processes}
        groups[GENERATOR] = [process for process in groups[GENERATOR] if process.pid not in ours]
        return groups

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
