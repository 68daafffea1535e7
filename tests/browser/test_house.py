"""The house's own pages in a real browser: every size, every theme, no complaint, no sideways scrolling."""

import re

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.conftest import Window

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "correct horse battery"


def sign_up(window: Window, server: str, name: str = "alice") -> None:
    page = window.page
    page.goto(f"{server}/")
    page.get_by_role("link", name="Make an account").click()
    page.get_by_label("User name").fill(name)
    page.get_by_label("E-mail address").fill(f"{name}@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", name="Home")).to_be_visible()


def test_a_person_signs_up_makes_a_token_revokes_it_and_signs_out(window: Window, live_server: LiveServer) -> None:
    page = window.page
    sign_up(window, live_server.url)
    page.goto(f"{live_server.url}/settings/tokens/")
    page.get_by_label("Name").fill("nightly upload")
    page.get_by_role("button", name="Make a token").click()
    expect(page.get_by_label("Your new token", exact=True).last).to_have_value(re.compile(r"flz_p_[\w-]{43}"))
    assert window.overflow() == 0
    page.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Revoked")).to_have_count(0)
    page.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("cell", name="Revoked")).to_be_visible()
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="From a table")).to_be_visible()
    assert window.complaints == []


@pytest.mark.parametrize("path", ["/", "/settings/", "/settings/password/", "/settings/appearance/", "/api/docs/"])
def test_a_members_page_fits_its_window_without_a_complaint(window: Window, live_server: LiveServer, path: str) -> None:
    sign_up(window, live_server.url)
    window.page.goto(f"{live_server.url}{path}", wait_until="networkidle")
    assert window.overflow() == 0
    assert window.complaints == []


@pytest.mark.parametrize("path", ["/", "/sign-in/", "/sign-up/", "/password/"])
def test_a_public_page_fits_its_window_without_a_complaint(window: Window, live_server: LiveServer, path: str) -> None:
    window.page.goto(f"{live_server.url}{path}", wait_until="networkidle")
    assert window.overflow() == 0
    assert window.complaints == []


def test_the_theme_follows_the_system_until_one_is_chosen(window: Window, live_server: LiveServer) -> None:
    page = window.page
    page.goto(f"{live_server.url}/")
    root = page.locator("html")
    page.emulate_media(color_scheme="dark")
    expect(root).to_have_attribute("data-bs-theme", "dark")
    page.emulate_media(color_scheme="light")
    expect(root).to_have_attribute("data-bs-theme", "light")
    page.get_by_role("button", name="Light or dark").click()
    page.get_by_role("button", name="Dark", exact=True).click()
    expect(root).to_have_attribute("data-bs-theme", "dark")
    page.reload()
    expect(root).to_have_attribute("data-bs-theme", "dark")
