"""The frame of the editor: views, columns, sheets and drawer, what is remembered, and that the window is filled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.accounts.models import User
from apps.runs.models import Run
from apps.runs.tests.finished import finished_run
from apps.workflows.models import Workflow
from apps.workflows.tests.graphs import titanic
from tests.browser.conftest import SIZES, Window, editor_ready
from tests.world import make_person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
RESULTS = "Results, log and advice"


@pytest.fixture
def alice() -> User:
    return make_person("alice")


@pytest.fixture
def workflow(alice: User) -> Workflow:
    """A workflow that has run."""
    made = Workflow.objects.create(owner=alice, name="Survivors", graph=titanic())
    finished_run(alice, made)
    return made


@contextmanager
def opened(browser: Browser, live_server: LiveServer, workflow: Workflow, size: str) -> Iterator[Window]:
    """Alice's editor in a window of its own, which remembers nothing yet."""
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, has_touch=size == "phone")
    try:
        window = Window(context)
        window.page.goto(f"{live_server.url}/sign-in/?next=/workflows/{workflow.pk}/")
        window.page.fill("input[name=username]", "alice")
        window.page.fill("input[name=password]", "correct horse battery")
        window.page.click("main button[type=submit]")
        editor_ready(window.page)
        yield window
        assert window.complaints == []
    finally:
        context.close()


def fills_the_window(page: Page) -> bool:
    return bool(
        page.evaluate(
            "[document.documentElement.scrollHeight - innerHeight, document.documentElement.scrollWidth - innerWidth]"
            ".every((more) => more <= 0)"
        )
    )


def view(page: Page) -> str:
    return str(page.evaluate("document.documentElement.dataset.view"))


def test_on_a_desk_columns_close_and_the_browser_remembers_it(
    browser: Browser, live_server: LiveServer, workflow: Workflow
) -> None:
    with opened(browser, live_server, workflow, "desk") as window:
        page = window.page
        assert view(page) == "canvas"
        assert fills_the_window(page)
        steps, side, body = page.locator("#steps-column"), page.locator("#panel-home"), page.locator("#drawer-body")
        for part in (steps, side, body):
            expect(part).to_be_visible()
        before = page.locator("#editor-main").bounding_box()
        page.get_by_role("button", name="Steps to add").locator("visible=true").click()
        page.get_by_role("button", name="Settings of the step").click()
        page.get_by_role("button", name=RESULTS).click()
        for part in (steps, side, body):
            expect(part).to_be_hidden()
        after = page.locator("#editor-main").bounding_box()
        assert before and after
        assert after["width"] == SIZES["desk"][0]
        assert after["height"] > before["height"]
        page.get_by_role("group", name="View").get_by_role("button", name="Outline").click()
        expect(page.locator("#outline-view")).to_be_visible()
        expect(page.locator("#canvas")).to_be_hidden()

        page.reload()
        editor_ready(page)
        assert view(page) == "outline"
        for part in (steps, side, body):
            expect(part).to_be_hidden()
        page.get_by_role("button", name=RESULTS).click()
        expect(body).to_be_visible()
        assert fills_the_window(page)


