"""Recordings: what was acknowledged on disk plays, whatever happens to the node."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time

from services.streaming.media.hls import journal
from services.streaming.media.hls.disk import Disk
from services.streaming.media.hls.recording import Shelf
from tests.integration.media import encoded_media
from tests.integration.media.audience import Audience, decoded
from tests.integration.media.projector import Projector
from tests.integration.media.room import Room
from tests.integration.media.rtp_peers import in_event_loop, until


def acknowledged(folder):
    """Seconds of picture that the journal names."""
    segments = journal.read(folder).segments.get("video", [])
    return segments[-1].at + segments[-1].duration if segments else 0.0


async def show(node, session_id, film, seconds):
    """Publishes for so long; then the node is killed (-9) in the middle of it."""
    async with Room(node, session_id) as room:
        client = await room.publisher(codec="H264")
        task = asyncio.create_task(Projector(client, *film).run())
        await asyncio.sleep(seconds)
        node.process.send_signal(signal.SIGKILL)
        node.process.wait()
        task.cancel()


@in_event_loop
async def test_killed_node_loses_nothing_that_it_acknowledged(start_node, session_id, tmp_path):
    """Killed twice in the middle of a session: all three parts are one recording, for replay and as one MP4."""
    settings = {"SUBVENUE_RECORDINGS_DIR": str(tmp_path / "recordings")}
    folder = tmp_path / "recordings" / "media-test" / session_id
    film = encoded_media.h264(4), encoded_media.opus(4)
    lengths = []
    for _ in range(2):
        await show(start_node(**settings), session_id, film, 2.6)
        lengths.append(acknowledged(folder))
    assert lengths[0] >= 2.0
    assert lengths[1] >= lengths[0] + 2.0
    node = start_node(**settings)
    async with Room(node, session_id) as room:
        client = await room.publisher(codec="H264")
        await Projector(client, *film).run(2.2)
        audience = Audience(room.http, node, session_id)
        assert (await audience.enter()).status == 200
        await room.clients[0].close()
        await until(lambda: room_is_empty(room), "the publisher is gone")
        playlist = await audience.get("video/whole.m3u8")
        assert playlist.lines.count("#EXT-X-DISCONTINUITY") == 2
        played = await audience.played("replay.m3u8")
        assert played["h264"] >= 30 * (lengths[1] + 1.8)
        downloaded = tmp_path / "session.mp4"
        downloaded.write_bytes((await audience.get("session.mp4")).body)
    assert decoded(str(downloaded))["h264"] == played["h264"]


async def room_is_empty(room):
    """Whether nobody publishes."""
    stage = await room.stage()
    return stage is None or not stage["live"]


@in_event_loop
async def test_recording_is_replayed_without_its_publisher(start_node, session_id, tmp_path):
    """After an orderly stop and another start, the recording is found on disk, and is not live."""
    settings = {"SUBVENUE_RECORDINGS_DIR": str(tmp_path / "recordings"), "SUBVENUE_HLS_AAC": "0"}
    node = start_node(**settings)
    async with Room(node, session_id) as room:
        client = await room.publisher(codec="H264")
        await Projector(client, encoded_media.h264(3), encoded_media.opus(3)).run(2.9)
    assert node.stop() == 0
    node = start_node(**settings)
    async with Room(node, session_id) as room:
        audience = Audience(room.http, node, session_id)
        described = json.loads((await audience.enter()).body)
        assert described["live"] is False
        assert described["audio"] == ["opus"]
        assert 2.5 < described["seconds"] < 3.2
        assert (await audience.played("replay.m3u8"))["h264"] >= 80


def written(tmp_path, lines):
    """A journal of these lines, beside a thousand bytes of a track."""
    folder = tmp_path / "session-1"
    folder.mkdir()
    (folder / "video.m4s").write_bytes(b"x" * 1_000)
    (folder / journal.NAME).write_bytes(b"".join(lines))
    return folder


FIRST = (
    b'{"track":"video","segment":0,"bytes":400,"duration":0.2,"at":0,"wall":5,"initialisation":0,'
    b'"discontinuity":false,"offset":0}\n'
)
MORE = b'{"track":"video","segment":0,"bytes":400,"duration":0.4}\n'


def test_torn_line_is_cut_off(tmp_path):
    """The end of a journal that was being written, and the bytes that it does not name."""
    folder = written(tmp_path, [FIRST, MORE, MORE[:-1]])
    found = journal.read(folder)
    assert [(s.size, s.duration, s.complete) for s in found.segments["video"]] == [(800, 0.4, True)]
    journal.repair(folder, found)
    assert (folder / journal.NAME).read_bytes() == FIRST + MORE
    assert (folder / "video.m4s").stat().st_size == 800


def test_bytes_that_are_not_there_are_not_promised(tmp_path):
    """A power failure may leave the journal ahead of the file: such a segment is left out."""
    assert journal.read(written(tmp_path, [FIRST, MORE, MORE])).segments["video"] == []


def test_damaged_line_ends_the_recording_there(tmp_path):
    """What is before it plays."""
    found = journal.read(written(tmp_path, [FIRST, b"{}\n", b"\x00\xff\n", MORE]))
    assert [s.size for s in found.segments["video"]] == [400]


def test_retention(tmp_path):
    """Too old goes first, then the oldest while there is too much; a session that goes on stays."""
    disk = Disk()
    for age, name in ((40, "ancient"), (3, "older"), (2, "busy"), (1, "newer")):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "video.m4s").write_bytes(bytes(1_000))
        (folder / journal.NAME).write_bytes(b"{}\n")
        when = time.time() - age * 86_400
        os.utime(folder / journal.NAME, (when, when))
    Shelf(tmp_path, disk, most_bytes=2_500, most_days=30).sweep({"busy"})
    disk.close()
    assert sorted(folder.name for folder in tmp_path.iterdir()) == ["busy", "newer"]


def test_disk_that_fails_stops_one_recording_only(tmp_path, caplog):
    """A folder that cannot be written is given up, said once, and the others go on."""
    (tmp_path / "blocked").write_text("a file where a folder should be")
    disk = Disk()
    for name in ("blocked", "fine", "blocked"):
        disk.append(tmp_path / name / "video.m4s", b"bytes")
    disk.close()
    assert disk.failed(tmp_path / "blocked")
    assert (tmp_path / "fine" / "video.m4s").read_bytes() == b"bytes"
    assert len([r for r in caplog.records if "recording of a session has stopped" in r.message]) == 1


def test_session_id_is_no_path(tmp_path):
    """Only what is the name of a folder is looked for."""
    disk = Disk()
    shelf = Shelf(tmp_path, disk)
    disk.close()
    for name in ("..", "a/b", "", "a\0", "x" * 101):
        assert shelf.folder(name) is None
