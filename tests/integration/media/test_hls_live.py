"""A session as LL-HLS: published by WHIP, fetched over HTTP, decoded by FFmpeg (in PyAV)."""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import asynccontextmanager
from functools import cache

from tests.integration.media import encoded_media
from tests.integration.media.audience import Audience
from tests.integration.media.projector import Projector
from tests.integration.media.room import Room
from tests.integration.media.rtp_peers import Camera, in_event_loop, until


@cache
def film():
    """Four seconds of picture and sound."""
    return encoded_media.h264(4), encoded_media.opus(4)


@asynccontextmanager
async def on_air(node, session_id, video=True):
    """A room with a projector that runs, and an audience that has entered."""
    async with Room(node, session_id) as room:
        kinds = ("audio", "video") if video else ("audio",)
        client = await room.publisher(codec="H264", kinds=kinds)
        pictures, sounds = film()
        show = asyncio.create_task(Projector(client, pictures if video else [], sounds).run())
        audience = Audience(room.http, node, session_id)
        try:
            await until(lambda: entered(audience), "the session is packaged")
            yield room, audience
        finally:
            show.cancel()


async def entered(audience):
    """Whether the session can be played."""
    return (await audience.enter()).status == 200


async def segments(audience, count, track="video"):
    """The live playlist, when it has so many segments."""

    async def enough():
        playlist = await audience.get(f"{track}/live.m3u8")
        return playlist if playlist.body.count(b"#EXTINF") >= count else None

    return await until(enough, f"{count} segments", timeout=20.0)


@in_event_loop
async def test_session_is_played_by_ffmpeg(node, session_id):
    """Picture, Opus and AAC: the playlists say so, and FFmpeg decodes all of them."""
    async with on_air(node, session_id) as (_, audience):
        await segments(audience, 2)
        main = await audience.get("main.m3u8")
        assert re.findall('CODECS="([^"]+)"', main.body.decode()) == [
            "avc1.42c00d,opus",
            "avc1.42c00d,mp4a.40.2",
            "opus",
            "mp4a.40.2",
        ]
        await segments(audience, 2, "aac")
        played = await audience.played("replay.m3u8")
        assert played["h264"] >= 115
        assert played["sound"] >= 170
        for name in ("opus", "aac"):
            assert (await audience.played(f"{name}/whole.m3u8"))["sound"] >= 170


@in_event_loop
async def test_reload_is_blocked_until_the_part_is_there(node, session_id):
    """Asked for a part that comes next, the node answers with it, as soon as it is there."""
    async with on_air(node, session_id) as (_, audience):
        await segments(audience, 1)
        for _ in range(6):
            playlist = await audience.get("video/live.m3u8")
            number, part = re.search(r'URI="(\d+)\.(\d+)\.m4s"$', playlist.lines[-3]).groups()
            asked = time.monotonic()
            later = await audience.get(f"video/live.m3u8?_HLS_msn={number}&_HLS_part={part}")
            assert time.monotonic() - asked < 2
            body = later.body.decode()
            assert f'URI="{number}.{part}.m4s"' in body.partition("PRELOAD-HINT")[0] or f"\n{number}.m4s" in body


@in_event_loop
async def test_hinted_part_comes_when_it_is_made(node, session_id):
    """A request for the part that is hinted waits for it; parts make up their segment, byte for byte."""
    async with on_air(node, session_id) as (_, audience):
        playlist = await segments(audience, 1)
        number, part = re.search(r'PRELOAD-HINT:TYPE=PART,URI="(\d+)\.(\d+)', playlist.body.decode()).groups()
        assert (await audience.get(f"video/{number}.{part}.m4s")).status in (200, 404)  # 404: the segment ended
        parts = [(await audience.get(f"video/0.{i}.m4s")).body for i in range(10)]
        assert b"".join(parts) == (await audience.get("video/0.m4s")).body


@in_event_loop
async def test_caches_are_told_what_they_may_keep(node, session_id):
    """Segments, parts and initialisations for ever; playlists for a second; what is not there, not at all."""
    async with on_air(node, session_id) as (_, audience):
        await segments(audience, 1)
        for path in ("video/0.m4s", "video/0.0.m4s", "video/init-0.mp4", "opus/0.m4s"):
            assert (await audience.get(path)).headers["Cache-Control"] == "public, max-age=31536000, immutable", (
                path
            )
        for path in ("main.m3u8", "video/live.m3u8"):
            answer = await audience.get(path)
            assert answer.headers["Cache-Control"] == "public, max-age=1", path
            assert answer.headers["Content-Type"] == "application/vnd.apple.mpegurl"
        blocked = await audience.get("video/live.m3u8?_HLS_msn=1&_HLS_part=0")
        assert blocked.headers["Cache-Control"] == "public, max-age=24"
        assert (await audience.get("video/9999.m4s")).headers["Cache-Control"] == "no-store"


