"""Versions in a real browser: keep one, change the workflow, compare, restore, take the restore back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.accounts.tests.people import PASSWORD, make_user
from apps.runs.tests.finished import finished_run
from apps.workflows.models import Workflow
from apps.workflows.tests.graphs import titanic
from tests.browser.accessibility import barriers
from tests.browser.conftest import SIZES, Window

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def editor(live_server: LiveServer) -> str:
    """The address of a workflow that has run once."""
    user = make_user("alice")
    workflow = Workflow.objects.create(owner=user, name="Survivors", graph=titanic())
    finished_run(user, workflow)
    return f"{live_server.url}/workflows/{workflow.pk}/"


@pytest.fixture
def desk(browser: Browser) -> Iterator[Window]:
    width, height = SIZES["desk"]
    context = browser.new_context(viewport={"width": width, "height": height})
    found = Window(context)
    try:
        yield found
        assert found.complaints == []
    finally:
        context.close()


def signed_in(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("User name").fill("alice")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#editor-bar")).to_be_visible()
    page.wait_for_load_state()


def open_versions(page: Page) -> None:
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("link", name="Versions").click()
    expect(page.get_by_role("dialog", name="Versions")).to_be_visible()


def set_share(page: Page, editor: str, share: str) -> None:
    page.goto(f"{editor}?view=outline&step=split")
    field = page.get_by_label("Test share", exact=True)
    field.fill(share)
    field.blur()
    expect(page.locator("#editor-bar")).to_have_attribute("data-revision", "2")


def test_a_version_is_kept_compared_restored_and_the_restore_is_taken_back(desk: Window, editor: str) -> None:
    page = desk.page
    signed_in(page, f"{editor}?view=outline")

    open_versions(page)
    page.get_by_label("Name of the version").fill("Baseline")
    page.get_by_role("button", name="Save a version").click()
    dialog = page.get_by_role("dialog", name="Versions")
    expect(dialog.get_by_role("status")).to_have_text("The draft is kept as workflow version 1 “Baseline”.")
    expect(dialog.locator(".version-item")).to_contain_text("as the draft")
    expect(dialog.locator(".version-runs")).to_contain_text("Accuracy")
    dialog.get_by_role("link", name="Close").click()
    expect(dialog).to_be_hidden()

    set_share(page, editor, "0.4")
    open_versions(page)
    page.get_by_role("link", name="Compare workflow version 1 with the draft").click()
    expect(page.locator(".difference-counts")).to_contain_text("1 step changed")
    expect(page.locator("[data-step=split]")).to_have_attribute("data-state", "changed")
    expect(page.locator("#change-split tbody tr")).to_have_text("Test share0.250.4")
    expect(page.locator("#version-metrics")).to_contain_text("Draft 2 has no run that finished")

    page.goto(f"{editor}?view=outline")
    open_versions(page)
    page.get_by_role("button", name="Restore workflow version 1").click()
    expect(page.locator("#toasts")).to_contain_text("The draft before is kept as workflow version 2.")
    page.goto(f"{editor}?view=outline&step=split")
    expect(page.get_by_label("Test share", exact=True)).to_have_value("0.25")
    page.get_by_role("button", name="Undo: Restored workflow version 1 “Baseline”").click()
    expect(page.get_by_label("Test share", exact=True)).to_have_value("0.4")


def test_the_canvas_marks_what_is_different_from_a_version(desk: Window, editor: str) -> None:
    page = desk.page
    signed_in(page, f"{editor}?view=outline")
    set_share(page, editor, "0.4")
    page.goto(f"{editor}versions/compare/?from=1&to=draft")
    page.get_by_role("link", name="Show it on the canvas").click()
    expect(page.locator(".difference-bar p")).to_have_text("Since workflow version 1: 1 changed.")
    expect(page.locator(".canvas-step[data-step=split] .canvas-difference")).to_have_text("changed")
    expect(page.locator(".canvas-difference")).to_have_count(1)
    page.get_by_role("button", name="Show no difference any more").click()
    expect(page.locator(".canvas-difference, .difference-bar")).to_have_count(0)


def test_pages_of_versions_fit_a_phone_and_stand_in_nobodys_way(browser: Browser, editor: str) -> None:
    width, height = SIZES["phone"]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark", has_touch=True, bypass_csp=True
    )
    try:
        window = Window(context)
        page = window.page
        signed_in(page, f"{editor}?view=outline")
        set_share(page, editor, "0.3")
        pages = ("", "save/", "1/", "1/rename/", "compare/?from=1&to=draft")
        for address in pages:
            page.goto(f"{editor}versions/{address}", wait_until="networkidle")
            assert window.overflow() == 0, address
            assert barriers(page) == [], address
        assert window.complaints == []
    finally:
        context.close()
