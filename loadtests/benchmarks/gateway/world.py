"""What is measured: every gateway up at the same time, over one broker and one document server, with the same
data.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from deploy.local import trial
from deploy.local.stack import Stack
from messaging.on_asyncio import Bus

from . import nginx

ROOT = Path(__file__).resolve().parents[3]
LOAD = ROOT / ".venv-load" / "bin" / "python"
VACANCIES, SUB_VENUES = 200, 10
API = "/api/v1"
UP = 60.0


@dataclass(frozen=True)
class World:
    """Where each side listens (nginx is missing where it is not installed), and what can be asked for."""

    stack: Stack
    bases: dict[str, str]
    vacancies: list[str]
    listing: bytes
    token: str


@contextmanager
def running(folder: Path, only_ours: bool = False) -> Iterator[World]:
    """Everything, or only what is ours, until the body ends."""
    settings = {"SUBVENUE_RATE_PER_ADDRESS": "0", "SUBVENUE_RATE_PER_TOKEN": "0"}
    with ExitStack() as open_, trial.running(folder / "ours", given=settings) as stack:
        vacancies, token = fill(stack)
        listing = get(f"{stack.gateway_url}{API}/sub-venues")
        env = {**os.environ, **stack.env, "CLASSIC_LISTING": listing.decode(), "PYTHONPATH": str(ROOT)}
        bases = {"ours": stack.gateway_url + API}
        for side, command in ({} if only_ours else sides(folder, listing)).items():
            port = free_port()
            bases[side] = f"http://127.0.0.1:{port}" + (API if side == "ours, no cache" else "")
            if side == "classic nameko":
                bases["classic, no flush"] = f"http://127.0.0.1:{port}/unflushed"
            open_.enter_context(process(command(port), {**env, "PORT": str(port), "SUBVENUE_PORT": str(port)}))
        if not only_ours:
            open_.enter_context(process([sys.executable, "-m", f"{__package__}.classic", "service"], env))
            asyncio.run(fill_classic(stack, vacancies))
        for side, base in bases.items():
            wait_for(base.removesuffix("/unflushed") + "/sub-venues", side)
        yield World(stack, bases, [vacancy["id"] for vacancy in vacancies], listing, token)


def fill(stack: Stack) -> tuple[list[dict[str, Any]], str]:
    """Sub-venues and vacancies; answers the vacancies as our API tells them, and their employer's token."""
    operator = subprocess.run(
        [sys.executable, "-m", "services.registration", "token", "--role", "operator"],
        env={**os.environ, **stack.env}, cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    base = stack.gateway_url + API
    for n in range(SUB_VENUES):
        venue = {"name": f"Sub-venue {n}", "city": "A city", "country": "AU", "time_zone": "Australia/Sydney"}
        post(f"{base}/sub-venues", {**venue, "role": "overseas"}, operator)
    person = {"email": "employer@example.org", "name": "An employer", "country": "AU", "languages": ["en"]}
    token = post(f"{base}/attendees", {**person, "time_zone": "Australia/Sydney", "mode": "online"})["token"]
    owner = {"name": "An enterprise", "kind": "enterprise", "country": "AU"}
    organisation = post(f"{base}/organisations", owner, token)["id"]
    vacancy = {"organisation_id": organisation, "description": "What one does here. " * 20, "country": "AU"}
    return [
        post(f"{base}/vacancies", {**vacancy, "title": f"Engineer {n}", "sector": "ict"}, token)
        for n in range(VACANCIES)
    ], token


async def fill_classic(stack: Stack, vacancies: list[dict[str, Any]]) -> None:
    """Give the classic service the same vacancies."""
    async with Bus(stack.env["SUBVENUE_AMQP_URL"], name="bench") as bus:
        deadline = time.monotonic() + UP
        while True:
            try:
                await bus.call("classic", "keep", {"vacancies": vacancies}, deadline=30)
                return
            except Exception:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.5)


def sides(folder: Path, listing: bytes) -> dict[str, Any]:
    """How each of the other gateways is started, on a port."""
    uvicorn = [str(LOAD), "-m", "uvicorn", "--log-level", "warning", "--port"]
    made: dict[str, Any] = {
        "classic nameko": lambda port: [sys.executable, "-m", f"{__package__}.classic", "gateway"],
        "FastAPI": lambda port: [*uvicorn, str(port), f"{__package__}.plain_fastapi:app"],
        "ours, no cache": lambda port: ["env", "SUBVENUE_CACHE_BYTES=0", sys.executable, "-m", "gateway"],
    }
    if nginx.command(folder / "nginx", 1, listing):
        made["nginx"] = lambda port: nginx.command(folder / "nginx", port, listing)
    return made


@contextmanager
def process(command: list[str], env: dict[str, str]) -> Iterator[None]:
    """A process of ours, for the length of the body."""
    with subprocess.Popen(
        command, env=env, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as child:
        try:
            yield
        finally:
            child.terminate()
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()


def post(url: str, body: dict[str, Any], token: str = "") -> Any:
    """The answer to a POST."""
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    with urlopen(Request(url, json.dumps(body).encode(), headers), timeout=30) as answer:
        return json.load(answer)


def get(url: str) -> bytes:
    """The body of a GET."""
    with urlopen(url, timeout=30) as answer:
        return answer.read()


def wait_for(url: str, side: str) -> None:
    """Return when `url` answers; raises when it does not in time."""
    deadline = time.monotonic() + UP
    while True:
        try:
            get(url)
            return
        except OSError as error:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{side} does not answer") from error
            time.sleep(0.2)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
