"""The one rebuild there is, in the document store: what was asked for, how far it is, and who holds it.

    { _id: "rebuild", id, state, requested_at, found: {project, …}, expected, finished_at, delayed_by,
      worker, beat: <unix seconds> }

Whoever works on it beats; when the beats stop for `LEASE_SECONDS`, another begins it anew.
"""

from __future__ import annotations

import time
from typing import Any, ClassVar

import msgspec
from mongoengine import Document, StringField
from pymongo import ReturnDocument
from pymongo.collection import Collection

from messaging.at_store import at_store
from messaging.contracts.search import Rebuild

LEASE_SECONDS = 10.0
_ID = "rebuild"


class RebuildDocument(Document):
    """The one document."""

    meta: ClassVar[dict[str, Any]] = {"db_alias": "search", "collection": "rebuilds", "auto_create_index": False}
    id = StringField(primary_key=True)


class Rebuilds:
    """Reads and changes it; every method may raise `Unavailable`."""

    @property
    def collection(self) -> Collection[Any]:
        """The collection."""
        collection: Collection[Any] = RebuildDocument._get_collection()
        return collection

    def latest(self) -> Rebuild | None:
        """The rebuild as it is, if there ever was one."""
        with at_store():
            found = self.collection.find_one({"_id": _ID})
        return _rebuild(found) if found else None

    def ask(self, rebuild: Rebuild) -> Rebuild:
        """Ask for `rebuild`; answers the one under way instead if there is one."""
        wanted = {**msgspec.to_builtins(rebuild), "worker": "", "beat": 0.0}
        with at_store():
            kept = self.collection.find_one_and_update(
                {"_id": _ID, "state": "done"}, {"$set": wanted}, return_document=ReturnDocument.AFTER
            )
            if kept is None:
                self.collection.update_one({"_id": _ID}, {"$setOnInsert": wanted}, upsert=True)
                kept = self.collection.find_one({"_id": _ID})
        return _rebuild(kept)

    def claim(self, worker: str) -> Rebuild | None:
        """The rebuild that is to be worked on, if `worker` holds it or nobody does (any more)."""
        now = time.time()
        with at_store():
            open_ = self.collection.find_one({"_id": _ID, "state": {"$in": ["waiting", "running"]}})
            if open_ is None:
                return None
            free = open_["worker"] == worker or open_["beat"] < now - LEASE_SECONDS
            held = {"_id": _ID, "id": open_["id"], "worker": open_["worker"], "beat": open_["beat"]}
            if not free or not self._changed(held, {"worker": worker, "beat": now, "state": "running"}):
                return None
        return _rebuild({**open_, "state": "running"})

    def keep(self, worker: str, rebuild: Rebuild) -> bool:
        """Keep how far it is. Whether `worker` still holds it."""
        told = {"found": {}, "finished_at": None, "delayed_by": None, **msgspec.to_builtins(rebuild)}
        with at_store():
            return self._changed({"_id": _ID, "id": rebuild.id, "worker": worker}, {**told, "beat": time.time()})

    def _changed(self, criteria: dict[str, Any], values: dict[str, Any]) -> bool:
        return bool(self.collection.update_one(criteria, {"$set": values}).matched_count)


def _rebuild(document: dict[str, Any]) -> Rebuild:
    return msgspec.convert(
        {key: document.get(key) for key in Rebuild.__struct_fields__ if key in document}, Rebuild
    )
