"""A stranger's ugly CSV to a score they trust: by mouse, on a phone, and by keyboard alone; then taken along."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import uuid
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import SIZES, Window, editor_ready
from tests.browser.running import Running, left_behind, running
from tests.ugly_files import UglyFile, ugly_files

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("journeys")]
RUN_MILLISECONDS = 60_000
MOST_TABS = 80
FILES = ugly_files()


@pytest.fixture(scope="module")
def flowza(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One running Flowza for all journeys."""
    folder = tmp_path_factory.mktemp("flowza")
    with running(folder) as started:
        yield started
    assert left_behind(folder) == []


@pytest.fixture
def desk(browser: Browser) -> Iterator[Window]:
    yield from window_of(browser, "desk", "light")


@pytest.fixture
def phone(browser: Browser) -> Iterator[Window]:
    yield from window_of(browser, "phone", "dark")


def window_of(browser: Browser, size: str, theme: Any) -> Iterator[Window]:
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
    try:
        yield Window(context)
    finally:
        context.close()


def sign_up(page: Page, flowza: Running) -> None:
    name = f"person-{uuid.uuid4().hex[:8]}"
    page.goto(f"{flowza.address}/sign-up/")
    page.get_by_label("User name").fill(name)
    page.get_by_label("E-mail").fill(f"{name}@example.org")
    for field in page.locator("input[type=password]").all():
        field.fill("correct horse battery 7")
    page.locator("main").get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", name="Home")).to_be_visible()


def drop(page: Page, file: UglyFile) -> None:
    """The file comes flying from the desktop onto the place that waits for it."""
    transfer = page.evaluate_handle(
        """([name, content]) => {
            const bytes = Uint8Array.from(atob(content), (one) => one.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], name, { type: "text/csv" }));
            return transfer;
        }""",
        [file.name, b64encode(file.content).decode()],
    )
    zone = page.locator("[data-upload]").first
    for event in ("dragenter", "dragover", "drop"):
        zone.dispatch_event(event, {"dataTransfer": transfer})


def uploaded(page: Page) -> None:
    """The dataset's page; a file with doubts asks first, and what was found out is kept."""
    page.wait_for_url(re.compile(r"/datasets/\d+/"), timeout=20_000)
    keep = page.get_by_role("button", name="Keep it as it is")
    start = page.get_by_role("link", name="Start a workflow")
    expect(keep.or_(start).first).to_be_visible()


def choose_target(page: Page, target: str) -> None:
    """Another column than the proposed one brings its own facts: wait until they are there."""
    select = page.get_by_label("Column to predict")
    if select.input_value() != target:
        with page.expect_response(re.compile(r"/workflows/start/")):
            select.select_option(target)
    expect(page.locator(".target-sentence strong")).to_have_text(target)


def finished(page: Page) -> dict[str, dict[str, Any]]:
    """The run's metrics by name, as the API tells them, once the editor shows what came out."""
    expect(page.locator("#drawer-run [data-state=succeeded]")).to_be_visible(timeout=RUN_MILLISECONDS)
    expect(page.locator("#drawer-results").get_by_text(re.compile("^baseline")).first).to_be_visible()
    run = page.get_by_role("link", name=re.compile(r"^Open run \d+$")).locator("visible=true").get_attribute("href")
    answer: dict[str, Any] = page.request.get(f"{re.sub('/workflows/.*', '', page.url)}/api/v1{run}").json()
    return {metric["name"]: metric for metric in answer["metrics"]}


def assert_better_than_the_baseline(metrics: dict[str, dict[str, Any]]) -> None:
    """Accuracy above, or the mean absolute error below, what guessing reaches."""
    if "accuracy" in metrics:
        assert metrics["accuracy"]["value"] > metrics["accuracy"]["baseline"]
    else:
        assert metrics["mae"]["value"] < metrics["mae"]["baseline"]


@pytest.mark.parametrize("name", FILES)
def test_each_ugly_file_reaches_metrics_above_the_baseline_by_mouse(name: str, desk: Window, flowza: Running) -> None:
    page, file = desk.page, FILES[name]
    sign_up(page, flowza)
    drop(page, file)
    uploaded(page)
    keep = page.get_by_role("button", name="Keep it as it is")
    if keep.is_visible():
        keep.click()
    page.get_by_role("link", name="Start a workflow").first.click()
    choose_target(page, file.target)
    page.get_by_role("button", name="Make the workflow").click()
    editor_ready(page)
    page.get_by_role("button", name="Run", exact=True).first.click()
    assert_better_than_the_baseline(finished(page))
    assert desk.overflow() == 0
    assert desk.complaints == []


