"""People, runs and tiny jobs for the tests of runs."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.runs import queue
from apps.runs.limits import Limits
from apps.runs.models import NodeRun, Run
from apps.runs.plan import Plan
from apps.workflows.models import Workflow

Event = dict[str, Any]
Emit = Callable[[Event], None]
Cancelled = Callable[[], bool]

_numbers = itertools.count(1)
QUICK = Limits(seconds=20, memory=2**31, patience=0.4, lease=1.5, renew=0.1)


def make_user(name: str = "") -> User:
    name = name or f"person{next(_numbers)}"
    return User.objects.create_user(username=name, email=f"{name}@example.org", password=None)


def make_run(user: User, nodes: int = 2, name: str = "Titanic") -> Run:
    """A run that waits in the queue, with steps n0, n1 …"""
    steps = [{"id": f"n{i}"} for i in range(nodes)]
    graph = {"format": 1, "seed": next(_numbers), "nodes": steps, "edges": []}
    workflow = Workflow.objects.create(owner=user, name=name, graph=graph)
    with transaction.atomic():
        run = Run.objects.create(version=workflow.freeze(user), user=user)
        NodeRun.objects.bulk_create(
            NodeRun(run=run, node_id=f"n{i}", kind="csv", label=f"Step {i}", position=i) for i in range(nodes)
        )
        queue.put(run.pk)
    run.refresh_from_db()
    return run


def planner_in(folder: Path) -> Callable[[Run], Plan]:
    """Plans whose job is the list of the run's step ids."""

    def planner(run: Run) -> Plan:
        nodes = list(run.node_runs.values_list("node_id", flat=True))
        return Plan(nodes, folder / f"{run.pk}-{run.attempt}", ["digest of the data"])

    return planner


def node_event(node: str, state: str, **facts: Any) -> Event:
    return {
        "event": "node",
        "node": node,
        "state": state,
        "time": time.time(),
        "seconds": 0.1,
        "note": None,
        "error": None,
    } | facts


def finished_event(state: str = "succeeded", **more: Any) -> Event:
    return {"event": "finished", "state": state, "error": None, "metrics": []} | more


def perform_all(job: list[str], emit: Emit, cancelled: Cancelled) -> Event:
    """Every step in turn, each with an output of its own, and one metric at the end."""
    for node in job:
        emit(node_event(node, "running"))
        emit({"event": "log", "node": node, "level": "info", "text": f"{node} begins"})
        emit(
            node_event(
                node,
                "done",
                rows_in=10,
                rows_out=9,
                columns=3,
                key=f"key-{node}",
                output="table",
                manifest={"output": "table", "rows": 9},
                blobs=[{"key": f"key-{node}", "suffix": ".arrow", "size": 12, "sha256": "ab" * 32}],
            )
        )
    metric = {"name": "f1", "label": "F1", "value": 0.8, "baseline": 0.5, "sentence": "Good.", "rows": 9}
    metric["higher_is_better"] = True
    return finished_event(metrics=[metric | {"node": job[-1]}])


def perform_until_cancelled(job: list[str], emit: Emit, cancelled: Cancelled) -> Event:
    emit(node_event(job[0], "running"))
    while not cancelled():
        time.sleep(0.01)
    emit(node_event(job[0], "cancelled"))
    return finished_event("cancelled")


def perform_for_ever(job: list[str], emit: Emit, cancelled: Cancelled) -> Event:
    emit(node_event(job[0], "running"))
    while True:
        time.sleep(1)
