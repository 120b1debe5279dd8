"""Answers by key, filed under the path they are about, until that path is dropped.

Three promises, which tests/unit/test_edge_cache_races.py tries to break:

- An answer that was asked for before its path was dropped is never given to who came after.
- Whoever asks the same at the same time waits for one answer (single-flight).
- The bytes kept stay under the limit; what was not wanted longest goes first.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from .answers import Answer

#: What was asked for, byte for byte, and to whom the answer may be given.
Key = tuple[bytes, str]
Outcome = Literal["HIT", "MISS", "JOINED", "STALE"]

#: Seconds. A belt for the braces: should an event ever get lost, its answer is not wrong for ever.
LONGEST_LIFE = 60.0


@dataclass
class Counts:
    """What has happened, for the metrics."""

    outcomes: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("HIT", "MISS", "JOINED", "STALE"), 0))
    not_modified: int = 0
    dropped: int = 0
    evicted: int = 0
    spoilt: int = 0
    flushes: int = 0


@dataclass(eq=False)
class Flight:
    """A question under way. `spoilt` when its path was dropped meanwhile: the answer may be older than that."""

    path: str
    answer: asyncio.Task[Answer]
    spoilt: bool = False


class Cache:
    """At most `limit` bytes of answers."""

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._kept: OrderedDict[Key, tuple[str, Answer, int]] = OrderedDict()
        self._flights: dict[Key, Flight] = {}
        self._keys: dict[str, set[Key]] = {}
        self.bytes = 0
        self.counts = Counts()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Key) -> Answer | None:
        """The answer kept under `key`, unless it is too old."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        if self.age(kept[1]) > LONGEST_LIFE:
            self._remove(key)
            return None
        self._kept.move_to_end(key)
        return kept[1]

    def age(self, answer: Answer) -> float:
        """Seconds since `answer` was made."""
        return max(0.0, self._clock() - answer.made)

    async def answer(
        self, key: Key, path: str, ask: Callable[[], Awaitable[Answer]], keep: bool = True
    ) -> tuple[Answer, Outcome]:
        """The answer from memory, from a flight that somebody else began, or from `ask`.

        `ask` runs in a task of its own: a client that leaves takes nothing from those who wait with it.
        """
        if (kept := self.get(key)) is not None:
            return kept, "HIT"
        if (flight := self._flights.get(key)) is not None:
            return await asyncio.shield(flight.answer), "JOINED"
        flight = Flight(path, asyncio.ensure_future(ask()))
        self._flights[key] = flight
        self._keys.setdefault(path, set()).add(key)
        flight.answer.add_done_callback(lambda _: self._land(key, flight, keep))
        return await asyncio.shield(flight.answer), "MISS"

    def drop(self, *paths: str) -> None:
        """Forget what is filed under `paths`. From now on nobody gets what was asked for before."""
        for path in paths:
            for key in self._keys.pop(path, ()):
                self._spoil(key)
                if self._remove(key, indexed=False):
                    self.counts.dropped += 1

    def flush(self) -> None:
        """Forget everything: events may have been missed."""
        self.drop(*list(self._keys))
        self.counts.flushes += 1

    def _spoil(self, key: Key) -> None:
        if flight := self._flights.pop(key, None):
            flight.spoilt = True
            self.counts.spoilt += 1

    def _land(self, key: Key, flight: Flight, keep: bool) -> None:
        """A question is answered: keep the answer, unless it is spoilt, no success, or too large."""
        failed = flight.answer.cancelled() or flight.answer.exception() is not None
        if flight.spoilt:
            return
        del self._flights[key]
        answer = None if failed else flight.answer.result()
        if keep and answer is not None and answer.status == 200 and answer.size <= self._limit // 8:
            self._keep(key, flight.path, answer)
        else:
            self._unfile(flight.path, key)

    def _keep(self, key: Key, path: str, answer: Answer) -> None:
        size = answer.size + (len(answer.body) // 4 if answer.squeezable else 0)  # room for the squeezed form
        self._kept[key] = (path, answer, size)
        self.bytes += size
        while self.bytes > self._limit:
            self._remove(next(iter(self._kept)))
            self.counts.evicted += 1

    def _remove(self, key: Key, indexed: bool = True) -> bool:
        kept = self._kept.pop(key, None)
        if kept is None:
            return False
        self.bytes -= kept[2]
        if indexed:
            self._unfile(kept[0], key)
        return True

    def _unfile(self, path: str, key: Key) -> None:
        keys = self._keys.get(path, set())
        keys.discard(key)
        if not keys:
            self._keys.pop(path, None)
