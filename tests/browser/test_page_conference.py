"""The page on a whole conference: what people do in it, from one browser to another."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from functools import partial
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.api_client import eventually

pytestmark = pytest.mark.browser

PICTURE_MOVES = """() => {
  const video = document.querySelector('.screen video');
  return video && video.videoWidth > 0 && video.currentTime > 0.1;
}"""
#: Keeps all that the page shows from now on, and tells whether it ever showed a text.
REMEMBER = """() => {
  window.shown = [];
  const options = { subtree: true, childList: true, characterData: true };
  new MutationObserver(() => window.shown.push(document.body.innerText)).observe(document.body, options);
}"""
SAID = "(text) => window.shown.some((shown) => shown.includes(text))"


@pytest.fixture
def open_page(open_view, conference):
    """Opens a view of the page that the conference's gateway serves."""
    return partial(open_view, conference.gateway_url)


@pytest.fixture(scope="module")
def operator(conference) -> str:
    """An operator's token."""
    command = [sys.executable, "-m", "services.registration", "token", "--role", "operator"]
    return subprocess.run(
        command, env=dict(conference.env), check=True, capture_output=True, text=True, timeout=30
    ).stdout.split()[-1]


@pytest.fixture
def post(conference):
    """Posts to the API as the bearer of a token, and answers what it answers."""

    def post_(path: str, body: dict[str, Any], token: str = "") -> dict[str, Any]:
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        url = f"{conference.gateway_url.rstrip('/')}/api/v1/{path}"
        request = urllib.request.Request(url, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=10) as response:
            answer: dict[str, Any] = json.load(response)
        return answer

    return post_


@pytest.fixture
def session_id(post, operator) -> str:
    """A session in a venue of its own."""
    venue = post(
        "sub-venues",
        {"name": "东京湾区分会场", "city": "东京", "country": "JP", "time_zone": "Asia/Tokyo"},
        operator,
    )
    times = {"starts_at": "2026-12-18T01:00:00Z", "ends_at": "2026-12-18T01:40:00Z"}
    session = {"sub_venue_id": venue["id"], "kind": "talk", "title": "开幕式 opening"}
    return str(post("sessions", session | times, operator)["id"])


def test_camera_of_one_page_plays_in_another(open_page, session_id, operator):
    """A presenter goes live: the programme marks it and a waiting page plays it; both follow when it stops."""
    programme = open_page("programme?day=all")
    audience = open_page(f"watch/{session_id}")
    presenter = open_page(f"present/{session_id}?token={operator}", permissions=["camera", "microphone"])
    screen = audience.locator(".screen")
    mark = programme.locator(f"[data-session={session_id}] .live-mark")
    expect(screen).to_have_attribute("data-state", "waiting")

    for _ in range(2):  # the second time without a reload of any page
        presenter.get_by_role("button", name="Go live").click()
        expect(presenter.get_by_text("On air", exact=True)).to_be_visible(timeout=10_000)
        expect(screen).to_have_attribute("data-state", "live", timeout=10_000)
        audience.wait_for_function(PICTURE_MOVES, timeout=10_000)
        expect(mark).to_be_visible()
        presenter.get_by_role("button", name="Stop").click()
        expect(screen).to_have_attribute("data-state", "waiting", timeout=10_000)
        expect(mark).to_have_count(0)


def test_closing_the_page_takes_the_presenter_off_air(open_page, session_id, operator):
    """Nobody stays on air by leaving."""
    presenter = open_page(f"present/{session_id}?token={operator}", permissions=["camera", "microphone"])
    presenter.get_by_role("button", name="Go live").click()
    expect(presenter.get_by_text("On air", exact=True)).to_be_visible(timeout=10_000)
    audience = open_page(f"watch/{session_id}")
    audience.wait_for_function(PICTURE_MOVES, timeout=10_000)
    presenter.close(run_before_unload=False)
    expect(audience.locator(".screen")).to_have_attribute("data-state", "waiting", timeout=10_000)


