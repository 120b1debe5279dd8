"""Video of one source: RTP packets in, parts and segments out. Nothing is decoded."""

from __future__ import annotations

from collections.abc import Callable

from services.streaming.media.rtp import Packet

from . import boxes
from .clock import SourceClock
from .fragments import Sample
from .h264 import Depacketiser, Frame
from .reorder import Reorder
from .track import LONGEST_SEGMENT, PART_TARGET, SEGMENT_TARGET, Track

_RATE = 90_000
_ASK_AFTER = SEGMENT_TARGET - 0.3  # s into a segment: then a key frame takes a round trip, and is in time
_LONG_ENOUGH = SEGMENT_TARGET - 0.1  # s: a key frame that comes by itself, a little early, will do
_FIRST_GUESS = 1 / 30  # s that the last frame before an end lasts, when there was no other


class Video:
    """Writes a source into `track`.

    `wall` gives the unix time of a moment of the timeline, `on_cut` hears of every new segment, and
    `want_key_frame` is called where one would be good. Its owner begins the clock, with a frame that `can_begin`.
    """

    def __init__(
        self,
        track: Track,
        wall: Callable[[float], float],
        on_cut: Callable[[], None],
        want_key_frame: Callable[[], None],
    ) -> None:
        self.track, self.clock = track, SourceClock(_RATE)
        self._wall, self._on_cut, self._want_key_frame = wall, on_cut, want_key_frame
        self._order, self._frames = Reorder(), Depacketiser()
        self._pending: list[tuple[float, Frame]] = []
        self._frame_time = _FIRST_GUESS
        self._described = (b"", b"")

    def push(self, packet: Packet, now: float) -> list[Frame]:
        """Takes a packet; answers the frames that are whole now. `now` in seconds on a steady clock."""
        frames = [frame for ordered in self._order.push(packet, now) for frame in self._frames.push(ordered)]
        if self._frames.damaged:
            self._frames.damaged = False
            self._want_key_frame()
        return frames

    def can_begin(self, frame: Frame) -> bool:
        """Whether a player could begin with this frame; asks for one with which it could."""
        if frame.key and self._is_describable:
            return True
        self._want_key_frame()
        return False

    @property
    def _is_describable(self) -> bool:
        """Whether the parameter sets are here, and can be read."""
        try:
            return all(self._frames.parameters) and bool(boxes.h264(*self._frames.parameters))
        except (ValueError, IndexError):
            return False

    def add(self, frame: Frame) -> None:
        """Takes the next frame."""
        time = self.clock.time(frame.timestamp)
        if self._pending:
            last = self._pending[-1][0]
            if time <= last:
                return  # a timestamp that goes back is nobody's film
            self._frame_time = min(time - last, 1.0)
        is_new = frame.key and self._frames.parameters != self._described and self._is_describable
        self._divide(time, frame.key, is_new)
        if is_new:
            self.track.describe(boxes.h264(*self._frames.parameters))
            self._described = self._frames.parameters
        self._pending.append((time, frame))

    def end(self) -> None:
        """No more frames: what is pending is written, and the segment completed."""
        if self._pending:
            self._write(self._pending[-1][0] + self._frame_time)
        self.track.cut()

    def _divide(self, time: float, key: bool, is_new: bool) -> None:
        """Ends the part, and the segment, where this frame begins the next; so does another picture size."""
        if not self._pending:
            return
        segment = self.track.current
        age = time - (segment.at if segment else self._pending[0][0])
        if age >= _ASK_AFTER:
            self._want_key_frame()
        if is_new or (key and age >= _LONG_ENOUGH) or age >= LONGEST_SEGMENT:
            self._write(time)
            self.track.cut()
            self._on_cut()
        elif time - self._pending[0][0] + self._frame_time > PART_TARGET:
            self._write(time)

    def _write(self, end: float) -> None:
        """Writes the pending frames; the last one lasts until `end`."""
        times = [round(time * _RATE) for time, _ in self._pending] + [round(end * _RATE)]
        samples = [
            Sample(times[i], times[i + 1] - times[i], frame.data, frame.key)
            for i, (_, frame) in enumerate(self._pending)
        ]
        self.track.add(samples, self._wall(self._pending[0][0]))
        self._pending = []
