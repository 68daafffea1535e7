"""The main job, in a real browser: sign up, upload a CSV, start a template on it, run it, read the results."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Window, editor_ready
from tests.browser.running import Running, left_behind, running

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]
RUN_SECONDS = 60


@pytest.fixture(scope="module")
def flowza(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One running Flowza for the journeys of this module; Ctrl-C must leave no process behind."""
    folder = tmp_path_factory.mktemp("flowza")
    with running(folder) as started:
        yield started
    assert left_behind(folder) == []


def customers(path: Path, rows: int = 400) -> Path:
    """A CSV as people have it: gaps, text, a date, an id, and something to predict."""
    random = np.random.default_rng(4)
    age, visits = random.normal(42, 13, rows).round(), random.poisson(4, rows)
    city = random.choice(["Ulm", "Bonn", "Kiel"], rows)
    stays = age / 10 + visits - 2 * (city == "Kiel") + random.normal(0, 2, rows) > 6.5
    frame = pd.DataFrame(
        {
            "customer": [f"C{number:05}" for number in range(rows)],
            "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(random.integers(0, 1500, rows), unit="D"),
            "age": np.where(random.random(rows) < 0.05, np.nan, age),
            "visits": visits,
            "city": pd.Series(city).mask(random.random(rows) < 0.05),
            "stays": np.where(stays, "yes", "no"),
        }
    )
    frame.to_csv(path, index=False)
    return path


def sign_up(page: Page, server: str) -> None:
    name = f"person-{uuid.uuid4().hex[:8]}"
    page.goto(server)
    page.get_by_role("link", name=re.compile("Make an account|Sign up")).first.click()
    page.get_by_label("User name").fill(name)
    page.get_by_label("E-mail").fill(f"{name}@example.org")
    for field in page.locator("input[type=password]").all():
        field.fill("correct horse battery 7")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", name="Home")).to_be_visible()


def upload(page: Page, server: str, file: Path) -> None:
    page.goto(f"{server}/datasets/")
    page.locator("input[type=file]").first.set_input_files(file)
    if page.get_by_role("button", name="Upload").first.is_visible():
        page.get_by_role("button", name="Upload").first.click()
    expect(page.get_by_role("heading", name="customers")).to_be_visible(timeout=15_000)


def open_run(page: Page) -> None:
    """From the editor to the page of the last run; on a phone the link lies among the results."""
    link = page.get_by_role("link", name=re.compile(r"^Open run \d+$")).locator("visible=true")
    expect(page.locator("#drawer-run a").last).to_be_attached()
    if not page.locator("#drawer-body").is_visible():
        page.get_by_role("tab", name="Results").click()
    link.click()
    expect(page.get_by_role("heading", name=re.compile(r"^Run \d+$"))).to_be_visible()


def test_from_sign_up_to_results(window: Window, flowza: Running, tmp_path: Path) -> None:
    page = window.page
    sign_up(page, flowza.address)
    assert window.overflow() == 0

    upload(page, flowza.address, customers(tmp_path / "customers.csv"))
    expect(page.get_by_text("400").first).to_be_visible()
    assert window.overflow() == 0

    page.get_by_role("link", name="Start a workflow").first.click()
    page.get_by_label("Column to predict").select_option("stays")
    expect(page.get_by_text("stays has 2 values: classification")).to_be_visible()
    page.get_by_role("button", name="Make the workflow").click()
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_visible()
    assert window.overflow() == 0

    editor_ready(page)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator("#drawer-run [data-state=succeeded]")).to_be_visible(timeout=RUN_SECONDS * 1000)
    results = page.locator("#drawer-results")
    expect(results.get_by_text("Accuracy", exact=True)).to_be_visible()
    expect(results.get_by_text(re.compile("^baseline")).first).to_be_visible()
    assert window.overflow() == 0
    open_run(page)
    figure = page.locator("figure").first
    figure.scroll_into_view_if_needed()
    expect(figure.locator("svg.main-svg").first).to_be_visible(timeout=15_000)
    assert window.overflow() == 0
    assert window.complaints == []


def test_the_demo_workflow_has_run_and_shows_its_numbers(window: Window, flowza: Running) -> None:
    page = window.page
    page.goto(f"{flowza.address}/workflows/")
    page.get_by_label("User name").fill(flowza.login[0])
    page.get_by_label("Password").fill(flowza.login[1])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name=re.compile("Who survived the Titanic")).first.click()
    open_run(page)
    expect(page.get_by_text("AUC for survived = yes").first).to_be_visible()
    figure = page.locator("figure").first
    figure.scroll_into_view_if_needed()
    expect(figure.locator("svg.main-svg").first).to_be_visible(timeout=15_000)
    assert window.complaints == []
