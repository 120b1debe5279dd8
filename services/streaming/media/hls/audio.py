"""Sound of one source: Opus packets into parts, as they came, and to whoever makes AAC of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.streaming.media.rtp import Packet

from . import opus
from .boxes import opus_audio
from .clock import SourceClock
from .fragments import Sample
from .reorder import Reorder
from .track import SEGMENT_TARGET, Track

_PART = 0.195  # s: ten packets of 20 ms
_PATIENCE = 0.15  # s: sound is not repaired, only put in order


@dataclass(frozen=True)
class Sound:
    """One Opus packet; `timestamp` as in RTP."""

    timestamp: int
    data: bytes


class Audio:
    """Writes a source into `track`, once its owner has begun the clock.

    `heard` gets every sample that was written, for other encodings of it.
    """

    def __init__(self, track: Track, wall: Callable[[float], float]) -> None:
        self.track, self.clock = track, SourceClock(opus.RATE)
        self.heard: Callable[[list[Sample], float], None] = lambda samples, wall: None
        self._wall = wall
        self._order = Reorder(_PATIENCE)
        self._pending: list[Sample] = []
        self._end = -1  # of what was written or is pending, in samples
        track.describe(opus_audio())

    def push(self, packet: Packet, now: float) -> list[Sound]:
        """Takes a packet; answers what is in order now."""
        return [Sound(p.timestamp, p.payload) for p in self._order.push(packet, now) if p.payload]

    def add(self, sound: Sound) -> None:
        """Takes the next packet."""
        time, length = round(self.clock.time(sound.timestamp) * opus.RATE), opus.duration(sound.data)
        if time < 0 or time + length // 2 < self._end:
            return  # before the beginning; or the sound was moved back to be with the picture
        time = max(time, self._end)
        self._end = time + length
        self._pending.append(Sample(time, length, sound.data))
        if self._end - self._pending[0].time >= _PART * opus.RATE:
            self.write()

    def write(self) -> None:
        """Writes what is pending as a part."""
        if self._pending:
            samples, self._pending = _lasting(self._pending), []
            wall = self._wall(samples[0].time / opus.RATE)
            self.track.add(samples, wall)
            self.heard(samples, wall)

    @property
    def is_segment_long(self) -> bool:
        """Whether a segment is full; for sound that has no picture to go by."""
        current = self.track.current
        return current is not None and current.duration >= SEGMENT_TARGET - _PART / 2

    def cut(self) -> None:
        """Completes the segment."""
        self.write()
        self.track.cut()


def _lasting(samples: list[Sample]) -> list[Sample]:
    """The samples, each until the next: a lost packet lengthens the one before it."""
    return [
        Sample(one.time, following.time - one.time, one.data) if following else one
        for one, following in zip(samples, [*samples[1:], None], strict=True)
    ]
