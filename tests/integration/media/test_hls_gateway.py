"""HLS files through the gateway, from a node that has a recording."""

from __future__ import annotations

from services.streaming.media.hls.disk import Disk
from services.streaming.media.hls.recording import Shelf
from tests.integration.media.scene import Scene
from tests.unit.gateway_fakes import FakeBus, a_gateway


def recorded(root):
    """A recording of three seconds, as a node would have made it."""
    disk = Disk()
    resumed = Shelf(root, disk).resume("session-1")
    assert resumed is not None
    scene = Scene(resumed[0])
    scene.play(3)
    scene.packager.close(ended=True)
    disk.close()


def test_files_come_through_the_gateway(start_node, tmp_path):
    """Playlist, segment and MP4, with the headers that caches go by; compressed once, by the node."""
    recorded(tmp_path / "recordings" / "media-test")
    node = start_node(SUBVENUE_RECORDINGS_DIR=str(tmp_path / "recordings"))
    ticket = {
        "node": node.name,
        "url": node.url,
        "capability": node.token("session-1", "watch"),
        "session_id": "session-1",
        "role": "watch",
    }
    bus = FakeBus({"streaming.join_stage": ticket})
    with a_gateway(bus, tmp_path) as client:
        playable = client.get("/api/v1/sessions/session-1/hls").json()
        assert (playable["live"], round(playable["seconds"])) == (False, 3)
        root = playable["replay"].removesuffix("replay.m3u8")
        main = client.get(playable["replay"])
        assert main.headers["content-type"] == "application/vnd.apple.mpegurl"
        assert "video/whole.m3u8" in main.text
        segment = client.get(f"{root}video/0.m4s")
        assert segment.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert segment.content[4:8] == b"moof"
        download = client.get(playable["download"])
        assert download.content[4:8] == b"ftyp"
        assert len(download.content) > len(segment.content)
        assert client.get(f"{root}video/99.m4s").status_code == 404
        assert client.get("/hls/session-1/1-forged/video/0.m4s").status_code == 403
    assert sum("join_stage" in name for name, _ in bus.calls) == 2  # one for the address, one for all files
