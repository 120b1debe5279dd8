"""State and outbox in one document, written at once: the heart of "nothing is lost".

    { _id, version, state: {…}, <keys for indexes>, command: {id, fingerprint},
      outbox: {<event id>: {id, at, exchange, key, mandatory, envelope}},
      pending: <how many are in the outbox>, tried_at: <unix seconds> }

A command is one atomic write of one document, without transactions. Two things are as they are for the embedded
document server: the outbox is a map, because `$push` there turns documents into text, and `pending` is a number
beside it, because it can neither query for a non-empty array nor keep a boolean through `$set`. Real MongoDB does
not mind either. Nothing here knows nameko.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import msgspec
from mongoengine import DictField, Document, FloatField, IntField, StringField
from pymongo import WriteConcern
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, DuplicateKeyError

from .at_store import ANSWER_SECONDS, BULK_SECONDS, at_store, duplicates
from .contracts.errors import Conflict, IdempotencyKeyReused, NotFound, Unavailable, VersionConflict
from .contracts.types import Event
from .identity import fingerprint
from .outgoing import outgoing_of
from .together import Together

DURABLE = WriteConcern(w="majority", j=True)
#: Of several writes before a durable one (`Aggregates._seal`).
SWIFT = WriteConcern(w=1)


class AggregateDocument(Document):
    """What every aggregate's document has. A subclass adds the keys it is found by, and their indexes."""

    meta: ClassVar[dict[str, Any]] = {"abstract": True, "auto_create_index": False, "indexes": ["pending"]}

    id = StringField(primary_key=True)
    version = IntField()
    state = DictField()
    command = DictField()
    outbox = DictField()
    pending = IntField()
    tried_at = FloatField()


class Aggregate(Protocol):
    """What a repository keeps. `version` starts at 1 and each change raises it by one."""

    id: str
    version: int


A = TypeVar("A", bound=Aggregate)
#: A document as it was just written: whole when it is new, of a changed one `_id` and `version`.
Written = dict[str, Any]
#: A new aggregate, the events of its making, and the command that made it.
New = tuple[A, Sequence[Event], msgspec.Struct]


