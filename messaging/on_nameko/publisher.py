"""What nameko services publish: events from the outbox, confirmed; and messages that failed, to try later."""

from __future__ import annotations

import logging
import time
from collections import Counter
from typing import Any

import msgspec
from nameko.extensions import SharedExtension

from messaging import metrics, tracing

from .outlet import CONFIRM_TIMEOUT_SECONDS, NotConfirmed, Outlet, Receipt, Unrouted

log = logging.getLogger(__name__)
PERSISTENT = 2
CONFIRMED = "confirmed"


class ConfirmedPublisher(SharedExtension):
    """Durable publishing for the whole process over one confirmed channel."""

    def setup(self) -> None:
        """Called by nameko; connects at the first use."""
        self.outlet = Outlet(self.container.config["AMQP_URI"], confirms=True)

    def stop(self) -> None:
        """Called by nameko when the service stops."""
        self.outlet.close()

    def publish_events(self, entries: list[dict[str, Any]]) -> set[str]:
        """Publish outbox entries in order; answers the ids that were confirmed and, where needed, heard."""
        began = time.time_ns()
        receipts: list[tuple[dict[str, Any], Receipt]] = []
        try:
            for entry in entries:
                if receipt := self._publish(entry):
                    receipts.append((entry, receipt))
        except NotConfirmed as error:
            log.warning("events wait in the outbox", extra={"fields": {"reason": str(error)}})
        deadline = time.monotonic() + CONFIRM_TIMEOUT_SECONDS  # one for the whole batch
        outcomes = [(entry, _outcome(receipt, deadline)) for entry, receipt in receipts]
        for entry, outcome in outcomes:
            metrics.EVENTS_PUBLISHED.labels(entry["exchange"], outcome).inc()
            told = {"under": entry["envelope"].get("traceparent", ""), "failed": outcome != CONFIRMED}
            tracing.note(f"publish {entry['envelope']['type']}", tracing.PRODUCER, began=began, **told)
        if waiting := Counter((entry["key"], outcome) for entry, outcome in outcomes if outcome != CONFIRMED):
            counts = {f"{key} {outcome}": count for (key, outcome), count in waiting.items()}
            log.warning("events wait in the outbox", extra={"fields": counts})
        return {entry["id"] for entry, outcome in outcomes if outcome == CONFIRMED}

    def publish(self, body: bytes, exchange: str, routing_key: str, **properties: Any) -> None:
        """Publish one durable message and wait for its confirm. Raises `NotConfirmed` or `Unrouted`."""
        receipt = self.outlet.publish(
            body, exchange, routing_key, mandatory=True, delivery_mode=PERSISTENT, **properties
        )
        assert receipt is not None
        receipt.wait()

    def _publish(self, entry: dict[str, Any]) -> Receipt | None:
        return self.outlet.publish(
            msgspec.json.encode(entry["envelope"]),
            entry["exchange"],
            entry["key"],
            mandatory=entry["mandatory"],
            topic_exchange=True,
            delivery_mode=PERSISTENT,
            content_type="application/json",
            content_encoding="utf-8",
            message_id=entry["id"],
            application_headers=_headers(entry["envelope"]),
        )


def _headers(envelope: dict[str, Any]) -> dict[str, str]:
    """nameko carries its context in headers with this prefix; any nameko service finds them in its context."""
    context = {"correlation_id": envelope.get("correlation_id"), "traceparent": envelope.get("traceparent")}
    return {f"nameko.{key}": value for key, value in context.items() if value}


def _outcome(receipt: Receipt, deadline: float) -> str:
    try:
        receipt.wait(deadline - time.monotonic())
    except Unrouted:
        return "unheard"
    except NotConfirmed:
        return "unconfirmed"
    return CONFIRMED