def test_the_journey_works_on_a_phone(phone: Window, flowza: Running) -> None:
    page, file = phone.page, FILES["missing targets"]
    sign_up(page, flowza)
    page.locator("input[type=file]").first.set_input_files(
        {"name": file.name, "mimeType": "text/csv", "buffer": file.content}
    )
    uploaded(page)
    assert phone.overflow() == 0
    page.get_by_role("link", name="Start a workflow").first.click()
    choose_target(page, file.target)
    assert phone.overflow() == 0
    page.get_by_role("button", name="Make the workflow").click()
    run = page.get_by_role("button", name="Run", exact=True).first
    expect(run).to_be_visible()
    assert phone.overflow() == 0
    editor_ready(page)
    run.click()
    assert_better_than_the_baseline(finished(page))
    assert phone.overflow() == 0
    assert phone.complaints == []


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until the element has the focus, as somebody without a mouse does."""
    expect(wanted).to_be_visible()
    for _ in range(MOST_TABS):
        if wanted.evaluate("(element) => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{MOST_TABS} presses of Tab do not reach {wanted}")


def write(page: Page, label: str, text: str) -> None:
    tab_to(page, page.get_by_label(label, exact=label == "Password"))
    page.keyboard.type(text)


def test_the_journey_works_by_keyboard_alone(desk: Window, flowza: Running) -> None:
    page, file = desk.page, FILES["mostly missing"]
    name = f"person-{uuid.uuid4().hex[:8]}"
    page.goto(f"{flowza.address}/sign-up/")
    write(page, "User name", name)
    write(page, "E-mail", f"{name}@example.org")
    write(page, "Password", "correct horse battery 7")
    write(page, "Password again", "correct horse battery 7")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Home")).to_be_visible()

    tab_to(page, page.locator("input[type=file]").first)
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files({"name": file.name, "mimeType": "text/csv", "buffer": file.content})
    uploaded(page)
    tab_to(page, page.get_by_role("link", name="Start a workflow").first)
    page.keyboard.press("Enter")
    select = page.get_by_label("Column to predict")
    tab_to(page, select)
    for _ in range(20):
        if select.input_value() == file.target:
            break
        page.keyboard.press("ArrowDown")
    expect(select).to_have_value(file.target)
    expect(page.locator(".target-sentence strong")).to_have_text(file.target)
    tab_to(page, page.get_by_role("button", name="Make the workflow"))
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/workflows/\d+/"))
    editor_ready(page)
    tab_to(page, page.get_by_role("button", name="Run", exact=True).first)
    page.keyboard.press("Enter")
    assert_better_than_the_baseline(finished(page))
    assert desk.complaints == []


def test_the_script_that_is_taken_along_gives_the_same_numbers(desk: Window, flowza: Running, tmp_path: Path) -> None:
    page, file = desk.page, FILES["money"]
    sign_up(page, flowza)
    drop(page, file)
    uploaded(page)
    keep = page.get_by_role("button", name="Keep it as it is")
    if keep.is_visible():
        keep.click()
    page.get_by_role("link", name="Start a workflow").first.click()
    choose_target(page, file.target)
    page.get_by_role("button", name="Make the workflow").click()
    editor_ready(page)
    page.get_by_role("button", name="Run", exact=True).first.click()
    metrics = finished(page)

    page.get_by_role("button", name="Download").click()
    with page.expect_download(timeout=RUN_MILLISECONDS) as download:
        page.get_by_role("link", name="Script with data").click()
    zipfile.ZipFile(download.value.path()).extractall(tmp_path / "elsewhere")
    (folder,) = (tmp_path / "elsewhere").iterdir()
    (script,) = folder.glob("*.py")
    done = subprocess.run(
        [sys.executable, script.name],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    printed = json.loads(done.stdout.splitlines()[-1])
    (found,) = printed.values()
    assert found == {name: metric["value"] for name, metric in metrics.items()}
    assert desk.complaints == []
