"""The live canvas in a real browser: what the sample says on the cards, and advice with its mends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.accounts.models import User
from apps.accounts.tests.people import PASSWORD, make_user
from apps.runs.tests.finished import finished_run
from apps.workflows.live_process import process
from apps.workflows.models import Workflow
from apps.workflows.tests.graphs import titanic
from tests.browser.conftest import SIZES, Window

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def alice(transactional_db: None) -> User:
    process.warm()
    return make_user("alice")


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


def opened(page: Page, server: LiveServer, workflow: Workflow) -> None:
    page.goto(f"{server.url}/workflows/{workflow.pk}/?view=canvas")
    page.get_by_label("User name").fill("alice")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    known(page, workflow.revision)


def known(page: Page, revision: int) -> None:
    """Wait until all that the sample says of this draft is there."""
    expect(page.locator("#editor")).to_have_attribute("data-live-revision", str(revision), timeout=20_000)


def card(page: Page, step: str) -> Locator:
    return page.locator(f".canvas-step[data-step={step}]")


def choose(page: Page, step: str, tab: str) -> None:
    page.evaluate("step => history.replaceState(null, '', `?view=canvas&step=${step}`)", step)
    card(page, step).locator(".canvas-label").click()
    expect(page.locator("#panel")).to_have_attribute("data-step", step)
    page.get_by_role("tab", name=tab, exact=True).click()


def halve(page: Page) -> None:
    """Make as many test rows as training rows, at the chosen split."""
    page.get_by_role("tab", name="Settings", exact=True).click()
    share = page.get_by_label("Test share", exact=True)
    share.fill("0.5")
    share.blur()


def placed() -> dict[str, Any]:
    """The Titanic, its cards in two lines that fit into the window."""
    graph = titanic()
    for at, node in enumerate(graph["nodes"]):
        node |= {"x": at % 3 * 240, "y": at // 3 * 160}
    return graph


def flawed() -> dict[str, Any]:
    """The same with a column whose name is not quite right, behind the data."""
    graph = placed()
    graph["nodes"][1] |= {"params": {"columns": ["class", "sexx", "age"]}}
    return graph


def test_cards_and_panel_say_what_the_sample_says_and_follow_edits(
    desk: Window, live_server: LiveServer, alice: User
) -> None:
    page = desk.page
    workflow = Workflow.objects.create(owner=alice, name="Survivors", graph=placed())
    opened(page, live_server, workflow)
    expect(card(page, "data").locator(".canvas-size")).to_contain_text(re.compile(r"2,000\D+4"))
    expect(card(page, "data")).to_have_attribute("data-sampled", "")
    expect(card(page, "encode").locator(".canvas-size")).to_contain_text(re.compile(r"2,000\D+9"))
    expect(card(page, "evaluate")).to_contain_text(re.compile(r"AUC 0\.7\d on a sample"))
    expect(card(page, "model")).to_contain_text(re.compile(r"AUC 0\.7\d on a sample"))

    choose(page, "evaluate", "Data")
    figure = page.locator("#live-figure")
    expect(figure).to_contain_text(re.compile(r"AUC 0\.7\d on a sample, Baseline 0\.50"))
    expect(figure).to_contain_text("Learned from 1,500 rows of the sample.")

    choose(page, "split", "Data")
    expect(page.locator("#rows")).to_contain_text("1,500")
    halve(page)
    known(page, workflow.revision + 1)
    page.get_by_role("tab", name="Data", exact=True).click()
    expect(page.locator("#rows")).to_contain_text("1,000")
    choose(page, "evaluate", "Data")
    expect(figure).to_contain_text("Learned from 1,000 rows of the sample.")


def test_a_sign_on_the_card_opens_the_advice_and_a_press_mends_it(
    desk: Window, live_server: LiveServer, alice: User
) -> None:
    page = desk.page
    workflow = Workflow.objects.create(owner=alice, name="Survivors", graph=flawed())
    opened(page, live_server, workflow)
    sign = card(page, "encode").locator(".canvas-advice")
    expect(sign).to_be_visible()
    expect(card(page, "evaluate")).not_to_contain_text("AUC")
    sign.click()
    advice = page.locator("#panel-advice-encode")
    expect(advice).to_contain_text("'sexx'")
    mend = advice.get_by_role("button").first
    expect(mend).to_be_focused()
    mend.click()
    known(page, workflow.revision + 1)
    expect(card(page, "evaluate")).to_contain_text("AUC 0.7")


def test_what_ran_counts_more_than_the_sample_until_it_is_changed(
    desk: Window, live_server: LiveServer, alice: User
) -> None:
    page = desk.page
    workflow = Workflow.objects.create(owner=alice, name="Survivors", graph=placed())
    finished_run(alice, workflow)
    opened(page, live_server, workflow)
    size = card(page, "data").locator(".canvas-size")
    expect(size).to_contain_text("2,201")
    expect(card(page, "data")).not_to_have_attribute("data-sampled", "")
    expect(card(page, "evaluate")).not_to_contain_text("on a sample")
    choose(page, "split", "Settings")
    halve(page)
    known(page, workflow.revision + 1)
    expect(card(page, "evaluate")).to_contain_text("on a sample")
    expect(card(page, "split")).to_have_attribute("data-sampled", "")
    expect(size).to_contain_text("2,201")
