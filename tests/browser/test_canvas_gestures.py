"""What hands do on the canvas, by mouse and by touch: wires pulled, pressed, put elsewhere and deleted, steps added and
put into wires; each is one step of undo, and a refusal says why."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import product
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.accounts.models import User
from apps.accounts.tests.people import PASSWORD, make_user
from apps.workflows import outline
from apps.workflows.models import Workflow
from flowza.engine.catalogue import catalogue
from flowza.engine.edit_checks import EditError, check
from tests.browser.conftest import SIZES, Window

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Graph = dict[str, Any]
Spot = tuple[float, float]
RULES = """async ([name, calls]) => {
  const folder = document.querySelector('script[src*="canvas/main"]').src;
  const found = await import(new URL(`${name}.js`, folder));
  return calls.map(([call, ...given]) => found[call](...given));
}"""


def wire(source: str, target: str, port: str = "table", entering: str = "") -> dict[str, str]:
    return {"from": source, "from_port": port, "to": target, "to_port": entering or port}


def small() -> Graph:
    """Six steps that a phone shows all at once, and wires that cross nothing; forest and filter have none."""
    steps = [
        ("data", "showcase", {"name": "titanic"}, 0, 0),
        ("split", "split", {}, 240, 0),
        ("model", "logistic_regression", {}, 0, 160),
        ("evaluate", "evaluate", {}, 240, 160),
        ("forest", "random_forest_classifier", {}, 0, 320),
        ("filter", "filter", {}, 240, 320),
    ]
    nodes = [{"id": id, "kind": kind, "params": params, "x": x, "y": y} for id, kind, params, x, y in steps]
    edges = [wire("data", "split"), wire("model", "evaluate", "model")]
    return {"format": 1, "seed": 0, "nodes": nodes, "edges": edges}


# Hands


class Hand(Protocol):
    def down(self, spot: Spot) -> None: ...
    def move(self, spot: Spot) -> None: ...
    def up(self) -> None: ...
    def press(self, spot: Spot) -> None: ...


class Mouse:
    def __init__(self, page: Page) -> None:
        self.mouse = page.mouse

    def down(self, spot: Spot) -> None:
        self.mouse.move(*spot)
        self.mouse.down()

    def move(self, spot: Spot) -> None:
        self.mouse.move(*spot, steps=4)

    def up(self) -> None:
        self.mouse.up()

    def press(self, spot: Spot) -> None:
        self.mouse.click(*spot)


class Finger:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.session = page.context.new_cdp_session(page)
        self.at: Spot = (0, 0)

    def send(self, kind: str, *spots: Spot) -> None:
        points = [{"x": x, "y": y} for x, y in spots]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def down(self, spot: Spot) -> None:
        self.at = spot
        self.send("touchStart", spot)

    def move(self, spot: Spot) -> None:
        (x, y), (to_x, to_y) = self.at, spot
        for part in (0.25, 0.5, 0.75, 1):
            self.send("touchMove", (x + (to_x - x) * part, y + (to_y - y) * part))
        self.at = spot

    def up(self) -> None:
        self.send("touchEnd")

    def press(self, spot: Spot) -> None:
        self.page.touchscreen.tap(*spot)


# The canvas


class Bench:
    """A workflow open on the canvas, and the hand that works there."""

    def __init__(self, page: Page, hand: Hand, workflow: Workflow) -> None:
        self.page = page
        self.hand = hand
        self.workflow = workflow

    def graph(self) -> Graph:
        self.workflow.refresh_from_db()
        found: Graph = self.workflow.graph
        return found

    def wires(self) -> set[tuple[str, str]]:
        return {(edge["from"], edge["to"]) for edge in self.graph()["edges"]}

    def kinds(self) -> dict[str, str]:
        return {step["id"]: step["kind"] for step in self.graph()["nodes"]}

    def saved(self, draft: int) -> None:
        expect(self.page.locator("#draft")).to_have_text(f"draft {draft}")
        expect(self.page.locator("#save-state")).to_have_attribute("data-state", "saved")

    def step(self, id: str) -> Locator:
        return self.page.locator(f'.canvas-step[data-step="{id}"]')

    def out(self, id: str) -> Spot:
        return middle(self.step(id).locator(".output[data-port]").first)

    def into(self, id: str) -> Spot:
        return middle(self.step(id).locator(".input[data-port]").first)

    def ground(self) -> Spot:
        """A place of the canvas below all steps."""
        box = self.page.locator("#canvas").bounding_box()
        assert box
        return box["x"] + box["width"] / 2, self.out("filter")[1] + 90

    def between(self, source: str, target: str) -> Spot:
        (x, y), (to_x, to_y) = self.out(source), self.into(target)
        return (x + to_x) / 2, (y + to_y) / 2

    def pull(self, start: Spot, end: Spot) -> None:
        self.hand.down(start)
        self.hand.move(end)
        self.hand.up()

    def said(self, words: str) -> None:
        expect(self.page.locator("#announcer")).to_contain_text(words)

    def undone(self, draft: int, before: Graph) -> None:
        """One undo brings everything back."""
        self.saved(draft)
        assert self.graph() != before
        self.page.get_by_role("button", name=re.compile("^Undo")).click()
        self.saved(draft + 1)
        assert normal(self.graph()) == normal(before)


def normal(graph: Graph) -> str:
    return json.dumps(graph, sort_keys=True)


def middle(element: Locator) -> Spot:
    box = element.bounding_box()
    assert box, f"{element} is not to be seen"
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.fixture
def alice(transactional_db: None) -> User:
    return make_user("alice")


def opened(context: BrowserContext, server: LiveServer, owner: User) -> tuple[Window, Workflow]:
    workflow = Workflow.objects.create(owner=owner, name="Titanic", graph=small())
    window = Window(context)
    window.page.goto(f"{server.url}/workflows/{workflow.pk}/?view=canvas")
    window.page.get_by_label("User name").fill("alice")
    window.page.get_by_label("Password", exact=True).fill(PASSWORD)
    window.page.get_by_role("button", name="Sign in").click()
    expect(window.page.locator(".canvas-step")).to_have_count(6)
    return window, workflow


def bench_of(browser: Browser, server: LiveServer, owner: User, *, touch: bool) -> Iterator[Bench]:
    width, height = SIZES["phone" if touch else "desk"]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if touch else "light", has_touch=touch
    )
    try:
        window, workflow = opened(context, server, owner)
        hand = Finger(window.page) if touch else Mouse(window.page)
        yield Bench(window.page, hand, workflow)
        assert window.complaints == []
    finally:
        context.close()


@pytest.fixture(params=["mouse", "touch"])
def bench(request: pytest.FixtureRequest, browser: Browser, live_server: LiveServer, alice: User) -> Iterator[Bench]:
    yield from bench_of(browser, live_server, alice, touch=request.param == "touch")


@pytest.fixture
def desk(browser: Browser, live_server: LiveServer, alice: User) -> Iterator[Bench]:
    yield from bench_of(browser, live_server, alice, touch=False)


# Wires


def test_wires_are_made_replaced_moved_and_deleted(bench: Bench) -> None:
    wires_pulled(bench)
    wires_pressed(bench)


def wires_pulled(bench: Bench) -> None:
    page, hand, before = bench.page, bench.hand, bench.graph()
    start = bench.workflow.revision

    hand.down(bench.out("data"))
    hand.move(bench.into("evaluate"))
    expect(bench.step("filter").locator(".input")).to_have_class(re.compile(r"\bfits\b"))
    expect(bench.step("forest").locator(".input")).to_have_class(re.compile(r"\bfits\b"))
    expect(bench.step("evaluate")).to_have_class(re.compile(r"\bfades\b"))
    hand.up()
    reason = "'Evaluate' takes a model, 'Showcase dataset' gives a dataset."
    expect(page.locator("[data-refusal]")).to_have_text(reason)
    bench.said(reason)
    expect(page.locator(".fades, .fits")).to_have_count(0)

    bench.pull(bench.out("forest"), bench.into("evaluate"))
    expect(page.locator("[data-refusal]")).to_contain_text(
        "'Evaluate' has its model from 'Logistic regression' already."
    )
    page.get_by_role("button", name="Replace it").click()
    bench.saved(start + 1)
    assert ("forest", "evaluate") in bench.wires() and ("model", "evaluate") not in bench.wires()
    bench.undone(start + 1, before)

    # The same wire is put there by its handle, and taken away by being let go in the empty.
    hand.press(bench.between("model", "evaluate"))
    bench.said("The wire from 'Logistic regression' to 'Evaluate' is chosen.")
    bench.pull(middle(page.locator('.wire-handle[data-end="from"]')), bench.out("forest"))
    bench.saved(start + 3)
    assert ("forest", "evaluate") in bench.wires() and ("model", "evaluate") not in bench.wires()
    bench.undone(start + 3, before)
    hand.press(bench.between("model", "evaluate"))
    bench.pull(middle(page.locator('.wire-handle[data-end="to"]')), bench.ground())
    bench.saved(start + 5)
    assert ("model", "evaluate") not in bench.wires()
    bench.undone(start + 5, before)


def wires_pressed(bench: Bench) -> None:
    page, hand, before = bench.page, bench.hand, bench.graph()
    start = bench.workflow.revision
    hand.press(bench.out("data"))
    bench.said("The output of 'Showcase dataset' is taken.")
    expect(bench.step("filter").locator(".input")).to_have_class(re.compile(r"\bfits\b"))
    hand.press(bench.into("filter"))
    bench.saved(start + 1)
    assert ("data", "filter") in bench.wires()
    bench.undone(start + 1, before)

    hand.press(bench.between("model", "evaluate"))
    if isinstance(hand, Mouse):
        page.keyboard.press("Delete")
    else:
        page.get_by_role("button", name="Delete this wire").tap()
    bench.saved(start + 3)
    assert ("model", "evaluate") not in bench.wires()
    bench.undone(start + 3, before)

    # The port pressed twice asks what to add there.
    hand.press(bench.out("forest"))
    bench.said("The output of 'Random forest' is taken.")
    hand.press(bench.out("forest"))
    expect(page.get_by_role("dialog", name="Add a step after Random forest")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".quick-add")).to_have_count(0)


# Steps


def test_steps_are_added_where_a_wire_ends_and_put_into_wires(bench: Bench) -> None:
    added_in_the_empty(bench)
    put_into_a_wire(bench)


def added_in_the_empty(bench: Bench) -> None:
    page, before = bench.page, bench.graph()
    start = bench.workflow.revision
    bench.pull(bench.out("forest"), bench.ground())
    search = page.get_by_role("dialog", name="Add a step after Random forest")
    options = search.get_by_role("option")
    expect(options.first).to_contain_text("Evaluate")
    refused = options.and_(page.locator("[data-kind=filter]"))
    expect(refused).to_have_attribute("aria-disabled", "true")
    expect(refused).to_contain_text("'Filter' takes a dataset, 'Random forest' gives a model.")
    search.get_by_role("combobox").fill("compare")
    expect(options).to_have_count(1)
    page.keyboard.press("Enter")
    bench.saved(start + 1)
    assert ("forest", "compare") in bench.wires()
    page.evaluate("document.documentElement.dataset.sheet = ''")
    bench.undone(start + 1, before)

    bench.pull(bench.into("filter"), bench.ground())
    search = page.get_by_role("dialog", name="Add a step before Filter")
    expect(search.get_by_role("option").first).to_contain_text("CSV")
    row = search.locator("[data-kind=sample]")
    row.tap() if isinstance(bench.hand, Finger) else row.click()
    bench.saved(start + 3)
    assert ("sample", "filter") in bench.wires()
    page.evaluate("document.documentElement.dataset.sheet = ''")
    bench.undone(start + 3, before)


def put_into_a_wire(bench: Bench) -> None:
    page, hand, before = bench.page, bench.hand, bench.graph()
    start = bench.workflow.revision
    target = bench.between("data", "split")
    if isinstance(hand, Finger):
        page.locator(".editor-dock [data-fold=steps]").tap()
    hand.down(middle(page.locator("#steps-column [data-kind=drop_nulls]")))
    if isinstance(hand, Finger):
        expect(page.locator(".step-in-hand")).to_be_visible()
    hand.move(target)
    expect(page.locator(".canvas-preview-wire")).to_have_count(2)
    hand.up()
    expect(page.locator(".step-in-hand, .canvas-preview-wire")).to_have_count(0)
    bench.saved(start + 1)
    assert {("data", "drop_nulls"), ("drop_nulls", "split")} <= bench.wires()
    assert ("data", "split") not in bench.wires()
    bench.undone(start + 1, before)

    # What lies there without a wire is put into one by its card.
    hand.down(middle(bench.step("filter")))
    hand.move((target[0] + 10, target[1] + 20))
    hand.move(target)
    expect(page.locator(".canvas-preview-wire")).to_have_count(2)
    hand.up()
    bench.saved(start + 3)
    assert {("data", "filter"), ("filter", "split")} <= bench.wires()
    bench.undone(start + 3, before)


def test_steps_are_added_by_a_press_and_by_a_search(desk: Bench) -> None:
    page, before = desk.page, desk.graph()
    start = desk.workflow.revision
    desk.step("data").click()
    expect(page.locator("#panel")).to_have_attribute("data-step", "data")
    page.locator("#steps-column [data-kind=drop_nulls]").click()
    desk.saved(start + 1)
    assert {("data", "drop_nulls"), ("drop_nulls", "split")} <= desk.wires()
    desk.undone(start + 1, before)

    page.mouse.dblclick(*desk.ground())
    expect(page.get_by_role("dialog", name="Add a step here")).to_be_visible()
    page.keyboard.type("xgboost")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    desk.saved(start + 3)
    assert "xgboost_regressor" in desk.kinds().values()
    desk.undone(start + 3, before)

    desk.step("split").click()
    page.keyboard.press("Tab")
    search = page.get_by_role("dialog", name="Add a step after Train/test split")
    expect(search.get_by_role("option").first).to_contain_text("Drop duplicates")
    # Who closes it by a key walks on with Tab.
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(page.locator(".quick-add")).to_have_count(0)


# Rules


def test_the_canvas_refuses_and_plans_what_the_server_does_in_the_same_words(desk: Bench) -> None:
    graph = small()
    graph["edges"] += [wire("split", "model"), wire("split", "forest")]
    graph["nodes"].append({"id": "predict", "kind": "predict", "params": {}, "label": "Answers"})
    graph["nodes"] += [{"id": kind, "kind": kind, "params": {}} for kind in ("compare", "sample")]
    graph["edges"] += [wire("model", "predict", "model"), wire("forest", "compare", "model", "models")]
    graph["edges"].append(wire("filter", "sample"))
    ids = [step["id"] for step in graph["nodes"]] + ["gone"]
    ports = product(["table", "model", "report", "nothing"], ["table", "model", "models"])
    edges = [wire(a, b, *pair) for pair in ports for a, b in product(ids, ids)]
    said = desk.page.evaluate(RULES, ["rules", [["refusal", graph, edge] for edge in edges]])
    assert said == [refusal(graph, edge) for edge in edges]
    assert "" in said and any("circle" in words for words in said)
    plans_of_the_outline(desk)


def plans_of_the_outline(desk: Bench) -> None:
    """What is deleted and added leaves the wires that the outline would leave."""
    graph = small()
    graph["edges"] += [wire("split", "model"), wire("split", "forest")]
    steps = [step["id"] for step in graph["nodes"]]
    deleted = desk.page.evaluate(RULES, ["plans", [["removed", graph, [step]] for step in steps]])
    assert [plan["ops"] for plan in deleted] == [outline.plan(graph, {"do": "delete", "step": step}) for step in steps]

    pairs = [(kind, step) for kind, step in product(catalogue(), steps) if planned(graph, kind, step)]
    added = desk.page.evaluate(RULES, ["plans", [["behind", graph, kind, step] for kind, step in pairs]])
    assert [wiring(plan["ops"]) for plan in added] == [wiring(planned(graph, kind, step)) for kind, step in pairs]


def refusal(graph: Graph, edge: dict[str, str]) -> str:
    try:
        check(graph, {"op": "connect", **edge})
    except EditError as error:
        return error.reason
    return ""


def planned(graph: Graph, kind: str, after: str) -> list[dict[str, Any]]:
    """What the outline would do; nothing where it refuses, or where the step would stand alone."""
    try:
        ops = outline.plan(graph, {"do": "add", "kind": kind, "after": after})
    except EditError:
        return []
    return ops if wiring(ops) else []


def wiring(ops: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [op for op in ops if op["op"] in ("connect", "disconnect")]
