"""What becomes of a message that could not be handled: it waits and comes again, or is kept for people. Pure.

Both sides of the bus ask here and then do it: publish the copy, confirmed, and only then acknowledge the message.
A message that fails because a store is away is not at fault: it stays on the last rung until the store is back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import topology
from .contracts.errors import Unavailable
from .envelope import now_rfc3339

RETRIED, PARKED = "retried", "parked"
#: Longest reason that is kept in a header.
_REASON = 500


@dataclass(frozen=True)
class Move:
    """Where the copy goes and with which headers; `delay_ms` is 0 for what is parked."""

    exchange: str
    key: str
    headers: dict[str, Any]
    outcome: str
    delay_ms: int = 0


@dataclass(frozen=True)
class Ladder:
    """The rungs of one service: waits in milliseconds, the parked queue after the last."""

    service: str
    delays_ms: tuple[int, ...] = topology.RETRY_DELAYS_MS

    def after(self, error: BaseException, headers: Mapping[str, Any], queue: str) -> Move:
        """The next move of a message of `queue` whose handler ended with `error`."""
        attempt, reason = attempts(headers) + 1, f"{type(error).__name__}: {error}"
        delay = topology.delay_after(attempt, self.delays_ms)
        if delay is None and isinstance(error, Unavailable):
            delay = self.delays_ms[-1]
        if delay is None:
            return self.park(reason, headers, queue)
        told = {**headers, topology.ATTEMPT: attempt, topology.REASON: reason[:_REASON]}
        return Move(topology.delay_name(delay), queue, told, RETRIED, delay)

    def park(self, reason: str, headers: Mapping[str, Any], queue: str) -> Move:
        """Keep a message of `queue` for people."""
        told = {
            **headers,
            topology.REASON: reason[:_REASON],
            topology.ORIGIN_QUEUE: queue,
            topology.PARKED_AT: now_rfc3339(),
        }
        return Move("", topology.parked_queue(self.service), told, PARKED)


def attempts(headers: Mapping[str, Any]) -> int:
    """How often a message has failed; a header that is none of ours counts as never."""
    count = headers.get(topology.ATTEMPT)
    return count if isinstance(count, int) else 0
