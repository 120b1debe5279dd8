"""A rebuild of the running service: searches all the time meanwhile, and kills in the middle."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from messaging.contracts.registration import ProjectSubmitted
from messaging.on_asyncio import Bus, BusUnavailable, RpcTimeout, UnknownService
from tests.contract.search_facts import PROJECT
from tests.integration.search_process import SearchProcess

OWNERS = Path(__file__).with_name("search_owners.py")
PROJECTS = 1_500
OPERATOR = {"id": "op", "roles": ["operator"]}
AWAY = (RpcTimeout, BusUnavailable, UnknownService)


@pytest.fixture
def owners(broker_url: str) -> Iterator[None]:
    """Who has the projects, one vacancy and one session."""
    environment = {**os.environ, "SUBVENUE_AMQP_URL": broker_url}
    command = [sys.executable, "-W", "ignore", str(OWNERS), str(PROJECTS)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        yield
        process.kill()


@pytest.fixture
def service(
    broker_url: str, mongodb_url: str, owners: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SearchProcess]:
    """A search service with a document store and an empty index."""
    process = SearchProcess(broker_url, tmp_path_factory.mktemp("rebuilt"), mongodb_url)
    yield process
    assert process.stop() == 0


def scenario(broker_url: str, steps: Callable[[Bus], Awaitable[Any]]) -> Any:
    """Run `steps` with a bus."""

    async def run() -> Any:
        async with asyncio.timeout(100), Bus(broker_url, "rebuild-test") as bus:
            return await steps(bus)

    return asyncio.run(run())


async def rebuild(bus: Bus, key: str) -> dict[str, Any]:
    """Ask for a rebuild."""
    command = {"command_id": key, "actor": OPERATOR}
    return dict(await bus.call("search", "rebuild_index", command, deadline=5))


async def progress(bus: Bus) -> dict[str, Any]:
    """How far it is; nothing while the service is away."""
    try:
        return dict(await bus.call("search", "get_rebuild", {"actor": OPERATOR}))
    except AWAY:
        return {"state": "away"}


async def until(bus: Bus, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The progress, as soon as it fulfils `condition`."""
    while not condition(told := await progress(bus)):
        await asyncio.sleep(0.02)
    return told


async def found(bus: Bus) -> set[str]:
    """The ids of everything that can be found."""
    ids: set[str] = set()
    cursor = None
    while True:
        query = {"limit": 100, "sort": "oldest", "facets": [], **({"cursor": cursor} if cursor else {})}
        answer = await bus.call("search", "search", query)
        ids |= {hit["id"] for hit in answer["hits"]}
        if (cursor := answer.get("next")) is None:
            return ids


def test_searches_never_fail_while_the_index_is_rebuilt(broker_url: str, service: SearchProcess) -> None:
    """From an empty index to all that the owners have; then again with a document nobody owns; ids identical."""

    async def steps(bus: Bus) -> Any:
        orphan = msgspec.structs.replace(PROJECT, id="orphan")
        await bus.publish(ProjectSubmitted(project=orphan), aggregate="orphan", seq=1)
        while await found(bus) != {"orphan"}:
            await asyncio.sleep(0.02)
        asked = await rebuild(bus, "first")
        totals: list[int] = []
        while (told := await progress(bus))["state"] != "done":
            answer = await bus.call("search", "search", {"q": "battery"}, deadline=5)  # raises on any failure
            totals.append(answer["total"])
        before = await found(bus)
        await rebuild(bus, "second")
        await until(bus, lambda now: now["state"] == "done" and now["id"] != asked["id"])
        return told, totals, before, await found(bus)

    told, totals, before, after = scenario(broker_url, steps)
    assert told["found"] == {"project": PROJECTS, "vacancy": 1, "session": 1}
    assert set(totals) <= {1, PROJECTS + 1}  # the old index or the new one, and nothing in between
    assert before == after
    assert len(after) == PROJECTS + 2
    assert "orphan" not in after


def test_killed_while_rebuilding_it_goes_on(broker_url: str, service: SearchProcess) -> None:
    """kill -9 in the middle: the old index opens, answers, and the rebuild ends by itself."""

    async def steps(bus: Bus) -> Any:
        await rebuild(bus, "killed")
        await until(bus, lambda now: 0 < now.get("found", {}).get("project", 0) < PROJECTS)
        await asyncio.to_thread(service.kill)
        await asyncio.to_thread(service.start)
        serving = len(await found(bus))
        await until(bus, lambda now: now["state"] == "done")
        return serving, await found(bus)

    serving, after = scenario(broker_url, steps)
    assert serving in (0, PROJECTS + 2)
    assert len(after) == PROJECTS + 2
