"""The search service over a real broker: what owners tell is found, whatever dies in between."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import msgspec
import pytest

from messaging.contracts.jobs import VacancyPosted, VacancyUpdated
from messaging.contracts.registration import ProjectSubmitted
from messaging.contracts.search import DocumentsIndexed
from messaging.contracts.streaming import SessionChanged
from messaging.contracts.types import Bilingual
from messaging.envelope import Envelope
from messaging.on_asyncio import Bus, BusUnavailable, RemoteError, RpcTimeout, UnknownService
from tests.contract.search_facts import PROJECT, SESSION, VACANCY
from tests.integration.search_process import SearchProcess


@pytest.fixture(scope="module")
def service(broker_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchProcess]:
    """A running search service, whose index is empty before the first test."""
    process = SearchProcess(broker_url, tmp_path_factory.mktemp("search"))
    yield process
    assert process.stop() == 0


def scenario(broker_url: str, steps: Callable[[Bus], Awaitable[Any]]) -> Any:
    """Run `steps` with a bus."""

    async def run() -> Any:
        async with Bus(broker_url, "search-test") as bus:
            return await steps(bus)

    return asyncio.run(run())


async def search(bus: Bus, **query: Any) -> dict[str, Any]:
    """Ask the service."""
    answer = await bus.call("search", "search", query)
    return dict(answer)


def test_what_owners_tell_is_found_and_announced(broker_url: str, service: SearchProcess) -> None:
    """A project, a vacancy and a session: announced with their versions, and found by then."""
    announced: dict[str, int] = {}
    all_there = asyncio.Event()

    async def note(_envelope: Envelope, event: DocumentsIndexed) -> None:
        announced.update({document.id: document.version for document in event.documents})
        if set(announced) >= {"p1", "v1", "s1"}:
            all_there.set()

    async def steps(bus: Bus) -> Any:
        async with bus.listening({DocumentsIndexed: note}):
            await bus.publish(ProjectSubmitted(project=PROJECT), aggregate="p1", seq=1)
            await bus.publish(VacancyPosted(vacancy=VACANCY), aggregate="v1", seq=2)
            await bus.publish(SessionChanged(session=SESSION), aggregate="s1", seq=3)
            await asyncio.wait_for(all_there.wait(), 10)
        return await search(bus, q="电池"), await bus.call("search", "count_documents", {})

    found, counted = scenario(broker_url, steps)
    assert announced == {"p1": 1, "v1": 2, "s1": 3}
    assert [hit["id"] for hit in found["hits"]] == ["p1", "v1"]  # the vacancy is in English, and says battery
    assert found["hits"][0]["highlights"]["title"] == ["<mark>电池</mark>"]
    assert counted == {"project": 1, "vacancy": 1, "session": 1}


def test_late_events_change_nothing(broker_url: str, service: SearchProcess) -> None:
    """Versions 3, 1, 2: the third stays."""

    async def steps(bus: Bus) -> Any:
        for seq, word in ((3, "third"), (1, "first"), (2, "second")):
            vacancy = msgspec.structs.replace(VACANCY, id="late", title=Bilingual(en=word))
            await bus.publish(VacancyUpdated(vacancy=vacancy), aggregate="late", seq=seq)
        marker = msgspec.structs.replace(VACANCY, id="marker")
        await bus.publish(VacancyUpdated(vacancy=marker), aggregate="marker", seq=1)
        while "marker" not in [hit["id"] for hit in (await search(bus, type="vacancy"))["hits"]]:
            await asyncio.sleep(0.02)
        return [(await search(bus, q=word))["total"] for word in ("first", "second", "third")]

    assert scenario(broker_url, steps) == [0, 0, 1]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"cursor": "forged"}, "cursor"),
        ({"q": "x" * 10_000}, "q"),
        ({"limit": 0}, "limit"),
        ({"limit": 10_001}, "limit"),
        ({"type": "person"}, "type"),
        ({"q": {"$ne": None}}, "q"),
        ({"filters": {"unheard-of": ["x"]}}, "filters"),
    ],
)
def test_bad_input_is_refused_by_name(broker_url: str, service: SearchProcess, query: Any, field: str) -> None:
    """The answer says which field breaks the rule."""

    async def steps(bus: Bus) -> RemoteError:
        with pytest.raises(RemoteError) as refused:
            await search(bus, **query)
        return refused.value

    error = scenario(broker_url, steps)
    assert error.exc_type == "InvalidInput"
    assert field in error.field


def test_killed_while_indexing_it_ends_with_everything(broker_url: str, service: SearchProcess) -> None:
    """Three kills while two thousand events arrive: in the end there are two thousand documents."""

    async def steps(bus: Bus) -> int:
        publishing = asyncio.create_task(_publish_many(bus, 2_000))
        for _ in range(3):
            await asyncio.sleep(0.4)  # into the middle of it
            await asyncio.to_thread(service.kill)
            await asyncio.to_thread(service.start)
        await publishing
        return await _until(bus, already + 2_000)

    already = scenario(broker_url, _count_projects)
    assert scenario(broker_url, steps) == already + 2_000


async def _publish_many(bus: Bus, number: int) -> None:
    gate = asyncio.Semaphore(50)

    async def one(index: int) -> None:
        project = msgspec.structs.replace(PROJECT, id=f"many-{index}")
        async with gate:
            await bus.publish(ProjectSubmitted(project=project), aggregate=project.id, seq=1)

    await asyncio.gather(*map(one, range(number)))


async def _count_projects(bus: Bus) -> int:
    counted = await bus.call("search", "count_documents", {})
    return int(counted["project"])


async def _until(bus: Bus, expected: int) -> int:
    """The number of projects, as soon as it is the expected one."""
    counted = -1
    async with asyncio.timeout(60):
        while counted != expected:
            try:
                counted = await _count_projects(bus)
            except (RpcTimeout, BusUnavailable, UnknownService):
                continue
            await asyncio.sleep(0.02)
    return counted
