"""Data that is replaced, misses a column, or is deleted: what a person sees and presses, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.datasets.actions import import_upload
from apps.datasets.models import DatasetVersion
from apps.datasets.tests.factories import csv_upload
from apps.runs.models import Run
from apps.workflows.models import Workflow
from tests.browser.conftest import Window
from tests.world import make_person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SLOW = 30_000

OLD = "age,town,paid\n" + "".join(
    f"{20 + place},{'Bonn' if place % 4 else 'Trier'},{'yes' if place % 3 else 'no'}\n" for place in range(60)
)
NEW = OLD.replace("age,", "age_years,", 1) + "91,Essen,yes\n"


def wire(source: str, target: str) -> dict[str, str]:
    return {"from": source, "from_port": "table", "to": target, "to_port": "table"}


def behind(version: DatasetVersion) -> Workflow:
    """A workflow that reads the latest data and names its column in two steps; it has run."""
    owner = version.dataset.owner
    graph = {
        "format": 1,
        "seed": 0,
        "nodes": [
            {"id": "data", "kind": "csv", "params": {"dataset": version.dataset.reference, "target": "paid"}},
            {"id": "impute", "kind": "impute", "params": {"columns": ["age"]}},
            {"id": "normalise", "kind": "normalise", "params": {"columns": ["age"]}},
        ],
        "edges": [wire("data", "impute"), wire("impute", "normalise")],
    }
    workflow = Workflow.objects.create(owner=owner, name="Who pays?", graph=graph)
    run = Run.objects.start(owner, workflow)
    Run.objects.filter(pk=run.pk).update(state=Run.State.SUCCEEDED)
    return workflow


def prepared(window: Window, live_server: LiveServer) -> tuple[Page, DatasetVersion, Workflow]:
    """Alice, signed in, with a dataset and a workflow behind it."""
    alice = make_person("alice")
    version = import_upload(alice, csv_upload(OLD, "payers.csv"))
    workflow = behind(version)
    page = window.page
    page.set_default_timeout(SLOW)
    page.goto(f"{live_server.url}/sign-in/")
    page.fill("input[name=username]", "alice")
    page.fill("input[name=password]", "correct horse battery")
    page.click("main button[type=submit]")
    page.wait_for_url(f"{live_server.url}/")
    return page, version, workflow


def test_replacing_data_shows_what_changed_and_the_missing_column_is_mapped(
    window: Window, live_server: LiveServer
) -> None:
    page, version, workflow = prepared(window, live_server)
    page.goto(live_server.url + version.dataset.get_absolute_url())
    page.get_by_role("link", name="Replace data").click()
    file = {"name": "payers_april.csv", "mimeType": "text/csv", "buffer": NEW.encode()}
    page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]  # a literal of playwright's type
    expect(page.get_by_role("heading", name="What changed", exact=True)).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("61 rows, 1 more than the 60 before")).to_be_visible()
    expect(page.get_by_text("New value: “Essen” (1 row).")).to_be_visible()
    expect(page.get_by_text("names “age”, which is gone")).to_be_visible()
    assert window.overflow() == 0

    page.get_by_role("link", name="Who pays?").click()
    expect(page.get_by_text("New data: run again.")).to_be_visible(timeout=SLOW)
    page.get_by_role("tab", name=re.compile("^Advice")).click()
    told = page.locator("#advice").get_by_text("The column 'age' is gone from the data.")
    expect(told.first).to_be_visible(timeout=SLOW)
    page.locator("#advice").get_by_role("button", name="Map to 'age_years'").click()
    expect(told).to_have_count(0, timeout=SLOW)
    workflow.refresh_from_db()
    columns = [node["params"].get("columns") for node in workflow.graph["nodes"]]
    assert columns == [None, ["age_years"], ["age_years"]]
    assert window.overflow() == 0
    assert window.complaints == []


def test_a_deleted_dataset_is_missed_by_its_workflow_and_restored_from_there(
    window: Window, live_server: LiveServer
) -> None:
    page, version, workflow = prepared(window, live_server)
    page.goto(live_server.url + version.dataset.get_absolute_url())
    page.get_by_role("button", name="More about this dataset").click()
    page.get_by_role("link", name="Delete …").click()
    expect(page.get_by_role("link", name="Who pays?")).to_be_visible()
    page.get_by_role("button", name="Move to the bin").click()
    expect(page.get_by_text("“payers” is in the bin. You can restore it for 30 days.")).to_be_visible()
    page.goto(f"{live_server.url}/datasets/bin/")
    expect(page.get_by_role("button", name="Restore payers")).to_be_visible()
    assert window.overflow() == 0

    page.goto(f"{live_server.url}/workflows/{workflow.pk}/")
    expect(page.get_by_text("Data is missing.")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Restore payers").click()
    page.wait_for_url(re.compile(rf"/workflows/{workflow.pk}/"))
    expect(page.get_by_text("“payers” is back.")).to_be_visible()
    expect(page.locator("#data-notices.data-notices")).to_be_attached(timeout=SLOW)
    expect(page.get_by_text("Data is missing.")).to_have_count(0)
    assert window.complaints == []
