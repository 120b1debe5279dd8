"""A twentieth of the packets is lost on the way to a viewer in Chromium: what it misses is sent again in time."""

from __future__ import annotations

import re
import secrets
import time

import pytest

from tests.browser.lossy_link import LossyLink
from tests.browser.test_media_browsers import blank, node, origin  # noqa: F401

pytestmark = pytest.mark.browser

# Watches by another port than that of the answer, and notes the pauses between frames.
WATCH = r"""
async ({url, token, port}) => {
  const pc = window.pc = new RTCPeerConnection();
  pc.addTransceiver('audio', {direction: 'recvonly'});
  pc.addTransceiver('video', {direction: 'recvonly'});
  const element = document.createElement('video');
  element.muted = element.autoplay = element.playsInline = true;
  document.body.append(element);
  const stream = element.srcObject = new MediaStream();
  pc.ontrack = event => stream.addTrack(event.track);
  window.pauses = [];
  let last = 0;
  const seen = now => {
    if (last) pauses.push(now - last);
    last = now;
    element.requestVideoFrameCallback(seen);
  };
  element.requestVideoFrameCallback(seen);
  const elsewhere = sdp => sdp.split('\r\n').filter(line => !line.includes(' tcp '))
    .map(line => line.replace(/^(a=candidate:.* udp \d+ \S+) \d+ /, `$1 ${port} `)).join('\r\n');
  await exchange(pc, url, token, elsewhere);
}
"""
PORT = re.compile(r"^a=candidate:\S+ 1 udp \d+ \S+ (\d+) ", re.MULTILINE)


@pytest.mark.parametrize("codec", ["VP8", "H264"])
def test_video_plays_on_with_a_twentieth_lost(blank, node, codec):  # noqa: F811
    """No freeze of half a second in six, and retransmissions (RTX) are what mends it."""
    session_id = f"session-{secrets.token_hex(4)}"
    url = f"{node.url}/sessions/{session_id}"
    publisher, viewer = blank(), blank()
    given = {"url": f"{url}/whip", "token": node.token(session_id, "publish"), "codec": codec}
    if not publisher.evaluate("args => publish(args)", given):
        pytest.skip(f"this Chromium has no encoder for {codec}")
    deadline = time.monotonic() + 20
    while not node.events("media.stage_opened.v1", session_id):
        assert time.monotonic() < deadline, "the stage does not open"
        time.sleep(0.05)
    answer = publisher.evaluate("() => pc.remoteDescription.sdp")
    port = int(PORT.search(answer).group(1))
    link = LossyLink(("127.0.0.1", port), loss=0.05)
    try:
        token = node.token(session_id, "watch")
        viewer.evaluate(WATCH, {"url": f"{url}/whep", "token": token, "port": link.port})
        viewer.wait_for_function("() => pauses.length > 30", timeout=20_000)
        viewer.evaluate("() => { pauses.length = 0; }")
        viewer.wait_for_timeout(6_000)
        pauses = viewer.evaluate("() => pauses")
        (video,) = [s for s in viewer.evaluate("() => stats('inbound-rtp')") if s["kind"] == "video"]
    finally:
        link.close()
    assert link.lost > 10
    assert video["nackCount"] > 5
    assert video["retransmittedPacketsReceived"] > 5
    assert len(pauses) > 60
    assert max(pauses) < 500, sorted(pauses)[-5:]
