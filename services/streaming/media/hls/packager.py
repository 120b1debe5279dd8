"""One session as LL-HLS: hears a stage, and writes its sources into tracks on one timeline.

A *run* is one publisher's presence. The next run continues the timeline where the last one ended, behind a
discontinuity, so that a recording has no holes; `wall` keeps what the clock said.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial

from aiortc.rtp import RtcpSenderInfo

from services.streaming.media.forwarding import Source
from services.streaming.media.rtp import Packet
from services.streaming.media.tap import Tap

from .aac import AacRendition
from .audio import Audio, Sound
from .cues import Cue
from .film import Film
from .fragments import Sample
from .h264 import Frame
from .recording import Recording
from .track import Track
from .video import Video

_PICTURE_PATIENCE = 1.0  # s that sound waits for a picture to begin with
_NUMBERS = {"opus": 2, "aac": 3}


class Packager(Tap):
    """The tracks of a session by name, and what fills them.

    `unpackaged` names video that cannot be packaged: HLS knows no VP8.
    """

    def __init__(
        self,
        film: Film,
        recording: Recording | None = None,
        executor: Executor | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.film, self.recording = film, recording
        for track in film.tracks.values():
            track.recorder = recording
        self.unpackaged = ""
        self.start, self.start_wall = 0.0, 0.0
        self._clock, self._executor = clock, executor
        self._videos: dict[Source, Video] = {}
        self._audios: dict[Source, Audio] = {}
        self._aac: AacRendition | None = None
        self._task: asyncio.Task[None] | None = None
        self._lead: Source | None = None
        self._opened_at = 0.0

    # -- what the stage tells ---------------------------------------------------------------------

    def opened(self, source: Source) -> None:
        """A source begins."""
        if not self._videos and not self._audios:
            self._opened_at = self._clock()
            self.unpackaged = ""
        if source.kind == "audio":
            audio = self._audios[source] = Audio(self.track("opus"), self.wall)
            if self._executor:
                audio.heard = self._hear
        elif source.format.name == "H264":
            name = f"video-{source.layer}" if source.layer else "video"
            want_key_frame = source.key_frames.want
            self._videos[source] = Video(self.track(name), self.wall, partial(self._cut, source), want_key_frame)
            want_key_frame()
        else:
            self.unpackaged = source.format.name

    def packet(self, source: Source, packet: Packet) -> None:
        """One packet."""
        now = self._clock()
        if video := self._videos.get(source):
            for frame in video.push(packet, now):
                self._show(source, video, frame, now)
        elif audio := self._audios.get(source):
            for sound in audio.push(packet, now):
                self._play(source, audio, sound, now)

    def reported(self, source: Source, info: RtcpSenderInfo) -> None:
        """How the clocks of the sources belong together."""
        if writer := self._videos.get(source) or self._audios.get(source):
            writer.clock.report(info)

    def closed(self, source: Source) -> None:
        """The source has ended."""
        if video := self._videos.pop(source, None):
            video.end()
        if audio := self._audios.pop(source, None):
            audio.cut()
            if self._aac:
                self._aac.cut()
        if source is self._lead:
            self._lead = None
            for writer in self._writers:
                writer.clock.reset()  # until another run begins

    # -- the timeline -----------------------------------------------------------------------------

    def wall(self, at: float) -> float:
        """The unix time of a moment of this run."""
        return self.start_wall + at - self.start

    def at(self, wall: float) -> float:
        """The moment of the timeline that is this unix time, as far as this run goes."""
        return max(self.start, self.start + wall - self.start_wall)

    def track(self, name: str) -> Track:
        """The track of this name, made when it is not there."""
        if name not in self.film.tracks:
            track = self.film.tracks[name] = Track(name, _NUMBERS.get(name, 1), self.recording)
            track.forgotten_discontinuities = max(t.discontinuities for t in self.film.tracks.values())
        return self.film.tracks[name]

    @property
    def is_on(self) -> bool:
        """Whether somebody is on stage."""
        return bool(self._videos or self._audios)

    @property
    def is_ready(self) -> bool:
        """Whether everything that is on stage can be played, so that a player learns of all of it."""
        wanted = [writer.track for writer in self._writers]
        has_aac = not (self._audios and self._executor) or (self._aac and self._aac.track.segments)
        return bool(wanted) and all(track.segments for track in wanted) and bool(has_aac)

    def caption(self, language: str, start: float, end: float, text: str) -> None:
        """Adds words that are shown between these two moments (unix seconds)."""
        cue = Cue(language, self.at(start), self.at(end), text)
        self.film.caption(cue, start)
        if self.recording:
            self.recording.captioned(cue)

    def forget(self, window: float) -> None:
        """What nobody records is kept for `window` seconds only."""
        if self.recording is None:
            for track in self.film.tracks.values():
                track.forget(track.end - window)

    def close(self, ended: bool) -> None:
        """Completes everything; for good, if the session has ended."""
        for source in [*self._videos, *self._audios]:
            self.closed(source)
        if self._aac and self._task:
            self._aac.finish()
            self._task.cancel()
        if self.recording:
            self.recording.close(ended)

    # -- how a run begins and goes on -------------------------------------------------------------

    def _show(self, source: Source, video: Video, frame: Frame, now: float) -> None:
        if not video.clock.is_begun:
            if not video.can_begin(frame):
                return
            video.clock.begin(frame.timestamp, self._begin_at(source, now))
        video.add(frame)

    def _play(self, source: Source, audio: Audio, sound: Sound, now: float) -> None:
        if not audio.clock.is_begun:
            if self._lead is None and not self.unpackaged and now - self._opened_at < _PICTURE_PATIENCE:
                return  # the picture comes first
            audio.clock.begin(sound.timestamp, self._begin_at(source, now))
        audio.add(sound)
        if source is self._lead and audio.is_segment_long:
            self._cut(source)

    def _begin_at(self, source: Source, now: float) -> float:
        """Where a source that begins now is on the timeline; the first one begins the run."""
        if self._lead is None:
            self._lead = source
            for track in self.film.tracks.values():
                track.interrupt()
            self.start = max((track.end for track in self.film.tracks.values()), default=0.0)
            self.start_wall = now
        return self.at(now)

    def _cut(self, source: Source) -> None:
        """Ends the segments of the sound with those of the lead, and lets the others catch up with it there."""
        if source is not self._lead:
            return
        lead = next(writer for writer in (self._videos.get(source), self._audios.get(source)) if writer)
        for audio in self._audios.values():
            audio.cut()
        for writer in self._writers:
            writer.clock.move(writer.clock.shift_to(lead.clock))
        if self._aac:
            self._aac.cut()

    @property
    def _writers(self) -> list[Video | Audio]:
        return [*self._videos.values(), *self._audios.values()]

    def _hear(self, samples: list[Sample], wall: float) -> None:
        if self._aac is None:
            assert self._executor
            self._aac = AacRendition(self.track("aac"), self._executor)
            self._task = asyncio.create_task(self._aac.run(), name=f"aac {self.film.session_id}")
        self._aac.hear(samples, wall)
