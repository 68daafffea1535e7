"""The supervisor and its child, in processes of their own, on databases that they share."""

from __future__ import annotations

import ctypes
import os
import signal
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now

from apps.runs import effects, keeper, outcomes
from apps.runs.child import Perform
from apps.runs.limits import Limits
from apps.runs.models import Artifact, NodeRun, Run
from apps.runs.plan import Plan, PlanRefused
from apps.runs.recorder import UNSAID
from apps.runs.supervisor import supervise
from apps.runs.tests.factories import (
    QUICK,
    Cancelled,
    Emit,
    Event,
    finished_event,
    make_run,
    make_user,
    node_event,
    perform_all,
    perform_for_ever,
    perform_until_cancelled,
    planner_in,
)
from apps.runs.tests.processes import Process, lives, until, written_pid

pytestmark = [pytest.mark.usefixtures("shared_database"), pytest.mark.xdist_group("processes")]


def state_of(run: Run) -> str:
    return str(Run.objects.values_list("state", flat=True).get(pk=run.pk))


def node_states(run: Run) -> list[str]:
    return list(run.node_runs.values_list("state", flat=True))


def failure(run: Run, perform: Perform, folder: Path, limits: Limits = QUICK) -> dict[str, Any]:
    """Do a run that fails, and give its error."""
    assert supervise(run.pk, planner_in(folder), perform, limits) == Run.State.FAILED
    run.refresh_from_db()
    assert run.state == Run.State.FAILED
    assert run.error is not None
    return dict(run.error)


def running(run: Run) -> bool:
    return run.node_runs.filter(state=NodeRun.State.RUNNING).exists()


def test_a_run_leaves_states_logs_metrics_and_artifacts(tmp_path: Path) -> None:
    run = make_run(make_user(), nodes=3)
    assert supervise(run.pk, planner_in(tmp_path), perform_all, QUICK) == "succeeded"
    run.refresh_from_db()
    assert (run.state, run.owner, run.lease_until, run.error) == ("succeeded", "", None, None)
    assert run.started is not None and run.finished is not None and run.finished >= run.started
    assert run.seconds is not None and run.seconds > 0
    assert node_states(run) == ["done"] * 3
    node = run.node_runs.get(node_id="n1")
    assert (node.rows_in, node.rows_out, node.columns, node.key) == (10, 9, 3, "key-n1")
    assert node.manifest == {"output": "table", "rows": 9}
    assert [line.text for line in run.log_lines.all()] == ["n0 begins", "n1 begins", "n2 begins"]
    assert (metric := run.metrics.get()).value == 0.8 and metric.baseline == 0.5
    assert {(a.key, a.run_id) for a in Artifact.objects.all()} == {(f"key-n{i}", run.pk) for i in range(3)}
    assert node.artifacts.get().datasets == ["digest of the data"]
    assert list(tmp_path.glob(f"{run.pk}-*")) == []


def test_two_deliveries_at_once_do_the_run_once(tmp_path: Path) -> None:
    run = make_run(make_user())
    done = tmp_path / "done"

    def perform(job: list[str], emit: Emit, cancelled: Cancelled) -> Event:
        with done.open("a") as file:
            file.write("once\n")
        return perform_all(job, emit, cancelled)

    def deliver() -> None:
        supervise(run.pk, planner_in(tmp_path), perform, QUICK)

    with Process(deliver) as one, Process(deliver) as other:
        assert (one.wait(), other.wait()) == (0, 0)
    assert done.read_text() == "once\n"
    assert state_of(run) == Run.State.SUCCEEDED


def test_a_cancelled_run_stops_by_itself(tmp_path: Path) -> None:
    run = make_run(make_user())
    with Process(lambda: supervise(run.pk, planner_in(tmp_path), perform_until_cancelled, QUICK)):
        until(lambda: running(run))
        assert run.request_cancel()
        assert until(lambda: state_of(run) == Run.State.CANCELLED) < 20
    assert node_states(run) == ["cancelled", "cancelled"]


