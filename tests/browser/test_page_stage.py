"""Watching and presenting, as far as the page goes without a media node."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_screen_waits_and_says_when(open_page):
    """A session that has not begun waits, with the time it is expected on the reader's clock."""
    page = open_page("watch/tokyo-0")
    expect(page.locator(".screen")).to_have_attribute("data-state", "waiting")
    expect(page.locator(".slate")).to_contain_text("Expected at 01:00 your time")


def test_screen_tries_when_the_session_goes_live(open_page, api):
    """News that the session is live makes the page ask for the media at once, with an offer of its own."""
    page = open_page("watch/tokyo-0", refusals=True)
    expect(page.locator(".screen")).to_have_attribute("data-state", "waiting")
    with page.expect_request("**/sessions/tokyo-0/whep") as offered:
        api.change_session("tokyo-0", status="started", live=True)
    assert offered.value.headers["content-type"] == "application/sdp"
    assert offered.value.post_data.startswith("v=0")
    assert offered.value.post_data.count("a=recvonly") == 2


def test_ended_session_says_so(open_page, api):
    """The end reaches the screen by itself; asked for a recording, the API says that there is none (409)."""
    page = open_page("watch/tokyo-0", refusals=409)
    api.change_session("tokyo-0", status="ended")
    expect(page.locator(".slate")).to_have_text("This session has ended")


def test_unknown_session(open_page):
    """An address without a session is explained."""
    page = open_page("watch/nowhere", refusals=True)
    expect(page.get_by_role("alert")).to_contain_text("Not found")


def test_presenter_token_leaves_the_address(open_page):
    """The token of a presenter's link goes to the tab's storage and out of the address bar at once."""
    page = open_page("present/tokyo-0?token=secret")
    expect(page.get_by_role("button", name="Go live")).to_be_enabled()
    assert "secret" not in page.url
    assert page.evaluate("sessionStorage.getItem('subvenue.presenter.tokyo-0')") == "secret"


def test_refused_presenter_is_told_why(open_page):
    """Whoever is not a presenter of the session hears exactly that."""
    page = open_page("present/tokyo-0?token=secret", refusals=True)
    with page.expect_request("**/sessions/tokyo-0/whip") as offered:
        page.get_by_role("button", name="Go live").click()
    assert offered.value.headers["authorization"] == "Bearer secret"
    expect(page.get_by_role("alert")).to_contain_text("You are not a presenter of this session")
    expect(page.get_by_role("button", name="Go live")).to_be_enabled()


def test_presenting_needs_a_token(open_page):
    """Without a token there is no camera, only the way to get one."""
    page = open_page("present/tokyo-0")
    expect(page.get_by_text("Only presenters of this session can go live")).to_be_visible()
    expect(page.locator("video")).to_have_count(0)
