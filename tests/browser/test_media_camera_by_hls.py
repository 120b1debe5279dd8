"""Chromium publishes its fake camera as it likes; clients that nobody here wrote read the LL-HLS and the MP4."""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.error
import urllib.request

import pytest

from tests.integration.media.audience import decoded
from tests.integration.media.node_process import Node

pytestmark = pytest.mark.browser

PUBLISH = """async ([url, token]) => {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 640, height: 360 } });
  const pc = window.pc = new RTCPeerConnection();
  stream.getTracks().forEach((track) => pc.addTransceiver(track, { direction: 'sendonly' }));
  await pc.setLocalDescription();
  const headers = { 'Content-Type': 'application/sdp', 'Authorization': `Bearer ${token}` };
  const response = await fetch(url, { method: 'POST', body: pc.localDescription.sdp, headers });
  await pc.setRemoteDescription({ type: 'answer', sdp: await response.text() });
}"""


def playable(node):
    """What the node says of the session, or None while there is nothing."""
    headers = {"Authorization": f"Bearer {node.token('camera', 'watch')}"}
    try:
        request = urllib.request.Request(f"{node.url}/sessions/camera/hls", headers=headers)
        return json.load(urllib.request.urlopen(request, timeout=5))
    except urllib.error.HTTPError:
        return None


def test_camera_is_read_by_ffmpeg(chromium, tmp_path):
    """The camera is H264 because the node asks for it; FFmpeg, and ffprobe where it is, read playlist and file."""
    node = Node(tmp_path, {"SUBVENUE_RECORDINGS_DIR": str(tmp_path / "recordings")})
    context = chromium.new_context(permissions=["camera", "microphone"])
    page = context.new_page()
    page.goto(f"{node.url}/livez")
    page.evaluate(PUBLISH, [f"{node.url}/sessions/camera/whip", node.token("camera", "publish")])
    for _ in range(300):
        told = playable(node)
        if told and told["seconds"] > 4.5:
            break
        page.wait_for_timeout(100)
    assert told
    assert (told["video"], told["audio"], told["unpackaged"]) == (["video"], ["opus", "aac"], "")
    context.close()
    root = node.url + told["path"]
    for name in ("replay.m3u8", "session.mp4"):
        counted = decoded(root + name)
        assert counted["h264"] >= 40, name
        assert counted["sound"] >= 100, name
        if shutil.which("ffprobe"):
            command = [
                "ffprobe",
                "-v",
                "error",
                "-show_entries",
                "stream=codec_name",
                "-of",
                "csv=p=0",
                root + name,
            ]
            answer = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
            assert {"h264", "aac"} <= set(answer.stdout.split()), name
            assert answer.stderr == ""
    assert node.stop() == 0
