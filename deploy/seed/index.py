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

AWAY = (RpcTimeout, BusUnavailable, RemoteError)


async def count(bus: Bus) -> dict[str, int]:
    """Documents in the index by figure; none while the search service is away."""
    try:
        counts = await bus.call("search", "count_documents", {}, deadline=DEADLINE)
    except AWAY:
        return {}
    return {"projects": counts["project"], "vacancies": counts["vacancy"], "sessions": counts["session"]}


async def watch(
    bus: Bus,
    expected: Mapping[str, int],
    loaded: asyncio.Event,
    show: Callable[[int], None],
) -> dict[str, int]:
    """Look until everything expected is found, or until nothing has changed for a while after loading.

    `show` is told how many of the expected documents are there. Answers the last counts.
    """
    counts: dict[str, int] = {}
    changed = time.monotonic()
    while not (loaded.is_set() and is_complete(counts, expected)):
        latest = await count(bus) or counts
        if latest != counts or not loaded.is_set():
            counts, changed = latest, time.monotonic()
        elif time.monotonic() - changed >= PATIENCE:
            break
        show(sum(min(counts.get(figure, 0), figures) for figure, figures in expected.items()))
        if not is_complete(counts, expected) or not loaded.is_set():
            await asyncio.sleep(PAUSE)
    return counts


async def count_countries(bus: Bus) -> int | None:
    """How many values the country facet has over all projects; None while the search service is away."""
    question = {"type": "project", "facets": ["country"], "limit": 1}
    try:
        answer = await bus.call("search", "search", question, deadline=DEADLINE)
    except AWAY:
        return None
    return len(answer["facets"]["country"])


def is_complete(counts: Mapping[str, int], expected: Mapping[str, int]) -> bool:
    """Whether at least what is expected is there."""
    return all(counts.get(figure, 0) >= figures for figure, figures in expected.items())
