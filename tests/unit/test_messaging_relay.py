"""The relay against a collection and a broker in memory: what is forgotten, what stays, and in which order."""

from __future__ import annotations

import copy
import time
from typing import Any

import pytest

from messaging import relay


class Outcome:
    """What pymongo says of an update."""

    def __init__(self, matched: int) -> None:
        self.matched_count = matched


class Found(list[dict[str, Any]]):
    """A cursor."""

    def sort(self, key: str, direction: int) -> Found:
        return Found(sorted(self, key=lambda document: document[key], reverse=direction < 0))

    def limit(self, count: int) -> Found:
        return Found(self[:count])


class FakeCollection:
    """As much of a collection as the relay uses; `updates` counts the writes."""

    name = "things"

    def __init__(self, *documents: dict[str, Any]) -> None:
        self.documents = {document["_id"]: document for document in documents}
        self.updates = 0

    def find(self, criteria: dict[str, Any], fields: object = None) -> Found:
        return Found(copy.deepcopy(one) for one in self.documents.values() if _fits(one, criteria))

    def update_one(self, criteria: dict[str, Any], update: dict[str, Any]) -> Outcome:
        return self._update(criteria, update, most=1)

    def update_many(self, criteria: dict[str, Any], update: dict[str, Any]) -> Outcome:
        return self._update(criteria, update, most=10**9)

    def _update(self, criteria: dict[str, Any], update: dict[str, Any], most: int) -> Outcome:
        self.updates += 1
        fitting = [one for one in self.documents.values() if _fits(one, criteria)][:most]
        for document in fitting:
            document |= copy.deepcopy(update.get("$set", {}))
            for path in update.get("$unset", {}):
                first, _, last = path.partition(".")
                document[first].pop(last)
            for key, by in update.get("$inc", {}).items():
                document[key] += by
        return Outcome(len(fitting))


def _fits(document: dict[str, Any], criteria: dict[str, Any]) -> bool:
    return all(_meets(_at(document, path), wanted) for path, wanted in criteria.items())


def _at(document: Any, path: str) -> Any:
    for step in path.split("."):
        document = document.get(step) if isinstance(document, dict) else None
    return document


