"""Events as they wait in an outbox."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from . import tracing
from .contracts.types import Event, routing_key
from .envelope import wrap
from .topology import events_exchange


def outgoing_of(events: Sequence[Event], aggregate_id: str, version: int) -> dict[str, Any]:
    """Events as they wait in the outbox: each in its envelope, with where it goes, in their order `at`."""
    entries = {}
    for at, event in enumerate(events):
        envelope = wrap(
            event,
            aggregate=aggregate_id,
            seq=version,
            correlation_id=tracing.correlation_id.get(),
            traceparent=tracing.traceparent.get(),
        )
        entries[envelope.id] = {
            "id": envelope.id,
            "at": at,
            "exchange": events_exchange(type(event)),
            "key": routing_key(type(event)),
            "mandatory": event.must_be_heard,
            "envelope": msgspec.to_builtins(envelope),
        }
    return entries
