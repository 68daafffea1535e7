"""The outline editor in a real browser: by mouse, by keyboard, on a phone, without a connection, in two windows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.browser.conftest import SIZES, Window
from tests.browser.running import Running, running

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("outline")]
RUN_SECONDS = 60
MOST_TABS = 120
ORDER = [
    "Showcase dataset",
    "Impute",
    "One-hot",
    "Train/test split",
    "Normalise",
    "Logistic regression",
    "Evaluate",
]


@pytest.fixture(scope="module")
def flowza(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("outline")) as started:
        yield started


def window_of(browser: Browser, size: str) -> Iterator[Window]:
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme="light")
    try:
        yield Window(context)
    finally:
        context.close()


@pytest.fixture(params=SIZES)
def sized(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Window]:
    """Each size, in the light theme."""
    yield from window_of(browser, request.param)


@pytest.fixture
def desk(browser: Browser) -> Iterator[Window]:
    yield from window_of(browser, "desk")


def open_editor(page: Page, flowza: Running) -> str:
    """A copy of the demo's workflow of seven steps, open in the page; its address."""
    page.goto(f"{flowza.address}/workflows/1/")
    page.get_by_label("User name").fill(flowza.login[0])
    page.get_by_label("Password", exact=True).fill(flowza.login[1])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="More actions").click()
    page.get_by_text("Make a copy").click()
    expect(page.get_by_role("heading", name=re.compile(r"\(copy\)"))).to_be_visible()
    address = page.url.split("?")[0]
    page.goto(f"{address}?view=outline")
    settled(page)
    return address


def settled(page: Page) -> None:
    """The advice has come, so nothing moves any more."""
    expect(page.locator("#advice-strip a")).to_be_visible(timeout=15_000)


def steps(page: Page) -> list[str]:
    return page.locator("#outline .step-label").all_inner_texts()


def state(page: Page) -> Locator:
    return page.locator("#save-state")


def graph(page: Page) -> dict[str, Any]:
    """What the server has stored."""
    stored: dict[str, Any] = page.request.get(f"{page.url.split('?')[0]}graph.json").json()
    found: dict[str, Any] = stored["graph"]
    return found


def params(page: Page, node: str) -> Any:
    return next(item.get("params", {}) for item in graph(page)["nodes"] if item["id"] == node)


def wires(page: Page) -> set[tuple[str, str]]:
    return {(edge["from"], edge["to"]) for edge in graph(page)["edges"]}


def choose(page: Page, step: str) -> None:
    page.locator(f"#choose-{step}").click()
    expect(page.locator("#panel")).to_have_attribute("data-step", step)


def menu(page: Page, step: str, action: str) -> None:
    page.locator(f"#step-{step}").get_by_role("button", name=re.compile("^Actions for")).click()
    page.locator(f"#step-{step} .dropdown-menu").get_by_text(action, exact=True).click()


def share(page: Page) -> Locator:
    return page.get_by_role("spinbutton", name="Test share")


def saved(page: Page, draft: int) -> None:
    expect(state(page)).to_contain_text(re.compile(rf"draft {draft} · Saved"))


def test_a_workflow_is_edited_by_mouse(window: Window, flowza: Running) -> None:
    page = window.page
    open_editor(page, flowza)
    assert steps(page) == ORDER
    expect(page.get_by_text("The endpoint's input starts here")).to_be_visible()

    choose(page, "split")
    share(page).fill("0.3")
    saved(page, 2)
    assert params(page, "split")["test_share"] == 0.3
    expect(page.locator("#step-split .step-told")).to_contain_text("0.3")
    expect(share(page)).to_be_focused()

    menu(page, "data", "Add a step after it")
    page.get_by_label("Find a step", exact=True).fill("drop nulls")
    page.locator("#palette").get_by_role("button", name=re.compile("^Drop nulls")).click()
    expect(page.locator("#panel")).to_have_attribute("data-step", "drop_nulls")
    assert steps(page) == [ORDER[0], "Drop nulls", *ORDER[1:]]
    assert window.overflow() == 0

    page.get_by_role("button", name=re.compile("^Undo:")).click()
    expect(page.locator("#choose-drop_nulls")).to_have_count(0)
    page.get_by_role("button", name=re.compile("^Redo:")).click()
    expect(page.locator("#choose-drop_nulls")).to_be_visible()

    menu(page, "fill", "Delete")
    expect(page.locator("#choose-fill")).to_have_count(0)
    assert ("drop_nulls", "encode") in wires(page)
    assert window.overflow() == 0
    assert window.complaints == []


