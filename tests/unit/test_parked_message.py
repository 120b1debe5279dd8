"""What is read from a parked message, whatever its headers and its body are."""

from __future__ import annotations

import base64

import pytest

from messaging import topology
from messaging.contracts.streaming import StageOpened
from messaging.envelope import encode, wrap
from messaging.parked.message import describe, headers_to_replay, in_full

OURS = {
    topology.ATTEMPT: 5,
    topology.REASON: "ValueError: no",
    topology.ORIGIN_QUEUE: "evt-a-b--c.d",
    topology.PARKED_AT: "2026-11-24T10:00:00.000Z",
}
TRACE = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
EVENT = StageOpened(session_id="s1", node="m1", epoch=1)


def test_what_we_parked_tells_why_and_from_where():
    """Reason, attempts, origin and time from the headers; type and trace from the envelope."""
    body = encode(wrap(EVENT, aggregate="s1", seq=1, correlation_id="req-1", traceparent=TRACE))
    parked = describe("streaming", OURS, body)
    assert (parked.reason, parked.attempts, parked.origin) == ("ValueError: no", 5, "evt-a-b--c.d")
    assert parked.parked_at == "2026-11-24T10:00:00.000Z"
    assert (parked.type, parked.correlation_id, parked.traceparent) == ("media.stage_opened.v1", "req-1", TRACE)


def test_what_the_broker_parked_does_as_well():
    """A message that killed its consumers has RabbitMQ's own headers."""
    headers = {"x-first-death-queue": "evt-x", "x-first-death-reason": "delivery_limit"}
    parked = describe("jobs", headers, b"{}")
    assert (parked.origin, parked.reason, parked.attempts) == ("evt-x", "delivery_limit", 0)


@pytest.mark.parametrize("body", [b"", b"\xff\x00", b"[" * 100_000, b'{"id": 1}'])
def test_any_body_is_shown_byte_for_byte(body: bytes):
    """Garbage has no type, and comes out of base64 as it went in."""
    full = in_full(describe("jobs", {topology.ATTEMPT: "many"}, body), body)
    assert (full.type, full.attempts, full.size) == ("", 0, len(body))
    assert base64.b64decode(full.body) == body
    assert (full.text is None) == (body == b"\xff\x00")


def test_ids_tell_messages_apart():
    """Another body, time or origin is another message; the same is the same."""
    one = describe("jobs", OURS, b"1").id
    assert one == describe("jobs", OURS, b"1").id
    assert one != describe("jobs", OURS, b"2").id
    assert one != describe("jobs", {**OURS, topology.PARKED_AT: "later"}, b"1").id
    assert one != describe("jobs", {**OURS, topology.ORIGIN_QUEUE: "other"}, b"1").id


def test_a_replay_begins_anew():
    """Nothing of the failures goes along, everything else does."""
    headers = {**OURS, "x-death": [{}], "x-first-death-queue": "q", "x-delivery-count": 3, "kept": "yes"}
    assert headers_to_replay(headers) == {"kept": "yes"}
