"""The owners of the facts as one process that lists what a test wants:
``python tests/integration/search_owners.py <projects>``.

They answer the listings that a rebuild asks for, and nothing else. Says "ready" when they can be asked.
"""

# ruff: noqa: E402  eventlet patches before anything else is imported
from __future__ import annotations

import sys
from pathlib import Path

import eventlet

eventlet.monkey_patch()
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import os
from typing import Any

import msgspec

from messaging.contracts import jobs, registration, streaming
from messaging.contracts.types import Page, to_wire
from messaging.on_nameko import query
from messaging.on_nameko.runner import BusContainer, bus_config
from messaging.pages import decode_cursor, page
from tests.contract.search_facts import PROJECT, SESSION, VACANCY

#: How long the owner takes for a page: a rebuild of many pages can then be seen, and killed, half-way.
PAGE_SECONDS = 0.15
PROJECTS = [f"many-{number:05}" for number in range(int(sys.argv[1]))]


class Registration:
    """Has the projects."""

    name = "registration"

    @query(registration.ListProjects)
    def list_projects(self, query: registration.ListProjects) -> Any:
        """By id."""
        eventlet.sleep(PAGE_SECONDS)
        after = decode_cursor(query.cursor) or ""
        found = [id for id in PROJECTS if id > after][: query.limit + 1]
        return page(found, query.limit, str, lambda id: msgspec.structs.replace(PROJECT, id=id))


class Jobs:
    """Has one vacancy."""

    name = "jobs"

    @query(jobs.ListVacancies)
    def list_vacancies(self, query: jobs.ListVacancies) -> Any:
        """All of one."""
        return Page(items=[to_wire(VACANCY)])  # type: ignore[list-item]


class Streaming:
    """Has one session."""

    name = "streaming"

    @query(streaming.ListSessions)
    def list_sessions(self, query: streaming.ListSessions) -> Any:
        """All of one."""
        return Page(items=[to_wire(SESSION)])  # type: ignore[list-item]


if __name__ == "__main__":
    containers = [BusContainer(service, bus_config(os.environ)) for service in (Registration, Jobs, Streaming)]
    for container in containers:
        container.start()
    while not all(container.is_ready() for container in containers):
        eventlet.sleep(0.05)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    containers[0].wait()
