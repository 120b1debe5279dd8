"""Tells the bus what has become searchable.

Search has no store and so no outbox: its facts are made again when the batch is made again. What the broker has
not confirmed therefore fails the batch, whose events are acknowledged only after the announcement.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from nameko.extensions import DependencyProvider

from messaging import tracing
from messaging.contracts.errors import Unavailable
from messaging.contracts.types import Event, routing_key
from messaging.envelope import wrap
from messaging.on_nameko.publisher import ConfirmedPublisher
from messaging.topology import events_exchange

#: The index as the aggregate of its events. They state what is visible and need no order among themselves.
AGGREGATE, SEQ = "index", 0


class Announcer(DependencyProvider):
    """``announce = Announcer()`` gives each worker a function that publishes an event, confirmed."""

    publisher = ConfirmedPublisher()

    def get_dependency(self, worker_ctx: Any) -> Callable[[Event], None]:
        """Called by nameko for each worker."""
        return self._announce

    def _announce(self, event: Event) -> None:
        envelope = wrap(
            event,
            aggregate=AGGREGATE,
            seq=SEQ,
            correlation_id=tracing.correlation_id.get(),
            traceparent=tracing.traceparent.get(),
        )
        entry = {
            "id": envelope.id,
            "exchange": events_exchange(type(event)),
            "key": routing_key(type(event)),
            "mandatory": False,  # nobody need be listening
            "envelope": msgspec.to_builtins(envelope),
        }
        if not self.publisher.publish_events([entry]):
            raise Unavailable("the broker has not confirmed an announcement")
