"""Saved searches of the running service: owners hear of new documents once, through kill -9."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from messaging.contracts.registration import ProjectSubmitted
from messaging.contracts.search import NoticesDue
from messaging.contracts.types import Bilingual
from messaging.envelope import Envelope
from messaging.on_asyncio import Bus
from tests.contract.search_facts import PROJECT
from tests.integration.search_process import SearchProcess

OWNER = {"id": "att-77", "roles": ["attendee"]}
DOCUMENTS = 200


async def all_notices(bus: Bus) -> list[dict[str, Any]]:
    """Every notice of the owner, page by page."""
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        asked = {"actor": OWNER, "limit": 100, **({"cursor": cursor} if cursor else {})}
        page = await bus.call("search", "list_notices", asked)
        found += page["items"]
        if (cursor := page["next"]) is None:
            return found


def test_owners_hear_of_each_document_once_through_kills(broker_url: str, mongodb_url: str, tmp_path) -> None:
    """Two hundred documents and two kills: a notice for each, and each was told."""
    service = SearchProcess(broker_url, tmp_path / "saved", mongodb_url)
    told: set[str] = set()

    async def note(_envelope: Envelope, event: NoticesDue) -> None:
        told.update(notice.document_id for notice in event.notices)

    async def steps(bus: Bus) -> Any:
        saved = await bus.call("search", "save_search", {"actor": OWNER, "command_id": "k", "q": "tidal 潮汐"})
        again = await bus.call("search", "save_search", {"actor": OWNER, "command_id": "k", "q": "tidal 潮汐"})
        assert saved["id"] == again["id"]
        async with bus.listening({NoticesDue: note}):
            for number in range(DOCUMENTS):
                title = Bilingual(en=f"Tidal kelp {number}", zh=f"潮汐海藻 {number}")
                project = msgspec.structs.replace(PROJECT, id=f"tidal-{number}", title=title)
                await bus.publish(ProjectSubmitted(project=project), aggregate=project.id, seq=1)
                if number in (60, 140):
                    await asyncio.to_thread(service.kill)
                    await asyncio.to_thread(service.start)
            while len(told) < DOCUMENTS:
                await asyncio.sleep(0.1)
        found = await all_notices(bus)
        await bus.call("search", "delete_saved_search", {"actor": OWNER, "saved_search_id": saved["id"]})
        left = await bus.call("search", "list_saved_searches", {"actor": OWNER})
        return found, left["items"]

    async def run() -> Any:
        async with asyncio.timeout(100), Bus(broker_url, "saved-test") as bus:
            return await steps(bus)

    found, left = asyncio.run(run())
    assert len(found) == DOCUMENTS
    assert {notice["document_id"] for notice in found} == told
    assert left == []
    assert service.stop() == 0
