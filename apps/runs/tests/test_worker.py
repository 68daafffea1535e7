"""The worker with its real cluster, on databases that several processes share."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from django_q.models import OrmQ

from apps.runs import queue
from apps.runs.models import Run
from apps.runs.tests import tasks
from apps.runs.tests.factories import make_run, make_user
from apps.runs.tests.processes import Process, lives, until
from apps.runs.tests.test_supervisor import running, state_of
from apps.runs.worker import Worker
from apps.workflows.models import Workflow

pytestmark = [pytest.mark.usefixtures("shared_database"), pytest.mark.slow, pytest.mark.xdist_group("processes")]


@pytest.fixture
def worker(shared_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Process]:
    monkeypatch.setattr(queue, "TASK", "apps.runs.tests.tasks.execute")
    monkeypatch.setenv(tasks.FOLDER, str(tmp_path))
    ready = tmp_path / "ready"
    with Process(Worker(started=ready.touch).run) as process:
        until(ready.exists)
        yield process


def make_endless_run() -> Run:
    return make_run(make_user(), name="endless")


def family(process: Process) -> list[int]:
    """Ids of the worker and everything below it."""
    worker = psutil.Process(process.pid)
    return [worker.pid, *(child.pid for child in worker.children(recursive=True))]


def none_lives(pids: list[int]) -> bool:
    return not any(lives(pid) for pid in pids)


def named_processes(process: Process) -> dict[str, int]:
    """The cluster's main process and its sentinel: only children that have children of their own."""
    parents = [child for child in psutil.Process(process.pid).children() if child.children()]
    cluster = parents[0]
    return {"cluster": cluster.pid, "sentinel": cluster.children()[0].pid}


def test_the_worker_does_what_waits_and_leaves_no_process_behind(worker: Process) -> None:
    runs = [make_run(make_user()) for _ in range(3)]
    until(lambda: all(state_of(run) == Run.State.SUCCEEDED for run in runs))
    pids = family(worker)
    assert len(pids) >= 7
    worker.signal(signal.SIGTERM)
    assert worker.wait() == 0
    assert none_lives(pids)


def test_a_stopped_worker_leaves_unfinished_runs_waiting(worker: Process) -> None:
    runs = [make_endless_run() for _ in range(5)]
    until(lambda: sum(running(run) for run in runs) == 2)
    pids = family(worker)
    start = time.monotonic()
    worker.signal(signal.SIGTERM)
    assert worker.wait() == 0
    assert time.monotonic() - start < 30
    assert none_lives(pids)
    rows = Run.objects.filter(pk__in=[run.pk for run in runs])
    assert set(rows.values_list("state", flat=True)) == {Run.State.QUEUED}
    assert sorted(attempt - back for attempt, back in rows.values_list("attempt", "given_back")) == [0] * 5
    assert OrmQ.objects.filter(pk__in=rows.values("queue_entry")).count() == 5


def test_a_killed_worker_takes_all_its_processes_with_it(worker: Process) -> None:
    run = make_endless_run()
    until(lambda: running(run))
    pids = family(worker)
    worker.signal(signal.SIGKILL)
    worker.wait()
    until(lambda: none_lives(pids))


@pytest.mark.parametrize("victim", ["cluster", "sentinel"])
def test_a_cluster_that_dies_is_started_anew_and_its_run_goes_on(worker: Process, victim: str) -> None:
    run = make_endless_run()
    until(lambda: running(run))
    pids = family(worker)
    psutil.Process(named_processes(worker)[victim]).kill()
    Workflow.objects.update(name="Titanic")
    until(lambda: state_of(run) == Run.State.SUCCEEDED, 60)
    assert none_lives([pid for pid in pids if pid != worker.pid])
    assert Run.objects.get(pk=run.pk).attempt == 2


def test_a_killed_supervisor_takes_its_run_down_and_the_run_goes_on(worker: Process) -> None:
    run = make_endless_run()
    until(lambda: running(run))
    sentinel = psutil.Process(named_processes(worker)["sentinel"])
    (busy,) = [child for child in sentinel.children() if child.children()]
    (child,) = busy.children()
    Workflow.objects.update(name="Titanic")
    busy.kill()
    until(lambda: not lives(child.pid))
    until(lambda: state_of(run) == Run.State.SUCCEEDED, 60)
