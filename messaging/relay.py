"""From the outbox to the broker: publish, wait for the confirm, then forget.

Any number of relays may run: an event published twice has one effect, because consumers are idempotent. What a
crash leaves behind stays pending and is swept up by whoever comes next.

No event of an aggregate is published for the first time before all older ones of it are confirmed. A relay knows
all that is pending: a new aggregate has nothing older, and of a changed one the whole outbox is read. It sends
version after version, so that nothing that fails on the way lets a newer event pass.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from math import inf
from typing import Any, Protocol

from pymongo import WriteConcern
from pymongo.collection import Collection

from . import metrics

BATCH = 200
#: A sweep leaves younger documents to the relay that was woken for them.
SWEEP_AGE_SECONDS = 2.0
#: What a relay notes about its work may get lost in a crash: the event goes out once more then, and harms nobody.
_NOTED = WriteConcern(w=1)
_READ = {"outbox": 1, "version": 1, "tried_at": 1}


class Publisher(Protocol):
    """Publishes outbox entries durably and answers the ids that the broker has confirmed and routed."""

    def publish_events(self, entries: list[dict[str, Any]]) -> set[str]: ...


def publish_written(collection: Collection[Any], written: Sequence[dict[str, Any]], publisher: Publisher) -> None:
    """Publish what is pending of documents that were just written.

    Each has `_id` and `version`. A new one, of version 1, is published as it is given, with its `outbox`, without
    reading it again; of a changed one all that is pending is read, once, however often it was changed.
    """
    changed = sorted({document["_id"] for document in written if document["version"] > 1})
    new = [document for document in written if document["version"] == 1 and document["_id"] not in changed]
    for start in range(0, len(new), BATCH):
        _publish(collection, new[start : start + BATCH], publisher)
    for start in range(0, len(changed), BATCH):
        criteria = {"_id": {"$in": changed[start : start + BATCH]}, "pending": {"$gt": 0}}
        _publish(collection, list(collection.find(criteria, _READ)), publisher)


def sweep(collection: Collection[Any], publisher: Publisher) -> int:
    """Publish what was left pending for a while; answers how many documents were tried.

    The longest untried come first, so that events which nobody hears do not keep the others waiting.
    """
    now = time.time()
    found = list(collection.find({"pending": {"$gt": 0}}, _READ).sort("tried_at", 1).limit(BATCH))
    metrics.OUTBOX_PENDING.labels(collection.name).set(len(found))
    metrics.OUTBOX_OLDEST.labels(collection.name).set(max(0.0, now - min(map(_oldest, found), default=inf)))
    # A clock that was set back makes ages negative: those are not young either.
    left = [document for document in found if not 0 <= now - document["tried_at"] < SWEEP_AGE_SECONDS]
    _publish(collection, left, publisher)
    return len(left)


def _oldest(document: dict[str, Any]) -> float:
    """When the oldest pending event of a document happened, in unix seconds."""
    times = (entry["envelope"]["time"] for entry in document["outbox"].values())
    return min((datetime.fromisoformat(time).timestamp() for time in times), default=inf)


def _publish(collection: Collection[Any], documents: list[dict[str, Any]], publisher: Publisher) -> None:
    if not documents:
        return
    confirmed = _publish_in_order(documents, publisher)
    collection = collection.with_options(write_concern=_NOTED)
    _forget(collection, documents, confirmed)
    kept = [document["_id"] for document in documents if document["outbox"].keys() - confirmed]
    if kept:
        collection.update_many({"_id": {"$in": kept}}, {"$set": {"tried_at": time.time()}})


def _publish_in_order(documents: list[dict[str, Any]], publisher: Publisher) -> set[str]:
    """Send the first version of each document, then the second of those whose first is confirmed, and so on."""
    confirmed: set[str] = set()
    waiting = [_versions(document) for document in documents if document["outbox"]]
    while waiting:
        confirmed |= publisher.publish_events([entry for versions in waiting for entry in versions[0]])
        waiting = [
            versions[1:]
            for versions in waiting
            if len(versions) > 1 and all(entry["id"] in confirmed for entry in versions[0])
        ]
    return confirmed


def _versions(document: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """A document's pending events in the order they happened, those of one version together."""
    in_order = sorted(document["outbox"].values(), key=lambda entry: (_seq(entry), entry["at"]))
    return [list(events) for _, events in groupby(in_order, key=_seq)]


def _seq(entry: dict[str, Any]) -> int:
    seq: int = entry["envelope"]["seq"]
    return seq


def _forget(collection: Collection[Any], documents: list[dict[str, Any]], confirmed: set[str]) -> None:
    """Take the confirmed events out of their outboxes.

    A document in the same version, with as many events pending as are confirmed, holds nothing else: it is
    emptied whole, together with all others alike. Any other loses only what was confirmed.
    """
    alike: dict[tuple[int, int], list[str]] = defaultdict(list)
    for document in documents:
        if document["outbox"].keys() <= confirmed:
            alike[document["version"], len(document["outbox"])].append(document["_id"])
    emptied: set[str] = set()
    for (version, pending), ids in alike.items():
        criteria = {"_id": {"$in": ids}, "version": version, "pending": pending}
        done = collection.update_many(criteria, {"$set": {"outbox": {}, "pending": 0}})
        if done.matched_count == len(ids):
            emptied.update(ids)
    for document in documents:
        if document["_id"] not in emptied:
            for id in document["outbox"].keys() & confirmed:
                _remove(collection, document["_id"], id)


def _remove(collection: Collection[Any], document_id: str, event_id: str) -> None:
    """Remove one event, once: where it is gone already, nothing is counted down."""
    path = f"outbox.{event_id}"
    criteria = {"_id": document_id, f"{path}.id": event_id}
    collection.update_one(criteria, {"$unset": {path: ""}, "$inc": {"pending": -1}})
