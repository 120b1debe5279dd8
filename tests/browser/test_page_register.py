"""Registration and one's own page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

A_TALENT = {
    "id": "attendee-1",
    "email": "talent@example.org",
    "name": "A talent",
    "country": "AU",
    "languages": ["en"],
    "time_zone": "Australia/Sydney",
    "mode": "online",
    "registered_at": "2026-11-24T00:00:00Z",
    "version": 1,
}


def fill_in(page: Page, email: str) -> None:
    """The fields that have no default."""
    page.get_by_label("Email").fill(email)
    page.get_by_label("Name", exact=True).fill("A talent")
    page.get_by_label("Country or region").select_option("AU")


def test_register_with_a_project(open_page, api):
    """The form sends what the API takes, with a key, and leads to one's own page."""
    page = open_page("register", timezone_id="Australia/Sydney")
    fill_in(page, "talent@example.org")
    page.get_by_label("Biomedicine").check()
    page.get_by_label("I bring a project").check()
    page.get_by_label("Title in Chinese").fill("可穿戴心电监护仪")
    page.get_by_label("Abstract in Chinese").fill("用于家庭的连续监护。")
    page.get_by_role("region", name="Project").get_by_label("Sector").select_option("medical-devices")
    page.get_by_role("main").get_by_role("button", name="Register").click()
    expect(page.get_by_role("heading", name="Welcome, A talent")).to_be_visible()
    [(path, key, body)] = api.desk.sent
    assert (path, bool(key)) == ("/api/v1/attendees", True)
    assert body == {
        "email": "talent@example.org",
        "name": "A talent",
        "country": "AU",
        "languages": ["en"],
        "time_zone": "Australia/Sydney",
        "mode": "online",
        "sectors": ["biomedicine"],
        "projects": [
            {
                "title": {"zh": "可穿戴心电监护仪"},
                "abstract": {"zh": "用于家庭的连续监护。"},
                "sector": "medical-devices",
            }
        ],
    }


def test_error_shows_at_its_field(open_page, api):
    """A refused address is said next to the address, which takes the focus; a correction has a new key."""
    page = open_page("register", refusals=True)
    fill_in(page, "nobody")
    send = page.get_by_role("main").get_by_role("button", name="Register")
    send.click()
    email = page.get_by_label("Email")
    expect(page.locator("#field-email-error")).to_have_text("This is not an email address.")
    expect(email).to_have_attribute("aria-invalid", "true")
    expect(email).to_be_focused()
    email.fill("talent@example.org")
    send.click()
    expect(page.get_by_role("heading", name="Welcome, A talent")).to_be_visible()
    assert len({key for _, key, _ in api.desk.sent}) == 2


def test_repeated_attempt_keeps_its_key(open_page, api):
    """When the answer is lost, sending the same form again repeats the key, so that nobody registers twice."""
    page = open_page("register", refusals=True)
    api.desk.attendees["other"] = {"email": "talent@example.org"}
    fill_in(page, "talent@example.org")
    send = page.get_by_role("main").get_by_role("button", name="Register")
    send.click()
    expect(page.locator("#field-email-error")).to_have_text("This address is registered already.")
    send.click()
    page.wait_for_function("() => document.querySelector('button.large').disabled === false")
    assert len(api.desk.sent) == 2
    assert len({key for _, key, _ in api.desk.sent}) == 1


def test_change_and_leave(open_page, api):
    """One's own data can be changed; after signing out the token is gone."""
    api.desk.attendees["token-1"] = A_TALENT | {}
    page = open_page()
    page.evaluate("localStorage.setItem('subvenue.token', 'token-1')")
    page.goto(f"{api.address}#/me")
    page.reload()
    page.get_by_label("Onsite").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert api.desk.attendees["token-1"]["mode"] == "onsite"
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Register")).to_be_visible()
    assert page.evaluate("localStorage.getItem('subvenue.token')") is None
