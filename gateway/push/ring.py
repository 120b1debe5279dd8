"""The latest events of the stream, encoded, numbered, and bounded."""

from __future__ import annotations

import secrets
from collections import deque
from dataclasses import dataclass

KEPT_FRAMES, KEPT_BYTES = 2_000, 1024 * 1024


@dataclass(frozen=True)
class Frame:
    """One encoded event; `topic` is None for what every client gets."""

    number: int
    topic: str | None
    data: bytes


class Ring:
    """Frames by number. A client of the stream is no more than the number up to which it has been served."""

    def __init__(self) -> None:
        self._epoch = secrets.token_hex(4)  # numbers of another process mean nothing here
        self._frames: deque[Frame] = deque()
        self._bytes = 0
        self.head = 0

    def append(self, topic: str | None, event: bytes) -> None:
        """Number `event` and keep it; the oldest go when there are too many or too much."""
        self.head += 1
        data = b"id: %s\n%s" % (self.id_of(self.head), event)
        self._frames.append(Frame(self.head, topic, data))
        self._bytes += len(data)
        while len(self._frames) > KEPT_FRAMES or self._bytes > KEPT_BYTES:
            self._bytes -= len(self._frames.popleft().data)

    def id_of(self, number: int) -> bytes:
        """The id by which browsers know a frame."""
        return f"{self._epoch}-{number}".encode()

    def place_of(self, last_event_id: str | None) -> int | None:
        """The number after which a client goes on; None when what follows is not here (any more).

        Without an id it is a new client, which starts with what happens from now on.
        """
        if not last_event_id:
            return self.head
        epoch, _, digits = last_event_id.partition("-")
        if epoch != self._epoch or not (digits.isascii() and digits.isdecimal()):
            return None
        number = int(digits[:15])
        return number if number <= self.head and self.reaches_back_to(number) else None

    def reaches_back_to(self, number: int) -> bool:
        """Whether everything after `number` is still here."""
        oldest = self._frames[0].number if self._frames else self.head + 1
        return number + 1 >= oldest

    def after(self, number: int, topics: frozenset[str]) -> bytes:
        """All frames of `topics` after `number`, joined."""
        behind = self.head - number
        frames = list(self._frames)[-behind:] if behind else []
        return b"".join(frame.data for frame in frames if frame.topic is None or frame.topic in topics)
