"""The player of the page by HLS: live, captions, sound alone, down the ladder, and the recording after it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.integration.media import encoded_media
from tests.integration.media.node_process import Node
from tests.integration.media.projector import Projector
from tests.integration.media.room import Room

pytestmark = pytest.mark.browser

SESSION = "tokyo-0"


class Stage:
    """A node, and a thread in which a film is published to it until it is closed."""

    def __init__(self, folder: Path) -> None:
        self.node = Node(folder, {"SUBVENUE_RECORDINGS_DIR": str(folder / "recordings")})
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run)
        self._playing = self._loop.create_task(self._publish())
        self._thread.start()

    def leave(self) -> None:
        """The publisher leaves, and the node stays."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._playing.cancel)
            self._thread.join()

    def caption(self, text: str) -> None:
        """Sends one cue."""
        content = json.dumps({"language": "en", "cues": [{"text": text}]}).encode()
        headers = {"Authorization": f"Bearer {self.node.token(SESSION, 'publish')}"}
        request = urllib.request.Request(f"{self.node.url}/sessions/{SESSION}/captions", content, headers)
        assert urllib.request.urlopen(request, timeout=5).status == 202

    def _run(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._playing)
        self._loop.close()

    async def _publish(self) -> None:
        async with Room(self.node, SESSION) as room:
            client = await room.publisher(codec="H264")
            await Projector(client, encoded_media.h264(4, "640x360"), encoded_media.opus(4)).run()


@pytest.fixture
def stage(tmp_path, api) -> Iterator[Stage]:
    """A session on air, known to the fake gateway."""
    running = Stage(tmp_path)
    api.playback.node = running.node
    api.change_session(SESSION, status="started", live=True)
    yield running
    running.leave()
    assert running.node.stop() == 0


def wait_until(page, condition):
    """Until this holds. The page's policy forbids the evaluation that Playwright's own waiting needs."""
    for _ in range(200):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(100)
    raise AssertionError(condition)


def watching(open_page, way, **settings):
    """The session's page, playing in this way."""
    page = open_page(f"watch/{SESSION}", refusals=True, **settings)
    if way:
        page.get_by_label("Playback").select_option(way)
    expect(page.locator(".screen")).to_have_attribute("data-state", "live", timeout=20_000)
    return page


def test_session_is_watched_over_http(stage, open_page):
    """By choice: the picture plays and is about a second late; what the connection is like is shown."""
    page = watching(open_page, "hls")
    wait_until(page, "document.querySelector('video').getVideoPlaybackQuality().totalVideoFrames > 60")
    figures = page.locator(".link-figures")
    expect(figures).to_contain_text("640 × 360")
    expect(figures).to_contain_text("Loss")
    expect(figures).to_contain_text("Behind the stage")
    assert page.evaluate("document.querySelector('video').videoWidth") == 640


def test_captions_are_shown_when_they_are_wanted(stage, open_page):
    """Off at first; on by the keyboard; the words are on the screen, and gone when they have been read."""
    page = watching(open_page, "hls")
    button = page.get_by_role("button", name="Captions")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.focus()
    with page.expect_response("**/cues.json"):
        page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")
    stage.caption("Welcome to the session")
    expect(page.locator(".caption")).to_have_text("Welcome to the session", timeout=10_000)
    expect(page.locator(".caption")).to_have_text("", timeout=10_000)


def test_sound_alone_by_choice(stage, open_page):
    """No picture is fetched, and the page says so."""
    page = watching(open_page, "sound")
    expect(page.locator(".sound-only")).to_have_text("Sound only")
    wait_until(page, "document.querySelector('video').currentTime > 0.5")
    assert page.evaluate("document.querySelector('video').videoWidth") == 0


def test_page_falls_back_by_itself(stage, open_page, api):
    """Where WebRTC is answered and brings nothing, the page plays over HTTP without a click."""
    api.playback.is_deaf = True
    page = watching(open_page, None)
    expect(page.locator(".screen")).to_have_attribute("data-way", "hls")


def test_recording_is_watched_and_downloaded(stage, open_page, api):
    """When the session is over, its recording plays from the beginning, and is one file."""
    page = watching(open_page, "hls")
    wait_until(page, "document.querySelector('video').currentTime > 2")
    stage.leave()
    api.change_session(SESSION, status="ended", live=False)
    page.get_by_role("button", name="Watch the recording").click()
    wait_until(page, "document.querySelector('video').duration > 2")
    wait_until(page, "document.querySelector('video').currentTime > 0.3")
    link = page.get_by_role("link", name="Download the recording")
    assert link.get_attribute("href").endswith("/session.mp4")