@in_event_loop
async def test_nothing_else_is_there(node, session_id):
    """404 for whatever is not named by a playlist; 400 for numbers that are none, or too far ahead."""
    async with on_air(node, session_id) as (_, audience):
        for path in (
            "x",
            "video/..%2f..%2fetc",
            "video/live.m3u",
            "sound/live.m3u8",
            "video/init-7.mp4",
            "video/0.77.m4s",
        ):
            assert (await audience.get(path)).status == 404, path
        for query in ("_HLS_part=1", "_HLS_msn=x", "_HLS_msn=-1", "_HLS_msn=500", "_HLS_msn=99999999999999"):
            assert (await audience.get(f"video/live.m3u8?{query}")).status == 400, query


@in_event_loop
async def test_key_of_another_session_opens_nothing(node, session_id):
    """Keys are of one session; without a capability there is none."""
    async with on_air(node, session_id) as (room, audience):
        for changed in (audience.root.replace(session_id, session_id[:-1]), audience.root[:-2] + "x/"):
            async with room.http.get(changed + "main.m3u8") as response:
                assert response.status in (403, 404)
        async with room.http.get(f"{node.url}/sessions/{session_id}/hls") as response:
            assert response.status == 401
        token = node.token(session_id, "publish")
        async with room.http.get(
            f"{node.url}/sessions/{session_id}/hls", headers={"Authorization": f"Bearer {token}"}
        ) as response:
            assert response.status == 403


@in_event_loop
async def test_vp8_is_named_as_the_reason(node, session_id):
    """Before anything could be played: 409, which says that HLS does not know this picture."""
    async with Room(node, session_id) as room:
        audience = Audience(room.http, node, session_id)
        assert b"Nobody publishes" in (await audience.enter()).body
        camera = Camera(await room.publisher(codec="VP8", kinds=("video",)))
        await camera.frame(key=True)
        await until(room.stage, "the stage is there")

        async def told():
            answer = await audience.enter()
            return answer.status == 409 and b"VP8" in answer.body

        await until(told, "the reason is told")


@in_event_loop
async def test_sound_alone_is_played(node, session_id):
    """An audio-only session has two renditions of its sound, and no picture."""
    async with on_air(node, session_id, video=False) as (_, audience):
        await segments(audience, 1, "opus")
        main = (await audience.get("main.m3u8")).body.decode()
        assert "RESOLUTION" not in main
        assert (await audience.played("opus/whole.m3u8"))["sound"] >= 90


async def caption(room, node, session_id, content, role="publish"):
    """Sends captions; answers the status."""
    headers = {"Authorization": f"Bearer {node.token(session_id, role)}"}
    url = f"{node.url}/sessions/{session_id}/captions"
    async with room.http.post(url, json=content, headers=headers) as response:
        return response.status


@in_event_loop
async def test_captions_reach_players(node, session_id):
    """A cue is in the news at once, in a WebVTT segment of the live session, and in the replay."""
    async with on_air(node, session_id) as (room, audience):
        waiting = asyncio.create_task(audience.get("cues.json?after=0"))
        given = {"language": "en", "cues": [{"text": "Welcome & hello"}]}
        assert await caption(room, node, session_id, given) == 202
        news = (await asyncio.wait_for(waiting, 5)).body
        assert b'"Welcome & hello"' in news
        assert b'"next": 1' in news
        main = (await audience.get("main.m3u8")).body.decode()
        assert 'TYPE=SUBTITLES,GROUP-ID="captions",NAME="en"' in main
        await segments(audience, 2)
        playlist = await audience.get("captions-en/live.m3u8")
        names = [line for line in playlist.lines if line.endswith(".vtt")]
        texts = [(await audience.get(f"captions-en/{name}")).body for name in names]
        assert any(b"Welcome &amp; hello" in text for text in texts)
        assert b"Welcome &amp; hello" in (await audience.get("captions-en/whole.vtt")).body


BAD_CAPTIONS = [
    {"language": "en", "cues": []},
    {"language": "!", "cues": [{"text": "x"}]},
    {"language": "en", "cues": [{"text": ""}]},
    {"language": "en", "cues": [{"text": "x", "start": "yesterday"}]},
    {"language": "en", "cues": [{"text": "x", "start": "2020-01-01T00:00:00Z"}]},
    {"language": "en", "cues": [{"text": "x", "more": 1}]},
    [],
]


@in_event_loop
async def test_bad_captions_are_refused(node, session_id):
    """422 for what is no caption; 403 for whoever may only watch."""
    async with on_air(node, session_id) as (room, _):
        for content in BAD_CAPTIONS:
            assert await caption(room, node, session_id, content) == 422, content
        content = {"language": "en", "cues": [{"text": "x"}]}
        assert await caption(room, node, session_id, content, role="watch") == 403
