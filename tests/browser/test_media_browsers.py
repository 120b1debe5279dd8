"""Chromium publishes its fake camera to a media node, and other pages play it, with only the node between."""

from __future__ import annotations

import secrets
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.api_client import eventually
from tests.integration.media.node_process import Node

pytestmark = pytest.mark.browser

JOINS = 5

SCRIPT = r"""
window.exchange = async (pc, url, token, answered = sdp => sdp) => {
  await pc.setLocalDescription();
  const response = await fetch(url, {
    method: 'POST', body: pc.localDescription.sdp,
    headers: {'Content-Type': 'application/sdp', 'Authorization': `Bearer ${token}`},
  });
  if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
  window.resource = new URL(response.headers.get('Location'), url).href;
  await pc.setRemoteDescription({type: 'answer', sdp: answered(await response.text())});
};
const overTcp = sdp => sdp.split('\r\n').filter(line => !line.includes(' udp ')).join('\r\n');
window.publish = async ({url, token, codec, tcp}) => {
  const stream = await navigator.mediaDevices.getUserMedia(
    {audio: true, video: {width: 1280, height: 720, frameRate: 30}});
  const pc = window.pc = new RTCPeerConnection();
  pc.addTransceiver(stream.getAudioTracks()[0], {direction: 'sendonly'});
  const video = pc.addTransceiver(stream.getVideoTracks()[0], {direction: 'sendonly'});
  const all = RTCRtpSender.getCapabilities('video').codecs;
  const wanted = all.filter(c => c.mimeType === `video/${codec}`);
  if (!wanted.length) return false;
  video.setCodecPreferences([...wanted, ...all.filter(c => c.mimeType === 'video/rtx')]);
  await exchange(pc, url, token, tcp ? overTcp : undefined);
  return true;
};
window.watch = async ({url, token, tcp}) => {
  const clicked = performance.now();
  const pc = window.pc = new RTCPeerConnection();
  pc.addTransceiver('audio', {direction: 'recvonly'});
  pc.addTransceiver('video', {direction: 'recvonly'});
  const element = window.element = document.createElement('video');
  element.muted = element.autoplay = element.playsInline = true;
  document.body.append(element);
  const stream = element.srcObject = new MediaStream();
  pc.ontrack = event => stream.addTrack(event.track);
  const first = new Promise(resolve => element.requestVideoFrameCallback(() => resolve(performance.now())));
  await exchange(pc, url, token, tcp ? overTcp : undefined);
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error('no frame in 10 s')), 10000));
  return (await Promise.race([first, late])) - clicked;
};
window.leave = async token => {
  const headers = {'Authorization': `Bearer ${token}`};
  return (await fetch(window.resource, {method: 'DELETE', headers})).status;
};
window.restart = async token => {
  pc.restartIce();
  await pc.setLocalDescription();
  const credentials = pc.localDescription.sdp.match(/^a=ice-(ufrag|pwd):.*$/gm).slice(0, 2);
  const response = await fetch(window.resource, {
    method: 'PATCH', body: credentials.join('\r\n') + '\r\n',
    headers: {
      'Authorization': `Bearer ${token}`, 'If-Match': '*', 'Content-Type': 'application/trickle-ice-sdpfrag',
    },
  });
  const said = await response.text();
  let sdp = pc.remoteDescription.sdp;
  for (const name of ['ice-ufrag', 'ice-pwd'])
    sdp = sdp.replace(new RegExp(`a=${name}:.*`, 'g'), said.match(new RegExp(`a=${name}:.*`))[0].trim());
  await pc.setRemoteDescription({type: 'answer', sdp});
  return response.status;
};
window.stats = async kind => {
  const found = [];
  (await pc.getStats()).forEach(s => s.type === kind && found.push(s));
  return found;
};
"""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """One node; it ends the process if anything is decoded or encoded."""
    running = Node(tmp_path_factory.mktemp("media"))
    yield running
    assert running.stop() == 0, "".join(running.raw)


class EmptyPage(BaseHTTPRequestHandler):
    """A page with nothing on it."""

    def do_GET(self) -> None:
        """Answers any path."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<body></body>")

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """Another origin than the node's, so that CORS is part of the test."""
    with ThreadingHTTPServer(("127.0.0.1", 0), EmptyPage) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture
def blank(chromium: Browser, origin: str) -> Iterator[Callable[[], Page]]:
    """Opens empty pages with a camera and the script above."""
    contexts = []

    def open_() -> Page:
        context = chromium.new_context(permissions=["camera", "microphone"])
        contexts.append(context)
        context.add_init_script(SCRIPT)
        page = context.new_page()
        page.goto(origin)
        return page

    yield open_
    for context in contexts:
        context.close()


def join(page: Page, node: Node, session_id: str, **options: Any) -> Any:
    """Publishes when a codec is given, watches otherwise."""
    resource, role, verb = ("whip", "publish", "publish") if "codec" in options else ("whep", "watch", "watch")
    url = f"{node.url}/sessions/{session_id}/{resource}"
    argument = {"url": url, "token": node.token(session_id, role), **options}
    return page.evaluate(f"argument => window.{verb}(argument)", argument)


def stat(page: Page, entry_type: str, name: str, **having: Any) -> Any:
    """One figure of getStats() for the entry of this kind that has these values."""
    for entry in page.evaluate("type => stats(type)", entry_type):
        if all(entry.get(key) == value for key, value in having.items()) and name in entry:
            return entry[name]
    return None


