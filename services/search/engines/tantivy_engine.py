"""The embedded engine: tantivy, in the service's own process, in a directory.

One process owns the directory (a lock says so); to scale search out, give an Elasticsearch URL instead. Commits
are atomic: a process killed at any moment leaves the last committed index, and what it had not acknowledged is
delivered again. A searcher is a snapshot, so the hits, the counts and the total of a page agree.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterable
from contextlib import suppress
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import IO, get_args

import msgspec
from tantivy import IndexWriter, Query, Searcher

from messaging.contracts.errors import Unavailable
from messaging.contracts.search import DocumentType
from services.search.documents import Document

from . import generations
from .generations import Generation
from .interface import Delete, Operation, Upsert, latest
from .plan import Found, Match, Plan
from .schema import fingerprint, tie_of
from .tantivy_index import ID, make_schema, open_index, sources, to_document
from .tantivy_query import QueryBuilder, suggested
from .tantivy_results import count_values, facet_counts, page

#: Memory of the writer before it begins a new segment; one thread, for the service has one core.
WRITER_HEAP_BYTES = 60_000_000
CARRY_OVER_BATCH = 1_000

_document = msgspec.json.Decoder(Document)


class TantivyEngine:
    """An engine over the generations in `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._schema = make_schema()
        self._lock: IO[str] | None = None
        self._writer: IndexWriter | None = None

    # -- opening and closing ----------------------------------------------------------------------

    def ensure(self) -> None:
        """See `Engine.ensure`. Raises `Unavailable` while another process owns the directory."""
        if self._writer:
            return
        self._own_directory()
        made_by = fingerprint(f"tantivy {version('tantivy')}")
        serving = generations.current(self._root)
        if serving and serving.fingerprint == made_by:
            self._open(serving)
            return
        fresh = generations.begin(self._root, made_by)
        self._open(fresh)
        if serving:
            self._carry_over(serving)
        generations.use(self._root, fresh)
        if serving:
            generations.discard(serving)

    def close(self) -> None:
        """See `Engine.close`. Merges under way are finished."""
        if self._writer:
            self._writer.wait_merging_threads()
            self._writer = None
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

    def _open(self, generation: Generation) -> None:
        self._index = open_index(generation.path)
        self._writer = self._index.writer(WRITER_HEAP_BYTES, 1)
        self._searcher: Searcher = self._index.searcher()

    def _carry_over(self, old: Generation) -> None:
        """Analyse every document of `old` anew; the facts' owners need not be asked."""
        operations = map(_operation, sources(old.path))
        while batch := list(islice(operations, CARRY_OVER_BATCH)):
            self.bulk(batch)

    # -- writing ----------------------------------------------------------------------------------

    def bulk(self, operations: Iterable[Operation]) -> int:
        """See `Engine.bulk`. One commit for all, so large batches are cheap and small ones quick."""
        self.ensure()
        assert self._writer is not None
        newest = latest(operations)
        stored = self._versions([operation.id for operation in newest])
        fresh = [operation for operation in newest if stored.get(tie_of(operation.id), -1) < operation.version]
        if not fresh:
            return 0
        try:
            for operation in fresh:
                if tie_of(operation.id) in stored:
                    self._writer.delete_documents_by_term(ID, operation.id)
                self._writer.add_document(to_document(operation.record()))
            self._writer.commit()
        except BaseException:
            with suppress(ValueError):
                self._writer.rollback()
            raise
        self._index.reload()
        self._searcher = self._index.searcher()
        return len(fresh)

    def _versions(self, ids: list[str]) -> dict[int, int]:
        """The stored version of each id that is there, by its tie."""
        query = Query.term_set_query(self._schema, ID, ids)
        hits = self._searcher.search(query, max(len(ids), 1), count=False).hits
        addresses = [address for _, address in hits]
        ties = self._searcher.fast_field_values("tie", addresses)
        versions = self._searcher.fast_field_values("version", addresses)
        return {int(tie or 0): int(number or 0) for tie, number in zip(ties, versions, strict=True)}

    # -- reading ----------------------------------------------------------------------------------

    def search(self, plan: Plan) -> Found:
        """See `Engine.search`."""
        self.ensure()
        searcher, queries = self._searcher, QueryBuilder(self._schema, plan)
        hits, total = page(searcher, queries.hits(), plan)
        matches = [
            Match(_document.decode(searcher.doc(address)["source"][0]), position.score, position)
            for position, address in hits[: plan.limit]
        ]
        return Found(matches, len(hits) > plan.limit, total, facet_counts(searcher, queries, plan))

    def suggest(self, key: str, types: tuple[str, ...], limit: int) -> list[Document]:
        """See `Engine.suggest`."""
        self.ensure()
        searcher = self._searcher
        found = searcher.search(suggested(self._schema, key, types), limit, count=False)
        return [_document.decode(searcher.doc(address)["source"][0]) for _, address in found.hits]

    def count(self) -> dict[str, int]:
        """See `Engine.count`."""
        self.ensure()
        counted = count_values(self._searcher, Query.all_query(), ["type"])["type"]
        return {kind: counted.get(kind, 0) for kind in get_args(DocumentType)}

    def health(self) -> str:
        """See `Engine.health`."""
        self.ensure()
        return f"tantivy, {self._searcher.num_docs} records in {self._searcher.num_segments} segments"


def _operation(source: bytes) -> Operation:
    """What would store the record that `source` was stored with."""
    stored = msgspec.json.decode(source)
    return Upsert(_document.decode(source)) if "type" in stored else Delete(stored["id"], stored["version"])