def test_a_cancelled_run_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    run = make_run(make_user())
    with Process(lambda: supervise(run.pk, planner_in(tmp_path), perform_for_ever, QUICK)):
        until(lambda: running(run))
        assert run.request_cancel()
        assert until(lambda: state_of(run) == Run.State.CANCELLED) < 20
    assert node_states(run) == ["cancelled", "cancelled"]


@pytest.mark.parametrize("delay", [0.0, 0.02, 0.05, 0.1, 0.2])
def test_a_cancel_beside_the_finish_has_one_winner(tmp_path: Path, delay: float) -> None:
    run = make_run(make_user())
    with Process(lambda: supervise(run.pk, planner_in(tmp_path), perform_all, QUICK)) as process:
        until(lambda: state_of(run) != Run.State.QUEUED)
        time.sleep(delay)
        accepted = run.request_cancel()
        assert process.wait() == 0
    assert state_of(run) == (Run.State.CANCELLED if accepted else Run.State.SUCCEEDED)


def exit_at_once(job: list[str], emit: Emit, cancelled: Cancelled) -> Event:
    emit(node_event(job[0], "running"))
    os._exit(3)


def segfault(job: list[str], emit: Emit, cancelled: Cancelled) -> Event:
    emit(node_event(job[0], "running"))
    ctypes.string_at(0)
    return finished_event()


def killed_from_outside(job: list[str], emit: Emit, cancelled: Cancelled) -> Event:
    emit(node_event(job[0], "running"))
    os.kill(os.getpid(), signal.SIGKILL)
    return finished_event()


def raise_error(job: list[str], emit: Emit, cancelled: Cancelled) -> Event:
    raise ZeroDivisionError("nobody thought of this")


@pytest.mark.parametrize(
    ("perform", "sentence"),
    [
        (exit_at_once, "exit code 3"),
        (segfault, "segmentation fault"),
        (killed_from_outside, "memory ran out"),
    ],
)
def test_a_crash_is_a_failed_run_at_once(tmp_path: Path, perform: Perform, sentence: str) -> None:
    run = make_run(make_user())
    start = time.monotonic()
    error = failure(run, perform, tmp_path)
    assert time.monotonic() - start < 10
    assert sentence in error["message"] and error["hint"]
    assert node_states(run) == ["failed", "skipped"]
    assert run.node_runs.get(node_id="n0").error == error


def test_an_error_outside_the_engines_care_leaves_its_traceback_in_the_workers_log_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = make_run(make_user())
    assert "exit code" in failure(run, raise_error, tmp_path)["message"]
    assert "nobody thought of this" in caplog.text
    assert run.log_lines.get(level="error").text == UNSAID


@pytest.mark.parametrize("size", [200, 4000], ids=["slowly", "in one leap"])
def test_a_run_over_its_memory_limit_is_killed(tmp_path: Path, size: int) -> None:
    def perform(job: list[str], emit: Emit, cancelled: Cancelled) -> Event:
        emit(node_event(job[0], "running"))
        held = bytearray(size * 2**20)
        held[::4096] = b"x" * len(held[::4096])
        time.sleep(10)
        return finished_event()

    run = make_run(make_user())
    error = failure(run, perform, tmp_path, replace(QUICK, memory=150 * 2**20))
    assert (error["code"], "150 MB" in error["message"]) == ("memory_limit", True)
    assert node_states(run) == ["failed", "skipped"]


def test_the_memory_of_branches_counts_too(tmp_path: Path) -> None:
    def perform(job: list[str], emit: Emit, cancelled: Cancelled) -> Event:
        emit(node_event(job[0], "running"))
        for _ in range(3):
            if os.fork() == 0:
                held = os.urandom(80 * 2**20)
                time.sleep(10)
                os._exit(len(held) % 2)
        time.sleep(10)
        return finished_event()

    run = make_run(make_user())
    assert failure(run, perform, tmp_path, replace(QUICK, memory=200 * 2**20))["code"] == "memory_limit"


