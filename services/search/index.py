"""The index as a nameko service has it: opened when the service starts, shared by all its workers."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from typing import Any

from eventlet import tpool
from eventlet.semaphore import Semaphore
from nameko.extensions import DependencyProvider

from messaging.contracts.errors import Unavailable

from .analysis.dictionaries import load_dictionaries
from .analysis.knowledge import Knowledge
from .analysis.lexicon.choices import Stream
from .analysis.lexicon.translate import Frequencies
from .documents import Document
from .engines.interface import Engine, Fresh, Operation
from .engines.plan import Found, Plan
from .engines.tantivy_engine import TantivyEngine
from .settings import Settings

log = logging.getLogger(__name__)


class Index(DependencyProvider):
    """``engine = Index()`` gives each worker the engine as ``self.engine``."""

    def setup(self) -> None:
        """Called by nameko: choose the engine; nothing is opened yet."""
        self._engine = choose(self.container.config["settings"])

    def start(self) -> None:
        """Called by nameko. An embedded index that cannot be opened ends the process: its supervisor tries again.
        A cluster may come later; until then searches are `Unavailable` and events wait in the delay ladder."""
        load_dictionaries()
        try:
            self._engine.ensure()
        except Unavailable as error:
            if isinstance(self._engine, OffHub):
                raise
            log.warning("the search cluster is awaited", extra={"fields": {"reason": str(error)}})

    def stop(self) -> None:
        """Called by nameko when no worker is left."""
        self._engine.close()

    def get_dependency(self, worker_ctx: Any) -> Engine:
        """Called by nameko for each worker."""
        return self._engine


def choose(settings: Settings) -> Engine:
    """The engine that the settings ask for."""
    knowledge = Knowledge(settings.search_dir / "synonyms.txt")
    if settings.elasticsearch_url:
        # Only here, for the client loads the HTTP libraries of asyncio along with its own.
        from elasticsearch import Elasticsearch

        from .engines.elastic_engine import ElasticEngine

        # No retries of the client's own: a call has 2.5 seconds, and events have the delay ladder.
        return ElasticEngine(Elasticsearch(settings.elasticsearch_url, max_retries=0), knowledge=knowledge)
    return OffHub(TantivyEngine(settings.search_dir, knowledge))


class OffHub:
    """An embedded engine whose writing happens in a native thread.

    Analysing 500 documents and committing them takes 140 ms and more. On the hub nothing else would run in that
    time; in a thread, searches go on and the hub ticks. Searching takes milliseconds and stays on the hub.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writing = Semaphore()

    def ensure(self) -> None:
        """See `Engine.ensure`."""
        self._engine.ensure()

    def bulk(self, operations: Iterable[Operation]) -> int:
        """See `Engine.bulk`. One at a time, for there is one writer; `operations` are made in the thread too."""
        with self._writing:
            return int(tpool.execute(self._engine.bulk, operations))

    def rebuild(self) -> Fresh:
        """See `Engine.rebuild`."""
        with self._writing:
            return FreshOffHub(tpool.execute(self._engine.rebuild), self._writing)

    def search(self, plan: Plan) -> Found:
        """See `Engine.search`."""
        return self._engine.search(plan)

    @property
    def knowledge(self) -> Knowledge:
        """See `Engine.knowledge`."""
        return self._engine.knowledge

    def frequencies(self, stream: Stream, tokens: Collection[str]) -> Frequencies:
        """See `Engine.frequencies`."""
        return self._engine.frequencies(stream, tokens)

    def suggest(self, key: str, types: tuple[str, ...], limit: int) -> list[Document]:
        """See `Engine.suggest`."""
        return self._engine.suggest(key, types, limit)

    def documents(self, ids: list[str]) -> list[Document]:
        """See `Engine.documents`."""
        return self._engine.documents(ids)

    def count(self) -> dict[str, int]:
        """See `Engine.count`."""
        return self._engine.count()

    def health(self) -> str:
        """See `Engine.health`."""
        return self._engine.health()

    def close(self) -> None:
        """See `Engine.close`."""
        self._engine.close()


class FreshOffHub:
    """An index being filled, written in a native thread and never while its neighbour is."""

    def __init__(self, fresh: Fresh, writing: Semaphore) -> None:
        self._fresh = fresh
        self._writing = writing

    def write(self, operations: Iterable[Operation]) -> int:
        """See `Fresh.write`."""
        with self._writing:
            return int(tpool.execute(self._fresh.write, operations))

    def serve(self) -> None:
        """See `Fresh.serve`."""
        with self._writing:
            tpool.execute(self._fresh.serve)

    def abandon(self) -> None:
        """See `Fresh.abandon`."""
        with self._writing:
            tpool.execute(self._fresh.abandon)
