"""What every event travels in.

The envelope says what happened to which aggregate and in which order; `data` is the event itself. It is the
whole JSON body of the AMQP message, so that a plain nameko `event_handler` receives it as its payload.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from .contracts.types import Event, type_name, version

E = TypeVar("E", bound=Event)


class UnknownEvent(Exception):
    """The body is no envelope, or its type or version is none that the consumer understands."""


class Envelope(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event on its way.

    `id` is the same at every delivery; `aggregate` is the id of what it happened to and `seq` its
    version just after it, so `seq` orders the events of one aggregate. `traceparent` is W3C Trace Context.
    """

    id: str
    type: str
    version: int
    aggregate: str
    seq: int
    time: str
    data: dict[str, Any]
    correlation_id: str = ""
    traceparent: str = ""


def now_rfc3339() -> str:
    """The present moment in UTC, to the millisecond, as RFC 3339."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def wrap(
    event: Event,
    *,
    aggregate: str,
    seq: int,
    correlation_id: str = "",
    traceparent: str = "",
    new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
) -> Envelope:
    """`event` in a new envelope with an id of its own."""
    return Envelope(
        id=new_id(),
        type=type_name(type(event)),
        version=version(type(event)),
        aggregate=aggregate,
        seq=seq,
        time=now_rfc3339(),
        data=msgspec.to_builtins(event),
        correlation_id=correlation_id,
        traceparent=traceparent,
    )


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Envelope)


def encode(envelope: Envelope) -> bytes:
    """The envelope as the JSON body of a message."""
    return _encoder.encode(envelope)


def decode(body: bytes | str | dict[str, Any]) -> Envelope:
    """The envelope in a message body, as bytes or already parsed. Raises `UnknownEvent` on anything else."""
    try:
        return msgspec.convert(body, Envelope) if isinstance(body, dict) else _decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UnknownEvent(f"not an envelope: {error}") from error


def unwrap(envelope: Envelope, event: type[E]) -> E:
    """The event inside, which must be of exactly this type and version. Raises `UnknownEvent`."""
    if envelope.type != type_name(event):
        raise UnknownEvent(f"expected {type_name(event)}, got {envelope.type}")
    try:
        return msgspec.convert(envelope.data, event)
    except msgspec.ValidationError as error:
        raise UnknownEvent(f"{envelope.type}: {error}") from error
