"""Choosing, moving, copying and writing on the canvas: by mouse, by keyboard alone, by finger."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.conftest import SIZES, Window
from tests.browser.running import Running, running

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("canvas_select")]


@pytest.fixture(scope="module")
def flowza(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("canvas_select")) as started:
        yield started


@pytest.fixture(scope="module")
def signed_in(browser: Browser, flowza: Running) -> Any:
    """The cookies of the demo user."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{flowza.address}/workflows/")
    page.get_by_label("User name").fill(flowza.login[0])
    page.get_by_label("Password", exact=True).fill(flowza.login[1])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Workflows", exact=True)).to_be_visible()
    state = context.storage_state()
    context.close()
    return state


def opened(browser: Browser, state: Any, flowza: Running, theme: Any, **more: Any) -> tuple[BrowserContext, Window]:
    """A copy of the demo's workflow of seven steps on the canvas, all of it in sight."""
    width, height = SIZES["phone" if more else "desk"]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=theme, storage_state=state, **more
    )
    window = Window(context)
    page = window.page
    page.goto(f"{flowza.address}/workflows/")
    token = page.locator("body").get_attribute("hx-headers") or "{}"
    copied = context.request.post(
        f"{flowza.address}/workflows/1/duplicate/", headers=json.loads(token) | {"Referer": flowza.address}
    )
    page.goto(f"{copied.url.split('?')[0]}?view=canvas")
    expect(card(page, "data")).to_have_attribute("aria-label", re.compile("^Step 1, Showcase dataset, sources"))
    return context, window


def card(page: Page, step: str) -> Locator:
    return page.locator(f'.canvas-step[data-step="{step}"]')


def cards(page: Page) -> Locator:
    return page.locator(".canvas-step")


def said(page: Page, words: str) -> None:
    expect(page.locator("#announcer")).to_contain_text(words)


def saved(page: Page) -> None:
    expect(page.locator("#saved")).to_contain_text("Saved")


def place(page: Page, step: str) -> tuple[float, float]:
    style = card(page, step).evaluate("card => [parseFloat(card.style.left), parseFloat(card.style.top)]")
    return style[0], style[1]


