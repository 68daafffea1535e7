"""The drawing of the canvas in a real browser: Drawflow's mends, the view, the hand, hostile words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.accounts.models import User
from apps.accounts.tests.people import PASSWORD, make_user
from apps.workflows.models import Workflow
from apps.workflows.tests.graphs import titanic
from tests.browser.conftest import SIZES, Window

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HOSTILE = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>${alert(3)}"
EMPTY: dict[str, Any] = {"format": 1, "seed": 0, "nodes": [], "edges": []}
SEEN = "node => { const box = node.getBoundingClientRect(); return [box.x, box.y, box.width, box.height]; }"


@pytest.fixture
def alice(transactional_db: None) -> User:
    return make_user("alice")


@pytest.fixture
def desk(browser: Browser) -> Iterator[Window]:
    width, height = SIZES["desk"]
    context = browser.new_context(viewport={"width": width, "height": height}, has_touch=True)
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
    expect(page.locator("#canvas .canvas-zoom")).to_be_visible(timeout=30_000)


def seen(page: Page, selector: str) -> tuple[float, float, float, float]:
    x, y, width, height = page.locator(selector).first.evaluate(SEEN)
    return x, y, width, height


def pull(page: Page, start: tuple[float, float], by: tuple[float, float], button: Any = "left") -> None:
    page.mouse.move(*start)
    page.mouse.down(button=button)
    page.mouse.move(start[0] + by[0] / 2, start[1] + by[1] / 2)
    page.mouse.move(start[0] + by[0], start[1] + by[1])
    page.mouse.up(button=button)


def place(workflow: Workflow, step: str) -> tuple[float, float]:
    workflow.refresh_from_db()
    node = next(node for node in workflow.graph["nodes"] if node["id"] == step)
    return node["x"], node["y"]


def drawn(page: Page, step: str) -> tuple[str, str]:
    left, top = page.locator(f"[data-step={step}]").evaluate("card => [card.style.left, card.style.top]")
    return left, top


def test_cards_wires_and_view_are_drawn_and_moved(desk: Window, live_server: LiveServer, alice: User) -> None:
    page, graph = desk.page, titanic()
    workflow = Workflow.objects.create(owner=alice, name="Canvas", graph=graph)
    opened(page, live_server, workflow)
    expect(page.locator(".canvas-step")).to_have_count(len(graph["nodes"]))
    expect(page.locator(".connection .main-path")).to_have_count(len(graph["edges"]))
    assert page.locator("[data-output=model] .output[data-type=model]").count() > 0
    check_wires_end_at_ports(page)
    check_ports_can_be_pressed(page)
    check_zoom_is_at_the_pointer(page)
    check_the_ground_is_pushed(page)
    check_the_small_map(page)
    check_a_card_is_moved(page, workflow)
    check_only_the_left_button_moves_cards(page)
    check_what_is_let_go_outside_is_let_go(page)
    check_a_step_takes_no_wire_from_itself(page, len(graph["edges"]))
    check_typing_deletes_nothing(page, len(graph["nodes"]))
    assert desk.overflow() == 0


def check_wires_end_at_ports(page: Page) -> None:
    far = page.evaluate("""() => [...document.querySelectorAll(".connection .main-path")].map((path) => {
      const [from, to] = path.dataset.edge.split(" ").map((end) => end.split("/"));
      const matrix = path.getScreenCTM();
      const middle = (step, side, port) => {
        const selector = `[data-step="${step}"] .${side}[data-port="${port}"]`;
        const box = document.querySelector(selector).getBoundingClientRect();
        return [box.x + box.width / 2, box.y + box.height / 2];
      };
      const end = (at) => {
        const point = path.getPointAtLength(at).matrixTransform(matrix);
        return [point.x, point.y];
      };
      const [a, b] = [middle(from[0], "output", from[1]), middle(to[0], "input", to[1])];
      const [c, d] = [end(0), end(path.getTotalLength())];
      return Math.max(Math.hypot(a[0] - c[0], a[1] - c[1]), Math.hypot(b[0] - d[0], b[1] - d[1]));
    })""")
    assert max(far) < 2


def check_ports_can_be_pressed(page: Page) -> None:
    page.locator(".canvas-zoom").click()
    for box in page.locator(".canvas-step [data-port]").evaluate_all(f"ports => ports.map({SEEN})"):
        assert min(box[2:]) >= 24
    port = page.locator(".output[data-port]").first
    assert port.get_attribute("aria-label") == "Output " + (port.get_attribute("title") or "")


def check_zoom_is_at_the_pointer(page: Page) -> None:
    x, y, width, height = seen(page, "[data-step=split]")
    at = (x + width / 4, y + height / 4)
    page.mouse.move(*at)
    page.keyboard.down("Control")
    for way in (-100, -100, 100, 100, 100):
        page.mouse.wheel(0, way)
    page.keyboard.up("Control")
    expect(page.locator(".canvas-zoom")).to_have_text("85 %")
    x, y, width, height = seen(page, "[data-step=split]")
    assert (x + width / 4, y + height / 4) == pytest.approx(at, abs=1.5)
    page.locator("[title='Zoom in']").click()
    expect(page.locator(".canvas-zoom")).not_to_have_text("85 %")
    page.locator("[title='Show everything']").click()
    for x, *_ in page.locator(".canvas-step").evaluate_all(f"cards => cards.map({SEEN})"):
        assert x > seen(page, "#canvas")[0]


def check_the_ground_is_pushed(page: Page) -> None:
    left, top, width, height = seen(page, "#canvas")
    free = (left + width / 2, top + height - 40)
    x, y, *_ = seen(page, "[data-step=split]")
    for button in ("left", "middle"):
        pull(page, free, (30, -20), button)
    page.mouse.wheel(10, 20)
    expect(page.locator("#canvas")).not_to_have_attribute("data-hand", "ground")
    page.wait_for_function(
        "wanted => Math.abs(document.querySelector('[data-step=split]').getBoundingClientRect().x - wanted) < 2",
        arg=x + 50,
    )
    assert seen(page, "[data-step=split]")[1] == pytest.approx(y - 60, abs=2)


def check_the_small_map(page: Page) -> None:
    x, y, width, height = seen(page, ".canvas-minimap")
    before = seen(page, "[data-step=split]")
    pull(page, (x + 20, y + height / 2), (width - 60, 0))
    assert seen(page, "[data-step=split]")[0] < before[0]
    page.locator("[title='Show everything']").click()


def check_a_card_is_moved(page: Page, workflow: Workflow) -> None:
    page.locator(".canvas-zoom").click()
    page.locator("[data-step=split]").hover()
    was = drawn(page, "split")
    x, y, width, _ = seen(page, "[data-step=split]")
    pull(page, (x + width / 2, y + 12), (83, 121))
    placed = drawn(page, "split")
    assert placed != was
    now = tuple(float(side.removesuffix("px")) for side in placed)
    expect(page.locator("#save-state")).to_have_attribute("data-state", "saved")
    page.wait_for_function(
        "revision => document.querySelector('#editor-bar').dataset.revision > revision", arg=str(workflow.revision)
    )
    # What is stored is what is drawn.
    assert place(workflow, "split") == now
    check_wires_end_at_ports(page)


def check_only_the_left_button_moves_cards(page: Page) -> None:
    before = drawn(page, "split")
    x, y, width, _ = seen(page, "[data-step=split]")
    pull(page, (x + width / 2, y + 12), (60, 60), "right")
    assert drawn(page, "split") == before
    page.keyboard.press("Escape")


def check_what_is_let_go_outside_is_let_go(page: Page) -> None:
    x, y, width, _ = seen(page, "[data-step=split]")
    pull(page, (x + width / 2, y + 12), (0, -y))
    after = drawn(page, "split")
    page.mouse.move(x + 200, y + 200)
    assert drawn(page, "split") == after


def check_a_step_takes_no_wire_from_itself(page: Page, wires: int) -> None:
    page.locator("[title='Show everything']").click()
    x, y, width, height = seen(page, "[data-step=split] .output")
    to = seen(page, "[data-step=split] .input")
    page.mouse.move(x + width / 2, y + height / 2)
    page.mouse.down()
    page.mouse.move(x + 40, y + 30)
    expect(page.locator(".connection-loose")).to_have_count(1)
    page.mouse.move(to[0] + to[2] / 2, to[1] + to[3] / 2)
    page.mouse.up()
    expect(page.locator(".connection-loose")).to_have_count(0)
    expect(page.locator(".connection .main-path")).to_have_count(wires)


def check_typing_deletes_nothing(page: Page, steps: int) -> None:
    page.locator("[data-step=split]").click()
    page.locator("#steps-search").fill("abc")
    page.keyboard.press("Delete")
    page.keyboard.press("Backspace")
    expect(page.locator(".canvas-step")).to_have_count(steps)


def test_words_of_a_graph_are_only_words(desk: Window, live_server: LiveServer, alice: User) -> None:
    graph = titanic()
    for node in graph["nodes"]:
        node["label"] = HOSTILE
    graph["nodes"].append({"id": "a.b-c_d", "kind": "csv", "label": HOSTILE, "params": {}, "x": 80, "y": 400})
    workflow = Workflow.objects.create(owner=alice, name=HOSTILE, graph=graph)
    page = desk.page
    page.on("dialog", lambda dialog: desk.complaints.append(dialog.message))
    opened(page, live_server, workflow)
    label = page.locator("[data-step='a.b-c_d'] .canvas-label")
    expect(label).to_have_text(HOSTILE)
    expect(label).to_have_attribute("title", HOSTILE)
    assert page.locator("#canvas :is(img, script)").count() == 0
    label.click()
    page.locator("[data-step='a.b-c_d'] .output").hover()
    expect(page.locator(".is-chosen[data-step='a.b-c_d']")).to_have_attribute("aria-current", "true")


def test_an_empty_canvas_says_how_to_begin(desk: Window, live_server: LiveServer, alice: User) -> None:
    workflow = Workflow.objects.create(
        owner=alice, name="New", graph={"format": 1, "seed": 0, "nodes": [], "edges": []}
    )
    opened(desk.page, live_server, workflow)
    empty = desk.page.locator(".canvas-empty")
    expect(empty.get_by_text("Begin with a table")).to_be_visible()
    empty.get_by_role("link", name="Add a source").click()
    expect(desk.page.locator("#palette")).to_be_visible()


def test_many_steps_are_all_drawn_with_their_wires(desk: Window, live_server: LiveServer, alice: User) -> None:
    nodes: list[dict[str, Any]] = [{"id": "data", "kind": "csv", "x": 0, "y": 0}]
    nodes += [
        {"id": f"s{at}", "kind": "drop_nulls", "x": 240 * (at % 25), "y": 140 * (at // 25)} for at in range(1, 100)
    ]
    edges = [
        {"from": "data" if at % 25 == 1 else f"s{at - 1}", "from_port": "table", "to": f"s{at}", "to_port": "table"}
        for at in range(1, 100)
    ]
    workflow = Workflow.objects.create(owner=alice, name="Large", graph=EMPTY | {"nodes": nodes, "edges": edges})
    page = desk.page
    opened(page, live_server, workflow)
    expect(page.locator(".canvas-step")).to_have_count(100)
    expect(page.locator(".connection .main-path[d^=M]")).to_have_count(99)
    page.locator("[title='Show everything']").click()
    expect(page.locator("#canvas")).to_have_class("canvas parent-drawflow is-far")
    check_wires_end_at_ports(page)
