"""The canvas's document in a real browser: the same graph as the server's whatever is done, and nothing lost."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from apps.workflows.tests.graphs import titanic
from flowza.engine.edit_difference import normal_form
from flowza.engine.edits import EditError, apply
from flowza.engine.tests.random_edits import candidate, random_op
from tests.browser.conftest import SIZES, Window
from tests.browser.running import Running, running

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("document")]
WALKS, LENGTH = 40, 60
SHARED = {"connect", "disconnect", "delete_node", "delete_note", "delete_frame", "rename", "comment", "move"}
"""What is refused in the browser in the same words; the values of settings are checked by the server alone."""

APPLIED = """async (walks) => {
  const { apply } = await import(new URL("apply.js", document.querySelector('script[src*="canvas/main"]').src));
  return walks.map(({ graph, ops }) => ops.map(({ op, taken }) => {
    try {
      const next = apply(graph, [op]);
      if (taken) graph = next;
      return { graph: JSON.stringify(next) };
    } catch (error) {
      return { refusal: error.message };
    }
  }));
}"""
UNDO = """() => {
  document.querySelector('#editor-bar form[data-act="undo"]').requestSubmit();
  return window.doc.idle();
}"""
DO = """(batches) => {
  const said = batches.map((ops) => window.doc.do(ops, { label: "Random" }));
  return said.filter(Boolean);
}"""


@pytest.fixture(scope="module")
def flowza(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Windows that write at the same time need a database of files."""
    with running(tmp_path_factory.mktemp("document")) as started:
        yield started


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    width, height = SIZES["desk"]
    found = browser.new_context(viewport={"width": width, "height": height})
    try:
        yield found
    finally:
        found.close()


def open_editor(page: Page, flowza: Running) -> None:
    """A copy of the demo's workflow of seven steps, open in the page."""
    page.goto(f"{flowza.address}/workflows/1/")
    page.get_by_label("User name").fill(flowza.login[0])
    page.get_by_label("Password", exact=True).fill(flowza.login[1])
    page.get_by_role("button", name="Sign in").click()
    page.locator('form[action$="/duplicate/"]').evaluate("form => form.submit()")
    expect(page.get_by_role("heading", name=re.compile(r"\(copy\)"))).to_be_visible()
    ready(page)


def ready(page: Page) -> None:
    """The page's modules run, and the document can be asked."""
    # Asked for earlier, the canvas would come before the drawing that it is made of.
    page.wait_for_load_state()
    page.evaluate(
        """async () => {
          const main = document.querySelector('script[src*="canvas/main"]').src;
          window.doc = (await import(main)).canvas.doc;
        }"""
    )


def idle(page: Page) -> None:
    page.evaluate("() => window.doc.idle()")


