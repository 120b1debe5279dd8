"""A session from first frame to recording, on a whole conference: presented, watched by HLS, ended, replayed."""

from __future__ import annotations

import uuid

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.test_page_killed_node import PRESENT
from tests.e2e.api_client import People
from tests.integration.media.audience import decoded

pytestmark = pytest.mark.browser

VIDEO = "document.querySelector('video')"


def test_session_is_presented_watched_ended_and_replayed(conference, chromium):
    """Through the gateway only; what was on stage is one MP4 afterwards, found by the session's address."""
    root = conference.gateway_url + "/api/v1"
    with httpx.Client(base_url=conference.gateway_url, follow_redirects=True) as client:
        people = People(client, conference.run_dir / "secrets" / "token-private.pem")
        operator = people.operator()

        def post(path, **body):
            headers = operator | {"Idempotency-Key": uuid.uuid4().hex}
            response = client.post(root + path, json=body or None, headers=headers)
            assert response.status_code < 300, response.text
            return response.json()

        venue = post("/sub-venues", name="Recorded", city="Oslo", country="NO", time_zone="Europe/Oslo")["id"]
        times = {"starts_at": "2026-12-18T09:00:00Z", "ends_at": "2026-12-18T10:00:00Z"}
        session_id = post("/sessions", sub_venue_id=venue, kind="talk", title="A talk", **times)["id"]
        assert client.get(f"{root}/sessions/{session_id}/hls").status_code == 409
        context = chromium.new_context(permissions=["camera", "microphone"], bypass_csp=True, locale="en-GB")
        presenter, viewer = context.new_page(), context.new_page()
        presenter.goto(conference.gateway_url)
        token = people.token(roles=["presenter"], sub="att-presenter")
        presenter.evaluate(PRESENT, {"session": session_id, "token": token})
        presenter.wait_for_function("states.includes('on')")
        viewer.goto(f"{conference.gateway_url}/#/watch/{session_id}")
        viewer.get_by_label("Playback").select_option("hls")
        viewer.wait_for_function(f"{VIDEO}.getVideoPlaybackQuality().totalVideoFrames > 60", timeout=60_000)
        post(f"/sessions/{session_id}/captions", language="en", cues=[{"text": "Said on stage"}])
        post(f"/sessions/{session_id}/end")
        viewer.get_by_role("button", name="Watch the recording").click(timeout=15_000)
        viewer.wait_for_function(f"{VIDEO}.currentTime > 0.3", timeout=20_000)
        expect(viewer.get_by_role("link", name="Download the recording")).to_be_visible()
        context.close()
        address = client.get(f"{root}/sessions/{session_id}/hls/session.mp4")
        assert address.headers["content-type"] == "video/mp4"
        playable = client.get(f"{root}/sessions/{session_id}/hls").json()
        assert playable["captions"] == ["en"]
        assert decoded(conference.gateway_url + playable["replay"])["h264"] >= 60
