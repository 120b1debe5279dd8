"""What searches find: watched while the convention is loaded, and waited for when it is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

from messaging.on_asyncio import BusUnavailable, RemoteError, RpcTimeout

from .delivery import Bus

#: Seconds between two looks, and how long one may take.
PAUSE = 0.5
DEADLINE = 5.0
#: Seconds without a single new document after which waiting ends: longer than any restart takes.
PATIENCE = 60.0

PROJECTS_BY_COUNTRY = {"type": "project", "facets": ["country"], "limit": 1}
AWAY = (RpcTimeout, BusUnavailable, RemoteError)


async def count(bus: Bus) -> dict[str, int]:
    """What the index holds, by figure; nothing while the search service is away.

    `countries` is the number of values that the country facet has over all projects.
    """
    try:
        documents = await bus.call("search", "count_documents", {}, deadline=DEADLINE)
        projects = await bus.call("search", "search", PROJECTS_BY_COUNTRY, deadline=DEADLINE)
    except AWAY:
        return {}
    return {
        "projects": documents["project"],
        "vacancies": documents["vacancy"],
        "sessions": documents["session"],
        "countries": len(projects["facets"]["country"]),
    }


async def watch(
    bus: Bus, expected: Mapping[str, int], loaded: asyncio.Event, show: Callable[[dict[str, int]], None]
) -> dict[str, int]:
    """Look until everything expected is found, or until nothing has changed for a while after loading.

    `show` is told the counts of every look. Answers the last ones.
    """
    counts: dict[str, int] = {}
    changed = time.monotonic()
    while True:
        latest = await count(bus) or counts
        if latest != counts or not loaded.is_set():
            counts, changed = latest, time.monotonic()
        show(counts)
        complete = loaded.is_set() and is_complete(counts, expected)
        if complete or time.monotonic() - changed >= PATIENCE:
            return counts
        await asyncio.sleep(PAUSE)


def is_complete(counts: Mapping[str, int], expected: Mapping[str, int]) -> bool:
    """Whether at least what is expected is there."""
    return all(counts.get(figure, 0) >= ours for figure, ours in expected.items())
