"""What is published in every benchmark: 720p at 30 frames a second, H264 at 1.2 Mbps, and Opus; 200 packets/s.

Encoded once, kept, and packed for RTP by aiortc's own packetiser.
"""

from __future__ import annotations

import pickle
import tempfile
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from aiortc.codecs.h264 import H264Encoder
from av.filter import Graph

SECONDS = 10
FRAMES_A_SECOND = 30
PACKETS_A_SECOND = 200  # 149.6 of video, 50 of audio
_OPUS_FRAME = 960  # samples: 20 ms
_H264 = {
    "preset": "veryfast",
    "tune": "zerolatency",
    "maxrate": "1200k",
    "bufsize": "1200k",
    "x264-params": "keyint=60:scenecut=0:annexb=1:repeat-headers=1:bframes=0",
}


@dataclass(frozen=True)
class Stream:
    """Payloads of RTP packets: `video` by frame, 30 a second; `audio` one for every 20 ms."""

    video: list[list[bytes]]
    audio: list[bytes]


def stream() -> Stream:
    """The stream, encoded the first time and read from a file after."""
    kept = Path(tempfile.gettempdir()) / "subvenue-benchmarks" / "stream-1.pickle"
    if kept.exists():
        return pickle.loads(kept.read_bytes())
    made = Stream(_video(), _audio())
    kept.parent.mkdir(exist_ok=True)
    kept.write_bytes(pickle.dumps(made))
    return made


def _video() -> list[list[bytes]]:
    frames = _pictures()
    codec = av.CodecContext.create("libx264", "w")
    codec.width, codec.height, codec.pix_fmt = 1280, 720, "yuv420p"
    codec.framerate, codec.time_base = Fraction(FRAMES_A_SECOND), Fraction(1, FRAMES_A_SECOND)
    codec.bit_rate, codec.profile, codec.options = 1_200_000, "Baseline", _H264
    encoded = []
    for i in range(SECONDS * FRAMES_A_SECOND):
        frame = frames.pull()
        frame.pts, frame.time_base, frame.pict_type = i, codec.time_base, 0
        encoded += codec.encode(frame)
    encoded += codec.encode(None)
    return [H264Encoder._packetize(H264Encoder._split_bitstream(bytes(packet))) for packet in encoded]


def _pictures() -> Graph:
    return _graph(
        ("testsrc2", f"size=1280x720:rate={FRAMES_A_SECOND}"),
        ("noise", "alls=6:allf=t"),
        ("format", "yuv420p"),
        ("buffersink", None),
    )


def _audio() -> list[bytes]:
    codec = av.CodecContext.create("libopus", "w")
    codec.sample_rate, codec.layout, codec.format, codec.bit_rate = 48_000, "stereo", "s16", 48_000
    sounds = _graph(
        ("sine", "frequency=440:beep_factor=4:sample_rate=48000"),
        ("aformat", "sample_fmts=s16:channel_layouts=stereo"),
        ("asetnsamples", str(_OPUS_FRAME)),
        ("abuffersink", None),
    )
    encoded = []
    for _ in range(SECONDS * 50):
        encoded += codec.encode(sounds.pull())
    return [bytes(packet) for packet in encoded]


def _graph(*steps: tuple[str, str | None]) -> Graph:
    graph = Graph()
    graph.link_nodes(*(graph.add(name, options) for name, options in steps)).configure()
    return graph