def middle(locator: Locator) -> tuple[float, float]:
    box = locator.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def pull(page: Page, start: tuple[float, float], by: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(start[0] + by[0] / 2, start[1] + by[1] / 2)
    page.mouse.move(start[0] + by[0], start[1] + by[1])
    page.mouse.up()


def choose_from_menu(page: Page, words: str) -> None:
    page.get_by_role("menuitem", name=words, exact=True).click()


def ground(page: Page) -> tuple[float, float]:
    """A place of the canvas where nothing lies, above the steps."""
    box = page.locator("#canvas").bounding_box()
    assert box is not None
    return box["x"] + 60, box["y"] + 80


def test_by_mouse(browser: Browser, signed_in: Any, flowza: Running) -> None:
    context, window = opened(browser, signed_in, flowza, "light")
    page = window.page
    chosen = page.locator(".canvas-step.is-selected")
    page.get_by_role("button", name="Show everything").click()

    # A band with Shift, then one out of it with Ctrl.
    first, third = middle(card(page, "data")), middle(card(page, "encode"))
    page.keyboard.down("Shift")
    pull(page, (first[0] - 50, first[1] - 60), (third[0] - first[0] + 60, 90))
    page.keyboard.up("Shift")
    expect(chosen).to_have_count(3)
    said(page, "Chosen: 3 steps.")
    card(page, "encode").click(modifiers=["Control"])
    expect(chosen).to_have_count(2)
    # The small map moves the view and nothing else.
    page.locator(".canvas-minimap").dblclick()
    expect(chosen).to_have_count(2)
    expect(page.locator("dialog[open], .wire-tools")).to_have_count(0)
    page.get_by_role("button", name="Show everything").click()

    # Several are pulled together, and one undo puts all of them back.
    before = {step: place(page, step) for step in ("data", "fill", "encode")}
    pull(page, middle(card(page, "fill")), (0, 70))
    said(page, "2 steps were moved.")
    after = {step: place(page, step) for step in before}
    assert after["encode"] == before["encode"]
    assert after["data"][1] - before["data"][1] == after["fill"][1] - before["fill"][1] > 0
    assert after["fill"][0] % 20 == after["fill"][1] % 20 == 0
    saved(page)
    page.keyboard.press("Control+z")
    expect(card(page, "fill")).to_have_css("top", f"{before['fill'][1]:g}px")
    assert place(page, "data") == before["data"]

    # Align and tidy from the menu.
    card(page, "data").click()
    card(page, "fill").click(modifiers=["Shift"])
    card(page, "fill").click(button="right")
    choose_from_menu(page, "Align left edges")
    assert place(page, "fill")[0] == place(page, "data")[0]
    page.mouse.click(*ground(page), button="right")
    choose_from_menu(page, "Tidy the chosen steps")
    said(page, "into place")
    assert place(page, "fill")[0] > place(page, "data")[0]

    # A note and a frame are plain text; a frame takes along what lies in it.
    page.mouse.click(*ground(page), button="right")
    choose_from_menu(page, "Add a note here")
    page.keyboard.type("<img src=x onerror=alert(1)>")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".canvas-note .mark-words")).to_have_text("<img src=x onerror=alert(1)>")
    assert page.locator(".canvas-note img").count() == 0
    card(page, "evaluate").click()
    page.keyboard.press("g")
    page.keyboard.type("The end")
    page.keyboard.press("Enter")
    expect(page.locator(".canvas-frame .mark-words")).to_have_text("The end")
    before = {step: place(page, step) for step in ("evaluate", "model")}
    pull(page, middle(page.locator(".canvas-frame .mark-words")), (0, 60))
    said(page, "2 things were moved.")
    assert place(page, "evaluate")[1] > before["evaluate"][1]
    assert place(page, "model") == before["model"]

    # Hostile and damaged text does nothing.
    paste = """text => {
      const data = new DataTransfer();
      data.setData("text/plain", text);
      document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    }"""
    page.mouse.click(*ground(page))
    evil = {"marker": "flowza-steps", "version": 1, "steps": [{"id": "__proto__", "kind": "impute"}]}
    for text in (json.dumps(evil), json.dumps(evil | {"wires": [], "notes": [], "frames": []})):
        page.evaluate(paste, text)
        said(page, "What was copied is damaged.")
    page.evaluate(paste, json.dumps({"marker": "flowza-steps", "version": 99}))
    said(page, "another version")
    for text in ("flowza-steps", "hello", '{"nodes": []}'):
        page.evaluate(paste, text)
    expect(cards(page)).to_have_count(7)
    strange = {"id": "a", "kind": "csv", "params": {"dataset": "dataset:999999"}}
    clip = {"marker": "flowza-steps", "version": 1, "steps": [strange], "wires": [], "notes": [], "frames": []}
    page.evaluate(paste, json.dumps(clip))
    expect(page.get_by_text("999999").first).to_be_visible()
    expect(cards(page)).to_have_count(7)

    assert [one for one in window.complaints if "422" not in one] == []
    context.close()


