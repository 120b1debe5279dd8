"""Playlists say what there is, what comes next, and what a player may leave out."""

from __future__ import annotations

import asyncio

import pytest

from services.streaming.media.hls.boxes import Description, opus_audio
from services.streaming.media.hls.cues import Cue, webvtt
from services.streaming.media.hls.fragments import Sample
from services.streaming.media.hls.playlists import SKIP_UNTIL, live_playlist, main_playlist, whole_playlist
from services.streaming.media.hls.track import Track

PICTURE = Description("avc1.42c01f", b"entry", 90_000, 1280, 720)
WALL = 1_795_000_000.0


def a_track(segments, parts=10, name="video"):
    """A track of full segments, and `parts` parts of one more."""
    track = Track(name, 1)
    track.describe(PICTURE if name == "video" else opus_audio())
    timescale = track.descriptions[0].timescale
    for number in range(segments * 10 + parts):
        if number and number % 10 == 0:
            track.cut()
        time = number * timescale // 5
        track.add([Sample(time, timescale // 5, b"frame", key=number % 10 == 0)], WALL + number / 5)
    return track


def test_live_playlist_of_a_young_session():
    """Every line, once: a complete segment, a growing one, and the part that comes next."""
    assert live_playlist(a_track(1, parts=2), 600.0).splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:9",
        "#EXT-X-TARGETDURATION:4",
        "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=0.630,CAN-SKIP-UNTIL=24.0",
        "#EXT-X-PART-INF:PART-TARGET=0.21",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-DISCONTINUITY-SEQUENCE:0",
        '#EXT-X-MAP:URI="init-0.mp4"',
        "#EXT-X-PROGRAM-DATE-TIME:2026-11-18T11:06:40.000Z",
        '#EXT-X-PART:DURATION=0.20000,URI="0.0.m4s",INDEPENDENT=YES',
        *[f'#EXT-X-PART:DURATION=0.20000,URI="0.{i}.m4s"' for i in range(1, 10)],
        "#EXTINF:2.00000,",
        "0.m4s",
        "#EXT-X-PROGRAM-DATE-TIME:2026-11-18T11:06:42.000Z",
        '#EXT-X-PART:DURATION=0.20000,URI="1.0.m4s",INDEPENDENT=YES',
        '#EXT-X-PART:DURATION=0.20000,URI="1.1.m4s"',
        '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="1.2.m4s"',
    ]


def test_hint_after_a_cut_is_the_next_segment():
    """When a segment is complete, the first part of the next is hinted."""
    track = a_track(0, parts=4)
    track.cut()
    assert live_playlist(track, 600.0).splitlines()[-1] == '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="1.0.m4s"'


def test_window_moves():
    """What is older than the window is gone from the playlist, and the sequence says so."""
    text = live_playlist(a_track(100), 60.0)
    assert "#EXT-X-MEDIA-SEQUENCE:71" in text
    assert text.count("#EXTINF") == 29
    assert '#EXT-X-MAP:URI="init-0.mp4"' in text


def test_update_leaves_out_what_a_player_has():
    """A delta update skips what is further back than CAN-SKIP-UNTIL, and is much shorter."""
    track = a_track(290)
    whole, update = live_playlist(track, 600.0), live_playlist(track, 600.0, skip=True)
    skipped = int(update.partition("SKIPPED-SEGMENTS=")[2].splitlines()[0])
    assert skipped == (582 - SKIP_UNTIL) / 2 - 1
    assert whole.count("#EXTINF") == skipped + update.count("#EXTINF")
    assert "#EXT-X-MAP" not in update
    assert len(update) < len(whole) / 4


def test_discontinuity_brings_its_description():
    """Another publisher: a discontinuity, and the initialisation that belongs to it."""
    track = a_track(1, parts=0)
    track.interrupt()
    track.describe(Description("avc1.64001f", b"other", 90_000, 640, 360))
    track.add([Sample(200_000, 18_000, b"frame")], WALL + 100)
    lines = live_playlist(track, 600.0).splitlines()
    at = lines.index("#EXT-X-DISCONTINUITY")
    assert lines[at + 1 : at + 3] == [
        '#EXT-X-MAP:URI="init-1.mp4"',
        "#EXT-X-PROGRAM-DATE-TIME:2026-11-18T11:08:20.000Z",
    ]
    assert track.discontinuities == 1


def test_renditions_report_each_other():
    """A player that changes from picture to sound knows where the sound is."""
    video, opus = a_track(1, parts=2), a_track(1, parts=3, name="opus")
    text = live_playlist(video, 600.0, [video, opus])
    assert '#EXT-X-RENDITION-REPORT:URI="../opus/live.m3u8",LAST-MSN=1,LAST-PART=2' in text
    assert "../video/" not in text


def test_whole_playlist_ends():
    """Replay: all complete segments, no parts, and an end."""
    text = whole_playlist(a_track(3, parts=5))
    assert text.count("#EXTINF") == 3
    assert "EXT-X-PART" not in text
    assert text.endswith("#EXT-X-ENDLIST\n")


def test_main_playlist_names_every_way_to_play():
    """The picture with either sound, then either sound alone; codecs as RFC 6381 and Apple spell them."""
    tracks = {"video": a_track(1), "opus": a_track(1, name="opus"), "aac": a_track(1, name="aac")}
    text = main_playlist(tracks, "live", ["en", "zh-CN"])
    streams = [line for line in text.splitlines() if line.startswith("#EXT-X-STREAM-INF")]
    assert ['CODECS="avc1.42c01f,opus"' in line for line in streams] == [True, True, False, False]
    assert all('SUBTITLES="captions"' in line for line in streams)
    assert 'TYPE=AUDIO,GROUP-ID="aac"' in text
    assert 'LANGUAGE="zh-CN"' in text
    assert text.count("RESOLUTION=1280x720") == 2


@pytest.mark.parametrize(("number", "part"), [(1, 2), (1, None), (2, 0)])
def test_reload_waits_for_what_it_asks(number, part):
    """A blocked request is answered by the very part or segment that it waits for, and not before."""

    async def scene():
        track = a_track(1, parts=2)
        waiting = asyncio.create_task(track.wait(number, part))
        await asyncio.sleep(0)
        for step in range(20, 40):
            if track.has(number, part):
                break
            assert not waiting.done()
            if step == 28:
                track.cut()
            track.add([Sample(step * 18_000, 18_000, b"frame")], WALL + step / 5)
            await asyncio.sleep(0)
        await asyncio.wait_for(waiting, 1)

    asyncio.run(scene())


def test_part_beyond_the_end_of_a_segment_is_answered_by_the_next():
    """A segment that ended early does not leave a player waiting for a part that never comes."""
    track = a_track(0, parts=4)
    assert not track.has(0, 4)
    track.cut()
    assert track.has(0, 4)


def test_captions_are_no_markup():
    """Text stays text, one line break stays one, and only what is shown in the segment is there."""
    cues = [Cue("en", 1.0, 3.5, "a < b --> c\n\nnext"), Cue("en", 8.0, 9.0, "later")]
    assert webvtt(cues, 2.0, 4.0) == (
        "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n\n"
        "00:00:01.000 --> 00:00:03.500\na &lt; b --&gt; c\nnext\n"
    )