def wait_for_publisher(page: Page) -> None:
    """Until the camera's first frames have left."""
    page.wait_for_function(
        "async () => (await stats('outbound-rtp')).some(s => s.kind === 'video' && s.framesSent > 2)"
    )


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Shows a figure in the middle of pytest's output."""

    def say_(text: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n{text}\n")

    return say_


def frames(page: Page) -> int:
    """How many frames the page has shown."""
    return page.evaluate("element.getVideoPlaybackQuality().totalVideoFrames")


def plays_on(page: Page) -> None:
    """Half a second of frames more than until now."""
    page.wait_for_function(
        "before => element.getVideoPlaybackQuality().totalVideoFrames > before + 15", arg=frames(page)
    )


@pytest.mark.parametrize("codec", ["VP8", "H264"])
def test_camera_is_played_by_another_page(node, blank, codec, say):
    """The first frame shows within a second of the click, frames advance, nothing is lost."""
    session_id = f"session-{secrets.token_hex(4)}"
    publisher = blank()
    if not join(publisher, node, session_id, codec=codec):
        pytest.skip(f"this Chromium has no {codec} encoder")
    wait_for_publisher(publisher)
    first_frames = []
    for _ in range(JOINS):
        viewer = blank()
        first_frames.append(join(viewer, node, session_id))
        assert viewer.evaluate("element.videoWidth") > 0
        plays_on(viewer)
        assert stat(viewer, "inbound-rtp", "packetsLost", kind="video") == 0
        assert stat(viewer, "inbound-rtp", "packetsReceived", kind="audio") > 0
    say(f"{codec}: first frame p50 {statistics.median(first_frames):.0f} ms, max {max(first_frames):.0f} ms")
    assert max(first_frames) <= 1000


def test_publisher_s_bandwidth_estimate_rises(node, blank, say):
    """Feedback lets the estimate pass 2.5 Mbps; without it Chromium stays below 0.7 Mbps."""
    publisher = blank()
    join(publisher, node, f"session-{secrets.token_hex(4)}", codec="VP8")
    began, estimate = time.monotonic(), 0.0
    while estimate < 2_500_000 and time.monotonic() - began < 10:
        publisher.wait_for_timeout(100)
        estimate = stat(publisher, "candidate-pair", "availableOutgoingBitrate", state="succeeded") or 0.0
    say(f"bandwidth estimate {estimate / 1e6:.1f} Mbps after {time.monotonic() - began:.1f} s")
    assert estimate >= 2_500_000


def test_viewers_play_on_with_another_publisher(node, blank):
    """The publisher's page is closed and another publishes: the viewer's page does nothing, and plays on."""
    session_id = f"session-{secrets.token_hex(4)}"
    first, viewer = blank(), blank()
    join(first, node, session_id, codec="VP8")
    wait_for_publisher(first)
    join(viewer, node, session_id)
    plays_on(viewer)
    for leave in (True, False):  # the next one comes after the first has left, and one more while it publishes
        if leave:
            first.close()
        second = blank()
        join(second, node, session_id, codec="VP8")
        wait_for_publisher(second)
        plays_on(viewer)
    assert viewer.evaluate("pc.connectionState") == "connected"


def test_both_ways_over_tcp(node, blank):
    """Where the network lets no UDP out, publisher and viewer use the node's TCP port (RFC 6544)."""
    session_id = f"session-{secrets.token_hex(4)}"
    publisher, viewer = blank(), blank()
    join(publisher, node, session_id, codec="VP8", tcp=True)
    wait_for_publisher(publisher)
    eventually(lambda: node.events("media.stage_opened.v1", session_id))
    join(viewer, node, session_id, tcp=True)
    plays_on(viewer)
    for page in (publisher, viewer):
        assert {entry["protocol"] for entry in page.evaluate("stats('remote-candidate')")} == {"tcp"}
    assert stat(viewer, "inbound-rtp", "packetsLost", kind="video") == 0


def test_an_ice_restart_in_chromium(node, blank):
    """`restartIce` and a PATCH (RFC 9725, 4.3.3): the viewer plays on under the node's new credentials."""
    session_id = f"session-{secrets.token_hex(4)}"
    publisher, viewer = blank(), blank()
    join(publisher, node, session_id, codec="VP8")
    wait_for_publisher(publisher)
    join(viewer, node, session_id)
    plays_on(viewer)
    assert viewer.evaluate("token => restart(token)", node.token(session_id, "watch")) == 200
    viewer.wait_for_function("pc.iceConnectionState === 'connected' || pc.iceConnectionState === 'completed'")
    plays_on(viewer)
    assert viewer.evaluate("pc.connectionState") == "connected"


def test_viewer_leaves_by_its_resource(node, blank):
    """A page of another origin can read its `Location` and DELETE it."""
    session_id = f"session-{secrets.token_hex(4)}"
    publisher, viewer = blank(), blank()
    join(publisher, node, session_id, codec="VP8")
    wait_for_publisher(publisher)
    join(viewer, node, session_id)
    assert viewer.evaluate("token => leave(token)", node.token(session_id, "watch")) == 200
    viewer.wait_for_function("pc.connectionState === 'closed' || pc.connectionState === 'failed'")
