"""The repository on a document server: the embedded one, or a real MongoDB given by SUBVENUE_TEST_MONGODB_URL.

The suite is the same for both, because the services are.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from typing import Any, ClassVar

import mongoengine
import msgspec
import pytest
from mongoengine import StringField

from messaging import relay
from messaging.contracts.errors import Conflict, IdempotencyKeyReused, NotFound, Unavailable, VersionConflict
from messaging.contracts.types import Command, Event
from messaging.outbox import AggregateDocument, Aggregates

ALIAS = "contract"


class Noted(Event, frozen=True, kw_only=True, tag="probe.noted.v1"):
    """A note was taken, or changed."""

    text: str
    pinned: bool = False


class Take(Command, frozen=True, kw_only=True):
    """Take a note."""

    text: str


class Note(msgspec.Struct, kw_only=True):
    """The aggregate, with the values that a document server may mistake: none, true, nested, many."""

    id: str
    text: str
    version: int = 1
    pinned: bool = True
    parent: str | None = None
    tags: tuple[str, ...] = ("a", "b")
    nested: dict[str, list[dict[str, int]]] = msgspec.field(default_factory=lambda: {"a": [{"b": 1}, {}]})


class TextTaken(Conflict):
    """Another note says the same."""


class NoteDocument(AggregateDocument):
    """Notes by id and by text."""

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": ALIAS,
        "collection": "notes",
        "indexes": [{"fields": ["words"], "unique": True}],
    }
    words = StringField()


class Notes(Aggregates[Note]):
    """The notes."""

    document = NoteDocument
    aggregate = Note
    taken: ClassVar[dict[str, Any]] = {"words": lambda: TextTaken("there is such a note", "text")}

    def keys(self, aggregate: Note) -> dict[str, Any]:
        """The text, which is unique."""
        return {"words": aggregate.text}


class Heard:
    """A publisher that confirms everything, and remembers it."""

    def __init__(self) -> None:
        self.events: list[tuple[str, int, str]] = []

    def publish_events(self, entries: list[dict[str, Any]]) -> set[str]:
        envelopes = [entry["envelope"] for entry in entries]
        self.events += [(one["aggregate"], one["seq"], one["data"]["text"]) for one in envelopes]
        return {entry["id"] for entry in entries}


@pytest.fixture(scope="module")
def server(mongodb_url: str) -> Iterator[Any]:
    """A database of its own, with its indexes; dropped in the end."""
    name = f"contract_{uuid.uuid4().hex[:8]}"
    client = mongoengine.connect(name, alias=ALIAS, host=mongodb_url, serverSelectionTimeoutMS=5000)
    NoteDocument.ensure_indexes()
    yield client
    client.drop_database(name)
    mongoengine.disconnect(ALIAS)


@pytest.fixture
def woken() -> list[str]:
    """The ids for which the relay was woken."""
    return []


@pytest.fixture
def notes(server: Any, woken: list[str]) -> Notes:
    """An empty repository."""
    kept = Notes(lambda _, written: woken.extend(document["_id"] for document in written))
    kept.collection.delete_many({})
    return kept


def a_note(id: str = "n1", text: str = "first", **changes: Any) -> Note:
    """A note."""
    return Note(id=id, text=text, **changes)


def stored(notes: Notes, id: str = "n1") -> dict[str, Any]:
    """The document as it is in the store."""
    return notes.collection.find_one({"_id": id})  # type: ignore[return-value]


def change(notes: Notes, text: str, id: str = "n1") -> Note:
    """Change a note and say so."""
    note = notes.get(id)
    note.text, note.version = text, note.version + 1
    return notes.save(note, [Noted(text=text)])


def test_what_is_added_comes_back_as_it_was(notes: Notes, woken: list[str]):
    """True stays true, none stays none, nested stays nested; and the relay is woken."""
    for number, note in enumerate((a_note(), a_note("n2", "other", pinned=False, parent="n1", tags=()))):
        assert notes.add(note, [Noted(text=note.text)], Take(text=note.text)) == note
        assert notes.get(note.id) == note
        assert woken[number] == note.id
    assert type(notes.get("n2").pinned) is bool


def test_the_event_is_in_the_same_document(notes: Notes):
    """State and outbox are one write: the entry says where the event goes and carries its envelope."""
    notes.add(a_note(), [Noted(text="first", pinned=True), Noted(text="again")], Take(text="first"))
    document = stored(notes)
    assert document["pending"] == len(document["outbox"]) == 2
    first = min(document["outbox"].values(), key=lambda entry: entry["at"])
    assert (first["exchange"], first["key"], first["mandatory"]) == ("probe.events", "noted", False)
    assert (first["envelope"]["aggregate"], first["envelope"]["seq"]) == ("n1", 1)
    assert first["envelope"]["data"] == {"type": "probe.noted.v1", "text": "first", "pinned": True}
    assert first["envelope"]["data"]["pinned"] is True


def test_a_retry_answers_what_the_first_try_kept(notes: Notes, woken: list[str]):
    """The same command again: the same note, no second event, nobody woken."""
    notes.add(a_note(), [Noted(text="first")], Take(text="first", command_id="k1"))
    change(notes, "changed")
    again = notes.add(a_note(), [Noted(text="first")], Take(text="first", command_id="k1"))
    assert (again.text, again.version) == ("changed", 2)
    assert stored(notes)["pending"] == 2
    assert woken == ["n1", "n1"]


def test_a_reused_key_is_refused(notes: Notes):
    """The same id by a command of other content."""
    notes.add(a_note(), [], Take(text="first"))
    with pytest.raises(IdempotencyKeyReused):
        notes.add(a_note(text="second"), [], Take(text="second"))
    assert notes.get("n1").text == "first"


def test_a_unique_key_is_taken_once(notes: Notes):
    """Another aggregate has it: the repository's own error, at adding and at changing."""
    notes.add(a_note(), [], Take(text="first"))
    notes.add(a_note("n2", "second"), [], Take(text="second"))
    with pytest.raises(TextTaken):
        notes.add(a_note("n3", "first"), [], Take(text="first"))
    with pytest.raises(TextTaken):
        change(notes, "first", id="n2")
    assert notes.get("n2") == a_note("n2", "second")