def _meets(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        return value in wanted["$in"] if "$in" in wanted else bool(value > wanted["$gt"])
    return bool(value == wanted)


class FakePublisher:
    """Confirms what is not in `refused`; `meanwhile` runs between the publishing and the forgetting."""

    def __init__(self, refused: set[str] = frozenset(), meanwhile: Any = lambda: None) -> None:  # type: ignore[assignment]
        self.refused = refused
        self.meanwhile = meanwhile
        self.published: list[str] = []

    def publish_events(self, entries: list[dict[str, Any]]) -> set[str]:
        self.published += [entry["id"] for entry in entries]
        self.meanwhile()
        return {entry["id"] for entry in entries} - self.refused


def an_entry(id: str, seq: int = 1, at: int = 0) -> dict[str, Any]:
    """An event as it waits in the outbox."""
    return {"id": id, "at": at, "envelope": {"seq": seq}}


def a_document(id: str, *events: dict[str, Any], age: float = 60, version: int = 1) -> dict[str, Any]:
    """An aggregate whose events wait for `age` seconds."""
    then = time.time() - age
    outbox = {event["id"]: event for event in events}
    times = {"pending_since": then, "tried_at": then}
    return {"_id": id, "version": version, "outbox": outbox, "pending": len(events), **times}


def test_confirmed_events_are_forgotten():
    """Published, confirmed, gone from the outbox; the count says so too."""
    things = FakeCollection(a_document("a", an_entry("e1")), a_document("b", an_entry("e2")))
    relay.sweep(things, FakePublisher())  # type: ignore[arg-type]
    assert [(one["outbox"], one["pending"]) for one in things.documents.values()] == [({}, 0), ({}, 0)]


def test_unconfirmed_events_stay():
    """What the broker has not confirmed, or nobody hears, stays pending and is tried last next time."""
    things = FakeCollection(a_document("a", an_entry("e1"), an_entry("e2", at=1)))
    before = things.documents["a"]["tried_at"]
    relay.sweep(things, FakePublisher(refused={"e2"}))  # type: ignore[arg-type]
    left = things.documents["a"]
    assert (set(left["outbox"]), left["pending"]) == ({"e2"}, 1)
    assert left["tried_at"] > before


def test_events_of_an_aggregate_keep_their_order():
    """By version, and within one by their place in it."""
    events = [an_entry("c", 2, 0), an_entry("b", 1, 1), an_entry("d", 2, 1), an_entry("a", 1, 0)]
    publisher = FakePublisher()
    relay.sweep(FakeCollection(a_document("x", *events)), publisher)  # type: ignore[arg-type]
    assert publisher.published == ["a", "b", "c", "d"]


@pytest.mark.parametrize("changed", ["while publishing", "before, by another write"])
def test_a_document_that_changed_meanwhile_loses_only_what_was_sent(changed: str):
    """A new event that came in between is neither lost nor taken for sent."""
    things = FakeCollection(a_document("a", an_entry("e1")))
    sent = things.find({"_id": "a"})

    def change() -> None:
        things.documents["a"] |= {"version": 2, "pending": 2}
        things.documents["a"]["outbox"]["e2"] = an_entry("e2", 2)

    if changed == "while publishing":
        relay.publish_written(things, sent, FakePublisher(meanwhile=change))  # type: ignore[arg-type]
    else:
        change()
        relay.publish_written(things, sent, FakePublisher())  # type: ignore[arg-type]
    left = things.documents["a"]
    assert (set(left["outbox"]), left["pending"]) == ({"e2"}, 1)


def test_a_write_beside_older_events_does_not_take_them_along():
    """What was just written is sent without reading; older events of the document are left to the sweep."""
    things = FakeCollection(a_document("a", an_entry("old"), an_entry("new", 2), version=2))
    written = {"_id": "a", "version": 2, "outbox": {"new": an_entry("new", 2)}}
    relay.publish_written(things, [written], FakePublisher())  # type: ignore[arg-type]
    assert (set(things.documents["a"]["outbox"]), things.documents["a"]["pending"]) == ({"old"}, 1)


def test_two_relays_at_once_count_down_once():
    """Whoever comes second finds nothing to forget: the count never goes below what is there."""
    things = FakeCollection(a_document("a", an_entry("e1")))
    other = FakePublisher(meanwhile=lambda: None)
    first = FakePublisher(meanwhile=lambda: relay.sweep(things, other))  # type: ignore[arg-type]
    relay.sweep(things, first)  # type: ignore[arg-type]
    assert first.published == other.published == ["e1"]
    assert (things.documents["a"]["outbox"], things.documents["a"]["pending"]) == ({}, 0)


def test_a_sweep_leaves_the_young_to_who_was_woken():
    """Two seconds; after them they are anybody's."""
    things = FakeCollection(a_document("young", an_entry("e1"), age=0.5), a_document("old", an_entry("e2")))
    publisher = FakePublisher()
    assert relay.sweep(things, publisher) == 1  # type: ignore[arg-type]
    assert publisher.published == ["e2"]


def test_a_clock_set_back_hides_nothing():
    """A document from the future is not young."""
    publisher = FakePublisher()
    relay.sweep(FakeCollection(a_document("a", an_entry("e1"), age=-3600)), publisher)  # type: ignore[arg-type]
    assert publisher.published == ["e1"]


def test_the_longest_untried_come_first(monkeypatch: pytest.MonkeyPatch):
    """More unheard events than a batch holds do not keep the others waiting."""
    monkeypatch.setattr(relay, "BATCH", 2)
    unheard = [a_document(f"u{number}", an_entry(f"u{number}"), age=100 - number) for number in range(3)]
    things = FakeCollection(*unheard, a_document("heard", an_entry("heard"), age=50))
    publisher = FakePublisher(refused={"u0", "u1", "u2"})
    assert relay.sweep(things, publisher) == 2  # type: ignore[arg-type]
    assert relay.sweep(things, publisher) == 2  # type: ignore[arg-type]
    assert things.documents["heard"]["pending"] == 0


def test_a_batch_is_forgotten_in_few_writes():
    """One unheard event among many costs its own write, not one for each neighbour."""
    things = FakeCollection(*[a_document(f"d{number}", an_entry(f"e{number}")) for number in range(100)])
    relay.sweep(things, FakePublisher(refused={"e7"}))  # type: ignore[arg-type]
    assert sum(document["pending"] for document in things.documents.values()) == 1
    assert things.updates <= 3