def test_a_run_past_its_time_limit_is_killed_inside_c_code(tmp_path: Path) -> None:
    def perform(job: list[str], emit: Emit, cancelled: Cancelled) -> Event:
        emit(node_event(job[0], "running"))
        # sleep(3) of libc with the GIL held: no Python code runs meanwhile, as in a long fit.
        ctypes.PyDLL(None).sleep(30)
        return finished_event()

    run = make_run(make_user())
    start = time.monotonic()
    assert failure(run, perform, tmp_path, replace(QUICK, seconds=0.5))["code"] == "time_limit"
    assert time.monotonic() - start < 20


def forking_for_ever(pid_file: Path) -> Perform:
    """A job with a branch of its own; writes the branch's process id."""

    def perform(job: list[str], emit: Emit, cancelled: Cancelled) -> Event:
        branch = os.fork()
        if branch == 0:
            time.sleep(60)
            os._exit(0)
        pid_file.write_text(f"{branch}\n")
        return perform_for_ever(job, emit, cancelled)

    return perform


def stop_between_writes(process: Process) -> None:
    """SIGSTOP, at a moment when the process does not hold SQLite's one write lock for ever."""
    name = str(connection.settings_dict["NAME"])
    while True:
        process.signal(signal.SIGSTOP)
        if connection.vendor != "sqlite":
            return
        with closing(sqlite3.connect(name, timeout=0.2, isolation_level=None)) as database:
            try:
                database.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                process.signal(signal.SIGCONT)
                time.sleep(0.03)
            else:
                return


def test_a_lost_lease_kills_the_child_and_its_late_commit_is_refused(tmp_path: Path) -> None:
    run = make_run(make_user())
    pid_file = tmp_path / "pid"
    result = tmp_path / "result"

    def deliver() -> None:
        result.write_text(supervise(run.pk, planner_in(tmp_path), forking_for_ever(pid_file), QUICK))

    with Process(deliver) as old:
        branch = written_pid(pid_file)
        stop_between_writes(old)
        until(lambda: keeper.reap() == 1)
        assert supervise(run.pk, planner_in(tmp_path), perform_all, QUICK) == "succeeded"
        before = list(run.node_runs.values())
        old.signal(signal.SIGCONT)
        until(lambda: not lives(branch))
        assert old.wait() == 0
    assert result.read_text() == "lost"
    assert list(run.node_runs.values()) == before
    run.refresh_from_db()
    assert (run.state, run.attempt) == (Run.State.SUCCEEDED, 2)


def test_a_child_does_not_outlive_its_supervisor(tmp_path: Path) -> None:
    run = make_run(make_user())
    pid_file = tmp_path / "pid"
    with Process(lambda: supervise(run.pk, planner_in(tmp_path), forking_for_ever(pid_file), QUICK)) as supervisor:
        branch = written_pid(pid_file)
        supervisor.signal(signal.SIGKILL)
        until(lambda: not lives(branch))
    until(lambda: keeper.reap() == 1)
    assert state_of(run) == Run.State.QUEUED
    assert supervise(run.pk, planner_in(tmp_path), perform_all, QUICK) == "succeeded"