def test_a_workflow_is_edited_by_keyboard_alone(sized: Window, flowza: Running) -> None:
    page = sized.page
    open_editor(page, flowza)
    press = page.keyboard.press

    press("j")
    expect(page.locator("#choose-data")).to_be_focused()
    press("j")
    expect(page.locator("#choose-fill")).to_be_focused()
    press("Alt+ArrowDown")
    saved(page, 2)
    assert steps(page)[1:3] == ["One-hot", "Impute"]
    expect(page.locator("#choose-fill")).to_be_focused()
    press("Control+z")
    saved(page, 3)
    assert steps(page) == ORDER

    for _ in range(2):
        press("j")
    expect(page.locator("#choose-split")).to_be_focused()
    press("Enter")
    expect(page.locator("#panel")).to_have_attribute("data-step", "split")
    expect(page.locator("#panel select").first).to_be_focused()
    field = share(page)
    for _ in range(12):
        if field.evaluate("(field) => field === document.activeElement"):
            break
        press("Tab")
    expect(field).to_be_focused()
    press("Control+a")
    page.keyboard.type("0.4")
    saved(page, 4)
    assert params(page, "split")["test_share"] == 0.4
    press("Escape")
    expect(page.locator("#choose-split")).to_be_focused()

    press("/")
    expect(page.get_by_label("Find a step", exact=True)).to_be_focused()
    page.keyboard.type("ordinal")
    press("Enter")
    expect(page.locator("#choose-ordinal")).to_be_focused()
    assert steps(page) == [*ORDER[:4], "Ordinal", *ORDER[4:]]
    press("Delete")
    expect(page.locator("#choose-ordinal")).to_have_count(0)
    expect(page.locator("#choose-scale")).to_be_focused()
    press("?")
    expect(page.get_by_role("dialog").get_by_text("Undo", exact=True)).to_be_visible()
    press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert sized.overflow() == 0
    assert sized.complaints == []


def test_keys_do_nothing_to_steps_while_somebody_types(desk: Window, flowza: Running) -> None:
    page = desk.page
    open_editor(page, flowza)
    choose(page, "encode")
    name = page.get_by_label("Name of the step")
    name.click()
    page.keyboard.type("j/?k")
    page.keyboard.press("Delete")
    saved(page, 2)
    page.keyboard.press("Control+z")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert len(graph(page)["nodes"]) == len(ORDER)
    assert desk.complaints == []


def test_a_bad_value_is_said_at_its_field_and_the_last_good_one_stays(desk: Window, flowza: Running) -> None:
    page = desk.page
    open_editor(page, flowza)
    choose(page, "split")
    before = params(page, "split")
    share(page).fill("7")
    expect(state(page)).to_contain_text("Not saved")
    expect(page.locator("#field-test_share .field-error")).to_contain_text("less than 1")
    expect(share(page)).to_have_value("7")
    assert params(page, "split") == before
    share(page).fill("0.5")
    saved(page, 2)
    expect(page.locator("#field-test_share .field-error")).to_have_count(0)
    assert params(page, "split")["test_share"] == 0.5


def test_a_double_click_does_it_once(desk: Window, flowza: Running) -> None:
    page = desk.page
    open_editor(page, flowza)
    page.locator("#step-encode").get_by_role("button", name="Actions for One-hot").click()
    page.locator("#step-encode .dropdown-menu").get_by_text("Duplicate", exact=True).dblclick()
    expect(page.locator("#choose-one_hot")).to_be_visible()
    saved(page, 2)
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert len(graph(page)["nodes"]) == len(ORDER) + 1
    assert desk.complaints == []


