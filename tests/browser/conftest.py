"""Chromium for the browser tests, and pages that notice every complaint of the console."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from .fake_api import FakeApi

CHROMIUM = os.environ.get("SUBVENUE_CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]

OpenView = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for all browser tests, with a fake camera and microphone."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def api() -> Iterator[FakeApi]:
    """The fake API, fresh for each test."""
    with FakeApi().serving() as fake:
        yield fake


@pytest.fixture
def open_page(open_view: OpenView, api: FakeApi) -> OpenView:
    """Opens a view of the page that the fake API serves."""
    return partial(open_view, api.address)


@pytest.fixture
def open_view(chromium: Browser) -> Iterator[OpenView]:
    """Opens a view of the page at an address, in a browser context of its own; `settings` go to that context.

    When the test is over, the console must be clean: no error, no violation of the security policy. A test
    that provokes refusals of the API says so with `refusals=True`, or with the one status that it provokes.
    """
    contexts = []
    complaints: list[str] = []

    def open_(address: str, view: str = "", *, refusals: bool | int = False, **settings: Any) -> Page:
        def note(message: ConsoleMessage) -> None:
            provoked = r"status of (4|503)" if refusals is True else f"status of {refusals}"
            expected = refusals and re.search(provoked, message.text) is not None
            if message.type in ("error", "warning") and not expected:
                complaints.append(message.text)

        context = chromium.new_context(**{"locale": "en-GB", "timezone_id": "Europe/London"} | settings)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", note)
        page.goto(f"{address.rstrip('/')}/#/{view}")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []
