"""Where a message goes that could not be handled: down the delay ladder, and in the end to the parked queue.

The message is published there with a confirm before it is acknowledged here, so a crash in between doubles it
and never loses it. `messaging.ladder` decides where.
"""

from __future__ import annotations

import logging
from typing import Any

import eventlet
from nameko.extensions import SharedExtension

from messaging import metrics
from messaging.ladder import PARKED, Ladder, Move, attempts
from messaging.topology import REASON

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

    @property
    def _ladder(self) -> Ladder:
        return Ladder(self.container.service_name, self.container.config["retry_delays_ms"])

    def retry_later(self, message: Any, queue: str, error: BaseException) -> None:
        """Let `message` come back to `queue` after its next wait, or park it after the last."""
        self._make(self._ladder.after(error, message.headers, queue), message, queue)

    def park(self, message: Any, queue: str, reason: str) -> None:
        """Keep `message` for people, byte for byte, with the reason and the queue it came from."""
        self._make(self._ladder.park(reason, message.headers, queue), message, queue)

    def _make(self, move: Move, message: Any, queue: str) -> None:
        """Do what the ladder says, count it and tell of it."""
        if not self._publish(move, message):
            return
        settle(message)
        metrics.EVENTS_HANDLED.labels(queue, move.outcome).inc()
        fields = {"queue": queue, "attempt": attempts(move.headers), "reason": move.headers[REASON][:200]}
        if move.outcome == PARKED:
            log.error("parked a message", extra={"fields": fields})
        else:
            log.warning("will be tried again", extra={"fields": {**fields, "delay_ms": move.delay_ms}})

    def _publish(self, move: Move, message: Any) -> bool:
        """Whether the broker has the copy; else the message goes back to its queue."""
        properties = {name: message.properties[name] for name in _KEPT if message.properties.get(name)}
        for name in ("content_type", "content_encoding"):
            if value := getattr(message, name, None):
                properties[name] = value
        body = message.body.encode() if isinstance(message.body, str) else bytes(message.body)
        try:
            self.publisher.publish(body, move.exchange, move.key, application_headers=move.headers, **properties)
        except (NotConfirmed, Unrouted):
            log.exception("a failed message could not be moved")
            eventlet.sleep(MOVE_AGAIN_SECONDS)
            give_back(message)
            return False
        return True
