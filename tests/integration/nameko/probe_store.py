"""A repository of a service that exists only in these tests: bells, kept and announced."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec
from mongoengine import StringField

from messaging.contracts.errors import Conflict
from messaging.identity import new_id
from messaging.outbox import AggregateDocument, Aggregates
from tests.integration.nameko.probe_words import Heard, Rang, Ring, Rung


class Bell(msgspec.Struct, kw_only=True):
    """The aggregate."""

    id: str
    bell: str
    times: int
    version: int = 1


class NameTaken(Conflict):
    """Another bell has this name."""


class BellDocument(AggregateDocument):
    """Bells by id and by name."""

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "belltower",
        "collection": "bells",
        "indexes": [{"fields": ["bell"], "unique": True}],
    }
    bell = StringField()


class Bells(Aggregates[Bell]):
    """The bells."""

    document = BellDocument
    aggregate = Bell
    taken: ClassVar[dict[str, Any]] = {"bell": lambda: NameTaken("there is such a bell", "bell")}

    def keys(self, aggregate: Bell) -> dict[str, Any]:
        """The name, which is unique."""
        return {"bell": aggregate.bell}


def cast(command: Ring, bells: Bells, tells: Sequence[type[Rang | Heard]] = (Rang, Heard)) -> Rung:
    """Keep a new bell and tell of it: whoever listens, and those who must."""
    bell = Bell(id=new_id("bell", command.command_id), bell=command.bell, times=command.times)
    kept = bells.add(bell, [event(bell=bell.bell) for event in tells], command)
    return Rung(bell=kept.id, times=kept.times)
