"""The processes of a run beside the stack: the regions' proxies, Locust, a live session with its audience."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from deploy.local import ports
from deploy.local.paths import ROOT
from deploy.local.stack import Stack
from loadtests.api import Api

from .regions import REGIONS
from .settings import Settings

LOCUSTFILE = Path(__file__).with_name("locustfile.py")


@asynccontextmanager
async def shaped(stack: Stack) -> AsyncIterator[dict[str, str]]:
    """The proxies of the regions; yields the URL for each region."""
    free = filter(ports.is_free, ports.anywhere("region"))
    chosen = [next(free) for _ in REGIONS]
    command = [sys.executable, "-m", "loadtests.load.shaping", stack.env["SUBVENUE_PORT"], *map(str, chosen)]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
    try:
        yield {region.name: f"http://127.0.0.1:{port}" for region, port in zip(REGIONS, chosen, strict=True)}
    finally:
        process.terminate()
        await process.wait()


async def locust(settings: Settings, workers: int) -> None:
    """Run Locust without its page: a master, and workers on this machine. Its own report is `locust.html`."""
    command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless", "--only-summary"]
    command += ["--processes", str(workers), "--html", str(settings.results / "locust.html")]
    command += ["--exit-code-on-error", "0", "--loglevel", "WARNING", "--stop-timeout", "10"]
    environment = {**os.environ, **settings.environment(), "PYTHONPATH": str(ROOT)}
    with (settings.results / "locust.log").open("w") as log:
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        if status := await process.wait():
            raise SystemExit(f"Locust ended with status {status}, see {log.name}")


@asynccontextmanager
async def audience(
    stack: Stack, api: Api, settings: Settings, players: int, viewers: int, played: dict[str, Any]
) -> AsyncIterator[None]:
    """A live session while the body runs; `played` then says what its players and viewers got."""
    if not players + viewers:
        yield
        return
    times = {"starts_at": "2026-12-18T01:00:00Z", "ends_at": "2026-12-19T01:00:00Z"}
    body = {"sub_venue_id": settings.sub_venues[0], "kind": "talk", "title": "A live talk", **times}
    session = await api.post("a session", "/api/v1/sessions", body, token=settings.operator)
    command = [sys.executable, "-m", "loadtests.load.media", stack.gateway_url, session["id"]]
    command += ["--players", str(players), "--viewers", str(viewers)]
    environment = {**os.environ, "SUBVENUE_LOAD_TOKEN": settings.operator}
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    try:
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        told, _ = await process.communicate()
        done = process.returncode == 0
        played.update(json.loads(told.splitlines()[-1]) if done else {"failed": f"status {process.returncode}"})