def test_by_keyboard_alone(browser: Browser, signed_in: Any, flowza: Running) -> None:
    context, window = opened(browser, signed_in, flowza, "dark")
    page = window.page
    keys = page.keyboard

    # Into the canvas, along the wires, to the settings and back.
    card(page, "data").focus()
    keys.press("ArrowRight")
    expect(card(page, "fill")).to_be_focused()
    keys.press("ArrowRight")
    keys.press("ArrowLeft")
    expect(card(page, "fill")).to_be_focused()
    keys.press("Enter")
    expect(page.locator("#panel")).to_contain_text("Impute")
    expect(page.locator("#panel :focus")).to_have_count(1)
    keys.press("Escape")
    expect(card(page, "fill")).to_be_focused()
    keys.press("Alt+ArrowDown")
    said(page, "Impute was moved.")

    # Delete never while typing; delete and undo.
    page.locator("#steps-search").fill("abc")
    keys.press("Delete")
    keys.press("Backspace")
    expect(cards(page)).to_have_count(7)
    page.locator("#steps-search").fill("")

    # All away, and a workflow of three steps is built anew.
    card(page, "data").focus()
    keys.press("Control+a")
    said(page, "Chosen: 7 steps.")
    keys.press("Delete")
    expect(cards(page)).to_have_count(0)
    for name in ("Showcase dataset", "Drop nulls", "Sample"):
        keys.press("/")
        search = page.get_by_role("dialog").get_by_role("combobox").or_(page.locator(".quick-add input"))
        expect(search.first).to_be_focused()
        keys.type(name)
        keys.press("Enter")
        expect(cards(page).filter(has_text=name)).to_have_count(1)
    expect(page.locator(".connection")).to_have_count(2)
    sample = cards(page).filter(has_text="Sample").first
    source = cards(page).filter(has_text="Showcase dataset").first

    # A wire taken away at its port and made again by C.
    sample.focus()
    keys.press("Tab")
    expect(sample.locator(".input")).to_be_focused()
    keys.press("Delete")
    expect(page.locator(".connection")).to_have_count(1)
    source.focus()
    keys.press("c")
    said(page, "Connecting from 'Showcase dataset'")
    for _ in range(3):
        if page.locator(".is-aimed").evaluate("port => port.closest('.canvas-step').innerText").find("Sample") >= 0:
            break
        keys.press("ArrowDown")
    keys.press("Enter")
    expect(page.locator(".connection")).to_have_count(2)
    expect(sample).to_have_attribute("aria-label", re.compile("reads from Showcase dataset"))

    # Copy and paste keeps the wires inside; the menu opens, walks and closes by keys.
    saved(page)
    source.focus()
    keys.press("Control+a")
    keys.press("Control+c")
    said(page, "3 steps copied.")
    keys.press("Control+v")
    expect(cards(page)).to_have_count(6)
    expect(page.locator(".connection")).to_have_count(4)
    keys.press("Control+d")
    expect(cards(page)).to_have_count(9)
    keys.press("Delete")
    expect(cards(page)).to_have_count(6)
    source.focus()
    keys.press("Shift+F10")
    expect(page.get_by_role("menuitem").first).to_be_focused()
    keys.press("ArrowDown")
    expect(page.get_by_role("menuitem").nth(1)).to_be_focused()
    keys.press("Escape")
    expect(page.get_by_role("menu")).to_have_count(0)
    expect(source).to_be_focused()

    # The sheet is the table: each of its lines does something.
    keys.press("?")
    listed = page.locator("#shortcuts [data-does]").evaluate_all("rows => rows.map((row) => row.dataset.does)")
    known = page.evaluate(
        """async () => {
          const base = document.querySelector('script[src*="canvas/main"]').src.replace(/main[^/]*$/, "");
          const keys = await import(base + "keys.js");
          return [...Object.keys(keys.ACTIONS), ...keys.ELSEWHERE];
        }"""
    )
    outline = {"earlier", "later", "sheet", "run", "undo", "redo"}
    assert set(listed) == set(known) | outline
    keys.press("Escape")
    expect(page.locator("#shortcuts")).to_be_hidden()
    assert window.complaints == []
    context.close()


def test_by_finger(browser: Browser, signed_in: Any, flowza: Running) -> None:
    context, window = opened(browser, signed_in, flowza, "dark", has_touch=True, is_mobile=True)
    page = window.page
    page.get_by_role("button", name="Show everything").tap()
    page.get_by_role("button", name="Choose several").tap()
    card(page, "data").tap()
    card(page, "fill").tap()
    expect(page.locator(".canvas-step.is-selected")).to_have_count(2)
    page.get_by_role("button", name="Choose several").tap()
    x, y = middle(card(page, "fill"))
    finger = context.new_cdp_session(page)
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    expect(page.get_by_role("menuitem", name="Align left edges")).to_be_visible()
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.get_by_role("menuitem", name="Delete 2").tap()
    expect(cards(page)).to_have_count(5)
    assert window.overflow() == 0
    assert window.complaints == []
    context.close()
