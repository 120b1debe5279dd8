"""The envelope, ids and names: what every event travels in, and where."""

from __future__ import annotations

import re

import msgspec
import pytest

from messaging import topology
from messaging.contracts.jobs import Apply, OpeningTaken, VacancyPosted
from messaging.contracts.registration import AttendeeUpdated, RegisterAttendee
from messaging.contracts.types import Actor, Event, method_name, routing_key, source, type_name, version
from messaging.envelope import Envelope, UnknownEvent, decode, encode, now_rfc3339, unwrap, wrap
from messaging.identity import derive_id, fingerprint, new_id


class Moved(Event, frozen=True, kw_only=True, tag="probe.moved.v1"):
    """The first version."""

    to: str


class MovedFarther(Event, frozen=True, kw_only=True, tag="probe.moved.v12"):
    """A version beside the first."""

    to: str
    by: str


def an_envelope(**changes: object) -> Envelope:
    """An event in its envelope."""
    return msgspec.structs.replace(wrap(Moved(to="hall"), aggregate="s1", seq=4, new_id=lambda: "e1"), **changes)


def test_an_event_comes_back_from_the_wire():
    """What was wrapped is unwrapped: id, aggregate, order and the event itself."""
    arrived = decode(encode(an_envelope(correlation_id="r1")))
    assert (arrived.id, arrived.type, arrived.version) == ("e1", "probe.moved.v1", 1)
    assert (arrived.aggregate, arrived.seq, arrived.correlation_id) == ("s1", 4, "r1")
    assert unwrap(arrived, Moved) == Moved(to="hall")


def test_each_event_gets_an_id_of_its_own():
    """Two envelopes of one event are two messages."""
    first, second = (wrap(Moved(to="hall"), aggregate="s1", seq=1) for _ in range(2))
    assert first.id != second.id


def test_the_time_is_utc_to_the_millisecond():
    """RFC 3339, with a Z."""
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", now_rfc3339())


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{}", b"\xff", b"[" * 100_000, b'{"id": 1}', {}, {"id": "1"}]
)
def test_no_envelope_is_told_from_one(body: bytes | dict[str, object]):
    """Whatever else the body is, it is an `UnknownEvent` and nothing worse."""
    with pytest.raises(UnknownEvent):
        decode(body)


@pytest.mark.parametrize(
    "envelope",
    [
        an_envelope(type="probe.moved.v12"),
        an_envelope(data={"type": "probe.moved.v1"}),
        an_envelope(data={"type": "probe.moved.v1", "to": 7}),
        an_envelope(data={"type": "probe.moved.v12", "to": "hall"}),
    ],
)
def test_another_type_or_version_is_not_guessed_at(envelope: Envelope):
    """Only exactly this event is unwrapped."""
    with pytest.raises(UnknownEvent):
        unwrap(envelope, Moved)


def test_a_newer_producer_is_understood():
    """An added field is ignored."""
    assert unwrap(an_envelope(data={"type": "probe.moved.v1", "to": "hall", "by": "lift"}), Moved).to == "hall"


def test_names_of_an_event():
    """The tag is owner, name and version; version 1 has the plain routing key, as nameko expects it."""
    assert type_name(MovedFarther) == "probe.moved.v12"
    assert (source(Moved), routing_key(Moved), version(Moved)) == ("probe", "moved", 1)
    assert (routing_key(MovedFarther), version(MovedFarther)) == ("moved.v12", 12)
    assert method_name(RegisterAttendee) == "register_attendee"


def test_names_on_the_broker_are_pinned():
    """A changed name orphans a queue that people's events wait in."""
    assert topology.events_exchange(VacancyPosted) == "jobs.events"
    assert topology.event_queue(OpeningTaken, "jobs", "file") == "evt-jobs-opening_taken--jobs.file"
    assert topology.event_queue(MovedFarther, "jobs", "on") == "evt-probe-moved.v12--jobs.on"
    assert topology.parked_queue("jobs") == "jobs.parked"
    assert topology.delay_name(1000) == "subvenue.delay.1000"
    assert topology.RPC_EXCHANGE == "nameko-rpc"


def test_queue_arguments_are_pinned():
    """The broker refuses a queue that exists with other arguments: a change needs a new name or a migration."""
    assert topology.event_queue_arguments("jobs") == {
        "x-queue-type": "quorum",
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
        "x-delivery-limit": 20,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": "jobs.parked",
    }
    assert topology.delay_queue_arguments(1000)["x-message-ttl"] == 1000
    assert topology.parked_queue_arguments() == {"x-queue-type": "quorum"}


def test_the_delay_ladder():
    """Five waits, then the message is parked."""
    waits = [topology.delay_after(attempt) for attempt in range(1, 7)]
    assert waits == [1_000, 10_000, 60_000, 60_000, 60_000, None]
    assert topology.delay_after(1, ()) is None


def test_a_retry_makes_the_same_id():
    """The id follows from the key; without a key it is random."""
    assert new_id("att", "key-1") == new_id("att", "key-1")
    assert new_id("att", "key-1") != new_id("att", "key-2")
    assert new_id("att", "key-1") != new_id("prj", "key-1")
    assert new_id("att", "") != new_id("att", "")
    assert re.fullmatch(r"att_[a-z2-7]{24}", new_id("att", "key-1"))


def test_parts_of_an_id_do_not_run_together():
    """("ab", "c") and ("a", "bc") are different things."""
    assert derive_id("x", "ab", "c") != derive_id("x", "a", "bc")


def test_a_fingerprint_is_of_the_content_alone():
    """Neither the key nor who asks changes it; every other field does."""
    plain = fingerprint(Apply(vacancy_id="v1", message="I would like to"))
    assert plain == fingerprint(
        Apply(vacancy_id="v1", message="I would like to", command_id="k", actor=Actor("a1"))
    )
    assert plain != fingerprint(Apply(vacancy_id="v2", message="I would like to"))
    assert plain != fingerprint(Apply(vacancy_id="v1", message="I would not"))


def test_events_hold_no_default_that_a_consumer_misses():
    """A default is left out on the wire and comes back on the other side."""
    event = AttendeeUpdated(attendee_id="a1", country="CN", mode="online")
    envelope = wrap(event, aggregate="a1", seq=2)
    assert "sectors" not in envelope.data
    assert unwrap(decode(encode(envelope)), AttendeeUpdated).sectors == ()
