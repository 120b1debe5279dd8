"""What is known of a parked message: from the headers it was parked with, and from its envelope if it has one."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from messaging import topology
from messaging.envelope import Envelope, UnknownEvent, decode

#: Those who have a parked queue.
SERVICES = ("registration", "jobs", "search", "streaming")
#: What the broker counts deliveries of a quorum queue's message in.
DELIVERY_COUNT = "x-delivery-count"
_BY_US = (topology.ATTEMPT, topology.REASON, topology.ORIGIN_QUEUE, topology.PARKED_AT)
_BY_THE_BROKER = (DELIVERY_COUNT, "x-death", "x-first-death-", "x-last-death-")


class Parked(Struct, frozen=True, kw_only=True):
    """One parked message without its body.

    `origin` is the queue it failed in and would return to; `attempts` how often it was sent down the delay ladder;
    `size` counts bytes. `type`, `correlation_id` and `traceparent` are empty where it is no event. The `id` is a
    digest of the rest and the body: messages that are alike in everything share it.
    """

    id: str
    service: str
    origin: str
    reason: str
    attempts: int
    parked_at: str
    type: str
    correlation_id: str
    traceparent: str
    size: int


class ParkedInFull(Parked, frozen=True, kw_only=True):
    """A parked message with its body: as base64, and as text where it is UTF-8."""

    body: str
    text: str | None


def describe(service: str, headers: Mapping[str, Any], body: bytes) -> Parked:
    """What a message of `<service>.parked` is, also of one that the broker parked by itself."""
    envelope = _envelope(body)
    origin = str(headers.get(topology.ORIGIN_QUEUE) or headers.get("x-first-death-queue") or "")
    reason = str(headers.get(topology.REASON) or headers.get("x-first-death-reason") or "")
    parked_at = str(headers.get(topology.PARKED_AT) or "")
    attempts = headers.get(topology.ATTEMPT)
    return Parked(
        id=_digest(origin, reason, parked_at, body),
        service=service,
        origin=origin,
        reason=reason,
        attempts=attempts if isinstance(attempts, int) else 0,
        parked_at=parked_at,
        type=envelope.type if envelope else "",
        correlation_id=envelope.correlation_id if envelope else "",
        traceparent=envelope.traceparent if envelope else "",
        size=len(body),
    )


def in_full(parked: Parked, body: bytes) -> ParkedInFull:
    """`parked` together with its body."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = None
    about = {name: getattr(parked, name) for name in Parked.__struct_fields__}
    return ParkedInFull(**about, body=base64.b64encode(body).decode(), text=text)


def headers_to_replay(headers: Mapping[str, Any]) -> dict[str, Any]:
    """The headers that a message had before anything went wrong: it starts on the ladder's first rung again."""
    ours = {name: value for name, value in headers.items() if name not in _BY_US}
    return {name: value for name, value in ours.items() if not name.startswith(_BY_THE_BROKER)}


def _envelope(body: bytes) -> Envelope | None:
    try:
        return decode(body)
    except UnknownEvent:
        return None


def _digest(origin: str, reason: str, parked_at: str, body: bytes) -> str:
    words = "\x1f".join((origin, reason, parked_at, "")).encode()
    return hashlib.sha256(words + body).hexdigest()[:16]