class Aggregates(Generic[A]):
    """A repository: aggregates in, aggregates out, and their events into the outbox by the same write.

    `document` is the mongoengine document, `aggregate` the type of the state, `wake` is called with what was
    `Written` as soon as it is, for the relay to publish.
    """

    document: ClassVar[type[AggregateDocument]]
    aggregate: type[A]
    #: What a refused duplicate of a unique key means, by the name of the key.
    taken: ClassVar[dict[str, Callable[[], Conflict]]] = {}

    def __init__(self, wake: Callable[[Collection[Any], list[Written]], None]) -> None:
        self._wake = wake
        self._find_together = Together(self._find_each)
        self._insert_together = Together(self._insert_each)

    @property
    def collection(self) -> Collection[Any]:
        """The collection, with durable writes."""
        collection: Collection[Any] = self.document._get_collection()
        return collection.with_options(write_concern=DURABLE)

    def keys(self, aggregate: A) -> dict[str, Any]:
        """The values this aggregate is found by, beside its id."""
        return {}

    def get(self, id: str) -> A:
        """The aggregate with this id. Raises `NotFound`."""
        if (found := self._find_together(id)) is None:
            raise NotFound(f"there is no {self.aggregate.__name__.lower()} with this id", "id")
        return self._load(found)

    def find_one(self, criteria: dict[str, Any]) -> A | None:
        """The aggregate that fits `criteria`, if one does."""
        with at_store():
            found = self.collection.find_one(criteria, {"state": 1})
        return self._load(found) if found else None

    def find(self, criteria: dict[str, Any], sort: str = "_id", limit: int = 100) -> list[A]:
        """At most `limit` aggregates that fit `criteria`, in ascending order of `sort`."""
        with at_store():
            found = list(self.collection.find(criteria, {"state": 1}).sort(sort, 1).limit(limit))
        return [self._load(document) for document in found]

    def add(self, aggregate: A, events: Sequence[Event], command: msgspec.Struct) -> A:
        """Keep a new aggregate. A retry of the same command answers what the first try kept.

        Raises `IdempotencyKeyReused` when the id exists by a command of other content, and what `taken` says
        when a unique key is another aggregate's.
        """
        new = self._new(aggregate, events, command)
        if refusal := self._insert_together(new):
            return self._earlier(self._stored([aggregate.id]), aggregate, command, refusal)
        self._wake(self.collection, [new])
        return aggregate

    def add_many(self, news: Sequence[New[A]]) -> tuple[int, list[A]]:
        """Keep many at once, as `add` does each. Answers how many are new, and the kept ones in order."""
        refused: dict[int, str] = {}
        if not news:
            return 0, []
        documents = [self._new(*new) for new in news]
        try:
            with at_store(BULK_SECONDS):
                self.collection.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            refused = duplicates(error)
        self._wake(self.collection, [one for i, one in enumerate(documents) if i not in refused])
        stored = self._stored([news[i][0].id for i in refused])
        return len(news) - len(refused), [
            self._earlier(stored, aggregate, command, refused[i]) if i in refused else aggregate
            for i, (aggregate, _, command) in enumerate(news)
        ]

    def save(self, aggregate: A, events: Sequence[Event]) -> A:
        """Keep a change: the aggregate's version is one above the stored one. Raises `VersionConflict`."""
        changes = {
            "state": msgspec.to_builtins(aggregate),
            "version": aggregate.version,
            **self.keys(aggregate),
        }
        update: dict[str, Any] = {"$set": changes}
        outgoing = outgoing_of(events, aggregate.id, aggregate.version)
        if outgoing:
            changes |= {"tried_at": time.time()} | {f"outbox.{id}": entry for id, entry in outgoing.items()}
            update["$inc"] = {"pending": len(outgoing)}
        try:
            with at_store():
                done = self.collection.update_one({"_id": aggregate.id, "version": aggregate.version - 1}, update)
        except DuplicateKeyError as refusal:
            raise self._taken(str(refusal)) from None
        if not done.matched_count:
            raise VersionConflict("somebody changed it in the meantime; read it again and repeat")
        if outgoing:
            self._wake(self.collection, [{"_id": aggregate.id, "version": aggregate.version}])
        return aggregate

    def _find_each(self, ids: Sequence[str]) -> list[dict[str, Any] | None]:
        """The stored document of each id, or None."""
        with at_store():
            if len(ids) == 1:
                return [self.collection.find_one({"_id": ids[0]}, {"state": 1})]
            found = self.collection.find({"_id": {"$in": list(set(ids))}}, {"state": 1})
            by_id = {document["_id"]: document for document in found}
        return [by_id.get(id) for id in ids]

    def _insert_each(self, documents: Sequence[dict[str, Any]]) -> list[str]:
        """Keep each document; answers why it was refused as a duplicate, or an empty text."""
        with at_store():
            if len(documents) == 1:
                try:
                    self.collection.insert_one(documents[0])
                except DuplicateKeyError as refusal:
                    return [str(refusal)]
                return [""]
            refused: dict[int, str] = {}
            try:
                self.collection.with_options(write_concern=SWIFT).insert_many(documents, ordered=False)
            except BulkWriteError as error:
                refused = duplicates(error)
            self._seal([one["_id"] for number, one in enumerate(documents) if number not in refused])
        return [refused.get(number, "") for number in range(len(documents))]

    def _seal(self, ids: list[str]) -> None:
        """Make what was just written durable by one more write that is: a journal, and a replica's, has an order.

        One flush for all, where the embedded server would flush for each. Raises `Unavailable` when the last
        of `ids` is not there any more, because another server took over in between.
        """
        if ids:
            done = self.collection.update_one({"_id": ids[-1]}, {"$set": {"tried_at": time.time()}})
            if not done.matched_count:
                raise Unavailable("the document store did not keep all of it")

    def _load(self, document: dict[str, Any]) -> A:
        return msgspec.convert(document["state"], self.aggregate)

    def _new(self, aggregate: A, events: Sequence[Event], command: msgspec.Struct) -> dict[str, Any]:
        return {
            "_id": aggregate.id,
            "version": aggregate.version,
            "state": msgspec.to_builtins(aggregate),
            **self.keys(aggregate),
            "command": {"id": getattr(command, "command_id", ""), "fingerprint": fingerprint(command)},
            "outbox": outgoing_of(events, aggregate.id, aggregate.version),
            "pending": len(events),
            "tried_at": time.time(),
        }

    def _stored(self, ids: list[str]) -> dict[str, dict[str, Any]]:
        if not ids:
            return {}
        with at_store(BULK_SECONDS if len(ids) > 1 else ANSWER_SECONDS):
            found = self.collection.find({"_id": {"$in": ids}}, {"state": 1, "command": 1})
            return {document["_id"]: document for document in found}

    def _earlier(
        self, stored: dict[str, dict[str, Any]], aggregate: A, command: msgspec.Struct, refusal: str
    ) -> A:
        """The aggregate that an earlier try of this command kept; raises where it was another command."""
        if (found := stored.get(aggregate.id)) is None:
            raise self._taken(refusal)
        if found["command"]["fingerprint"] != fingerprint(command):
            raise IdempotencyKeyReused("this idempotency key came with other content before", "Idempotency-Key")
        return self._load(found)

    def _taken(self, refusal: str) -> Conflict:
        for key, error in self.taken.items():
            if key in refusal:
                return error()
        return Conflict("another one has the same unique value")
