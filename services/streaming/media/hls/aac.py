"""AAC of a session's sound, for players without Opus (iOS before 17). Made once, however many listen.

The only thing of the node that is decoded and encoded. It happens in a thread, so that the event loop never waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from fractions import Fraction
from typing import TypeVar

import av

from . import opus
from .boxes import aac_audio
from .fragments import Sample
from .track import Track

_BITRATE = 96_000
_PART = 9  # frames of 1,024 samples: 192 ms
_LARGEST_SLIP = 960  # samples that may be missing before the encoder begins anew
_MOST_WAITING = 100  # parts of 200 ms; an encoder that is so late has no time for the rest

_Answer = TypeVar("_Answer")
_Work = tuple[list[Sample], float] | None


class Encoder:
    """Opus packets in, AAC frames out, on the same timeline (in samples of 48 kHz)."""

    def __init__(self) -> None:
        self._expected: int | None = None
        self._end = 0
        self._begin()

    @property
    def configuration(self) -> bytes:
        """The AudioSpecificConfig."""
        return bytes(self._encoder.extradata or b"")

    def feed(self, samples: list[Sample]) -> list[Sample]:
        """What is encoded now. After a gap the encoder begins anew at the right place."""
        encoded: list[Sample] = []
        for sample in samples:
            if self._expected is None or abs(sample.time - self._expected) > _LARGEST_SLIP:
                encoded += self._taken(self._encoder.encode(None)) if self._expected is not None else []
                self._begin()
                self._expected = sample.time
            packet = av.Packet(sample.data)
            packet.pts, packet.time_base = self._expected, Fraction(1, opus.RATE)
            for decoded in self._decoder.decode(packet):
                decoded.pts = self._expected
                self._expected += decoded.samples
                for frame in self._frames.resample(decoded):
                    encoded += self._taken(self._encoder.encode(frame))
        return encoded

    def _begin(self) -> None:
        self._decoder = av.AudioCodecContext.create("opus", "r")
        self._decoder.sample_rate, self._decoder.layout = opus.RATE, "stereo"
        self._decoder.extradata = opus.head(2)
        self._encoder = av.AudioCodecContext.create("aac", "w")
        self._encoder.sample_rate, self._encoder.layout = opus.RATE, "stereo"
        self._encoder.format = "fltp"
        self._encoder.bit_rate, self._encoder.time_base = _BITRATE, Fraction(1, opus.RATE)
        self._encoder.open()
        self._frames = av.AudioResampler(format="fltp", layout="stereo", rate=opus.RATE, frame_size=1024)

    def _taken(self, packets: list[av.Packet]) -> list[Sample]:
        """The packets as samples, without those of the encoder's run-up: they are before the beginning."""
        samples = []
        for packet in packets:
            if packet.pts is not None and packet.pts >= self._end:
                samples.append(Sample(packet.pts, 1024, bytes(packet)))
                self._end = packet.pts + 1024
        return samples


class AacRendition:
    """Writes the AAC of what it hears into `track`. Runs as a task; parts come in order, a little later."""

    def __init__(self, track: Track, executor: Executor) -> None:
        self.track = track
        self._executor = executor
        self._work: asyncio.Queue[_Work] = asyncio.Queue()
        self._pending: list[Sample] = []
        self._reference = (0, 0.0)  # a time in samples, and the unix time of it

    def hear(self, samples: list[Sample], wall: float) -> None:
        """Takes Opus samples, the first of which was at `wall`."""
        if self._work.qsize() < _MOST_WAITING:
            self._work.put_nowait((samples, wall))

    def cut(self) -> None:
        """Completes the segment, when what came before is encoded."""
        self._work.put_nowait(None)

    def finish(self) -> None:
        """Completes the segment with what is encoded by now."""
        self._write()
        self.track.cut()

    async def run(self) -> None:
        """Encodes until cancelled."""
        encoder = await self._elsewhere(Encoder)
        self.track.describe(aac_audio(encoder.configuration))
        while True:
            work = await self._work.get()
            if work is None:
                self._write()
                self.track.cut()
                continue
            samples, wall = work
            self._reference = samples[0].time, wall
            for sample in await self._elsewhere(encoder.feed, samples):
                self._take(sample)

    def _take(self, sample: Sample) -> None:
        pending = self._pending
        if pending and sample.time != pending[-1].time + pending[-1].duration:
            self._write()  # after a gap
        self._pending.append(sample)
        if len(self._pending) == _PART:
            self._write()

    def _write(self) -> None:
        if self._pending:
            samples, self._pending = self._pending, []
            time, wall = self._reference
            self.track.add(samples, wall + (samples[0].time - time) / opus.RATE)

    async def _elsewhere(self, work: Callable[..., _Answer], *arguments: object) -> _Answer:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work, *arguments)