def test_what_is_sent_again_because_its_answer_was_lost_is_done_once(desk: Window, flowza: Running) -> None:
    page = desk.page
    open_editor(page, flowza)

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/act/", lose, times=1)
    menu(page, "encode", "Delete")
    expect(state(page)).to_contain_text("Offline")
    expect(state(page)).to_contain_text(re.compile("draft 2 · Saved"), timeout=15_000)
    expect(page.locator("#choose-encode")).to_have_count(0)
    assert len(graph(page)["nodes"]) == len(ORDER) - 1


def test_what_is_typed_without_a_connection_is_sent_when_it_is_back(desk: Window, flowza: Running) -> None:
    page = desk.page
    open_editor(page, flowza)
    choose(page, "split")
    before = params(page, "split")
    page.context.set_offline(True)
    share(page).fill("0.3")
    expect(state(page)).to_contain_text("Offline")
    share(page).fill("0.35")
    expect(state(page)).to_contain_text("Offline")
    assert params(page, "split") == before
    page.context.set_offline(False)
    expect(state(page)).to_contain_text(re.compile(r"draft [23] · Saved"), timeout=15_000)
    expect(share(page)).to_have_value("0.35")
    assert params(page, "split")["test_share"] == 0.35


def test_two_windows_merge_what_is_apart_and_ask_about_the_same(desk: Window, flowza: Running) -> None:
    one = desk.page
    address = open_editor(one, flowza)
    other = one.context.new_page()
    other.goto(address)
    settled(other)
    for page in (one, other):
        choose(page, "split")
    share(one).fill("0.3")
    saved(one, 2)
    other.get_by_label("Name of the step").fill("My split")
    saved(other, 3)
    expect(share(other)).to_have_value("0.3")
    assert params(one, "split")["test_share"] == 0.3

    share(one).fill("0.4")
    saved(one, 4)
    expect(one.get_by_label("Name of the step")).to_have_value("My split")
    share(other).fill("0.1")
    expect(state(other)).to_contain_text("Conflict")
    asked = other.locator("#conflict")
    expect(asked).to_contain_text("Yours: 0.1")
    expect(asked).to_contain_text("Theirs: 0.4")
    asked.get_by_role("button", name="Keep mine").click()
    saved(other, 5)
    assert params(one, "split")["test_share"] == 0.1

    share(one).fill("0.15")
    expect(one.locator("#conflict")).to_contain_text("Theirs: 0.1")
    one.get_by_role("link", name="Take theirs").click()
    expect(share(one)).to_have_value("0.1")
    expect(one.locator("#conflict")).to_have_count(0)
    saved(one, 5)
    assert params(one, "split")["test_share"] == 0.1


def test_many_columns_are_searched_and_chosen_together(desk: Window, flowza: Running) -> None:
    page = desk.page
    open_editor(page, flowza)
    choose(page, "data")
    page.get_by_label("Dataset", exact=True).select_option("wine")
    saved(page, 2)
    menu(page, "data", "Add a step after it")
    page.get_by_label("Find a step", exact=True).fill("select")
    page.locator("#palette").get_by_role("button", name=re.compile("^Select")).first.click()
    saved(page, 3)
    picker = page.locator("#settings [data-picker]")
    picker.get_by_label("Find in the list").fill("acid")
    picker.get_by_role("button", name="All").click()
    saved(page, 4)
    chosen = params(page, "select")["columns"]
    assert chosen
    assert all("acid" in name for name in chosen)
    picker.get_by_label("Find in the list").fill("")
    picker.get_by_role("button", name="None").click()
    saved(page, 5)
    assert params(page, "select").get("columns", []) == []
    assert desk.complaints == []


def last_run(page: Page) -> int:
    """The number of the workflow's last run; 0 before the first."""
    told: int | None = page.request.get(page.url.split("?")[0].replace("/workflows/", "/runs/states/")).json()["run"]
    return told or 0


def succeeded(page: Page, before: int) -> int:
    """The run after the run `before`, once the editor says that it has succeeded."""
    line = page.locator("#drawer-run")
    expect(line).not_to_contain_text(f"Open run {before}", timeout=RUN_SECONDS * 1000)
    expect(line.locator("[data-state=succeeded]")).to_be_visible(timeout=RUN_SECONDS * 1000)
    return last_run(page)


def run(page: Page) -> int:
    before = last_run(page)
    page.locator("#editor-bar").get_by_role("button", name="Run", exact=True).click()
    return succeeded(page, before)