def test_nothing_is_left_of_a_branch_after_its_run_has_ended(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"

    def perform(job: list[str], emit: Emit, cancelled: Cancelled) -> Event:
        branch = os.fork()
        if branch == 0:
            time.sleep(60)
            os._exit(0)
        pid_file.write_text(f"{branch}\n")
        return perform_all(job, emit, cancelled)

    run = make_run(make_user())
    assert supervise(run.pk, planner_in(tmp_path), perform, QUICK) == "succeeded"
    assert not lives(written_pid(pid_file))


def test_a_deleted_run_ends_its_process(tmp_path: Path) -> None:
    run = make_run(make_user())
    pid_file = tmp_path / "pid"
    with Process(lambda: supervise(run.pk, planner_in(tmp_path), forking_for_ever(pid_file), QUICK)) as supervisor:
        branch = written_pid(pid_file)
        run.version.workflow.delete()
        assert supervisor.wait() == 0
        assert not lives(branch)


def test_a_run_that_cannot_start_says_why(tmp_path: Path) -> None:
    def planner(run: Run) -> Plan:
        raise PlanRefused(outcomes.refused("The dataset 'people' is gone.", "Choose another.", node="n0"))

    run = make_run(make_user())
    assert supervise(run.pk, planner, perform_all, QUICK) == "failed"
    run.refresh_from_db()
    assert run.error is not None
    assert (run.error["message"], run.error["node"]) == ("The dataset 'people' is gone.", "n0")
    assert node_states(run) == ["skipped", "skipped"]


def test_a_mistake_in_the_supervisor_is_a_failed_run_with_a_reference(tmp_path: Path) -> None:
    def perform(job: list[str], emit: Emit, cancelled: Cancelled) -> Event:
        emit(node_event("a step that the run does not have", "running"))
        return finished_event()

    error = failure(make_run(make_user()), perform, tmp_path)
    assert error["code"] == "bug" and error["reference"]


def with_effect(kind: str, payload: dict[str, Any]) -> Perform:
    def perform(job: list[str], emit: Emit, cancelled: Cancelled) -> Event:
        end = perform_all(job, emit, cancelled)
        emit({"event": "effect", "kind": kind, "node": job[0], "payload": payload})
        return end

    return perform


def test_an_exported_file_is_kept_with_the_run(tmp_path: Path) -> None:
    def perform(job: list[str], emit: Emit, cancelled: Cancelled) -> Event:
        folder = next(tmp_path.glob("*-1"))
        (folder / "scores.csv").write_text("a,b\n1,2\n")
        payload = {"file": "scores.csv", "name": "../My scores.csv"}
        return with_effect("export_file", payload)(job, emit, cancelled)

    run = make_run(make_user())
    assert supervise(run.pk, planner_in(tmp_path), perform, QUICK) == "succeeded"
    file = run.output_files.get()
    assert (file.name, file.size, file.node_id) == ("My scores.csv", 8, "n0")
    assert file.file.read() == b"a,b\n1,2\n"
    file.file.close()


@pytest.mark.parametrize("name", ["missing.csv", "../../etc/passwd", "/etc/passwd"])
def test_a_file_that_a_step_did_not_leave_is_refused(tmp_path: Path, name: str) -> None:
    run = make_run(make_user())
    error = failure(run, with_effect("export_file", {"file": name}), tmp_path)
    assert error["code"] == "effect"
    assert not run.output_files.exists() and not run.metrics.exists()
    assert node_states(run) == ["failed", "done"]


def test_effects_happen_in_the_transaction_that_finishes_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rename_and_refuse(run: Run, node_run: NodeRun, payload: dict[str, Any], files: Path) -> None:
        NodeRun.objects.filter(run=run).update(label="written by an effect")
        raise effects.EffectRefused("The registry has no room.", "Delete a model first.")

    monkeypatch.setitem(effects._handlers, "register_model", rename_and_refuse)
    run = make_run(make_user())
    error = failure(run, with_effect("register_model", {}), tmp_path)
    assert (error["message"], error["hint"]) == ("The registry has no room.", "Delete a model first.")
    assert not run.node_runs.filter(label="written by an effect").exists()


def test_an_expired_lease_is_still_good_while_nobody_took_it(tmp_path: Path) -> None:
    run = make_run(make_user())

    def perform(job: list[str], emit: Emit, cancelled: Cancelled) -> Event:
        time.sleep(0.3)
        return perform_all(job, emit, cancelled)

    with Process(lambda: supervise(run.pk, planner_in(tmp_path), perform, QUICK)) as process:
        until(lambda: state_of(run) == Run.State.RUNNING)
        Run.objects.filter(pk=run.pk).update(lease_until=Now() - timedelta(seconds=5))
        assert process.wait() == 0
    assert state_of(run) == Run.State.SUCCEEDED