def test_the_drawer_shows_results_log_and_advice_and_follows_the_chosen_step(
    browser: Browser, live_server: LiveServer, workflow: Workflow
) -> None:
    with opened(browser, live_server, workflow, "desk") as window:
        page = window.page
        number = Run.objects.get().pk
        expect(page.locator("#drawer-run [data-state=succeeded]")).to_be_visible()
        expect(page.get_by_role("link", name=f"Open run {number}")).to_be_visible()
        expect(page.locator("#drawer-results .results-runs")).to_contain_text(f"Run {number}")
        page.goto(f"{live_server.url}/workflows/{workflow.pk}/?view=outline")
        page.locator("#choose-split").click()
        expect(page.locator("#drawer-results [data-step-shown=split]")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#drawer-results .results-runs")).to_be_visible()

        tabs = page.get_by_role("tablist", name=RESULTS)
        tabs.get_by_role("tab", name="Results").focus()
        page.keyboard.press("ArrowRight")
        expect(tabs.get_by_role("tab", name="Log")).to_be_focused()
        expect(page.get_by_role("log", name=f"Log of run {number}")).to_be_visible()
        page.keyboard.press("ArrowRight")
        expect(page.locator("#advice")).to_be_visible()
        expect(page.locator("#drawer-results")).to_be_hidden()

        grip = page.get_by_role("separator", name=re.compile("^Height of"))
        grip.focus()
        before = page.locator("#drawer").bounding_box()
        page.keyboard.press("ArrowUp")
        after = page.locator("#drawer").bounding_box()
        assert before and after
        assert after["height"] == before["height"] + 32
        page.locator("#steps-search").fill("missing values")
        expect(page.locator("#steps-list [data-kind=impute]")).to_be_visible()
        expect(page.locator("#steps-list [data-kind=split]")).to_be_hidden()
        page.locator("#steps-search").fill("nothing like this")
        expect(page.get_by_text("No step is called that.")).to_be_visible()


def test_on_a_phone_the_parts_come_up_as_sheets(browser: Browser, live_server: LiveServer, workflow: Workflow) -> None:
    with opened(browser, live_server, workflow, "phone") as window:
        page = window.page
        dock = page.get_by_role("group", name="Parts of the editor")
        assert view(page) == "outline"
        expect(page.locator("#outline-view")).to_be_visible()
        expect(page.locator("#drawer-body")).to_be_hidden()
        assert fills_the_window(page)
        dock.get_by_role("button", name="Canvas").tap()
        expect(page.locator("#canvas")).to_be_visible()
        dock.get_by_role("button", name="Add step").tap()
        expect(page.locator("#steps-search")).to_be_visible()
        dock.get_by_role("button", name="Settings").tap()
        expect(page.locator("#steps-search")).to_be_hidden()
        expect(page.locator("#panel")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#panel")).to_be_hidden()
        expect(dock.get_by_role("button", name="Settings")).to_be_focused()
        page.get_by_role("tab", name=re.compile("^Advice")).tap()
        expect(page.locator("#advice")).to_be_visible()
        page.get_by_role("button", name=RESULTS).tap()
        expect(page.locator("#advice")).to_be_hidden()
        assert window.overflow() == 0
        assert fills_the_window(page)


def test_what_keeps_a_run_from_starting_is_said_at_once(browser: Browser, live_server: LiveServer, alice: User) -> None:
    graph = titanic()
    del graph["edges"][0]
    workflow = Workflow.objects.create(owner=alice, name="Torn", graph=graph)
    with opened(browser, live_server, workflow, "desk") as window:
        page = window.page
        window.page.locator("#editor-bar").get_by_role("button", name="Run", exact=True).click()
        expect(page.locator("#toasts")).to_contain_text("One-hot")
        expect(page.locator("#panel")).to_have_attribute("data-step", "encode")
        assert page.url.startswith(f"{live_server.url}/workflows/{workflow.pk}/")
        window.complaints = [said for said in window.complaints if "422" not in said]
    assert Run.objects.count() == 0


def test_cards_tell_what_a_run_does_and_it_is_stopped_from_the_editor(
    browser: Browser, live_server: LiveServer, workflow: Workflow
) -> None:
    with opened(browser, live_server, workflow, "desk") as window:
        page = window.page
        first = Run.objects.get().pk

        def card(step: str, state: str) -> None:
            expect(page.locator(f'#canvas [data-step="{step}"]')).to_have_attribute("data-state", state)

        card("split", "done")
        page.locator("#editor-bar").get_by_role("button", name="Run", exact=True).click()
        stop = page.get_by_role("button", name="Stop", exact=True)
        expect(stop).to_be_visible()
        expect(page.locator("#drawer-run [data-state=queued]")).to_be_visible()
        card("split", "waiting")
        run = Run.objects.exclude(pk=first).get()
        assert page.url.startswith(f"{live_server.url}/workflows/{workflow.pk}/")

        Run.objects.filter(pk=run.pk).update(state=Run.State.RUNNING)
        run.node_runs.filter(node_id="data").update(state="done", rows_out=2201, columns=4, output="table", seconds=0.2)
        run.node_runs.filter(node_id="encode").update(state="running")
        card("data", "done")
        card("encode", "running")
        expect(page.locator('#canvas [data-step="data"]')).to_contain_text("2,201")
        expect(page.locator("#drawer-run")).to_contain_text(f"1 of {len(workflow.graph['nodes'])} steps")

        # The log of a chosen step asks for more while the run goes on, and takes the place of nothing else.
        page.locator('#canvas [data-step="encode"] .canvas-label').click()
        result = page.locator("#drawer-results [data-step-shown=encode]")
        expect(result).to_be_visible()
        with page.expect_response(re.compile(r"/log/\?after=")):
            pass
        stop.click()
        expect(page.locator("#drawer-run [data-state=cancelling]")).to_be_visible()
        run.node_runs.unfinished().update(state="cancelled")
        Run.objects.filter(pk=run.pk).update(state=Run.State.CANCELLED)
        expect(page.locator("#announcer")).to_have_text(f"Run {run.pk} was cancelled.")
        expect(stop).to_be_hidden()
        card("data", "done")
        expect(result).to_be_visible()
        page.get_by_role("link", name=f"Compare with run {first}").locator("visible=true").click()
        expect(page.get_by_role("heading", name="Compare 2 runs")).to_be_visible()
