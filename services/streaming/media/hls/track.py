"""A track of a session: its segments and their parts, in memory while they are new, and who waits for them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Protocol

from .boxes import Description, initialisation
from .fragments import Sample, fragment

PART_TARGET = 0.21  # s: no part is longer, and all but the last of a segment hold at least 85 % of it
SEGMENT_TARGET = 2.0  # s
LONGEST_SEGMENT = 4  # s: what playlists promise, for publishers whose key frames are further apart
_HINTED = 3  # parts ahead of the newest that may be asked for already
_PARTS_OF = 8  # segments whose parts stay in memory, and are listed


@dataclass
class Part:
    """A piece of a segment. `duration` in seconds; `independent` where a player may begin with it."""

    data: bytes
    duration: float
    independent: bool


@dataclass
class Segment:
    """`at` is its first sample on the timeline, `wall` the same in unix seconds; `offset` is in the track's bytes.

    `initialisation` counts from 0. `parts` is empty when the segment is old: its bytes are on disk then.
    """

    number: int
    at: float
    wall: float
    initialisation: int
    discontinuity: bool
    offset: int
    parts: list[Part] = field(default_factory=list)
    duration: float = 0.0
    size: int = 0
    complete: bool = False


class Recorder(Protocol):
    """Who keeps what a track produces, in this order."""

    def described(self, track: Track, description: Description) -> None:
        """Samples of another description follow."""

    def added(self, track: Track, segment: Segment, part: Part) -> None:
        """The next bytes of the track, and the segment that they are of."""

    def completed(self, track: Track, segment: Segment) -> None:
        """The segment has no more parts."""


class Track:
    """Everything of one rendition. Names are those of addresses: video, opus, aac."""

    def __init__(self, name: str, number: int, recorder: Recorder | None = None) -> None:
        self.name, self.number, self.recorder = name, number, recorder
        self.descriptions: list[Description] = []
        self.segments: list[Segment] = []
        self.end = 0.0  # of the last sample, on the timeline
        self.bitrate = 0  # the highest of a segment so far, bits/s
        self.forgotten_discontinuities = 0
        self.version = 0
        self._size = 0
        self._fragments = 0
        self._discontinuity = False
        self._changed = asyncio.Event()

    @property
    def current(self) -> Segment | None:
        """The segment that still grows."""
        return self.segments[-1] if self.segments and not self.segments[-1].complete else None

    @property
    def position(self) -> tuple[int, int]:
        """The segment that grows or comes next, and how many parts of it there are."""
        if current := self.current:
            return current.number, len(current.parts)
        return (self.segments[-1].number + 1 if self.segments else 0), 0

    @property
    def discontinuities(self) -> int:
        """How many there have been; the same for all tracks of a session, or players cannot match them."""
        return self.forgotten_discontinuities + sum(s.discontinuity for s in self.segments) + self._discontinuity

    def initialisation(self, index: int) -> bytes:
        """The initialisation segment of this number. Raises IndexError."""
        return initialisation({self.number: [self.descriptions[index]]})

    def describe(self, description: Description) -> None:
        """Samples of this description follow, in a new segment if it is another one than before."""
        if self.descriptions and self.descriptions[-1] == description:
            return
        self.cut()
        self.descriptions.append(description)
        if self.recorder:
            self.recorder.described(self, description)

    def interrupt(self) -> None:
        """What follows does not continue what was: another publisher, or a node that was started again."""
        self.cut()
        self._discontinuity = bool(self.segments)

    def add(self, samples: list[Sample], wall: float) -> None:
        """The next part; `wall` is when its first sample was, in unix seconds."""
        timescale = self.descriptions[-1].timescale
        at, duration = samples[0].time / timescale, sum(s.duration for s in samples) / timescale
        segment = self.current or self._begin(at, wall)
        part = Part(fragment(self.number, self._fragments, samples), duration, samples[0].key)
        self._fragments += 1
        segment.parts.append(part)
        segment.duration = at + duration - segment.at
        segment.size += len(part.data)
        self._size += len(part.data)
        self.end = at + duration
        if self.recorder:
            self.recorder.added(self, segment, part)
        self._tell()

    def cut(self) -> None:
        """Completes the segment; the next part begins another."""
        if (segment := self.current) is None:
            return
        segment.complete = True
        if segment.duration > 0.5:
            self.bitrate = max(self.bitrate, int(segment.size * 8 / segment.duration))
        if self.recorder:
            self.recorder.completed(self, segment)
            if len(self.segments) > _PARTS_OF:
                self.segments[-_PARTS_OF - 1].parts = []
        self._tell()

    def forget(self, before: float) -> None:
        """Drops segments that ended before this moment of the timeline; for tracks that nobody records."""
        while len(self.segments) > 1 and self.segments[0].at + self.segments[0].duration < before:
            self.forgotten_discontinuities += self.segments.pop(0).discontinuity

    def resume(self, descriptions: list[Description], segments: list[Segment]) -> None:
        """Goes on after what was found on disk."""
        self.descriptions, self.segments = descriptions, segments
        if segments:
            last = segments[-1]
            self._size, self.end = last.offset + last.size, last.at + last.duration
            self._fragments = 1_000 * last.number
        self.bitrate = max((int(s.size * 8 / s.duration) for s in segments if s.duration > 0.5), default=0)

    def has(self, number: int, part: int | None) -> bool:
        """Whether segment `number` is complete, or has that part; what is older is there."""
        if part is None:
            return number < self.position[0]
        return (number, part) < self.position

    def is_near(self, number: int, part: int | None) -> bool:
        """Whether this is one of the next parts: of the segment that grows, or the first of the one after it."""
        current, parts = self.position
        if number == current:
            return part is None or parts <= part < parts + _HINTED
        return number == current + 1 and part is not None and part < _HINTED

    async def wait(self, number: int, part: int | None) -> None:
        """Returns when `has` it."""
        while not self.has(number, part):
            await self._changed.wait()

    def segment(self, number: int) -> Segment | None:
        """The segment of this number, if it is kept."""
        index = number - self.segments[0].number if self.segments else -1
        return self.segments[index] if 0 <= index < len(self.segments) else None

    def _begin(self, at: float, wall: float) -> Segment:
        segment = Segment(
            number=self.position[0],
            at=at,
            wall=wall,
            initialisation=len(self.descriptions) - 1,
            discontinuity=self._discontinuity,
            offset=self._size,
        )
        self._discontinuity = False
        self.segments.append(segment)
        return segment

    def _tell(self) -> None:
        self.version += 1
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
