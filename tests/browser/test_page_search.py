"""Search and vacancies: facets, highlights, pages, applying."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_typing_finds_and_marks(open_page):
    """What is typed is searched after a pause; the words found are marked; the address keeps the question."""
    page = open_page("search")
    page.locator("#q").fill("cancer")
    expect(page.get_by_text("14 results")).to_be_visible()
    expect(page.locator(".hit h2 mark").first).to_have_text("cancer")
    assert "q=cancer" in page.url
    page.reload()
    expect(page.locator("#q")).to_have_value("cancer")
    expect(page.get_by_text("14 results")).to_be_visible()


def test_suggestions_are_taken_by_the_keys(open_page):
    """Titles go on from what is typed; the arrows reach one, Enter searches for it, Escape lets it be."""
    page = open_page("search")
    box = page.get_by_role("combobox", name="Search projects, vacancies, sessions")
    box.press_sequentially("early ca")
    options = page.locator("#suggestions li")
    expect(options.first).to_contain_text("Early cancer screening")
    expect(box).to_have_attribute("aria-expanded", "true")
    box.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", "suggestion-0")
    title = options.first.locator("[lang]").inner_text()
    box.press("Enter")
    expect(box).to_have_value(title)
    expect(box).to_have_attribute("aria-expanded", "false")
    expect(page.locator(".hit").first).to_contain_text(title)
    box.press_sequentially(" ")
    expect(options.first).to_be_visible()
    box.press("Escape")
    expect(options).to_have_count(0)


def test_a_suggestion_is_taken_by_a_click(open_page):
    """The list stays open until the click has counted; a search that is corrected says so."""
    page = open_page("search")
    page.locator("#q").press_sequentially("肿瘤")
    page.locator("#suggestions li").first.click()
    expect(page.locator("#suggestions li")).to_have_count(0)
    expect(page.locator(".hit")).to_have_count(1)


def test_values_of_a_facet_widen_and_facets_narrow(open_page):
    """Two sectors are a union; a country within them is an intersection; clearing brings everything back."""
    page = open_page("search?type=project")
    sector, country = page.locator("[data-facet=sector]"), page.locator("[data-facet=country]")
    sector.get_by_label("Biomedicine").check()
    expect(page.get_by_text("16 results")).to_be_visible()
    sector.get_by_label("Robotics").check()
    expect(page.get_by_text("24 results")).to_be_visible()
    country.get_by_label("Germany").check()
    expect(page.get_by_text("8 results")).to_be_visible()
    expect(sector.get_by_label("Biomedicine")).to_be_checked()
    page.get_by_role("button", name="Clear filters").click()
    expect(page.get_by_text("40 results")).to_be_visible()


def test_next_page_continues_without_repeating(open_page):
    """The button brings the next page until there is none."""
    page = open_page("search?type=project")
    expect(page.locator(".hit")).to_have_count(20)
    page.get_by_role("button", name="Load more").click()
    expect(page.locator(".hit")).to_have_count(40)
    expect(page.get_by_role("button", name="Load more")).to_have_count(0)
    ids = page.locator(".hit").evaluate_all("hits => hits.map((hit) => hit.dataset.hit)")
    assert len(set(ids)) == 40


def test_markup_in_a_highlight_is_text(open_page):
    """Of what the server marks only the mark is markup; a hostile document stays text."""
    page = open_page("search?q=hostile")
    hit = page.locator(".hit")
    expect(hit.locator("h2 mark")).to_have_text("Hostile")
    expect(hit.locator("h2")).to_contain_text("<script>window.hacked=1</script>")
    expect(hit.locator("img, script")).to_have_count(0)
    assert page.evaluate("window.hacked") is None


def test_title_is_shown_as_it_matched_and_in_the_language_of_the_page(open_page):
    """A Chinese question marks Chinese titles; a reader of English has the English one below."""
    page = open_page("search?q=肿瘤")
    expect(page.get_by_text("14 results")).to_be_visible()
    hit = page.locator(".hit").first
    expect(hit.locator("h2 mark")).to_have_text("肿瘤")
    expect(hit.locator(".own-title")).to_have_text("Early cancer screening by single-cell sequencing (1)")


def test_language_is_a_choice_not_a_default(open_page):
    """Without a choice every language is found; choosing Chinese leaves out what has no Chinese."""
    page = open_page("search")
    expect(page.get_by_text("70 results")).to_be_visible()
    page.get_by_label("Language").select_option("zh")
    expect(page.get_by_text("69 results")).to_be_visible()
    assert "lang=zh" in page.url


def test_no_limit_on_openings_is_not_zero(open_page):
    """Unlimited openings say so, in both languages."""
    page = open_page("vacancies/vacancy-42")
    expect(page.get_by_text("No limit on openings")).to_be_visible()
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_text("名额不限")).to_be_visible()


def test_vacancies_are_searched_alone(open_page):
    """The vacancies view holds vacancies only, and says who may apply."""
    page = open_page("vacancies")
    expect(page.get_by_text("30 results")).to_be_visible()
    page.locator(".hit a").first.click()
    expect(page.get_by_text("Please register first.")).to_be_visible()


def test_apply_then_withdraw(open_page, api):
    """An attendee applies with one key, finds the application among their own, and takes it back."""
    page = open_page()
    page.evaluate("localStorage.setItem('subvenue.token', 'token-1')")
    page.goto(f"{api.address}#/vacancies/vacancy-42")
    page.reload()
    page.get_by_label("Message").fill("I would like to join.")
    page.get_by_role("button", name="Send application").dblclick()
    expect(page.get_by_text("Your application has been sent.")).to_be_visible()
    keys = {key for _, key, _ in api.desk.sent}
    assert len(keys) == 1
    assert None not in keys
    page.get_by_role("main").get_by_role("link", name="My applications").click()
    page.get_by_role("button", name="Withdraw").first.click()
    expect(page.get_by_text("Withdrawn")).to_be_visible()
