"""Saved searches and notices in the document store.

    saved_searches  { _id, owner_id, place, fingerprint, saved: <JSON> }
    notices         { _id: <derived from search and document>, owner_id, place, due: <unix seconds>, told: 0 | 1,
                      notice: <JSON> }
    stamps          { _id: "saved_searches", number }: raised with every change, so that each process sees it

A notice's id is derived from the two that it joins, so the unique index on `_id` is all that "once" needs.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import msgspec
from mongoengine import Document, FloatField, IntField, StringField
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, DuplicateKeyError

from messaging.at_store import BULK_SECONDS, at_store, duplicates
from messaging.contracts.errors import IdempotencyKeyReused, NotFound
from messaging.contracts.search import Notice, SavedSearch

#: Notices that are told in one go.
DUE_AT_ONCE = 500


class SavedSearchDocument(Document):
    """Saved searches by id and owner."""

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "search",
        "collection": "saved_searches",
        "auto_create_index": False,
        "indexes": ["owner_id"],
    }
    id = StringField(primary_key=True)
    owner_id = StringField()


class NoticeDocument(Document):
    """Notices by owner, in their order, and by whether they were told."""

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "search",
        "collection": "notices",
        "auto_create_index": False,
        "indexes": ["owner_id", "place", "told"],
    }
    id = StringField(primary_key=True)
    owner_id = StringField()
    place = StringField()
    told = IntField()
    due = FloatField()


class StampDocument(Document):
    """The stamp of the saved searches."""

    meta: ClassVar[dict[str, Any]] = {"db_alias": "search", "collection": "stamps", "auto_create_index": False}
    id = StringField(primary_key=True)


class SavedSearches:
    """Everybody's saved searches; every method may raise `Unavailable`."""

    def add(self, saved: SavedSearch, fingerprint: str) -> SavedSearch:
        """Keep one. A retry of its command answers what the first try kept."""
        kept = {
            "_id": saved.id,
            "owner_id": saved.owner_id,
            "fingerprint": fingerprint,
            "saved": msgspec.json.encode(saved).decode(),
        }
        with at_store():
            try:
                _of(SavedSearchDocument).insert_one(kept)
            except DuplicateKeyError:
                found = _of(SavedSearchDocument).find_one({"_id": saved.id})
                if found is None or found["fingerprint"] != fingerprint:
                    reused = "this idempotency key came with other content before"
                    raise IdempotencyKeyReused(reused, "Idempotency-Key") from None
                saved = _saved(found)
            self._change_stamp()
        return saved

    def remove(self, id: str, owner_id: str) -> SavedSearch:
        """Forget one, with its notices. Raises `NotFound`, also for somebody else's."""
        with at_store():
            found = _of(SavedSearchDocument).find_one({"_id": id})
            if found is None or found["owner_id"] != owner_id:
                raise NotFound("there is no saved search with this id", "saved_search_id")
            _of(SavedSearchDocument).delete_one({"_id": id})
            self._change_stamp()
        return _saved(found)

    def of(self, owner_id: str) -> list[SavedSearch]:
        """Those of one owner, oldest first."""
        with at_store():
            found = [_saved(one) for one in _of(SavedSearchDocument).find({"owner_id": owner_id})]
        return sorted(found, key=lambda saved: (saved.created_at, saved.id))

    def all(self) -> list[SavedSearch]:
        """Those of everybody."""
        with at_store(BULK_SECONDS):
            return [_saved(one) for one in _of(SavedSearchDocument).find({})]

    def stamp(self) -> int:
        """A number that is another after every change."""
        with at_store():
            found = _of(StampDocument).find_one({"_id": "saved_searches"})
        return int(found["number"]) if found else 0

    def _change_stamp(self) -> None:
        _of(StampDocument).update_one({"_id": "saved_searches"}, {"$inc": {"number": 1}}, upsert=True)


class Notices:
    """What was found for whom; every method may raise `Unavailable`."""

    def add(self, notices: Sequence[tuple[Notice, float]]) -> None:
        """Keep notices, each with when it is due; those that are kept already stay as they are."""
        if not notices:
            return
        kept = [
            {
                "_id": notice.id,
                "owner_id": notice.owner_id,
                "place": f"t{notice.found_at} {notice.id}",  # a letter first: nx-27017 takes dates for dates
                "due": due,
                "told": 0,
                "notice": msgspec.json.encode(notice).decode(),
            }
            for notice, due in notices
        ]
        with at_store(BULK_SECONDS):
            try:
                _of(NoticeDocument).insert_many(kept, ordered=False)
            except BulkWriteError as error:
                duplicates(error)

    def due(self) -> list[Notice]:
        """Those that nobody was told of, and should be by now."""
        with at_store():
            untold = _of(NoticeDocument).find({"told": 0}).limit(10 * DUE_AT_ONCE)
            return [_notice(one) for one in untold if one["due"] <= time.time()][:DUE_AT_ONCE]

    def mark_told(self, notices: Iterable[Notice]) -> None:
        """Their owners were told."""
        with at_store(BULK_SECONDS):
            _of(NoticeDocument).update_many({"_id": {"$in": [one.id for one in notices]}}, {"$set": {"told": 1}})

    def of(self, owner_id: str, before: str | None, limit: int) -> list[tuple[str, Notice]]:
        """Those of one owner with their places, latest first, after the place `before`."""
        criteria: dict[str, Any] = {"owner_id": owner_id, **({"place": {"$lt": before}} if before else {})}
        with at_store():
            found = _of(NoticeDocument).find(criteria).sort("place", -1).limit(limit)
            return [(one["place"], _notice(one)) for one in found]


def _of(document: type[Document]) -> Collection[Any]:
    collection: Collection[Any] = document._get_collection()
    return collection


def _saved(document: dict[str, Any]) -> SavedSearch:
    return msgspec.json.decode(document["saved"], type=SavedSearch)


def _notice(document: dict[str, Any]) -> Notice:
    return msgspec.json.decode(document["notice"], type=Notice)