def test_changes_follow_one_another(notes: Notes, woken: list[str]):
    """Each change raises the version and adds its event to what is pending."""
    notes.add(a_note(), [Noted(text="first")], Take(text="first"))
    change(notes, "second")
    change(notes, "third")
    assert notes.get("n1") == a_note(text="third", version=3)
    assert stored(notes)["pending"] == len(stored(notes)["outbox"]) == 3
    assert woken == ["n1"] * 3
    assert notes.find_one({"words": "third"}) is not None
    assert notes.find_one({"words": "first"}) is None


def test_a_change_without_an_event(notes: Notes, woken: list[str]):
    """Nothing is pending for it and nobody is woken."""
    notes.add(a_note(), [], Take(text="first"))
    woken.clear()
    note = a_note(pinned=False, version=2)
    notes.save(note, [])
    assert notes.get("n1") == note
    assert stored(notes)["pending"] == 0
    assert woken == []


def test_who_comes_second_is_refused(notes: Notes):
    """Two who read the same version: one write counts, whole; of the other nothing is there."""
    notes.add(a_note(), [], Take(text="first"))
    for text in ("mine", "theirs"):
        note = a_note(text=text, version=2)
        if text == "mine":
            notes.save(note, [Noted(text=text)])
        else:
            with pytest.raises(VersionConflict):
                notes.save(note, [Noted(text=text)])
    assert notes.get("n1").text == "mine"
    assert stored(notes)["pending"] == 1


def test_what_is_not_there(notes: Notes):
    """`get` refuses, `find_one` answers none, a change of it is a conflict."""
    with pytest.raises(NotFound):
        notes.get("nobody")
    assert notes.find_one({"_id": "nobody"}) is None
    with pytest.raises(VersionConflict):
        notes.save(a_note("nobody", version=2), [])


def test_many_at_once_with_some_there_already(notes: Notes, woken: list[str]):
    """The new ones are kept, the old ones answered, in the order given; only the new ones wake the relay."""
    news = [(a_note(f"n{i}", f"text {i}"), [Noted(text=str(i))], Take(text=f"text {i}")) for i in range(6)]
    assert notes.add_many(news[:3])[0] == 3
    woken.clear()
    created, kept = notes.add_many([news[1], news[4], news[0], news[5]])
    assert created == 2
    assert [note.id for note in kept] == ["n1", "n4", "n0", "n5"]
    assert woken == ["n4", "n5"]
    assert notes.add_many([]) == (0, [])


