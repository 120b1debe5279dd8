"""Where a message goes that could not be handled: down the delay ladder, and in the end to the parked queue.

The message is published there with a confirm before it is acknowledged here, so a crash in between doubles it
and never loses it. A message that fails because a store is away is not at fault: it waits until the store is back.
"""

from __future__ import annotations

import logging
from typing import Any

import eventlet
from nameko.extensions import SharedExtension

from messaging import metrics, topology
from messaging.contracts.errors import Unavailable
from messaging.envelope import now_rfc3339

from .consumer import give_back, settle
from .outlet import NotConfirmed, Unrouted
from .publisher import ConfirmedPublisher

log = logging.getLogger(__name__)
#: What cannot be moved now, because the broker is under alarm, goes back to its queue, at this pace.
MOVE_AGAIN_SECONDS = 1.0
_KEPT = ("content_type", "content_encoding", "correlation_id", "message_id", "reply_to", "type")


class Failures(SharedExtension):
    """Retries and parks messages on behalf of all entrypoints of a process."""

    publisher = ConfirmedPublisher()

    def retry_later(self, message: Any, queue: str, error: BaseException) -> None:
        """Let `message` come back to `queue` after its next wait, or park it after the last."""
        attempt, reason = attempts(message) + 1, f"{type(error).__name__}: {error}"
        delays = self.container.config["retry_delays_ms"]
        delay = topology.delay_after(attempt, delays)
        if delay is None and isinstance(error, Unavailable):
            delay = delays[-1]
        if delay is None:
            self.park(message, queue, reason)
            return
        headers = {**message.headers, topology.ATTEMPT: attempt, topology.REASON: reason[:500]}
        self._move(message, topology.delay_name(delay), queue, headers)
        metrics.EVENTS_HANDLED.labels(queue, "retried").inc()
        log.warning(
            "will be tried again", extra={"fields": {"queue": queue, "attempt": attempt, "delay_ms": delay}}
        )

    def park(self, message: Any, queue: str, reason: str) -> None:
        """Keep `message` for people, byte for byte, with the reason and the queue it came from."""
        headers = {
            **message.headers,
            topology.REASON: reason[:500],
            topology.ORIGIN_QUEUE: queue,
            topology.PARKED_AT: now_rfc3339(),
        }
        self._move(message, "", topology.parked_queue(self.container.service_name), headers)
        metrics.EVENTS_HANDLED.labels(queue, "parked").inc()
        log.error("parked a message", extra={"fields": {"queue": queue, "reason": reason[:200]}})

    def _move(self, message: Any, exchange: str, key: str, headers: dict[str, Any]) -> None:
        properties = {name: message.properties[name] for name in _KEPT if message.properties.get(name)}
        for name in ("content_type", "content_encoding"):
            if value := getattr(message, name, None):
                properties[name] = value
        body = message.body.encode() if isinstance(message.body, str) else bytes(message.body)
        try:
            self.publisher.publish(body, exchange, key, application_headers=headers, **properties)
        except (NotConfirmed, Unrouted):
            log.exception("a failed message could not be moved")
            eventlet.sleep(MOVE_AGAIN_SECONDS)
            give_back(message)
        else:
            settle(message)


def attempts(message: Any) -> int:
    """How often `message` has failed, by its header; a header that is none of ours counts as never."""
    count = message.headers.get(topology.ATTEMPT)
    return count if isinstance(count, int) else 0
