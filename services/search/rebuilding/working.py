"""The work: what the owners tell goes into a new index, which then takes the place of the one that serves.

While it lasts every event goes into both, so nothing is missed: what changes after the owner was asked comes as
an event, and the later version stays. What was deleted here stays deleted. Searches are answered by the old index
until the new one is complete, and from then on by the new one.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from uuid import uuid4

import msgspec

from messaging.contracts.errors import ServiceError, Unavailable
from messaging.contracts.search import Rebuild
from messaging.envelope import now_rfc3339
from services.search.engines.interface import Engine, Fresh, Upsert

from .owners import Owner, Walk
from .storage import Rebuilds

log = logging.getLogger(__name__)
#: One step of a rebuild, after which whoever called may do something else, such as stop.
STEP_SECONDS = 1.0


class Work:
    """What this process is doing about the rebuild that it holds, if it holds one."""

    def __init__(self) -> None:
        self.worker = uuid4().hex
        self.rebuild: Rebuild | None = None
        self.fresh: Fresh | None = None
        self.walk: Walk | None = None


def step_or_wait(work: Work, engine: Engine, owners: Mapping[str, Owner], rebuilds: Rebuilds) -> None:
    """`step`, where it can be made; a store or an engine that is away is waited for."""
    try:
        step(work, engine, owners, rebuilds)
    except Unavailable as error:
        if work.rebuild:
            log.warning("a rebuild waits", extra={"fields": {"reason": str(error)}})


def step(work: Work, engine: Engine, owners: Mapping[str, Owner], rebuilds: Rebuilds) -> None:
    """Go on for a second with the rebuild that was asked for, if there is one that nobody else holds.

    An owner that is away delays it. Raises `Unavailable` when the store or the engine is.
    """
    claimed = rebuilds.claim(work.worker)
    if claimed is None:
        _let_go(work)
        return
    if work.rebuild is None or work.rebuild.id != claimed.id:
        _let_go(work)
        work.fresh, work.walk = engine.rebuild(), Walk(owners)
        work.rebuild = msgspec.structs.replace(claimed, found={}, expected=sum(engine.count().values()))
    work.rebuild = _told_for_a_second(work.rebuild, work)
    assert work.fresh
    assert work.walk
    if work.walk.ended and rebuilds.keep(work.worker, work.rebuild):  # still ours: another may have begun anew
        work.fresh.serve()
        work.rebuild = msgspec.structs.replace(work.rebuild, state="done", finished_at=now_rfc3339())
        log.info("the index was rebuilt", extra={"fields": {"found": work.rebuild.found}})
        rebuilds.keep(work.worker, work.rebuild)
        work.rebuild = work.fresh = work.walk = None
    elif not rebuilds.keep(work.worker, work.rebuild):
        _let_go(work)


def _told_for_a_second(rebuild: Rebuild, work: Work) -> Rebuild:
    """Write pages of the owners for `STEP_SECONDS`; answers how far that is."""
    assert work.fresh
    assert work.walk
    until = time.monotonic() + STEP_SECONDS
    found = dict(rebuild.found)
    delayed_by = None
    while not work.walk.ended and time.monotonic() < until and delayed_by is None:
        try:
            kind, documents = work.walk.step()
        except ServiceError as error:
            delayed_by = str(error)
            continue
        work.fresh.write([Upsert(document) for document in documents])
        found[kind] = found.get(kind, 0) + len(documents)
    return msgspec.structs.replace(rebuild, found=found, delayed_by=delayed_by)


def _let_go(work: Work) -> None:
    if work.fresh:
        work.fresh.abandon()
    work.rebuild = work.fresh = work.walk = None
