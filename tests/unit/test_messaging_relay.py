"""The relay against a collection and a broker in memory: what is forgotten, what stays, and in which order."""

from __future__ import annotations

import copy
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from messaging import metrics, relay


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

    def with_options(self, **_: object) -> FakeCollection:
        return self

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


def an_entry(id: str, seq: int = 1, at: int = 0, age: float = 60) -> dict[str, Any]:
    """An event as it waits in the outbox, `age` seconds after it happened."""
    happened = datetime.fromtimestamp(time.time() - age, UTC)
    return {"id": id, "at": at, "envelope": {"seq": seq, "time": happened.isoformat()}}


def a_document(id: str, *events: dict[str, Any], age: float = 60, version: int = 1) -> dict[str, Any]:
    """An aggregate whose events wait for `age` seconds."""
    then = time.time() - age
    outbox = {event["id"]: event for event in events}
    return {"_id": id, "version": version, "outbox": outbox, "pending": len(events), "tried_at": then}


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


def test_a_change_takes_older_events_along_before_it():
    """What an earlier publishing left behind goes out first, though nobody was woken for it."""
    things = FakeCollection(a_document("a", an_entry("new", 3), an_entry("old"), an_entry("mid", 2), version=3))
    publisher = FakePublisher()
    relay.publish_written(things, [{"_id": "a", "version": 3}], publisher)  # type: ignore[arg-type]
    assert publisher.published == ["old", "mid", "new"]
    assert (things.documents["a"]["outbox"], things.documents["a"]["pending"]) == ({}, 0)


def test_an_unconfirmed_event_holds_back_the_newer_of_its_aggregate():
    """Also within one publishing, and of no other aggregate; they go when it is confirmed."""
    things = FakeCollection(
        a_document("a", an_entry("a1"), an_entry("a2", 2), an_entry("a3", 3), version=3),
        a_document("b", an_entry("b1"), an_entry("b2", 2), version=2),
    )
    changed = [{"_id": "a", "version": 3}, {"_id": "b", "version": 2}]
    failing, working = FakePublisher(refused={"a2"}), FakePublisher()
    relay.publish_written(things, changed, failing)  # type: ignore[arg-type]
    assert "a3" not in failing.published
    assert set(things.documents["a"]["outbox"]) == {"a2", "a3"}
    assert things.documents["b"]["pending"] == 0
    relay.publish_written(things, changed, working)  # type: ignore[arg-type]
    assert working.published == ["a2", "a3"]


def test_many_wakes_for_one_aggregate_publish_each_event_once():
    """A new aggregate that is changed before its event has gone out, twice: what the store says counts."""
    things = FakeCollection(a_document("a", an_entry("e1"), an_entry("e2", 2), an_entry("e3", 3), version=3))
    made = {"_id": "a", "version": 1, "outbox": {"e1": an_entry("e1")}, "pending": 1}
    publisher = FakePublisher()
    changes = [{"_id": "a", "version": 3}, {"_id": "a", "version": 2}]
    relay.publish_written(things, [changes[0], made, changes[1]], publisher)  # type: ignore[arg-type]
    relay.publish_written(things, changes, publisher)  # type: ignore[arg-type]
    assert publisher.published == ["e1", "e2", "e3"]


def test_new_aggregates_are_published_without_a_read(monkeypatch: pytest.MonkeyPatch):
    """An import of many costs the store no reads for its events."""
    documents = [a_document(f"d{number}", an_entry(f"e{number}")) for number in range(500)]
    things = FakeCollection(*documents)
    monkeypatch.setattr(FakeCollection, "find", None)
    publisher = FakePublisher()
    relay.publish_written(things, copy.deepcopy(documents), publisher)  # type: ignore[arg-type]
    assert len(publisher.published) == 500
    assert not any(document["pending"] for document in things.documents.values())


def test_the_oldest_event_is_as_old_as_it_is():
    """Later changes and fruitless attempts do not make it younger; when nothing waits the age is zero."""
    name = "aged"
    things = FakeCollection(a_document("a", an_entry("e1", age=90), an_entry("e2", 2, age=1), age=0, version=2))
    things.name = name
    oldest = metrics.OUTBOX_OLDEST.labels(name)
    relay.sweep(things, FakePublisher())  # type: ignore[arg-type]
    assert 89 < oldest._value.get() < 100
    relay.publish_written(things, [{"_id": "a", "version": 2}], FakePublisher())  # type: ignore[arg-type]
    relay.sweep(things, FakePublisher())  # type: ignore[arg-type]
    assert oldest._value.get() == 0


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
