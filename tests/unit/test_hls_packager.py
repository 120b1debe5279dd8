"""From a stage's packets to segments: what begins and ends them, and how sound and picture stay together."""

from __future__ import annotations

import asyncio
import io

import av
import pytest
from aiortc.rtp import RtcpSenderInfo

from services.streaming.media.hls.download import mp4
from tests.integration.media.scene import EPOCH, FakeSource, Scene, film


def test_segments_and_parts():
    """Two seconds from key frame to key frame, in parts of 200 ms; what PyAV decodes is what was sent."""
    scene = Scene()
    scene.play(6)
    scene.stop()
    video, opus = scene.packager.film.tracks["video"], scene.packager.film.tracks["opus"]
    assert [(s.number, round(s.duration, 3), len(s.parts)) for s in video.segments] == [
        (0, 2.0, 10),
        (1, 2.0, 10),
        (2, 2.0, 10),
    ]
    assert all(part.independent == (i == 0) for s in video.segments for i, part in enumerate(s.parts))
    assert [s.number for s in opus.segments] == [0, 1, 2]
    assert scene.decoded("video") == (180, 0.0)
    assert scene.decoded("opus")[0] >= 298
    assert video.segments[1].wall == pytest.approx(EPOCH + 2.0, abs=0.05)


def test_parts_are_within_their_target():
    """No part is longer than is promised, and none but the last of a segment much shorter."""
    scene = Scene()
    scene.play(6)
    for track in scene.packager.film.tracks.values():
        parts = [part.duration for segment in track.segments for part in segment.parts[:-1]]
        assert all(0.85 * 0.21 <= duration <= 0.21 for duration in parts), track.name


def test_key_frame_is_asked_for_in_time():
    """A publisher with rare key frames is asked before the segment should end, and cut at four seconds anyway."""
    scene = Scene()
    scene.play(6, frames=lambda: film(gop=180))
    assert scene.video.wishes > 5
    assert scene.packager.film.tracks["video"].segments[0].duration == pytest.approx(4.0, abs=0.05)


def test_another_publisher_continues_the_timeline():
    """Ten minutes later somebody else is on stage: a discontinuity, no hole, and the clock's time with it."""
    scene = Scene()
    scene.play(3)
    scene.stop()
    scene.now += 600
    scene.video, scene.audio = FakeSource("video", "H264"), FakeSource("audio", "opus")
    scene.play(3, frames=lambda: film("640x360"))
    scene.stop()
    for name in ("video", "opus"):
        segments = scene.packager.film.tracks[name].segments
        assert [s.discontinuity for s in segments] == [False, False, True, False], name
    after = scene.packager.film.tracks["video"].segments[2]
    assert after.at == pytest.approx(3.0, abs=0.1)
    assert after.wall == pytest.approx(EPOCH + 603, abs=0.2)
    assert [d.width for d in scene.packager.film.tracks["video"].descriptions] == [320, 640]


def test_lost_frame_costs_itself_only():
    """The picture goes on, and a key frame is asked for."""
    scene = Scene()
    scene.play(6, lose={70})
    before = scene.video.wishes
    scene.stop()
    assert before >= 2
    assert scene.decoded("video")[0] == 179


def test_sender_reports_put_sound_where_it_belongs():
    """Sound that arrived 80 ms too early is moved at the next segment, to be with the picture."""
    scene = Scene()
    scene.play(1.9)
    for source, late in ((scene.video, 0.0), (scene.audio, 0.08)):
        rate = 90_000 if source is scene.video else 48_000
        info = RtcpSenderInfo(
            ntp_timestamp=int((3_900_000_000 + late) * 2**32),
            rtp_timestamp=(rate + 4_294_960_000) & 0xFFFFFFFF,
            packet_count=0,
            octet_count=0,
        )
        scene.packager.reported(source, info)
    writer = next(iter(scene.packager._audios.values()))
    scene.packager._cut(scene.video)
    assert writer.clock.time((48_000 + 4_294_960_000) & 0xFFFFFFFF) == pytest.approx(1.08, abs=0.001)


def test_sound_alone():
    """Without a picture the sound waits a second for one, then makes its own segments."""
    scene = Scene()
    scene.play(6, with_video=False)
    scene.stop()
    segments = scene.packager.film.tracks["opus"].segments
    assert [round(s.duration, 1) for s in segments[:2]] == [2.0, 2.0]
    assert list(scene.packager.film.tracks) == ["opus"]


def test_vp8_is_said_not_packaged():
    """HLS knows no VP8: the sound is packaged at once, and the session says why there is no picture."""
    scene = Scene()
    scene.video = FakeSource("video", "VP8")
    scene.play(3)
    assert scene.packager.unpackaged == "VP8"
    assert list(scene.packager.film.tracks) == ["opus"]


def test_download_is_one_file():
    """Two picture sizes in one MP4: PyAV decodes all frames of both, in time."""

    async def collect():
        return b"".join([piece async for piece in mp4(scene.packager.film)])

    scene = Scene()
    scene.play(3)
    scene.stop()
    scene.video, scene.audio = FakeSource("video", "H264"), FakeSource("audio", "opus")
    scene.play(3, frames=lambda: film("640x360"))
    scene.stop()
    with av.open(io.BytesIO(asyncio.run(collect()))) as container:
        assert [stream.codec_context.name for stream in container.streams] == ["h264", "opus"]
        frames = list(container.decode(video=0))
    assert len(frames) == 180
    assert {frame.width for frame in frames} == {320, 640}
    assert frames[-1].time == pytest.approx(6.0, abs=0.15)
