"""A whole Flowza for journeys: web server, worker and SQLite in a folder of its own, as `make run` starts it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120
STOP_SECONDS = 40


@dataclass(frozen=True)
class Running:
    """address: of the pages. login: the demo user's name and password."""

    address: str
    login: tuple[str, str]
    folder: Path
    process: subprocess.Popen[bytes]


@contextmanager
def running(folder: Path) -> Iterator[Running]:
    """Start it, wait until it says where it is; at the end send what Ctrl-C sends and wait until it has gone."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
    environment = {**os.environ, "FLOWZA_DATA_DIR": str(folder / "var"), "PORT": str(port), "PYTHONUNBUFFERED": "1"}
    for name in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE"):
        environment.pop(name, None)
    log = folder / "server.log"
    with log.open("w") as stream:
        process = subprocess.Popen(
            [sys.executable, "scripts/run.py"], cwd=ROOT, env=environment, stdout=stream, stderr=subprocess.STDOUT
        )
        try:
            said = wait_until_announced(process, log)
            yield Running(f"http://127.0.0.1:{port}", login_in(said), folder, process)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(STOP_SECONDS)


def wait_until_announced(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while "Demo login" not in log.read_text():
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"The server did not start:\n{log.read_text()}")
        time.sleep(0.2)
    return log.read_text()


def login_in(said: str) -> tuple[str, str]:
    line = next(line for line in said.splitlines() if "Demo login" in line)
    name, _, password = line.split(":", 1)[1].partition("/")
    return name.strip(), password.strip()


def left_behind(folder: Path) -> list[str]:
    """Command lines of processes that have this data folder in their environment."""
    sign = f"FLOWZA_DATA_DIR={folder / 'var'}".encode()
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if sign in (place / "environ").read_bytes():
                found.append((place / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found