def node_of(conference, session_id, operator):
    """The name of the media node that has the session's stage, as soon as it has said so."""
    headers = {"Authorization": f"Bearer {operator}"}

    def found():
        listed = httpx.get(f"{conference.gateway_url}/api/v1/media-nodes", headers=headers).json()["items"]
        return next((node["name"] for node in listed if session_id in node["stages"]), None)

    return eventually(found)


def test_both_sides_come_back_when_the_media_node_dies(open_page, session_id, operator, conference):
    """A killed media node costs everybody seconds, not a reload and not a click."""
    audience = open_page(f"watch/{session_id}", refusals=True)
    presenter = open_page(
        f"present/{session_id}?token={operator}", refusals=True, permissions=["camera", "microphone"]
    )
    presenter.get_by_role("button", name="Go live").click()
    audience.wait_for_function(PICTURE_MOVES, timeout=10_000)
    presenter.evaluate(REMEMBER)  # with another node near, the words may stand there for a moment only
    conference.kill("media" if node_of(conference, session_id, operator) == "media-1" else "media-2")
    presenter.wait_for_function(SAID, arg="Connection lost, reconnecting", timeout=20_000)
    expect(presenter.get_by_text("On air", exact=True)).to_be_visible(timeout=30_000)
    expect(audience.locator(".screen")).to_have_attribute("data-state", "live", timeout=30_000)
    audience.wait_for_function(PICTURE_MOVES, timeout=10_000)


def test_project_of_a_registration_is_found(open_page):
    """Somebody registers with a project in Chinese; a moment later anybody finds it."""
    title = f"钙钛矿叠层电池中试线{time.monotonic_ns()}"
    page = open_page("register")
    register(page, f"talent-{time.monotonic_ns()}@example.org", title)
    expect(page.get_by_role("heading", name="Welcome, A talent")).to_be_visible()
    expect(page.get_by_role("link", name=title)).to_be_visible()
    other = open_page(f"search?q={quote(title)}", locale="zh-CN")
    found = other.locator(".hit", has_text=title)
    deadline = time.monotonic() + 5
    while found.count() == 0 and time.monotonic() < deadline:
        other.reload()
        other.get_by_text("条结果").wait_for()
    expect(found).to_be_visible()


def register(page: Page, email: str, title: str) -> None:
    """Fills in and sends the registration, with a project."""
    page.get_by_label("Email").fill(email)
    page.get_by_label("Name", exact=True).fill("A talent")
    page.get_by_label("Country or region").select_option("AU")
    page.get_by_label("I bring a project").check()
    page.get_by_label("Title in Chinese").fill(title)
    page.get_by_label("Abstract in Chinese").fill("面向建筑一体化的高效光伏组件。")
    page.get_by_role("region", name="Project").get_by_label("Sector").select_option("new-energy")
    page.get_by_role("main").get_by_role("button", name="Register").click()


def test_apply_and_withdraw(open_page, post):
    """An attendee applies for a vacancy with no limit on openings, finds the application, and takes it back."""
    person = {"name": "An employer", "country": "CN", "languages": ["zh"], "time_zone": "Asia/Shanghai"}
    employer = post("attendees", person | {"email": f"{time.monotonic_ns()}@example.org", "mode": "onsite"})
    owner = employer["token"]
    enterprise = post("organisations", {"name": "一家新能源企业", "kind": "enterprise", "country": "CN"}, owner)
    vacancy = post(
        "vacancies",
        {
            "organisation_id": enterprise["id"],
            "title": {"zh": "高级研究员", "en": "Senior research scientist"},
            "description": "负责钙钛矿电池的研发。",
            "sector": "new-energy",
            "country": "CN",
            "openings": "unlimited",
        },
        owner,
    )
    page = open_page("register")
    register(page, f"applicant-{time.monotonic_ns()}@example.org", "储能系统")
    expect(page.get_by_role("heading", name="Welcome, A talent")).to_be_visible()
    page.evaluate("(id) => { location.hash = `#/vacancies/${id}` }", vacancy["id"])
    expect(page.get_by_text("No limit on openings")).to_be_visible()
    page.get_by_role("button", name="Send application").click()
    page.get_by_role("main").get_by_role("link", name="My applications").click()
    expect(page.get_by_role("link", name="Senior research scientist")).to_be_visible()
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("Withdrawn")).to_be_visible()
