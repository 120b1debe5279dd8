"""The conference that suffers: servers in one run, services in another, and faulty links between the two.

    gateway, registration, jobs, search, streaming, media ──▶ link ──▶ broker
                                                          ──▶ link ──▶ documents

The relays live in the services' own processes (ADR 0007) and the search engine in that of search, so a kill of the
service is a kill of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from deploy.local import trial
from deploy.local.stack import Stack

from .links import Link, linked

T = TypeVar("T")
SERVERS = ("broker", "documents")
SERVICES = ("gateway", "registration", "jobs", "search", "streaming", "media")
#: Waits of the delay ladder. The product's own end with a minute, for which nobody wants to wait after a storm.
RETRY_DELAYS_MS = "500,1000,2000,2000,2000,2000,2000,2000,2000,2000"
#: A machine that is busy with other things is no fault of the conference.
_PATIENT = {"SUBVENUE_START_TIMEOUT": "240"}


@dataclass
class Conference:
    """A running conference; a process is known by its name, wherever it runs."""

    servers: Stack
    services: Stack
    links: dict[str, Link]

    def stack_of(self, name: str) -> Stack:
        """The run that has the process called `name`."""
        return self.servers if name in SERVERS else self.services

    def wait_ready(self) -> None:
        """Return when every part is ready. Raises `deploy.local.stack.NotReady`."""
        self.servers.wait_ready()
        self.services.wait_ready()


@asynccontextmanager
async def conference(folder: Path) -> AsyncIterator[Conference]:
    """A whole conference for the length of the `with`, ready."""
    servers_run = trial.running(folder / "servers", f"{trial.BROKER} {trial.DOCUMENTS}", _PATIENT)
    async with aside(servers_run) as servers:
        amqp, mongodb = servers.env["SUBVENUE_AMQP_URL"], servers.env["SUBVENUE_MONGODB_URL"]
        async with linked(port_of(amqp)) as broker, linked(port_of(mongodb)) as documents:
            given = {
                "SUBVENUE_AMQP_URL": amqp.replace(f":{broker.target}/", f":{broker.port}/"),
                "SUBVENUE_MONGODB_URL": mongodb.replace(f":{documents.target}", f":{documents.port}"),
                "SUBVENUE_RETRY_DELAYS_MS": RETRY_DELAYS_MS,
                **_PATIENT,
            }
            async with aside(trial.running(folder / "services", " ".join(SERVICES), given)) as services:
                yield Conference(servers, services, {"broker link": broker, "documents link": documents})


@asynccontextmanager
async def aside(manager: AbstractContextManager[T]) -> AsyncIterator[T]:
    """`manager` entered and left in a thread, while the loop goes on."""
    value = await asyncio.to_thread(manager.__enter__)
    try:
        yield value
    finally:
        await asyncio.to_thread(manager.__exit__, None, None, None)


def port_of(url: str) -> int:
    """The port in `url`."""
    port = urlsplit(url).port
    assert port is not None
    return port
