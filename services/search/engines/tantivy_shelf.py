"""One open generation of the embedded index: its writer, and a searcher that sees the last commit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress

import msgspec
from tantivy import Query, Schema, Searcher

from services.search.documents import Document

from .generations import Generation
from .interface import Delete, Operation, Upsert, latest
from .schema import tie_of
from .tantivy_index import GONE, ID, open_index, to_document

#: Memory of the writer before it begins a new segment; one thread, for the service has one core.
WRITER_HEAP_BYTES = 60_000_000
MAX_DOCUMENTS = 10_000_000

_document = msgspec.json.Decoder(Document)


class Shelf:
    """Open from its making until it is closed."""

    def __init__(self, generation: Generation, schema: Schema) -> None:
        self.generation = generation
        self._schema = schema
        self._index = open_index(generation.path)
        self._writer = self._index.writer(WRITER_HEAP_BYTES, 1)
        self.searcher: Searcher = self._index.searcher()

    def close(self) -> None:
        """Let go of the writer. Merges under way are finished."""
        self._writer.wait_merging_threads()

    def write(self, operations: Iterable[Operation]) -> list[Operation]:
        """Apply those that are newer than what is there, with one commit for all, and answer them."""
        newest = latest(operations)
        stored = self._versions([operation.id for operation in newest])
        fresh = [operation for operation in newest if stored.get(tie_of(operation.id), -1) < operation.version]
        if not fresh:
            return []
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
        self.searcher = self._index.searcher()
        return fresh

    def tombstones(self) -> Iterator[Operation]:
        """The deletions that are remembered."""
        gone = Query.term_query(self._schema, GONE, "gone", index_option="basic")
        searcher = self.searcher
        for _, address in searcher.search(gone, MAX_DOCUMENTS, count=False).hits if searcher.num_docs else ():
            yield operation_of(searcher.doc(address)["source"][0])

    def _versions(self, ids: list[str]) -> dict[int, int]:
        """The stored version of each id that is there, by its tie."""
        query = Query.term_set_query(self._schema, ID, ids)
        hits = self.searcher.search(query, max(len(ids), 1), count=False).hits
        addresses = [address for _, address in hits]
        ties = self.searcher.fast_field_values("tie", addresses)
        versions = self.searcher.fast_field_values("version", addresses)
        return {int(tie or 0): int(number or 0) for tie, number in zip(ties, versions, strict=True)}


def operation_of(source: bytes) -> Operation:
    """What would store the record that `source` was stored with."""
    stored = msgspec.json.decode(source)
    return Upsert(_document.decode(source)) if "type" in stored else Delete(stored["id"], stored["version"])
