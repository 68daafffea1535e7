"""Results in a real browser: runs as a table, marked, compared; figures as pictures, tables as files and copied."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import SIZES, Window
from tests.browser.running import Running, running

pytestmark = pytest.mark.browser
SLOW = 60_000
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def flowza(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("results")) as found:
        yield found


@pytest.fixture
def window(browser: Browser, flowza: Running) -> Iterator[Window]:
    """Someone who has signed in and may read the clipboard."""
    width, height = SIZES["desk"]
    context = browser.new_context(
        viewport={"width": width, "height": height}, permissions=["clipboard-read", "clipboard-write"]
    )
    found = Window(context)
    found.page.set_default_timeout(SLOW)
    sign_in(found.page, flowza)
    try:
        yield found
        assert found.complaints == []
    finally:
        context.close()


def sign_in(page: Page, flowza: Running) -> None:
    name, password = flowza.login
    page.goto(flowza.address + "/sign-in/")
    page.fill("input[name=username]", name)
    page.fill("input[name=password]", password)
    page.click("main button[type=submit]")
    page.wait_for_url(flowza.address + "/")


def compared(page: Page, flowza: Running) -> None:
    """The demo's workflow has run twice, and both runs lie side by side."""
    page.goto(flowza.address + "/runs/1/")
    page.get_by_role("button", name="Run again").click()
    page.wait_for_url(re.compile(r"/runs/(?!1/)\d+/"))
    expect(page.locator(".run-state")).to_contain_text("Succeeded", timeout=SLOW)
    page.get_by_role("link", name="All runs").click()
    expect(page.get_by_role("button", name="Compare")).to_be_disabled()
    for box in page.locator("input[name=run]").all()[:2]:
        box.check()
    expect(page.get_by_text("2 chosen")).to_be_visible()
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", name="Compare 2 runs")).to_be_visible()


def downloaded(page: Page, folder: Path, button: Locator) -> Path:
    with page.expect_download() as waiting:
        button.click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def test_runs_are_compared_and_their_figures_and_tables_taken_along(
    window: Window, flowza: Running, tmp_path: Path
) -> None:
    page = window.page
    compared(page, flowza)
    expect(page.get_by_text(re.compile("Comparable: measured on the same")).first).to_be_visible()
    figure = page.locator("figure").filter(has_text="ROC curve").first
    figure.scroll_into_view_if_needed()
    expect(figure.locator("svg.main-svg").first).to_be_visible()
    expect(figure.locator(".legend")).to_contain_text("Run 1")

    picture = downloaded(page, tmp_path, figure.get_by_role("button", name="PNG"))
    assert picture.name.startswith("ROC-curve")
    assert picture.read_bytes().startswith(PNG)
    assert len(picture.read_bytes()) > 10_000

    table = page.locator("[data-table-box]").filter(has_text="AUC").first
    saved = downloaded(page, tmp_path, table.get_by_role("button", name="CSV"))
    lines = list(csv.reader(saved.read_text().splitlines()))
    assert len({len(line) for line in lines}) == 1
    assert lines[0][0] == "Metric"
    assert any(line[0].startswith("AUC") and 0.5 < float(line[1]) <= 1 for line in lines)


def test_a_steps_table_is_copied_and_saved(window: Window, flowza: Running, tmp_path: Path) -> None:
    page = window.page
    page.goto(flowza.address + "/runs/1/")
    page.locator("[data-timeline]").first.click()
    rows = page.locator("[data-result-rows]")
    rows.get_by_role("button", name="Copy these rows").click()
    expect(page.get_by_text(re.compile("Copied 20 rows"))).to_be_visible()
    lines = [line.split("\t") for line in page.evaluate("navigator.clipboard.readText()").split("\n")]
    assert len(lines) == 21
    assert {len(line) for line in lines} == {len(lines[0])}
    assert lines[0][0] == "#"
    assert lines[1][0] == "1"

    saved = downloaded(page, tmp_path, rows.get_by_role("link", name="CSV"))
    assert len(saved.read_text().splitlines()) == 1 + 2201
    parquet = downloaded(page, tmp_path, rows.get_by_role("link", name="Parquet"))
    assert len(pd.read_parquet(parquet)) == 2201


def test_a_run_is_starred_tagged_and_noted_in_the_table(window: Window, flowza: Running) -> None:
    page = window.page
    page.goto(flowza.address + "/runs/1/")
    page.get_by_role("link", name="All runs").click()
    page.wait_for_load_state("networkidle")
    line = page.locator("tr").filter(has=page.get_by_role("link", name="Run 1", exact=True))
    line.get_by_role("button", name="Star run 1").click()
    expect(line.locator(".star")).to_have_attribute("aria-pressed", "true")
    line.get_by_role("button", name="Tag run 1").click()
    expect(line.locator("[data-mark-input]")).to_be_focused()
    page.keyboard.type("first try, kept")
    page.keyboard.press("Enter")
    expect(line.locator(".run-tag")).to_have_text(["first try", "kept"])
    line.get_by_role("button", name="Write a note on run 1").click()
    expect(line.locator("[data-mark-input]")).to_be_focused()
    page.keyboard.type("left as it was")
    page.keyboard.press("Escape")
    expect(line.get_by_role("button", name="Write a note on run 1")).to_be_visible()
    page.reload()
    page.get_by_label("Tag", exact=True).select_option("kept")
    expect(page).to_have_url(re.compile("tag=kept"))
    expect(page.locator(".runs-table tbody tr")).to_have_count(1)


def test_tables_and_the_time_line_stay_inside_a_phone(browser: Browser, flowza: Running) -> None:
    width, height = SIZES["phone"]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme="dark")
    try:
        window = Window(context)
        window.page.set_default_timeout(SLOW)
        sign_in(window.page, flowza)
        window.page.goto(flowza.address + "/runs/1/")
        expect(window.page.locator(".timeline-track").first).to_be_visible()
        workflow = window.page.get_by_role("link", name="All runs").get_attribute("href")
        for address in ("/runs/1/", "/runs/", str(workflow)):
            window.page.goto(flowza.address + address)
            window.page.wait_for_load_state("networkidle")
            assert window.overflow() == 0, address
        assert window.complaints == []
    finally:
        context.close()
