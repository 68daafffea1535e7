"""Make the pictures of the documentation and of the welcome page: `python scripts/pictures.py`.

Starts Flowza on a free port with a data folder of its own, signs in as the demo user, and photographs pages in light
and dark. Needs Chromium (Debian's, or the one that CHROMIUM names) and the development requirements.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
WELCOME = ROOT / "static" / "img"
"""Where the page for people who have not signed in takes its picture from."""
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
LARGEST = 250_000
COMPARISON = 2
"""The workflow of the model comparison: the second that is made, after the demo's."""
START_SECONDS, RUN_SECONDS, QUIET_SECONDS = 90, 120, 10

Scheme = Literal["light", "dark"]


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="flowza-pictures-") as folder, serving(Path(folder)) as address:
        password = (Path(folder) / "demo-password").read_text()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            dataset = prepare(browser, address, password)
            for scheme in ("light", "dark"):
                photograph(browser, address, password, dataset, scheme)
            browser.close()
    for picture in sorted([*PICTURES.glob("*.png"), *WELCOME.glob("*.png")]):
        size = picture.stat().st_size
        print(f"{picture.relative_to(ROOT)}: {size // 1000} kB{'  TOO LARGE' if size > LARGEST else ''}")


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A Flowza of its own: its address. Ends with all its processes."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
    environment = {**os.environ, "PORT": str(port), "FLOWZA_DATA_DIR": str(folder), "HOST": "127.0.0.1"}
    process = subprocess.Popen([sys.executable, "scripts/run.py"], cwd=ROOT, env=environment)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(port, process)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health/", timeout=2).close()
            return
        time.sleep(0.3)
    sys.exit("Flowza did not start.")


def prepare(browser: Browser, address: str, password: str) -> str:
    """Wait for the demo's run, upload a table, add two workflows; gives the path of the table's page."""
    page = browser.new_page()
    sign_in(page, address, password)
    deadline = time.monotonic() + RUN_SECONDS
    page.goto(f"{address}/runs/1/")
    while "Succeeded" not in page.inner_text("main") and time.monotonic() < deadline:
        page.wait_for_timeout(500)
        page.reload()
    content = page.request.get(f"{address}/datasets/showcase/churn.csv").body()
    page.goto(f"{address}/datasets/upload/")
    page.set_input_files("input[type=file]", {"name": "customers.csv", "mimeType": "text/csv", "buffer": content})
    page.wait_for_url(re.compile(r"/datasets/\d+/$"))
    path = page.url.removeprefix(address)
    for template, showcase in (("model-comparison", "wine"), ("boosted-classification", "churn")):
        page.goto(f"{address}/workflows/start/?template={template}&showcase={showcase}")
        page.click("text=Make the workflow")
        page.wait_for_selector('#view-switch [aria-pressed="true"]')  # the editor's scripts have started
        page.click("#editor-bar form[data-run] button")
        expect(page.locator("#drawer-run [data-state=succeeded]")).to_be_visible(timeout=RUN_SECONDS * 1000)
    page.context.close()
    return path


def sign_in(page: Page, address: str, password: str) -> None:
    page.goto(f"{address}/sign-in/")
    page.fill("[name=username]", "demo")
    page.fill("[name=password]", password)
    page.click("main button[type=submit]")
    expect(page.locator("h1")).to_have_text("Home")


def photograph(browser: Browser, address: str, password: str, dataset: str, scheme: Scheme) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 960}, color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    sign_in(page, address, password)
    editor = f"/workflows/{COMPARISON}/?view=canvas&step=forest"
    for name, path in (("home", "/"), ("dataset", dataset), ("workflow", editor), ("run", "/runs/1/")):
        shoot(page, f"{address}{path}", PICTURES / f"{name}-{scheme}.png")
    page.set_viewport_size({"width": 1280, "height": 800})
    shoot(page, f"{address}/workflows/1/?view=canvas&step=encode", WELCOME / f"welcome-{scheme}.png")
    if scheme == "light":
        page.set_viewport_size({"width": 390, "height": 844})
        shoot(page, f"{address}/runs/1/", PICTURES / "run-phone.png")
        shoot(page, f"{address}/workflows/1/?view=outline", PICTURES / "workflow-phone.png")
    context.close()


def shoot(page: Page, address: str, path: Path) -> None:
    """A picture of what the window shows, once nothing is loading any more."""
    page.goto(address)
    with contextlib.suppress(PlaywrightTimeout):  # the editor asks again now and then
        page.wait_for_load_state("networkidle", timeout=QUIET_SECONDS * 1000)
    page.evaluate("document.fonts.ready.then(() => null)")
    page.wait_for_timeout(1000)  # figures are drawn when they come into view
    page.screenshot(path=path, animations="disabled")


if __name__ == "__main__":
    main()
