"""A media node is killed, or drained, while the page's modules publish and watch in Chromium."""

from __future__ import annotations

import time
import uuid

import httpx
import pytest

from tests.e2e.api_client import People

pytestmark = pytest.mark.browser

PRESENT = """async ({session, token}) => {
  const { Presenter } = await import('/media/whip.js');
  const stream = await navigator.mediaDevices.getUserMedia({audio: true, video: {width: 640, height: 360}});
  window.states = [];
  window.presenter = new Presenter(session, {token, stream, onState: state => states.push(state)});
  presenter.run();
}"""
WATCH = """async ({session, token}) => {
  const { Viewer } = await import('/media/whep.js');
  const video = window.video = document.createElement('video');
  video.muted = video.autoplay = true;
  document.body.append(video);
  window.states = [];
  const onStream = stream => { video.srcObject = stream; };
  window.viewer = new Viewer(session, {token, live: true, onStream, onState: state => states.push(state)});
  viewer.run();
}"""
FRAMES = "video.getVideoPlaybackQuality().totalVideoFrames"


@pytest.fixture
def session_id(conference):
    """A session that nobody else uses, on a conference whose two nodes are ready."""
    conference.wait_ready("media", "media-2")
    with httpx.Client(base_url=conference.gateway_url + "/api/v1") as client:
        operator = People(client, conference.run_dir / "secrets" / "token-private.pem").operator()

        def create(path, **body):
            headers = operator | {"Idempotency-Key": uuid.uuid4().hex}
            response = client.post(path, json=body, headers=headers)
            assert response.status_code == 201, response.text
            return response.json()["id"]

        venue = create("/sub-venues", name="Node", city="Oslo", country="NO", time_zone="Europe/Oslo")
        times = {"starts_at": "2026-12-18T09:00:00Z", "ends_at": "2026-12-18T10:00:00Z"}
        return create("/sessions", sub_venue_id=venue, kind="talk", title="A talk", **times)


@pytest.mark.parametrize("how", ["killed", "drained"])
def test_video_plays_again_within_five_seconds(conference, chromium, session_id, how):
    """Nobody signs in again, nobody clicks: presenter and viewer find another node."""
    with httpx.Client(base_url=conference.gateway_url) as client:
        people = People(client, conference.run_dir / "secrets" / "token-private.pem")
        presenter_token = people.token(roles=["presenter"], sub="att-presenter")
        viewer_token = people.token(sub="att-viewer")
    context = chromium.new_context(permissions=["camera", "microphone"], bypass_csp=True)
    try:
        presenter, viewer = context.new_page(), context.new_page()
        for page in (presenter, viewer):
            page.goto(conference.gateway_url)
        presenter.evaluate(PRESENT, {"session": session_id, "token": presenter_token})
        presenter.wait_for_function("states.includes('on')")
        viewer.evaluate(WATCH, {"session": session_id, "token": viewer_token})
        viewer.wait_for_function(f"{FRAMES} > 10")
        peers = people_on(conference, people)
        (node,) = {node for node, sessions in peers.items() if session_id in sessions}
        played = viewer.evaluate("video.srcObject.id")
        began = time.monotonic()
        if how == "killed":
            conference.kill("media" if node == "media-1" else "media-2")
        else:
            operate(conference, people, f"{node}/drain")
        viewer.wait_for_function(
            "id => video.srcObject.id !== id && video.getVideoPlaybackQuality().totalVideoFrames > 2",
            arg=played,
            timeout=20_000,
        )
        took = time.monotonic() - began
        assert took <= 5, (
            f"{took:.1f} s, viewer {viewer.evaluate('states')}, presenter {presenter.evaluate('states')}"
        )
    finally:
        context.close()
        if how == "drained":
            operate(conference, people, f"{node}/cordon", cordoned=False)


def operate(conference, people, what, **body):
    """An operator's word on a media node."""
    url = f"{conference.gateway_url}/api/v1/media-nodes/{what}"
    assert httpx.post(url, json=body or None, headers=people.operator()).status_code == 200


def people_on(conference, people):
    """The sessions that each node has."""
    answer = httpx.get(conference.gateway_url + "/api/v1/media-nodes", headers=people.operator())
    deadline = time.monotonic() + 10
    while not any(node["stages"] for node in answer.json()["items"]):  # told every two seconds
        assert time.monotonic() < deadline
        time.sleep(0.1)
        answer = httpx.get(conference.gateway_url + "/api/v1/media-nodes", headers=people.operator())
    return {node["name"]: node["stages"] for node in answer.json()["items"]}
