"""From RTP timestamps of a source to seconds on the timeline of its session."""

from __future__ import annotations

from aiortc.rtp import RtcpSenderInfo

from services.streaming.media.rtp import unroll

_SMALLEST_SHIFT = 0.010  # s: what nobody hears is left alone
_LARGEST_SHIFT = 2.0  # s: a report that is further off lies


class SourceClock:
    """Begins at `start` (s) with the first timestamp it is asked for, and goes on as the sender's clock does.

    Two sources of one publisher begin as their packets happen to arrive. Sender reports tell how they belong
    together; `shift_to` then says by how much this one is off.
    """

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._first: int | None = None
        self._newest = 0
        self._start = 0.0
        self._report: tuple[float, int] | None = None  # NTP time (s), unrolled timestamp

    @property
    def is_begun(self) -> bool:
        """Whether it can tell the time."""
        return self._first is not None

    def begin(self, timestamp: int, start: float) -> None:
        """`timestamp` is at `start`."""
        self._first = self._newest = timestamp
        self._start = start

    def reset(self) -> None:
        """It does not tell the time any more, until it is begun again."""
        self._first = self._report = None

    def time(self, timestamp: int) -> float:
        """Where `timestamp` is."""
        assert self._first is not None
        self._newest = unroll(timestamp, self._newest, 32)
        return self._start + (self._newest - self._first) / self.rate

    def report(self, info: RtcpSenderInfo) -> None:
        """Takes what the sender says of its clock."""
        if self._first is not None:
            seconds = info.ntp_timestamp / 2**32
            self._report = seconds, unroll(info.rtp_timestamp, self._newest, 32)

    def shift_to(self, lead: SourceClock) -> float:
        """By how many seconds this one must be moved to be with `lead`; 0 while unknown, or where all is well."""
        if self._report is None or lead._report is None:
            return 0.0
        shift = (lead._zero() + self._report[0] - lead._report[0]) - self._zero()
        return shift if _SMALLEST_SHIFT < abs(shift) < _LARGEST_SHIFT else 0.0

    def move(self, seconds: float) -> None:
        """Moves all that follows."""
        self._start += seconds

    def _zero(self) -> float:
        """Where the timestamp of the report is."""
        assert self._first is not None
        assert self._report is not None
        return self._start + (self._report[1] - self._first) / self.rate
