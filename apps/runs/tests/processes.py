"""Processes that tests fork, as the cluster would."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from django.db import connections


class Process:
    """A forked process that does `work` and ends; killed at the end of the `with` block."""

    def __init__(self, work: Callable[[], object]) -> None:
        connections.close_all()
        self.pid = os.fork()
        if self.pid == 0:
            code = 1
            try:
                work()
                code = 0
            finally:
                os._exit(code)

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *error: object) -> None:
        self.signal(signal.SIGKILL)
        self.wait()

    def signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def wait(self) -> int:
        try:
            return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        except ChildProcessError:
            return 0


def until(condition: Callable[[], object], seconds: float = 30.0) -> float:
    """Seconds until the condition held; fails when it takes longer."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < seconds, "It did not happen in time."
        time.sleep(0.01)
    return time.monotonic() - start


def written_pid(path: Path) -> int:
    """The process id that a job writes there, once it has."""
    until(lambda: path.exists() and path.read_text().endswith("\n"))
    return int(path.read_text())


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
