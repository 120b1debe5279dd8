"""Lost packets and lost pictures: what was sent, what is missing, and when to ask for a key frame."""

from __future__ import annotations

from .rtp import Packet

RING_SIZE = 2048  # packets: some 3 s of 5 Mbps video; a power of two
_MISSING_LIMIT = 256  # more than that is not repaired but begun anew with a key frame
_NACK_INTERVAL = 0.05  # s between two requests for the same packet
_NACK_TRIES = 6


class Ring:
    """The last packets of one source, shared by all its viewers, found by their index."""

    def __init__(self, size: int = RING_SIZE) -> None:
        self._mask = size - 1
        self._slots: list[Packet | None] = [None] * size

    def add(self, packet: Packet) -> bool:
        """Keeps the packet. False when this very packet was kept before: a duplicate."""
        slot = packet.index & self._mask
        kept = self._slots[slot]
        if kept is not None and kept.index >= packet.index:
            return False
        self._slots[slot] = packet
        return True

    def get(self, index: int) -> Packet | None:
        """The packet of this index, if it is still here."""
        packet = self._slots[index & self._mask]
        return packet if packet is not None and packet.index == index else None


class LossTracker:
    """Which packets of a source are missing, and which of them to ask for now (RFC 4585, generic NACK)."""

    def __init__(self) -> None:
        self._missing: dict[int, tuple[int, float]] = {}  # index -> (tries, time of the last)
        self._next: int | None = None

    def arrived(self, index: int) -> None:
        """One packet came: what was skipped before it is missing from now on."""
        if self._next is None or index == self._next:
            self._next = index + 1
        elif index > self._next:
            gap = range(max(self._next, index - _MISSING_LIMIT), index)
            self._missing.update((lost, (0, 0.0)) for lost in gap)
            self._next = index + 1
        else:
            self._missing.pop(index, None)

    def due(self, now: float) -> list[int]:
        """The indices to ask for at `now` (s), in order; each a few times, then given up."""
        asked = []
        for index, (tries, last) in list(self._missing.items()):
            if tries >= _NACK_TRIES or len(self._missing) > _MISSING_LIMIT:
                del self._missing[index]
            elif now - last >= _NACK_INTERVAL:
                self._missing[index] = (tries + 1, now)
                asked.append(index)
        return sorted(asked)


class KeyFrameRequests:
    """Joins the wishes of all viewers of a source to one picture loss indication a second at most."""

    def __init__(self, interval: float = 1.0) -> None:
        self._interval = interval
        self._last = float("-inf")
        self._wanted = False

    def want(self) -> None:
        """Somebody needs a key frame."""
        self._wanted = True

    def satisfied(self) -> None:
        """A key frame begins: whoever waited has it."""
        self._wanted = False

    def due(self, now: float) -> bool:
        """Whether to ask the publisher at `now` (s).

        The wish stays until a key frame comes, so a lost request is repeated.
        """
        if not self._wanted or now - self._last < self._interval:
            return False
        self._last = now
        return True