def is_desk(page: Page) -> bool:
    return int(page.evaluate("innerWidth")) == SIZES["desk"][0]


def close_results(page: Page) -> None:
    """On a phone what came out lies over the steps."""
    if not is_desk(page):
        expect(page.locator("#drawer-body")).to_be_visible()
        page.get_by_role("button", name="Results, log and advice").click()
        expect(page.locator("#drawer-body")).to_be_hidden()


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until the element has the focus."""
    expect(wanted).to_be_visible()
    for _ in range(MOST_TABS):
        if wanted.evaluate("(element) => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{MOST_TABS} presses of Tab do not reach {wanted}")


def test_one_step_is_changed_only_that_part_runs_and_the_runs_are_compared(sized: Window, flowza: Running) -> None:
    page = sized.page
    open_editor(page, flowza)
    first = run(page)
    close_results(page)
    expect(page.locator("#step-model .step-run")).to_contain_text(re.compile("Done|Kept"))
    expect(page.locator("#step-data .step-run")).to_contain_text("2,201")

    # Another value at each size: what a run of the other size has made would be kept, too.
    freedom = "0.01" if is_desk(page) else "0.03"
    choose(page, "model")
    page.get_by_role("spinbutton", name="Freedom").fill(freedom)
    saved(page, 2)
    expect(page.locator("#step-model .step-run")).to_be_empty()
    expect(page.locator("#step-split .step-run")).not_to_be_empty()
    second = run(page)
    for step in ("data", "fill", "encode", "split", "scale"):
        expect(page.locator(f"#step-{step} .step-run [data-state=kept]")).to_be_attached()
    expect(page.locator("#step-model .step-run [data-state=done]")).to_be_attached()
    expect(page.locator("#announcer")).to_contain_text(f"Run {second} succeeded")
    page.get_by_role("link", name=f"Compare with run {first}").locator("visible=true").click()
    expect(page.get_by_role("heading", name="Compare 2 runs")).to_be_visible()
    expect(page.get_by_text(freedom).first).to_be_visible()
    assert sized.overflow() == 0
    assert sized.complaints == []


def test_one_step_is_changed_run_and_compared_by_keyboard_alone(sized: Window, flowza: Running) -> None:
    page = sized.page
    open_editor(page, flowza)
    before = run(page)
    close_results(page)
    page.locator(".editor-name").focus()
    for _ in range(6):
        page.keyboard.press("j")
    expect(page.locator("#choose-model")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#panel select").first).to_be_focused()
    tab_to(page, page.get_by_role("spinbutton", name="Freedom"))
    page.keyboard.press("Control+a")
    freedom = "0.02" if is_desk(page) else "0.04"
    page.keyboard.type(freedom)
    # Not saved yet: Run waits for it.
    page.keyboard.press("Control+Enter")
    after = succeeded(page, before)
    assert params(page, "model")["C"] == float(freedom)
    expect(page.locator("#step-split .step-run [data-state=kept]")).to_be_attached()
    expect(page.locator("#step-model .step-run [data-state=done]")).to_be_attached()
    tab_to(page, page.get_by_role("link", name=f"Compare with run {before}").locator("visible=true"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Compare 2 runs")).to_be_visible()
    expect(page.get_by_text(f"Run {after}").first).to_be_visible()
    expect(page.get_by_text(freedom).first).to_be_visible()
    assert sized.overflow() == 0
    assert sized.complaints == []


def test_a_run_goes_to_the_step_that_was_asked_for_and_can_be_opened(desk: Window, flowza: Running) -> None:
    page = desk.page
    open_editor(page, flowza)
    menu(page, "split", "Run to here")
    number = succeeded(page, 0)
    expect(page.locator("#step-split .step-run [data-state]")).to_be_attached()
    expect(page.locator("#step-model .step-run")).to_be_empty()
    page.get_by_role("link", name=f"Open run {number}").locator("visible=true").click()
    expect(page.get_by_role("heading", name=f"Run {number}")).to_be_visible()
    expect(page.get_by_text("Train/test split").first).to_be_visible()
    expect(page.get_by_text("Logistic regression")).to_have_count(0)
    assert desk.complaints == []