def shown(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate("() => window.doc.graph")
    return found


def stored(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.request.get(f"{page.url.split('?')[0]}graph.json").json()["graph"]
    return found


def looked(page: Page) -> None:
    """What others did is there."""
    page.evaluate("() => { window.doc.fetchParts(); return window.doc.idle(); }")


def test_every_operation_does_the_same_in_the_browser_as_on_the_server(
    context: BrowserContext, flowza: Running
) -> None:
    page = context.new_page()
    open_editor(page, flowza)
    random = Random(20)
    made = [walk(random) for _ in range(WALKS)]
    seen = page.evaluate(APPLIED, [{"graph": titanic(), "ops": ops} for ops, _ in made])
    for (ops, wanted), here in zip(made, seen, strict=True):
        for sent, theirs, mine in zip(ops, wanted, here, strict=True):
            if not isinstance(theirs, EditError):
                assert "refusal" not in mine, (sent, mine)
                assert json.loads(mine["graph"]) == theirs, sent
            elif sent["op"]["op"] in SHARED:
                assert mine == {"refusal": theirs.reason}, sent


def walk(random: Random) -> tuple[list[dict[str, Any]], list[Any]]:
    """Operations, some of which cannot be done, and what the engine makes of each: a graph or a refusal."""
    graph = titanic()
    ops: list[dict[str, Any]] = []
    wanted: list[Any] = []
    for _ in range(LENGTH):
        op = candidate(random, graph, "n")
        if random.random() < 0.1 and "id" in op:
            op["id"] = random.choice(["gone", "split"])
        try:
            graph, _ = apply(graph, op)
        except EditError as error:
            wanted.append(error)
        else:
            wanted.append(graph)
        ops.append({"op": op, "taken": wanted[-1] is graph})
    return ops, wanted


def test_two_windows_that_edit_at_once_end_with_the_servers_graph_and_lose_nothing(
    context: BrowserContext, flowza: Running
) -> None:
    windows = [Window(context), Window(context)]
    pages = [window.page for window in windows]
    open_editor(pages[0], flowza)
    pages[1].goto(pages[0].url)
    ready(pages[1])
    random = Random(7)
    added: set[str] = set()
    for turn in range(8):
        for tag, page in zip("ab", pages, strict=True):
            graph, batches = shown(page), []
            for number in range(3):
                name = f"{tag}{turn}_{number}"
                added.add(name)
                step: dict[str, Any] = {"op": "add_node", "id": name, "kind": "impute", "x": turn, "y": 9}
                note: dict[str, Any] = {
                    "op": "add_note",
                    "id": f"{tag}{turn}{number}",
                    "text": tag,
                    "x": turn,
                    "y": number,
                }
                batches.append([step, note])
                for op in batches[-1]:
                    graph, _ = apply(graph, op)
                op = apart(random, graph, tag)
                graph, _ = apply(graph, op)
                batches.append([op])
            assert page.evaluate(DO, batches) == []
    for page in pages:
        idle(page)
    for page in pages:
        looked(page)
        assert page.evaluate("() => window.doc.pending.length") == 0
    first, second, server = shown(pages[0]), shown(pages[1]), stored(pages[0])
    assert first == second == server
    assert added <= {node["id"] for node in server["nodes"]}
    assert len(server["notes"]) == len(added)
    assert [window.complaints for window in windows] == [[], []]


def apart(random: Random, graph: dict[str, Any], tag: str) -> dict[str, Any]:
    """A change that no other window's change can clash with: of steps that this one added."""
    own = {**graph, "nodes": [node for node in graph["nodes"] if node["id"].startswith(tag)], "edges": []}
    while True:
        op = random_op(random, own, tag)
        if op["op"] in ("set_params", "rename", "comment", "move", "connect"):
            try:
                apply(graph, op)
            except EditError:
                continue
            return op


def test_two_thousand_operations_are_undone_to_the_first_graph(context: BrowserContext, flowza: Running) -> None:
    window = Window(context)
    page = window.page
    open_editor(page, flowza)
    first = shown(page)
    random, graph = Random(3), first
    batches: list[list[dict[str, Any]]] = []
    for _ in range(20):
        batch = []
        for _ in range(100):
            op = random_op(random, graph, "n")
            if op["op"] == "add_node":  # the page gives a place to what has none
                op = {"x": 0, "y": 0} | op
            graph, _ = apply(graph, op)
            batch.append(op)
        batches.append(batch)
    assert page.evaluate(DO, batches) == []
    assert shown(page) == graph
    idle(page)
    assert normal_form(stored(page)) == normal_form(graph)
    for _ in batches:
        page.evaluate(UNDO)
    assert normal_form(stored(page)) == normal_form(first)
    assert normal_form(shown(page)) == normal_form(first)
    expect(page.get_by_role("button", name="Undo", exact=True)).to_be_disabled()
    expect(page.get_by_role("button", name="Redo: Random", exact=True)).to_be_enabled()
    assert window.complaints == []


def test_an_answer_that_cannot_be_read_does_not_hold_up_what_waits(context: BrowserContext, flowza: Running) -> None:
    window = Window(context)
    page = window.page
    open_editor(page, flowza)
    page.route("**/ops/", lambda route: route.fulfill(json={}), times=1)
    lost, sent = ({"op": "rename", "id": step, "label": "Renamed"} for step in ("split", "model"))
    assert page.evaluate(DO, [[lost], [sent]]) == []
    idle(page)
    labels = {node["id"]: node.get("label") for node in stored(page)["nodes"]}
    assert (labels["split"], labels["model"]) == (None, "Renamed")
    assert [words for words in window.complaints if "ops_since" not in words and "undefined" not in words] == []
    assert window.complaints


def test_what_could_not_be_sent_survives_a_reload_and_clashes_are_asked(
    context: BrowserContext, flowza: Running
) -> None:
    window, other = Window(context), Window(context)
    page, second = window.page, other.page
    open_editor(page, flowza)
    second.goto(page.url)
    ready(second)
    share, words = page.locator("#canvas-conflict"), page.locator("#save-state")
    setting = {"op": "set_params", "id": "split"}

    # Both change the same field: the later one is asked, and may take either.
    assert second.evaluate(DO, [[{**setting, "set": {"test_share": 0.3}}]]) == []
    idle(second)
    assert (
        page.evaluate(DO, [[{**setting, "set": {"test_share": 0.4}}, {"op": "rename", "id": "split", "label": "X"}]])
        == []
    )
    expect(share).to_contain_text("Yours: 0.4")
    expect(share).to_contain_text("Theirs: 0.3")
    expect(words).to_contain_text("Conflict")
    share.get_by_role("button", name="Take theirs").click()
    expect(words).to_contain_text("Saved")
    idle(page)
    split = next(node for node in stored(page)["nodes"] if node["id"] == "split")
    assert (split["params"]["test_share"], split["label"]) == (0.3, "X")

    # Without a connection changes wait; a page that is loaded again sends them under the same mark.
    page.route("**/ops/", lambda route: route.abort())
    step = {"op": "add_node", "id": "kept", "kind": "impute", "params": {}, "x": 40, "y": 400}
    gone = {"op": "rename", "id": "evaluate", "label": "Gone"}
    assert page.evaluate(DO, [[step], [{**setting, "set": {"test_share": 0.2}}], [gone]]) == []
    expect(words).to_contain_text("Offline")
    looked(second)
    assert second.evaluate(DO, [[{"op": "delete_node", "id": "evaluate"}]]) == []
    assert second.evaluate(DO, [[{**setting, "set": {"test_share": 0.1}}]]) == []
    idle(second)
    page.unroute("**/ops/")
    page.reload()
    ready(page)
    expect(share).to_contain_text("Yours: 0.2")
    expect(share).to_contain_text("Theirs: 0.1")
    share.get_by_role("button", name="Keep mine").click()
    expect(share).to_have_count(0)
    expect(page.locator("#toasts")).to_contain_text("There is no step 'evaluate'. It may have been deleted.")
    expect(words).to_contain_text("Saved")
    looked(page)
    now = {node["id"]: node for node in stored(page)["nodes"]}
    assert now["split"]["params"]["test_share"] == 0.2
    assert "kept" in now and "evaluate" not in now
    assert shown(page) == stored(page)
    assert page.evaluate("() => Object.keys(localStorage).filter((name) => name.startsWith('unsent'))") == []
