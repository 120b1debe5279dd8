"""Real H.264 and Opus for tests and benchmarks, encoded once by PyAV, and the RTP packets that carry them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from fractions import Fraction

import av
from av.filter import Graph

FRAME_RATE = 30
_MTU = 1_100  # bytes of an RTP payload


def h264(seconds: float, size: str = "320x180", bitrate: int = 300_000, gop: int = 60) -> list[list[bytes]]:
    """Frames of a test picture, each as its NAL units. Every `gop` frames a key frame, with parameter sets."""
    encoder = av.VideoCodecContext.create("libx264", "w")
    encoder.width, encoder.height = (int(part) for part in size.split("x"))
    encoder.pix_fmt, encoder.framerate, encoder.time_base = (
        "yuv420p",
        Fraction(FRAME_RATE),
        Fraction(1, FRAME_RATE),
    )
    encoder.bit_rate, encoder.gop_size = bitrate, gop
    parameters = f"keyint={gop}:min-keyint={gop}:scenecut=0:annexb=1:repeat-headers=1"
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "x264-params": parameters}
    encoder.profile = "Baseline"
    frames = []
    for i, frame in enumerate(_pulled("testsrc2", f"size={size}:rate={FRAME_RATE}", "yuv420p", seconds)):
        frame.pts, frame.time_base, frame.pict_type = i, Fraction(1, FRAME_RATE), 0
        frames += [_units(bytes(packet)) for packet in encoder.encode(frame)]
    return frames + [_units(bytes(packet)) for packet in encoder.encode(None)]


def opus(seconds: float) -> list[bytes]:
    """Packets of 20 ms of a tone."""
    encoder = av.AudioCodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format, encoder.bit_rate = 48_000, "stereo", "s16", 48_000
    resampler = av.AudioResampler(format="s16", layout="stereo", rate=48_000, frame_size=960)
    packets, samples = [], 0
    graph = Graph()
    source, sink = graph.add("sine", "frequency=440:sample_rate=48000"), graph.add("abuffersink")
    source.link_to(sink)
    graph.configure()
    while len(packets) < seconds * 50:
        pulled = graph.pull()
        for frame in resampler.resample(pulled):
            frame.pts, frame.time_base = samples, Fraction(1, 48_000)
            samples += frame.samples
            packets += [bytes(packet) for packet in encoder.encode(frame)]
    return packets


def payloads(units: list[bytes]) -> Iterator[bytes]:
    """The RTP payloads of one frame (RFC 6184): parameter sets together, large units in fragments."""
    small = [unit for unit in units if unit[0] & 0x1F in (7, 8)]
    if small:
        yield b"\x78" + b"".join(struct.pack("!H", len(unit)) + unit for unit in small)
    for unit in units:
        if unit in small:
            continue
        if len(unit) <= _MTU:
            yield unit
            continue
        body = unit[1:]
        for start in range(0, len(body), _MTU):
            flags = (0x80 if start == 0 else 0) | (0x40 if start + _MTU >= len(body) else 0)
            yield bytes([unit[0] & 0xE0 | 28, flags | unit[0] & 0x1F]) + body[start : start + _MTU]


def _pulled(source: str, arguments: str, format_: str, seconds: float) -> Iterator[av.VideoFrame]:
    graph = Graph()
    chain = [graph.add(source, arguments), graph.add("format", format_), graph.add("buffersink")]
    chain[0].link_to(chain[1])
    chain[1].link_to(chain[2])
    graph.configure()
    for _ in range(round(seconds * FRAME_RATE)):
        yield graph.pull()


def _units(stream: bytes) -> list[bytes]:
    """The NAL units of a byte stream (ITU-T H.264, annex B), without the access unit delimiters."""
    found = [part.rstrip(b"\0") for part in stream.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")]
    return [unit for unit in found if unit and unit[0] & 0x1F not in (6, 9)]