def test_many_at_once_refuse_what_one_would(notes: Notes):
    """A reused key and a taken key are told; what was good before them is kept all the same."""
    notes.add(a_note(), [], Take(text="first"))
    good = (a_note("n2", "second"), [], Take(text="second"))
    with pytest.raises(IdempotencyKeyReused):
        notes.add_many([good, (a_note(text="other"), [], Take(text="other"))])
    assert notes.get("n2").text == "second"
    with pytest.raises(TextTaken):
        notes.add_many([(a_note("n3", "first"), [], Take(text="first"))])


def test_listings_are_in_order_and_limited(notes: Notes):
    """By id or by a key, from where the last page ended."""
    for i in (3, 1, 2, 5, 4):
        notes.add(a_note(f"n{i}", f"text {9 - i}"), [], Take(text=str(i)))
    assert [note.id for note in notes.find({}, limit=3)] == ["n1", "n2", "n3"]
    assert [note.id for note in notes.find({"_id": {"$gt": "n3"}})] == ["n4", "n5"]
    assert [note.id for note in notes.find({}, sort="words", limit=2)] == ["n5", "n4"]
    assert {note.id for note in notes.find({"_id": {"$in": ["n1", "n5", "n9"]}})} == {"n1", "n5"}


def test_the_relay_empties_the_outbox(notes: Notes):
    """Each note's events in their order; then nothing is pending, and the state is untouched."""
    notes.add(a_note(), [Noted(text="first")], Take(text="first"))
    change(notes, "second")
    notes.add(a_note("n2", "other"), [Noted(text="other")], Take(text="other"))
    notes.collection.update_many({}, {"$set": {"tried_at": time.time() - 60}})
    heard = Heard()
    assert relay.sweep(notes.collection, heard) == 2
    assert [event for event in heard.events if event[0] == "n1"] == [("n1", 1, "first"), ("n1", 2, "second")]
    assert [(one["outbox"], one["pending"]) for one in notes.collection.find()] == [({}, 0)] * 2
    assert relay.sweep(notes.collection, heard) == 0
    assert notes.get("n1") == a_note(text="second", version=2)


def test_the_relay_takes_out_only_what_was_sent(notes: Notes):
    """A change between sending and forgetting leaves its own event, with the count right."""
    notes.add(a_note(), [Noted(text="first")], Take(text="first"))
    sent = [stored(notes)]
    change(notes, "second")
    relay.publish_written(notes.collection, sent, Heard())
    relay.publish_written(notes.collection, sent, Heard())  # another relay, a little later
    left = stored(notes)
    assert left["pending"] == 1
    assert [entry["envelope"]["data"]["text"] for entry in left["outbox"].values()] == ["second"]
    change(notes, "third")
    assert stored(notes)["pending"] == 2


def test_an_older_event_goes_first(server: Any):
    """A change is told after what an earlier, fruitless publishing of the note left behind, by any relay."""
    heard = Heard()
    written: list[Any] = []
    notes = Notes(lambda _, documents: written.extend(documents))
    notes.collection.delete_many({})
    notes.add(a_note(), [Noted(text="first")], Take(text="first"))
    change(notes, "second")
    relay.publish_written(notes.collection, written[1:], heard)
    relay.publish_written(notes.collection, written, heard)  # another relay, a little later
    assert heard.events == [("n1", 1, "first"), ("n1", 2, "second")]
    assert (stored(notes)["outbox"], stored(notes)["pending"]) == ({}, 0)


def test_a_store_that_is_away(notes: Notes):
    """Whatever is asked of it: `Unavailable`, not the driver's own error."""
    client = mongoengine.connect("away", alias="away", host="mongodb://127.0.0.1:9", serverSelectionTimeoutMS=200)

    class Away(Notes):
        @property
        def collection(self) -> Any:
            return client["away"]["notes"]

    away = Away(lambda *_: None)
    attempts = (
        lambda: away.get("n1"),
        lambda: away.find({}),
        lambda: away.add(a_note(), [], Take(text="first")),
        lambda: away.add_many([(a_note(), [], Take(text="first"))]),
        lambda: away.save(a_note(version=2), []),
    )
    try:
        for attempt in attempts:
            with pytest.raises(Unavailable):
                attempt()
    finally:
        mongoengine.disconnect("away")
