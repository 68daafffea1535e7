"""`make bench-editor`: what the hand and the eye wait for in the editor, in Chromium against a whole Flowza.

Each function of `MEASURES` gives lines of `results/editor.json`. Server, worker and SQLite have a folder of their own.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

FOLDER = tempfile.TemporaryDirectory(prefix="flowza-bench-editor-")
os.environ["FLOWZA_DATA_DIR"] = str(Path(FOLDER.name) / "var")
os.environ["DJANGO_SETTINGS_MODULE"] = "flowza.settings"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright keeps an event loop in this thread
os.environ.pop("DATABASE_URL", None)

import django  # noqa: E402

django.setup()

import argparse  # noqa: E402
import shutil  # noqa: E402
from collections.abc import Callable  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402
from django.db import connection  # noqa: E402
from playwright.sync_api import ConsoleMessage, Page, sync_playwright  # noqa: E402

from apps.accounts.models import User  # noqa: E402
from apps.workflows.models import Workflow  # noqa: E402
from benchmarks.editor_scripts import DRAG, LIVE, OPEN, OPS  # noqa: E402
from benchmarks.measure import Line, absolute, write  # noqa: E402
from flowza.engine.templates import TEMPLATES  # noqa: E402
from tests.browser.running import Running, running  # noqa: E402

SIZES = (50, 250, 500)
OPEN_MS, FRAME_MS, OP_MS, LIVE_MS = 300, 8, 150, 300
ROW = 25
QUIET_MS = 4000
"""After a page is there, so that nothing else goes on while something is measured."""
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "chromium"
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


class Window:
    """A signed-in window; `complaints` are console errors and violations of the content security policy."""

    def __init__(self, page: Page, server: Running) -> None:
        self.page, self.server = page, server
        self.complaints: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(f"{server.address}/workflows/")
        name, password = server.login
        page.get_by_label("User name").fill(name)
        page.get_by_label("Password", exact=True).fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="Workflows", exact=True).wait_for()
        self.person = User.objects.get(username=name)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def open(self, graph: dict[str, Any], name: str) -> None:
        workflow = Workflow.objects.create(owner=self.person, name=name, graph=graph)
        self.page.goto(f"{self.server.address}/workflows/{workflow.pk}/?view=canvas")
        self.page.wait_for_selector(f".canvas-step >> nth={len(graph['nodes']) - 1}", state="attached", timeout=60_000)
        self.page.wait_for_timeout(QUIET_MS)

    def milliseconds(self, script: str, **given: Any) -> list[float]:
        found: list[float] = self.page.evaluate(script, given)
        return found


def steps(count: int) -> dict[str, Any]:
    """A table and rows of steps behind it, each row a chain."""
    nodes: list[dict[str, Any]] = [
        {"id": "data", "kind": "showcase", "params": {"name": "titanic"}, "x": 0, "y": 0},
    ]
    edges = []
    for number in range(1, count):
        column, row = (number - 1) % ROW, (number - 1) // ROW
        nodes.append({"id": f"s{number}", "kind": "drop_nulls", "x": 240 * (column + 1), "y": 140 * row})
        source = f"s{number - 1}" if column else "data"
        edges.append({"from": source, "from_port": "table", "to": f"s{number}", "to_port": "table"})
    return {"format": 1, "seed": 0, "nodes": nodes, "edges": edges}


def p95(times: list[float]) -> float:
    return float(np.percentile(times, 95))


def drawing(window: Window, repeats: int) -> list[Line]:
    """Cards and wires of large workflows: to make all of them, and to move one."""
    lines = []
    for count in SIZES:
        window.open(steps(count), f"{count} steps")
        opened = float(np.median(window.milliseconds(OPEN, repeats=repeats)))
        frames = p95(window.milliseconds(DRAG, frames=60))
        print(f"  {count} steps: open {opened:.0f} ms, drag frame p95 {frames:.1f} ms")
        lines.append(absolute(f"{count} steps: open, median", opened, "ms", OPEN_MS))
        lines.append(absolute(f"{count} steps: a frame while a card is moved, p95", frames, "ms", FRAME_MS))
    return lines


def operations(window: Window, repeats: int) -> list[Line]:
    """From a change on the canvas to the server's answer."""
    lines = []
    for count in SIZES:
        window.open(steps(count), f"{count} steps")
        waited = p95(window.milliseconds(OPS, repeats=max(repeats, 20)))
        print(f"  {count} steps: an operation p95 {waited:.0f} ms")
        lines.append(absolute(f"{count} steps: an operation's round trip, p95", waited, "ms", OP_MS))
    return lines


def live(window: Window, repeats: int) -> list[Line]:
    """From an edit that the server has to the sizes and figures of the sample on every card; the slowest template."""
    worst = 0.0
    for slug, template in TEMPLATES.items():
        window.open(template.graph(), slug)
        waited = p95(window.milliseconds(LIVE, repeats=repeats))
        print(f"  {slug}: live facts p95 {waited:.0f} ms")
        worst = max(worst, waited)
    return [absolute("live preview after an edit on each template, p95", worst, "ms", LIVE_MS)]


MEASURES: dict[str, Callable[[Window, int], list[Line]]] = {"drawing": drawing, "operations": operations, "live": live}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--only", nargs="*", default=list(MEASURES), choices=list(MEASURES))
    options = parser.parse_args()
    try:
        with running(Path(FOLDER.name)) as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
            window = Window(browser.new_page(viewport={"width": 1440, "height": 900}), server)
            lines = [line for name in options.only for line in MEASURES[name](window, options.repeats)]
            for complaint in window.complaints:
                print(f"  {complaint}")
            refused = [words for words in window.complaints if "Content Security Policy" in words]
            lines.append(absolute("violations of the content security policy", len(refused), "", 0))
            lines.append(absolute("errors on the console", len(window.complaints) - len(refused), "", 0))
            write("editor", lines)
            browser.close()
    finally:
        connection.close()
        FOLDER.cleanup()


if __name__ == "__main__":
    main()
