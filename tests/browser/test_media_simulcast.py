"""Chromium sends three layers at once, and another page sees the one that there is, without negotiating."""

from __future__ import annotations

import secrets
import time

import pytest

from tests.browser.test_media_browsers import blank, node, origin  # noqa: F401

pytestmark = pytest.mark.browser

PUBLISH = r"""
async ({url, token, codec}) => {
  const stream = await navigator.mediaDevices.getUserMedia(
    {audio: true, video: {width: 1280, height: 720, frameRate: 30}});
  const pc = window.pc = new RTCPeerConnection();
  pc.addTransceiver(stream.getAudioTracks()[0], {direction: 'sendonly'});
  const sendEncodings = [
    {rid: 'l', scaleResolutionDownBy: 4, maxBitrate: 150000},
    {rid: 'm', scaleResolutionDownBy: 2, maxBitrate: 500000},
    {rid: 'h', maxBitrate: 1500000}];
  const [track] = stream.getVideoTracks();
  const video = window.video = pc.addTransceiver(track, {direction: 'sendonly', sendEncodings});
  const all = RTCRtpSender.getCapabilities('video').codecs;
  const wanted = all.filter(c => c.mimeType === `video/${codec}`);
  if (!wanted.length) return false;
  video.setCodecPreferences([...wanted, ...all.filter(c => c.mimeType === 'video/rtx')]);
  await exchange(pc, url, token);
  return true;
}
"""
LIMIT = r"""
async count => {
  const parameters = video.sender.getParameters();
  parameters.encodings.forEach((encoding, i) => { encoding.active = i < count; });
  await video.sender.setParameters(parameters);
}
"""


def inbound(page):
    """What the viewer's decoder has had so far."""
    video = [s for s in page.evaluate("() => stats('inbound-rtp')") if s["kind"] == "video"]
    return video[0] if video else {}


def until_width(page, width, timeout=25.0):
    """Waits until frames of this width are decoded; how many were, with the seconds of freezes."""
    deadline = time.monotonic() + timeout
    while (seen := inbound(page)).get("frameWidth") != width:
        assert time.monotonic() < deadline, f"no frame of {width} in {timeout} s, but {seen.get('frameWidth')}"
        page.wait_for_timeout(100)
    return seen


@pytest.mark.parametrize("codec", ["VP8", "H264"])
def test_a_viewer_gets_the_best_layer_there_is(blank, node, codec):  # noqa: F811
    """The sharpest at first; when the publisher stops it, the next one, decoded on without a new offer."""
    session_id = f"session-{secrets.token_hex(4)}"
    url = f"{node.url}/sessions/{session_id}"
    publisher, viewer = blank(), blank()
    given = {"url": f"{url}/whip", "token": node.token(session_id, "publish"), "codec": codec}
    if not publisher.evaluate(PUBLISH, given):
        pytest.skip(f"this Chromium has no encoder for {codec}")
    deadline = time.monotonic() + 20
    while not node.events("media.stage_opened.v1", session_id):
        assert time.monotonic() < deadline, "the stage does not open"
        time.sleep(0.05)
    viewer.evaluate("args => watch(args)", {"url": f"{url}/whep", "token": node.token(session_id, "watch")})
    sharp = until_width(viewer, 1280)
    publisher.evaluate(LIMIT, 2)
    medium = until_width(viewer, 640)
    publisher.evaluate(LIMIT, 1)
    small = until_width(viewer, 320)
    viewer.wait_for_timeout(2000)
    after = inbound(viewer)
    assert after["framesDecoded"] > small["framesDecoded"] > medium["framesDecoded"] > sharp["framesDecoded"]
    assert after["keyFramesDecoded"] < 20
    assert after["ssrc"] == sharp["ssrc"]
