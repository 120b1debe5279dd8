"""What an engine can do. One contract suite, tests/contract/test_search_engines.py, holds all of them to it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple, Protocol

from services.search.analysis.knowledge import Knowledge
from services.search.analysis.lexicon.choices import Stream
from services.search.analysis.lexicon.translate import Frequencies
from services.search.documents import Document

from .plan import Found, Plan
from .schema import Record, record_of, tombstone


class Upsert(NamedTuple):
    """Store `document`, unless its version or a later one is there."""

    document: Document

    @property
    def id(self) -> str:
        """The document's id."""
        return self.document.id

    @property
    def version(self) -> int:
        """The version that this operation brings."""
        return self.document.version

    def record(self) -> Record:
        """What the engine stores."""
        return record_of(self.document)


class Delete(NamedTuple):
    """Forget the document, unless a version as late or later is there; `version` is that of the deletion."""

    id: str
    version: int

    def record(self) -> Record:
        """What the engine stores: that there is nothing any more."""
        return tombstone(self.id, self.version)


Operation = Upsert | Delete


class Fresh(Protocol):
    """An index that is being filled beside the one that serves. Its methods may raise `Unavailable`."""

    def write(self, operations: Iterable[Operation]) -> int:
        """As `Engine.bulk`, into this index only."""

    def serve(self) -> None:
        """Take the place of the index that serves, in one step that no search notices; the old one is removed."""

    def abandon(self) -> None:
        """Remove this one; the old one goes on."""


class Engine(Protocol):
    """An index of documents. Methods raise `Unavailable` when the engine does not answer."""

    @property
    def knowledge(self) -> Knowledge:
        """What the documents teach; for readings of questions."""

    def ensure(self) -> None:
        """Open the index, or make it; one of an older schema is carried over into a new one."""

    def bulk(self, operations: Iterable[Operation]) -> int:
        """Apply all and answer how many changed something. On return every one of them is visible to `search`
        and survives the death of this process. A version lower than or equal to the stored one changes nothing,
        so operations may be repeated and come in any order."""

    def frequencies(self, stream: Stream, tokens: Collection[str]) -> Frequencies:
        """How many documents have each of the `tokens` of a stream."""

    def rebuild(self) -> Fresh:
        """Begin an index beside the one that serves, with nothing in it but what is known to be deleted.

        From now on `bulk` writes into both, until the new one serves or is abandoned. One that was begun before,
        here or in another process, is abandoned by this."""

    def search(self, plan: Plan) -> Found:
        """One page of what matches."""

    def suggest(self, key: str, types: tuple[str, ...], limit: int) -> list[Document]:
        """At most `limit` documents with a suggestion key that begins with `key`, of `types` if any are given, in
        no order that counts; nothing that searches hide."""

    def documents(self, ids: list[str]) -> list[Document]:
        """The documents with these ids, in no order that counts; those that are not there are left out."""

    def count(self) -> dict[str, int]:
        """The number of documents of each type; every type is there."""

    def health(self) -> str:
        """One line for people. Raises `Unavailable` if the engine cannot serve."""

    def close(self) -> None:
        """Let go of files and connections."""


def learn(knowledge: Knowledge, document: Document) -> None:
    """Let `knowledge` learn from what `document` says in both languages."""
    knowledge.learn(document.titles, document.also, document.texts)


def latest(operations: Iterable[Operation]) -> list[Operation]:
    """The last version of each document among `operations`."""
    chosen: dict[str, Operation] = {}
    for operation in operations:
        if operation.id not in chosen or operation.version > chosen[operation.id].version:
            chosen[operation.id] = operation
    return list(chosen.values())
