"""FFmpeg's own WHIP muxer publishes: a client that nobody here wrote (it comes with PyAV)."""

from __future__ import annotations

import asyncio
import threading
import time
from fractions import Fraction

import av
import pytest
from aiortc import RTCCertificate
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.integration.media.room import Room
from tests.integration.media.rtp_peers import in_event_loop, until

RATE = 25


@pytest.fixture
def certificate(tmp_path):
    """Options with a P-256 certificate: FFmpeg over GnuTLS would make one on P-224, which OpenSSL refuses."""
    made = RTCCertificate.generateCertificate()
    key, pem = tmp_path / "key.pem", tmp_path / "certificate.pem"
    key.write_bytes(made._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    pem.write_bytes(made._cert.public_bytes(Encoding.PEM))
    return {"key_file": str(key), "cert_file": str(pem)}


def publish(url, options, stop):
    """Encodes and sends H264 and Opus in real time until told to stop; then leaves as FFmpeg does."""
    with av.open(url, "w", format="whip", options=options) as out:
        video = out.add_stream(
            "libx264", rate=RATE, options={"preset": "ultrafast", "tune": "zerolatency", "bf": "0"}
        )
        video.width, video.height, video.pix_fmt, video.profile = 320, 180, "yuv420p", "Baseline"
        audio = out.add_stream("libopus", rate=48_000, options={"b": "48000"})
        audio.layout = "stereo"
        began, i = time.monotonic(), 0
        while not stop.is_set():
            picture = av.VideoFrame(320, 180, "yuv420p")
            sound = av.AudioFrame("s16", "stereo", 48_000 // RATE)
            for frame, stream, rate in ((picture, video, RATE), (sound, audio, 48_000)):
                for plane in frame.planes:
                    plane.update(bytes([i & 0x7F]) * plane.buffer_size)
                frame.pts, frame.time_base = i * rate // RATE, Fraction(1, rate)
                if stream is audio:
                    frame.sample_rate = rate
                out.mux(stream.encode(frame))
            i += 1
            time.sleep(max(0.0, began + i / RATE - time.monotonic()))


@in_event_loop
async def test_ffmpeg_publishes(node, session_id, certificate):
    """H264 and Opus reach a viewer, and the stage closes when FFmpeg leaves."""
    url = f"{node.url}/sessions/{session_id}/whip"
    options = certificate | {"authorization": node.token(session_id, "publish")}
    stop = threading.Event()
    publishing = asyncio.create_task(asyncio.to_thread(publish, url, options, stop))
    async with Room(node, session_id) as room:
        try:
            await until(lambda: node.events("media.stage_opened.v1", session_id) or publishing.done(), "it opens")
            viewer = await room.viewer(codec="H264")
            await until(lambda: len(viewer.video) > 10 or publishing.done(), "video arrives")
            audio = viewer.payload_type("audio")
            assert any(packet.payload_type == audio for packet in viewer.packets)
            assert viewer.video[0].payload[0] & 0x1F in (5, 7, 24, 28)
        finally:
            stop.set()
            await publishing
        await until(lambda: node.events("media.stage_closed.v1", session_id), "the stage closes", timeout=3)
