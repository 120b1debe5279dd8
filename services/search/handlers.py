"""What happens when facts arrive: they become searchable, then the world is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from messaging.contracts.search import DocumentsIndexed, IndexedDocument
from messaging.envelope import Envelope

from .documents import document_of
from .engines.interface import Engine, Upsert


def index(envelopes: list[Envelope], engine: Engine, announce: Callable[[DocumentsIndexed], None]) -> None:
    """Make searchable what `envelopes` tell, and announce it.

    Announced is all of the batch, also what was searchable already: the last attempt may have ended between the
    two steps. Raises `UnknownEvent`, `Unavailable`, or what `announce` raises; the batch can then be repeated.
    """
    indexed: list[IndexedDocument] = []

    def operations() -> Iterator[Upsert]:
        # Made while the engine takes them, which may be in a thread of its own.
        for document in map(document_of, envelopes):
            indexed.append(IndexedDocument(document.id, document.type, document.version))
            yield Upsert(document)

    engine.bulk(operations())
    announce(DocumentsIndexed(documents=tuple(indexed)))
