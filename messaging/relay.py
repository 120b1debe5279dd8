"""From the outbox to the broker: publish, wait for the confirm, then forget.

Any number of relays may run: an event published twice has one effect, because consumers are idempotent. What a
crash leaves behind stays pending and is swept up by whoever comes next.
"""

from __future__ import annotations

import time
from collections import defaultdict
from typing import Any, Protocol

from pymongo.collection import Collection

from . import metrics

BATCH = 200
#: A sweep leaves younger documents to the relay that was woken for them.
SWEEP_AGE_SECONDS = 2.0


class Publisher(Protocol):
    """Publishes outbox entries durably and answers the ids that the broker has confirmed and routed."""

    def publish_events(self, entries: list[dict[str, Any]]) -> set[str]: ...


def publish_written(collection: Collection[Any], written: list[dict[str, Any]], publisher: Publisher) -> None:
    """Publish the events of documents as they were just written, without reading them again.

    Each has `_id`, `version`, and in `outbox` the events of that write, which may not be all it has pending.
    """
    for start in range(0, len(written), BATCH):
        _publish(collection, written[start : start + BATCH], publisher)


def sweep(collection: Collection[Any], publisher: Publisher) -> int:
    """Publish what was left pending for a while; answers how many documents were tried.

    The longest untried come first, so that events which nobody hears do not keep the others waiting.
    """
    fields = {"outbox": 1, "version": 1, "pending_since": 1, "tried_at": 1}
    now = time.time()
    found = list(collection.find({"pending": {"$gt": 0}}, fields).sort("tried_at", 1).limit(BATCH))
    ages = [now - document["pending_since"] for document in found]
    metrics.OUTBOX_PENDING.labels(collection.name).set(len(found))
    metrics.OUTBOX_OLDEST.labels(collection.name).set(max(ages, default=0.0))
    # A clock that was set back makes ages negative: those are not young either.
    left = [document for document in found if not 0 <= now - document["tried_at"] < SWEEP_AGE_SECONDS]
    _publish(collection, left, publisher)
    return len(left)


def _publish(collection: Collection[Any], documents: list[dict[str, Any]], publisher: Publisher) -> None:
    if not documents:
        return
    confirmed = publisher.publish_events([entry for document in documents for entry in _in_order(document)])
    _forget(collection, documents, confirmed)
    kept = [document["_id"] for document in documents if document["outbox"].keys() - confirmed]
    if kept:
        collection.update_many({"_id": {"$in": kept}}, {"$set": {"tried_at": time.time()}})


def _in_order(document: dict[str, Any]) -> list[dict[str, Any]]:
    """A document's events in the order they happened."""
    return sorted(document["outbox"].values(), key=lambda entry: (entry["envelope"]["seq"], entry["at"]))


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
