"""The programme: venues, both clocks, and live marks that change by themselves."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_programme_shows_every_venue_with_both_clocks(open_page):
    """Eleven venues; a session's hours at its venue and, below, on the reader's clock."""
    page = open_page("programme?day=all")
    expect(page.locator("section.venue")).to_have_count(11)
    slot = page.locator("[data-session=tokyo-0]")
    expect(slot.locator("time")).to_have_text("10:00–10:45")
    expect(slot).to_contain_text("01:00–01:45 your time")
    expect(page.get_by_role("region", name="Sydney").locator(".synthetic")).to_be_visible()
    expect(page.get_by_role("region", name="Tokyo Bay").locator(".synthetic")).to_have_count(0)


def test_reader_in_sydney_sees_noon(open_page):
    """09:00 in Guangzhou is 12:00 in Sydney."""
    page = open_page(timezone_id="Australia/Sydney")
    expect(page.locator("[data-session=guangzhou-0]")).to_contain_text("12:00–12:45 your time")


def test_other_calendar_day_is_said(open_page):
    """Where the reader's date is not the venue's, the hours say so."""
    page = open_page("programme?day=all")
    expect(page.locator("[data-session=bay-0]")).to_contain_text("01:00–01:45 your time next day")


def test_live_mark_comes_and_goes_by_itself(open_page, api):
    """A session that goes live is marked without a reload, is announced, and loses the mark again."""
    page = open_page()
    slot = page.locator("[data-session=tokyo-0]")
    expect(slot).to_be_visible()
    expect(slot.locator(".live-mark")).to_have_count(0)
    api.change_session("tokyo-0", status="started", live=True)
    expect(slot.locator(".live-mark")).to_be_visible()
    expect(page.locator("[data-venue=tokyo] .live-mark")).to_be_visible()
    expect(page.get_by_text("Now live at Tokyo Bay Area sub-venue")).to_be_attached()
    api.change_session("tokyo-0", live=False)
    expect(slot.locator(".live-mark")).to_have_count(0)


def test_older_news_changes_nothing(open_page, api):
    """An event that arrives late does not undo a newer one."""
    page = open_page()
    slot = page.locator("[data-session=tokyo-0]")
    api.change_session("tokyo-0", live=True)
    expect(slot.locator(".live-mark")).to_be_visible()
    api.change_session("tokyo-0", live=False, version=-1)
    api.change_session("paris-0", live=True)
    expect(page.locator("[data-session=paris-0] .live-mark")).to_be_visible()
    expect(slot.locator(".live-mark")).to_be_visible()


def test_reset_fetches_anew(open_page, api):
    """After a gap in the news the page asks for the state instead of guessing."""
    page = open_page()
    expect(page.locator("[data-session=tokyo-0]")).to_be_visible()
    api.change_session("tokyo-0", told=False, live=True)
    api.reset()
    expect(page.locator("[data-session=tokyo-0] .live-mark")).to_be_visible()


def test_venue_on_the_board_narrows_and_the_address_keeps_it(open_page):
    """Pressing a clock keeps that venue's sessions; a reload shows the same."""
    page = open_page()
    page.locator("[data-venue=paris]").click()
    expect(page.locator("section.venue")).to_have_count(1)
    page.reload()
    expect(page.locator("section.venue")).to_have_count(1)
    expect(page.locator("[data-venue=paris]")).to_have_attribute("aria-pressed", "true")


def test_markup_in_a_title_is_text(open_page):
    """A hostile title is shown as it was written; nothing of it runs."""
    page = open_page()
    title = page.locator("[data-session=dubai-0] h4")
    expect(title).to_have_text('<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>')
    assert page.evaluate("window.hacked") is None
