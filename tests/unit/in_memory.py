"""Repositories in memory: what handlers are tested with, keeping the promises of `messaging.outbox`."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

from messaging.contracts.errors import Conflict, IdempotencyKeyReused, NotFound, VersionConflict
from messaging.contracts.types import Event
from messaging.identity import fingerprint


class InMemory:
    """Keeps copies, checks versions and keys, and remembers the events in the order they were written."""

    def __init__(
        self, keys: Callable[[Any], dict[str, Any]] = lambda _: {}, unique: dict[str, type[Conflict]] | None = None
    ) -> None:
        self._keys = keys
        self._unique = unique or {}
        self._kept: dict[str, Any] = {}
        self._fingerprints: dict[str, str] = {}
        self.events: list[Event] = []
        #: Called before every write, to let something else happen first.
        self.before_write: Callable[[], None] = lambda: None

    def get(self, id: str) -> Any:
        if id not in self._kept:
            raise NotFound("there is none with this id", "id")
        return copy.deepcopy(self._kept[id])

    def find_one(self, criteria: dict[str, Any]) -> Any:
        return next(iter(self.find(criteria)), None)

    def find(self, criteria: dict[str, Any], sort: str = "_id", limit: int = 100) -> list[Any]:
        found = [one for one in self._kept.values() if self._fits(one, criteria)]
        return [copy.deepcopy(one) for one in sorted(found, key=lambda one: one.id)][:limit]

    def live(self) -> list[Any]:
        return self.find({"live": 1})

    def add(self, aggregate: Any, events: Sequence[Event], command: Any) -> Any:
        self.before_write()
        if aggregate.id in self._kept:
            if self._fingerprints[aggregate.id] != fingerprint(command):
                raise IdempotencyKeyReused("other content", "Idempotency-Key")
            return self.get(aggregate.id)
        for key, error in self._unique.items():
            if self.find({key: self._keys(aggregate)[key]}):
                raise error("taken", key)
        self._kept[aggregate.id] = copy.deepcopy(aggregate)
        self._fingerprints[aggregate.id] = fingerprint(command)
        self.events += events
        return aggregate

    def add_many(self, news: Sequence[Any]) -> tuple[int, list[Any]]:
        before = len(self._kept)
        kept = [self.add(*new) for new in news]
        return len(self._kept) - before, kept

    def save(self, aggregate: Any, events: Sequence[Event]) -> Any:
        self.before_write()
        if self._kept[aggregate.id].version != aggregate.version - 1:
            raise VersionConflict("changed in the meantime")
        self._kept[aggregate.id] = copy.deepcopy(aggregate)
        self.events += events
        return aggregate

    def _fits(self, one: Any, criteria: dict[str, Any]) -> bool:
        have = {"_id": one.id, "place": one.id, **self._keys(one)}
        return all(_matches(have[key], wanted) for key, wanted in criteria.items())


def _matches(value: Any, wanted: Any) -> bool:
    if not isinstance(wanted, dict):
        return bool(value == wanted)
    return value in wanted["$in"] if "$in" in wanted else value > wanted["$gt"]
