"""Two languages, and what the page is made of."""

from __future__ import annotations

import hashlib
import re

import pytest
from playwright.sync_api import expect

from tests.browser.fake_api import WEB

pytestmark = pytest.mark.browser

KEYS = "async (language) => Object.keys((await import(`/i18n/${language}.js`)).default)"


def test_both_dictionaries_have_the_same_keys_and_every_key_used(open_page):
    """No word of the page is missing in one language, none is used that does not exist."""
    page = open_page()
    zh, en = (page.evaluate(KEYS, language) for language in ("zh", "en"))
    assert zh == en
    source = "".join(file.read_text() for file in WEB.rglob("*.js") if "vendor" not in file.parts)
    used = set(re.findall(r"\bt\('([^']+)'", source))
    assert used
    assert used <= set(en)


def test_language_follows_the_browser_and_is_remembered(open_page):
    """A Chinese browser starts in Chinese; the choice of English outlives a reload; `lang` says which it is."""
    page = open_page(locale="zh-CN")
    expect(page.get_by_role("link", name="日程", exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("link", name="Programme", exact=True)).to_be_visible()
    page.reload()
    expect(page.get_by_role("link", name="Programme", exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "en"


def test_words_of_the_other_language_say_so(open_page):
    """A title that exists in English only is marked as English on the Chinese page."""
    page = open_page(locale="zh-CN")
    expect(page.locator("[data-session=dubai-0] h4 [lang=en]")).to_be_visible()


def test_page_fits_a_telephone(open_page):
    """Nothing is wider than a narrow screen."""
    page = open_page(viewport={"width": 360, "height": 740})
    for view in ("programme", "search", "vacancies/vacancy-42", "register", "watch/tokyo-0"):
        page.evaluate("(view) => { location.hash = `#/${view}` }", view)
        expect(page.locator("main h1")).to_be_visible()
        expect(page.locator("[aria-busy=true], .loading")).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, view


def test_keyboard_reaches_the_content(open_page):
    """The first stop of the tab key skips the navigation."""
    page = open_page()
    expect(page.locator("main h1")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_vendored_modules_are_what_their_table_says():
    """Each vendored module is listed with its checksum, and what every page loads is small."""
    vendor = WEB / "vendor"
    listed = dict(re.findall(r"^\| `([^`]+)`.*`([0-9a-f]{64})` \|$", (vendor / "README.md").read_text(), re.M))
    modules = {file.name: file.read_bytes() for file in vendor.glob("*.js") if "swagger" not in file.name}
    assert {name: hashlib.sha256(content).hexdigest() for name, content in modules.items()} == listed
    assert sum(len(content) for name, content in modules.items() if not name.startswith("hls-")) < 100_000
