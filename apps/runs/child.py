"""The process that does a run's work: forked from a warm supervisor, capped, and never outliving it.

It needs no database. It says what happens as JSON lines over a pipe, looks at one shared byte for a
cancel, and holds a second pipe that only tells whether the supervisor lives.
"""

from __future__ import annotations

import faulthandler
import json
import math
import mmap
import os
import resource
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from apps.runs import processes

Event = dict[str, Any]
Perform = Callable[[Any, Callable[[Event], None], Callable[[], bool]], Event]
"""`flowza.engine.job.perform`: (job, emit, cancelled) -> the finished event."""

BUG_EXIT = 70
MEMORY_EXIT = 71
"""The backstop refused memory: the job wanted far more than its limit in one leap."""


@dataclass
class Child:
    """A supervisor's hold on its child. `events` is read without blocking."""

    pid: int
    pidfd: int
    events: int
    _life: int
    _cancel: mmap.mmap

    def cancel(self) -> None:
        """Ask it to stop at the next step."""
        self._cancel[0] = 1

    def kill(self) -> None:
        """Kill it with everything that it has forked."""
        # By id too: it may not have made its session yet.
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
        processes.kill_session(self.pid)

    def wait(self) -> int:
        """Its exit code, negative for a signal; nothing of its session is left afterwards."""
        try:
            _, status = os.waitpid(self.pid, 0)
            code = os.waitstatus_to_exitcode(status)
        except ChildProcessError:
            code = -signal.SIGKILL
        processes.kill_session(self.pid)
        return code

    def close(self) -> None:
        for descriptor in (self.pidfd, self.events, self._life):
            os.close(descriptor)
        self._cancel.close()


def spawn(perform: Perform, job: object, memory_limit: int) -> Child:
    """Fork a child that performs the job, capped at `memory_limit` bytes.

    The caller has closed its database connections.
    """
    events, events_in = os.pipe()
    life, life_in = os.pipe()
    cancel = mmap.mmap(-1, 1)
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        os.close(events)
        os.close(life_in)
        _work(perform, job, memory_limit, parent, events_in, life, cancel)
    os.close(events_in)
    os.close(life)
    os.set_blocking(events, False)
    return Child(pid, os.pidfd_open(pid), events, life_in, cancel)


def _work(
    perform: Perform, job: object, memory_limit: int, parent: int, events: int, life: int, cancel: mmap.mmap
) -> NoReturn:
    code = BUG_EXIT
    try:
        _settle(parent, memory_limit)
        threading.Thread(target=_end_with_supervisor, args=(life,), daemon=True).start()
        emit = Emitter(events)
        try:
            emit(perform(job, emit, lambda: cancel[0] == 1))
        except MemoryError:
            code = MEMORY_EXIT
            raise
        except Exception:
            emit({"event": "log", "node": None, "level": "error", "text": traceback.format_exc()})
            raise
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        # Not sys.exit: nothing that the supervisor has opened may be closed or flushed twice.
        os._exit(code)


def _settle(parent: int, memory_limit: int) -> None:
    os.setsid()
    processes.die_with_parent(parent)
    # Whatever a library forks here dies with its parent too, so that no branch outlives the run.
    processes.bind_forks_to_parent()
    signal.alarm(0)
    for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGUSR1):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    faulthandler.enable(file=2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    # A backstop only, twice the limit: it also counts memory that is reserved and never touched.
    backstop = processes.data_memory() + 2 * memory_limit
    if hard == resource.RLIM_INFINITY or backstop < hard:
        resource.setrlimit(resource.RLIMIT_DATA, (backstop, hard))
    # When the machine runs out of memory, the kernel takes a run and not the worker or the web server.
    Path("/proc/self/oom_score_adj").write_text("500")


def _end_with_supervisor(life: int) -> None:
    os.read(life, 1)
    os.killpg(0, signal.SIGKILL)


class Emitter:
    """Writes events as JSON lines, whole ones, from any thread."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        line = memoryview(encode(event) + b"\n")
        with self._lock:
            while line:
                line = line[os.write(self._descriptor, line) :]


def encode(event: Event) -> bytes:
    """One event as JSON that every database takes: no NaN or infinity, no NUL, no half surrogate."""
    try:
        text = json.dumps(event, allow_nan=False, separators=(",", ":"))
    except ValueError:
        text = json.dumps(_storable(event), separators=(",", ":"))
    if "\\u0000" in text or "\\ud" in text:
        text = json.dumps(_storable(event), separators=(",", ":"))
    return text.encode()


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_storable(item) for item in value]
    return value
