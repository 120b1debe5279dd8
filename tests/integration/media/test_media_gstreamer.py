"""GStreamer publishes (Debian's webrtcbin, libnice and encoders), where it is installed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.integration.media.room import Room
from tests.integration.media.rtp_peers import in_event_loop, until

pytestmark = pytest.mark.long  # with a program that the set-up does not install

PYTHON = "/usr/bin/python3"
SCRIPT = Path(__file__).parent / "gstreamer_publisher.py"
PACKAGES = "python3-gi gir1.2-gst-plugins-bad-1.0 gstreamer1.0-nice gstreamer1.0-plugins-{base,good,bad,ugly}"


@pytest.fixture(scope="module")
def gstreamer():
    """Skips where something of GStreamer is missing."""
    asked = (
        "import gi; gi.require_version('Gst', '1.0'); from gi.repository import Gst; Gst.init(None); "
        "assert all(map(Gst.ElementFactory.find, ('webrtcbin', 'nicesrc', 'x264enc', 'vp8enc', 'opusenc')))"
    )
    if subprocess.run([PYTHON, "-c", asked], capture_output=True, check=False).returncode:
        pytest.skip(f"GStreamer is not installed: apt-get install {PACKAGES}")


@pytest.mark.parametrize("codec", ["VP8", "H264"])
@in_event_loop
async def test_gstreamer_publishes(node, session_id, gstreamer, codec):
    """Its sound and its picture come to a viewer."""
    async with Room(node, session_id) as room:
        url = f"{node.url}/sessions/{session_id}/whip"
        command = [PYTHON, str(SCRIPT), url, node.token(session_id, "publish"), codec]
        publisher = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            await until(lambda: node.events("media.stage_opened.v1", session_id), "the stage opens", timeout=30)
            viewer = await room.viewer(codec=codec)
            await until(lambda: len(viewer.video) > 30, "the picture comes", timeout=20)
            await until(lambda: len(viewer.packets) > len(viewer.video), "and the sound", timeout=20)
        finally:
            publisher.kill()
            publisher.wait()
