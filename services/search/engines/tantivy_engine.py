"""The embedded engine: tantivy, in the service's own process, in a directory.

One process owns the directory (a lock says so); to scale search out, give an Elasticsearch URL instead. Commits
are atomic: a process killed at any moment leaves the last committed index, and what it had not acknowledged is
delivered again. A searcher is a snapshot, so the hits, the counts and the total of a page agree.
"""

from __future__ import annotations

import fcntl
from collections.abc import Collection, Iterable
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import IO, get_args

import msgspec
from tantivy import Query, Searcher

from messaging.contracts.errors import Unavailable
from messaging.contracts.search import DocumentType
from services.search.analysis.knowledge import Knowledge
from services.search.analysis.lexicon.choices import Stream
from services.search.analysis.lexicon.translate import Frequencies
from services.search.documents import Document

from . import generations
from .generations import Generation
from .interface import Operation, Upsert, latest, learn
from .plan import Found, Match, Plan
from .schema import LEARNED_AT_OPENING, fingerprint
from .tantivy_index import ID, make_schema, sources
from .tantivy_query import QueryBuilder, suggested
from .tantivy_results import count_values, counts, page
from .tantivy_shelf import Shelf, operation_of

CARRY_OVER_BATCH = 1_000

_document = msgspec.json.Decoder(Document)


class TantivyEngine:
    """An engine over the generations in `root`."""

    def __init__(self, root: Path, knowledge: Knowledge | None = None) -> None:
        self._root = root
        self.knowledge = knowledge or Knowledge()
        self._schema = make_schema()
        self._lock: IO[str] | None = None
        self._shelf: Shelf | None = None
        self._fresh: Shelf | None = None

    # -- opening and closing ----------------------------------------------------------------------

    def ensure(self) -> None:
        """See `Engine.ensure`. Raises `Unavailable` while another process owns the directory."""
        if self._shelf:
            return
        self._own_directory()
        serving = generations.current(self._root)
        if serving and serving.fingerprint == _made_by():
            self._shelf = Shelf(serving, self._schema)
            self._learn(serving)
            return
        fresh = generations.begin(self._root, _made_by())
        self._shelf = Shelf(fresh, self._schema)
        if serving:
            self._carry_over(serving)
        generations.use(self._root, fresh)
        if serving:
            generations.discard(serving)

    def close(self) -> None:
        """See `Engine.close`. Merges under way are finished."""
        for shelf in filter(None, (self._shelf, self._fresh)):
            shelf.close()
        self._shelf = self._fresh = None
        if self._lock:
            self._lock.close()
            self._lock = None

    def _own_directory(self) -> None:
        if self._lock:
            return
        self._root.mkdir(parents=True, exist_ok=True)
        lock = (self._root / "lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            raise Unavailable("another process writes this search index") from None
        self._lock = lock

    @property
    def _searcher(self) -> Searcher:
        assert self._shelf
        return self._shelf.searcher

    def _carry_over(self, old: Generation) -> None:
        """Analyse every document of `old` anew; the facts' owners need not be asked."""
        operations = map(operation_of, sources(old.path))
        while batch := list(islice(operations, CARRY_OVER_BATCH)):
            self.bulk(batch)

    def _learn(self, generation: Generation) -> None:
        """Learn again what the documents taught the process before this one."""
        for operation in map(operation_of, islice(sources(generation.path), LEARNED_AT_OPENING)):
            if isinstance(operation, Upsert):
                learn(self.knowledge, operation.document)

    # -- writing ----------------------------------------------------------------------------------

    def bulk(self, operations: Iterable[Operation]) -> int:
        """See `Engine.bulk`. One commit for all, so large batches are cheap and small ones quick."""
        self.ensure()
        assert self._shelf
        newest = latest(operations)
        changed = self._shelf.write(newest)
        if self._fresh:
            self._fresh.write(newest)
        for operation in changed:
            if isinstance(operation, Upsert):
                learn(self.knowledge, operation.document)
        return len(changed)

    def rebuild(self) -> TantivyFresh:
        """See `Engine.rebuild`."""
        self.ensure()
        assert self._shelf
        self.abandon(self._fresh)
        self._fresh = Shelf(generations.begin(self._root, _made_by()), self._schema)
        self._fresh.write(self._shelf.tombstones())
        return TantivyFresh(self, self._fresh)

    def serve(self, fresh: Shelf) -> None:
        """Let `fresh` take the place of the shelf that serves. Searches under way end on the old one's files,
        which stay readable until they do."""
        old = self._shelf
        assert old
        assert self._fresh is fresh, "another rebuild has begun"
        generations.use(self._root, fresh.generation)
        self._shelf, self._fresh = fresh, None
        old.close()
        generations.discard(old.generation)

    def abandon(self, fresh: Shelf | None) -> None:
        """Remove `fresh`, if it is still the one being filled."""
        if fresh and self._fresh is fresh:
            self._fresh = None
            fresh.close()
            generations.discard(fresh.generation)

    # -- reading ----------------------------------------------------------------------------------

    def search(self, plan: Plan) -> Found:
        """See `Engine.search`."""
        self.ensure()
        searcher, queries = self._searcher, QueryBuilder(self._schema, plan)
        hits = page(searcher, queries, plan)
        total, facets = counts(searcher, queries, plan)
        matches = [
            Match(_document.decode(searcher.doc(address)["source"][0]), position.score, position)
            for position, address in hits[: plan.limit]
        ]
        return Found(matches, len(hits) > plan.limit, total, facets)

    def frequencies(self, stream: Stream, tokens: Collection[str]) -> Frequencies:
        """See `Engine.frequencies`."""
        self.ensure()
        searcher, field = self._searcher, f"all_{stream}"
        return Frequencies(searcher.num_docs, {token: searcher.doc_freq(field, token) for token in tokens})

    def suggest(self, key: str, types: tuple[str, ...], limit: int) -> list[Document]:
        """See `Engine.suggest`."""
        self.ensure()
        searcher = self._searcher
        found = searcher.search(suggested(self._schema, key, types), limit, count=False)
        return [_document.decode(searcher.doc(address)["source"][0]) for _, address in found.hits]

    def documents(self, ids: list[str]) -> list[Document]:
        """See `Engine.documents`."""
        self.ensure()
        searcher = self._searcher
        found = searcher.search(Query.term_set_query(self._schema, ID, ids), max(len(ids), 1), count=False).hits
        stored = (operation_of(searcher.doc(address)["source"][0]) for _, address in found)
        return [operation.document for operation in stored if isinstance(operation, Upsert)]

    def count(self) -> dict[str, int]:
        """See `Engine.count`."""
        self.ensure()
        counted = count_values(self._searcher, Query.all_query(), ["type"])["type"]
        return {kind: counted.get(kind, 0) for kind in get_args(DocumentType)}

    def health(self) -> str:
        """See `Engine.health`."""
        self.ensure()
        return f"tantivy, {self._searcher.num_docs} records in {self._searcher.num_segments} segments"


class TantivyFresh:
    """See `Fresh`."""

    def __init__(self, engine: TantivyEngine, shelf: Shelf) -> None:
        self._engine = engine
        self._shelf = shelf

    def write(self, operations: Iterable[Operation]) -> int:
        """See `Fresh.write`."""
        return len(self._shelf.write(operations))

    def serve(self) -> None:
        """See `Fresh.serve`."""
        self._engine.serve(self._shelf)

    def abandon(self) -> None:
        """See `Fresh.abandon`."""
        self._engine.abandon(self._shelf)


def _made_by() -> str:
    return fingerprint(f"tantivy {version('tantivy')}")
