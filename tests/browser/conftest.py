"""Chromium for the browser tests, with a record of everything it complained about."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

# Playwright's synchronous API keeps an event loop in the test's thread; Django refuses database work there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

SIZES = {"desk": (1440, 900), "phone": (390, 844)}


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium. Without one the test is skipped, but under CI that is a failure."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is not installed; under CI browser tests must run.")
        pytest.skip("Chromium is not installed.")
    return browser_type_launch_args | {
        "executable_path": path,
        "args": ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
    }


class Window:
    """A page of one size and theme; `complaints` holds console errors, CSP violations and script errors."""

    def __init__(self, context: BrowserContext) -> None:
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{self.page.url}: {message.text}")

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        width: int = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        return max(0, width)


def editor_ready(page: Page) -> None:
    """The editor's scripts have started; a form that is sent earlier leads to another page, as without JavaScript."""
    expect(page.locator('#view-switch [aria-pressed="true"]')).to_be_attached()


@pytest.fixture(params=[(size, theme) for size in SIZES for theme in ("light", "dark")], ids="-".join)
def window(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Window]:
    """Each size in each theme."""
    size, theme = request.param
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
    try:
        yield Window(context)
    finally:
        context.close()
