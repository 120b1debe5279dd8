"""Packets of one source in order: late ones are waited for, since a repair (RTX) takes a round trip."""

from __future__ import annotations

from collections.abc import Iterator

from services.streaming.media.rtp import Packet

PATIENCE = 0.4  # s that a missing packet is waited for: a repair or two on a path with 200 ms delay
_MOST_WAITING = 2048  # packets


class Reorder:
    """Takes packets as they arrive and gives them out by their index.

    `gaps` counts the packets that were given up.
    """

    def __init__(self, patience: float = PATIENCE) -> None:
        self.gaps = 0
        self._patience = patience
        self._next: int | None = None
        self._waiting: dict[int, tuple[Packet, float]] = {}  # index -> (packet, when it came)

    def push(self, packet: Packet, now: float) -> Iterator[Packet]:
        """What is in order now. `now` in seconds on any steady clock."""
        if self._next is None:
            self._next = packet.index
        if packet.index < self._next:
            return  # given up before
        if packet.index == self._next:
            self._next += 1
            yield packet
        else:
            self._waiting[packet.index] = (packet, now)
            if self._is_tried(now):
                self._skip()
        while self._waiting and (kept := self._waiting.pop(self._next, None)):
            self._next += 1
            yield kept[0]

    def _is_tried(self, now: float) -> bool:
        """Whether the packet that is missing has been waited for long enough."""
        oldest = next(iter(self._waiting.values()))[1]
        return now - oldest > self._patience or len(self._waiting) > _MOST_WAITING

    def _skip(self) -> None:
        """Gives up what is missing before the first packet that is here."""
        first = min(self._waiting)
        self.gaps += first - (self._next or 0)
        self._next = first
