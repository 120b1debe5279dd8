"""A session that is packaged in this process, as fast as it can be: no node, no network, no waiting."""

from __future__ import annotations

import io
from functools import cache
from types import SimpleNamespace

import av

from services.streaming.media.hls.film import Film
from services.streaming.media.hls.packager import Packager
from services.streaming.media.rtp import Packet
from tests.integration.media import encoded_media

EPOCH = 1_795_000_000.0


class FakeSource:
    """A source as the packager sees it."""

    def __init__(self, kind, name, layer=""):
        self.kind, self.layer, self.wishes = kind, layer, 0
        self.format = SimpleNamespace(name=name)
        self.key_frames = SimpleNamespace(want=self._want)
        self.index = 70_000

    def _want(self):
        self.wishes += 1

    def packet(self, timestamp, payload, marker=False):
        """The next packet."""
        self.index += 1
        packet = Packet(96, self.index & 0xFFFF, (timestamp + 4_294_960_000) & 0xFFFFFFFF, 1, payload, marker)
        packet.index = self.index
        return packet


@cache
def film(size="320x180", gop=60):
    """Six seconds of picture and sound."""
    return encoded_media.h264(6, size, gop=gop), encoded_media.opus(6)


class Scene:
    """Plays film to a packager, with a clock that runs as fast as it can."""

    def __init__(self, recording=None):
        self.now = EPOCH
        played = Film("session-1", recording.folder if recording else None)
        self.packager = Packager(played, recording, clock=lambda: self.now)
        self.video, self.audio = FakeSource("video", "H264"), FakeSource("audio", "opus")

    def play(self, seconds, frames=film, lose=(), with_video=True):
        """`lose` are numbers of frames whose first packet is lost."""
        pictures, sounds = frames()
        began, sound = self.now, 0
        for source in (self.audio, self.video)[: 2 if with_video else 1]:
            self.packager.opened(source)
        for i in range(round(seconds * 30)):
            self.now = began + i / 30
            while sound * 0.02 <= i / 30:
                self.packager.packet(self.audio, self.audio.packet(sound * 960, sounds[sound]))
                sound += 1
            payloads = list(encoded_media.payloads(pictures[i])) if with_video else []
            for j, payload in enumerate(payloads):
                packet = self.video.packet(i * 3_000, payload, j == len(payloads) - 1)
                if i not in lose or j:
                    self.packager.packet(self.video, packet)

    def stop(self):
        """The publisher leaves."""
        for source in (self.video, self.audio):
            self.packager.closed(source)

    def decoded(self, name, index=0):
        """How many frames PyAV decodes of a track, and the start of the first (s)."""
        track = self.packager.film.tracks[name]
        segments = [s for s in track.segments if s.initialisation == index]
        data = track.initialisation(index) + b"".join(p.data for s in segments for p in s.parts)
        with av.open(io.BytesIO(data)) as container:
            frames = list(container.decode(container.streams[0]))
        return len(frames), frames[0].time
