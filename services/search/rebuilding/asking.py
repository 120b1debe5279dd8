"""Operators ask for a rebuild, and how far it is."""

from __future__ import annotations

from messaging.contracts.access import as_operator
from messaging.contracts.errors import NotFound
from messaging.contracts.search import GetRebuild, Rebuild, RebuildIndex
from messaging.envelope import now_rfc3339
from messaging.identity import new_id

from .storage import Rebuilds


def rebuild_index(command: RebuildIndex, rebuilds: Rebuilds) -> Rebuild:
    """Ask for a rebuild. Answers the one under way if there is one, or the one this command asked for already."""
    as_operator(command.actor)
    id = new_id("rbd", command.command_id)
    latest = rebuilds.latest()
    if latest and latest.id == id:
        return latest
    return rebuilds.ask(Rebuild(id=id, state="waiting", requested_at=now_rfc3339()))


def get_rebuild(query: GetRebuild, rebuilds: Rebuilds) -> Rebuild:
    """The latest rebuild. Raises `NotFound` before the first."""
    as_operator(query.actor)
    if (latest := rebuilds.latest()) is None:
        raise NotFound("the index was never rebuilt")
    return latest
