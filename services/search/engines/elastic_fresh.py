"""The index that a rebuild fills, in a cluster."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .interface import Operation, latest

if TYPE_CHECKING:
    from .elastic_engine import ElasticEngine


class ElasticFresh:
    """See `Fresh`."""

    def __init__(self, engine: ElasticEngine, serving: str, fresh: str) -> None:
        self._engine = engine
        self._serving = serving
        self._fresh = fresh

    def write(self, operations: Iterable[Operation]) -> int:
        """See `Fresh.write`."""
        return self._engine.write(latest(operations), self._fresh)

    def serve(self) -> None:
        """See `Fresh.serve`."""
        self._engine.serve(self._serving, self._fresh)

    def abandon(self) -> None:
        """See `Fresh.abandon`."""
        self._engine.remove(self._fresh)
