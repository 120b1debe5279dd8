"""Clients that nobody here wrote, in Chromium: Eyevinn's WHIP client publishes, Eyevinn's WebRTC player plays."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from tests.integration.media.node_process import Node

pytestmark = pytest.mark.browser

BUNDLE = Path(__file__).parent / "vendor" / "eyevinn.min.js"
PUBLISH = """async ({url, token}) => {
  const stream = await navigator.mediaDevices.getUserMedia({audio: true, video: {width: 640, height: 360}});
  const client = window.client = new eyevinn.WHIPClient({endpoint: url, opts: {authkey: token, iceServers: []}});
  await client.setIceServersFromEndpoint();
  await client.ingest(stream);
}"""
WATCH = """async ({url, token}) => {
  const video = window.video = document.createElement('video');
  video.muted = video.autoplay = true;
  document.body.append(video);
  const player = window.player = new eyevinn.WebRTCPlayer({video, type: 'whep', iceServers: []});
  await player.load(new URL(url), `Bearer ${token}`);
}"""


@pytest.fixture
def node(tmp_path):
    """One node; it ends the process if anything is decoded or encoded."""
    running = Node(tmp_path)
    yield running
    assert running.stop() == 0, "".join(running.raw)


def test_eyevinn_s_clients(node, chromium):
    """Both connect with a token and OPTIONS, play, and leave by their resources."""
    session_id = f"session-{secrets.token_hex(4)}"
    context = chromium.new_context(permissions=["camera", "microphone"])
    try:
        publisher, viewer = context.new_page(), context.new_page()
        for page in (publisher, viewer):
            page.goto(f"{node.url}/livez")  # any page of an origin
            page.add_script_tag(path=BUNDLE)
        whip, whep = (f"{node.url}/sessions/{session_id}/{name}" for name in ("whip", "whep"))
        publisher.evaluate(PUBLISH, {"url": whip, "token": node.token(session_id, "publish")})
        publisher.wait_for_function("client.peer.connectionState === 'connected'")
        viewer.evaluate(WATCH, {"url": whep, "token": node.token(session_id, "watch")})
        viewer.wait_for_function("video.getVideoPlaybackQuality().totalVideoFrames > 20")
        viewer.evaluate("player.unload()")
        publisher.evaluate("client.destroy()")
        publisher.wait_for_function(
            "async () => !(await (await fetch('/stages')).json()).stages.length"  # both are gone
        )
    finally:
        context.close()
