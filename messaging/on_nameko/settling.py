"""Acknowledgements of one channel, many at once.

An acknowledgement of its own for each message is a write of ours and a log entry of the broker's each time. What
is settled in one turn of the hub goes out together: one acknowledgement for everything up to the first message
that is still being worked on, and one each for those beyond it, so that a slow handler holds up nobody.
"""

from __future__ import annotations

import logging
from typing import Any

from amqp.exceptions import AMQPError
from eventlet import hubs

log = logging.getLogger(__name__)


class Tags:
    """Which deliveries of a channel are settled. Its tags count from 1 without gaps. Pure."""

    def __init__(self) -> None:
        self._up_to = 0
        self._beyond: set[int] = set()
        self._fresh: list[int] = []

    def settle(self, tag: int, *, told: bool = False) -> None:
        """`tag` is done with; `told` when the broker knows it already, as of what was given back."""
        self._beyond.add(tag)
        if not told:
            self._fresh.append(tag)

    def take(self) -> tuple[int, list[int]]:
        """What to acknowledge now: everything up to a tag (0: nothing), and single tags beyond it."""
        before = self._up_to
        while self._up_to + 1 in self._beyond:
            self._up_to += 1
            self._beyond.discard(self._up_to)
        fresh, self._fresh = self._fresh, []
        covered = [tag for tag in fresh if before < tag <= self._up_to]
        return max(covered, default=0), [tag for tag in fresh if tag > self._up_to]


class Settling:
    """Settles the messages of one channel at the end of the hub's turn."""

    def __init__(self, channel: Any) -> None:
        self._channel = channel
        self._tags = Tags()
        self._scheduled = False

    def acknowledge(self, tag: int) -> None:
        """Soon."""
        self._tags.settle(tag)
        if not self._scheduled:
            self._scheduled = True
            hubs.get_hub().schedule_call_global(0, self.flush)

    def give_back(self, tag: int) -> None:
        """At once: this process is stopping, another may take it."""
        self._tags.settle(tag, told=True)
        self._channel.basic_reject(tag, requeue=True)

    def flush(self) -> None:
        """Send what was settled; a connection that is gone has given everything back already."""
        self._scheduled = False
        up_to, single = self._tags.take()
        try:
            if up_to and self._channel.connection:
                self._channel.basic_ack(up_to, multiple=True)
            for tag in single:
                if self._channel.connection:
                    self._channel.basic_ack(tag)
        except (OSError, AMQPError):
            log.debug("the connection went before the acknowledgement")
