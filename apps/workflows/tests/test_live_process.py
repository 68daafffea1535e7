"""The process that makes live rows: warm, capped, replaced when it misbehaves, never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from apps.workflows import live_process
from apps.workflows.live_process import Broken, Busy, LiveProcess, OutOfMemory, Overrun, Superseded
from flowza.engine.live_figure import TOO_LONG
from flowza.engine.templates import TEMPLATES

BAD = [sys.executable, "-m", "apps.workflows.tests.badly_behaved_child", "256"]
PATIENCE = 120.0
"""What a job may take when its time is not what a test is about: the machine may be busy."""
ROWS: dict[str, Any] = {"what": "rows", "datasets": {}, "window": 1, "find": ""}


@pytest.fixture(scope="module")
def warm_process() -> Iterator[LiveProcess]:
    made = LiveProcess(BAD)
    yield made
    made.close()


@pytest.fixture
def process(warm_process: LiveProcess, monkeypatch: pytest.MonkeyPatch) -> LiveProcess:
    """One that takes jobs which nobody should send, and has time for them. All tests share it, for its warmth."""
    monkeypatch.setattr(live_process, "TURN_SECONDS", PATIENCE)
    monkeypatch.setattr(live_process, "START_SECONDS", PATIENCE)
    warm_process.seconds = PATIENCE
    return warm_process


def pid_of(process: LiveProcess) -> int:
    found: int = process.ask({"what": "echo", "say": ""}, "pid")["pid"]
    return found


def is_gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def wait_until_gone(pid: int, patience: float = 20) -> bool:
    end = time.monotonic() + patience
    while time.monotonic() < end and not is_gone(pid):
        time.sleep(0.02)
    return is_gone(pid)


def in_thread(work: Any, *arguments: Any) -> tuple[threading.Thread, list[Any]]:
    """Run it beside; the list will hold what it gave or raised."""
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(work(*arguments))
        except Exception as error:
            found.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, found


def wait_until_running(process: LiveProcess) -> None:
    while process._running is None or process._pipe is None or not process._pipe.ready:
        time.sleep(0.005)


def cancel(process: LiveProcess, topic: str) -> None:
    """End the job that is done for this topic, as a newer request for the same would."""
    with process._turn:
        process._supersede(topic)


def test_one_process_does_all_jobs_and_needs_no_database() -> None:
    process = LiveProcess(seconds=PATIENCE)
    graph = TEMPLATES["classification"].graph()
    found = [process.ask({**ROWS, "graph": graph, "step": step}, step) for step in ("fill", "split")]
    assert [one["rows"] for one in found] == [2000, 2000]
    assert found[1]["role_counts"] == {"train": 1600, "test": 400}
    look = process.ask({"what": "look", "graph": graph, "datasets": {}}, "look")
    assert set(look) == {"advice", "columns", "inputs"}
    facts = process.ask({"what": "facts", "graph": graph, "datasets": {}, "chosen": "split"}, "facts")
    assert facts["steps"]["split"]["train"] == 1600
    pid = process.pid
    assert pid is not None
    environment = Path(f"/proc/{pid}/environ").read_bytes()
    assert b"OPENBLAS_NUM_THREADS" not in environment or b"OPENBLAS_NUM_THREADS=1" in environment
    assert b"FLOWZA_SECRET_KEY" not in environment
    assert b"DATABASE_URL" not in environment
    process.close()
    assert is_gone(pid)


@pytest.mark.slow
def test_a_job_that_takes_too_long_is_killed_and_the_next_one_is_done(process: LiveProcess) -> None:
    pid = pid_of(process)
    process.seconds = 0.5
    with pytest.raises(Overrun):
        process.ask({"what": "sleep", "for": PATIENCE}, "a")
    assert is_gone(pid)
    process.seconds = PATIENCE
    assert pid_of(process) != pid


def test_a_job_that_never_lets_go_of_the_interpreter_is_killed(process: LiveProcess) -> None:
    pid = pid_of(process)
    process.seconds = 0.5
    with pytest.raises(Overrun):
        process.ask({"what": "hold"}, "a")
    assert is_gone(pid)


@pytest.mark.slow
def test_a_job_that_wants_too_much_memory_is_refused_and_the_next_one_is_done(process: LiveProcess) -> None:
    with pytest.raises(OutOfMemory):
        process.ask({"what": "want_memory", "bytes": 2 * 10**9}, "a")
    assert process.ask({"what": "want_memory", "bytes": 10**6}, "a") == {"held": 10**6}


def test_a_process_that_keeps_too_much_memory_is_replaced_after_its_answer(process: LiveProcess) -> None:
    pid = pid_of(process)
    limit = next(
        int(line.split()[3])
        for line in Path(f"/proc/{pid}/limits").read_text().splitlines()
        if line.startswith("Max data size")
    )
    used = int(
        next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if "VmData" in line).split()[1]
    )
    kept = int(limit * 0.95) - used * 1024
    assert process.ask({"what": "want_memory", "bytes": kept}, "a") == {"held": kept}
    assert is_gone(pid)
    assert pid_of(process) != pid


@pytest.mark.slow
def test_a_crash_is_told_and_the_next_job_is_done(process: LiveProcess) -> None:
    with pytest.raises(Broken):
        process.ask({"what": "crash"}, "a")
    assert process.ask({"what": "echo", "say": "there"}, "a")["said"] == "there"


@pytest.mark.parametrize(
    "job",
    [
        {"what": "rows"},
        {"what": "nothing that it knows"},
        {**ROWS, "graph": None, "step": "x"},
        {**ROWS, "graph": {"nodes": [], "edges": []}, "step": "x"},
        {**ROWS, "graph": {"nodes": [{"id": "x", "kind": "csv"}] * 3, "edges": []}, "step": "x"},
    ],
    ids=["no graph", "unknown work", "null", "no such step", "not valid"],
)
def test_a_job_that_makes_no_sense_harms_nobody(process: LiveProcess, job: dict[str, Any]) -> None:
    pid = pid_of(process)
    with pytest.raises(Broken):
        process.ask(job, "a")
    assert pid_of(process) == pid


def test_a_fit_that_takes_too_long_is_stopped_and_the_other_facts_are_told(process: LiveProcess) -> None:
    graph = TEMPLATES["classification"].graph()
    job = {"what": "slow_facts", "graph": graph, "datasets": {}, "chosen": ""}
    while (found := process.ask(job, "facts"))["more"]:
        pass
    assert found["figures"]["evaluate"]["refused"] == TOO_LONG
    assert found["steps"]["split"]["train"] == 1600


def test_what_a_library_prints_is_no_answer(process: LiveProcess) -> None:
    assert process.ask({"what": "chatter"}, "a") == {"said": "an answer"}
    assert process.ask({"what": "echo", "say": "ü\n\x00" * 200_000}, "a")["said"] == "ü\n\x00" * 200_000


def test_a_process_that_was_killed_while_nobody_asked_is_replaced(process: LiveProcess) -> None:
    pid = pid_of(process)
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert pid_of(process) != pid
    assert is_gone(pid)


def test_a_newer_request_for_the_same_supersedes_the_older_one(process: LiveProcess) -> None:
    pid = pid_of(process)
    older, said = in_thread(process.ask, {"what": "sleep", "for": PATIENCE}, "step 1")
    wait_until_running(process)
    assert process.ask({"what": "echo", "say": "newer"}, "step 1")["pid"] == pid
    older.join()
    assert isinstance(said[0], Superseded)


def test_of_those_that_wait_the_newest_for_the_same_is_answered(process: LiveProcess) -> None:
    pid_of(process)
    first, _ = in_thread(process.ask, {"what": "sleep", "for": PATIENCE}, "step 1")
    wait_until_running(process)
    older, said = in_thread(process.ask, {"what": "echo", "say": "older"}, "step 2")
    while "step 2" not in process._newest:
        time.sleep(0.005)
    newer, answered = in_thread(process.ask, {"what": "echo", "say": "newer"}, "step 2")
    older.join()
    assert isinstance(said[0], Superseded)
    cancel(process, "step 1")
    for thread in (first, newer):
        thread.join()
    assert answered[0]["said"] == "newer"


def test_when_too_many_wait_the_next_is_sent_away_at_once(process: LiveProcess) -> None:
    pid_of(process)
    first, said = in_thread(process.ask, {"what": "sleep", "for": PATIENCE}, "step 0")
    wait_until_running(process)
    waiting = [in_thread(process.ask, {"what": "echo", "say": "mine"}, f"step {number}") for number in (1, 2)]
    while process._waiting < 2:
        time.sleep(0.005)
    with pytest.raises(Busy):
        process.ask({"what": "echo", "say": ""}, "one more")
    cancel(process, "step 0")
    first.join()
    assert isinstance(said[0], Superseded)
    for thread, answered in waiting:
        thread.join()
        assert answered[0]["said"] == "mine"


@pytest.mark.slow
def test_a_fork_does_not_take_the_process_over(process: LiveProcess) -> None:
    pid = pid_of(process)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            own = pid_of(process)
            status = 0 if own != pid else 2
            process.close()
            status = status if is_gone(own) else 3
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert pid_of(process) == pid


PARENT = """
import os, sys, threading, time
os.environ["DJANGO_SETTINGS_MODULE"] = "flowza.settings"
from apps.workflows.live_process import LiveProcess
process = LiveProcess(sys.argv[1:], seconds=60)
pid = process.ask({"what": "echo", "say": ""}, "a")["pid"]
threading.Thread(target=process.ask, args=({"what": "sleep", "for": 50}, "b"), daemon=True).start()
time.sleep(0.2)
print(pid, flush=True)
time.sleep(60)
"""


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_dies_with_its_parent_in_the_middle_of_a_job(number: signal.Signals, tmp_path: Path) -> None:
    environment = {**os.environ, "FLOWZA_DATA_DIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, *BAD],
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert not is_gone(pid)
        parent.send_signal(number)
        parent.wait()
    assert wait_until_gone(pid)


@pytest.mark.slow
def test_the_kernel_ends_a_job_that_nobody_is_left_to_kill(monkeypatch: pytest.MonkeyPatch) -> None:
    process = LiveProcess(BAD, seconds=PATIENCE)
    pid = pid_of(process)
    pipe = process._pipe
    assert pipe is not None
    pipe.send({"what": "hold", "id": 1, "seconds": 0.1}, 1)
    assert pipe.process.wait(timeout=30) == -signal.SIGALRM
    process.close()
    assert is_gone(pid)
