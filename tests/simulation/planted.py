"""Bugs that the simulation must find: a simulation that finds none of them would prove nothing."""

from __future__ import annotations

import time
from typing import Any

from messaging import relay

from .replica import Replica
from .store import clone


class ForgetsFirst:
    """A relay that takes an event out of its outbox before the broker has it."""

    def publish_written(self, collection: Any, written: list[Any], publisher: Any) -> None:
        """Forget, then publish."""
        for document in written:
            found = collection.find_one({"_id": document["_id"]})
            if found and found["outbox"]:
                criteria = {"_id": found["_id"], "version": found["version"], "pending": found["pending"]}
                if collection.update_one(criteria, {"$set": {"outbox": {}, "pending": 0}}).matched_count:
                    publisher.publish_events(list(found["outbox"].values()))

    def sweep(self, collection: Any, publisher: Any) -> int:
        """The same for what is left."""
        found = collection.find({"pending": {"$gt": 0}})
        self.publish_written(collection, found, publisher)
        return len(found)


class PassesOthers:
    """A relay that publishes what was just written, whatever older events still wait."""

    sweep = staticmethod(relay.sweep)

    def publish_written(self, collection: Any, written: list[Any], publisher: Any) -> None:
        """Publish the newest version's events alone."""
        for document in written:
            found = collection.find_one({"_id": document["_id"]}) or {"outbox": {}}
            newest = [one for one in found["outbox"].values() if one["envelope"]["seq"] == document["version"]]
            for id in publisher.publish_events(clone(newest)):
                criteria = {"_id": document["_id"], f"outbox.{id}.id": id}
                collection.update_one(criteria, {"$unset": {f"outbox.{id}": ""}, "$inc": {"pending": -1}})


class ForgetsAll:
    """A relay that empties an outbox without looking whether something came in meanwhile."""

    def publish_written(self, collection: Any, written: list[Any], publisher: Any) -> None:
        """Publish, then empty."""
        for document in written:
            found = collection.find_one({"_id": document["_id"]})
            if found and publisher.publish_events(list(found["outbox"].values())) == found["outbox"].keys():
                emptied = {"outbox": {}, "pending": 0, "tried_at": time.time()}
                collection.update_one({"_id": found["_id"]}, {"$set": emptied})

    sweep = ForgetsFirst.sweep


class AcknowledgesFirst(Replica):
    """A consumer that acknowledges before it has done anything, as nameko does with what fails."""

    acknowledges_first = True


class TakesWhatComes(Replica):
    """A read model that takes every event for the newest."""

    def _effect(self, name: str, seq: int, event: Any) -> None:
        if name == "index":
            self.world.projection[event.vacancy.id] = seq
        else:
            super()._effect(name, seq, event)


#: Each bug as what `World` is made with.
BUGS: dict[str, dict[str, Any]] = {
    "forgets before it publishes": {"relay_code": ForgetsFirst()},
    "lets a newer event pass an older one": {"relay_code": PassesOthers()},
    "empties an outbox that was written to meanwhile": {"relay_code": ForgetsAll()},
    "acknowledges before the effect": {"replica": AcknowledgesFirst},
    "takes an older event for news": {"replica": TakesWhatComes},
}
