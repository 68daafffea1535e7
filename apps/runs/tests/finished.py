"""Runs that have really run, by the engine in this process, without a worker."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from apps.accounts.models import User
from apps.runs.models import LogLine, Metric, NodeRun, Run
from apps.runs.planning import plan
from apps.workflows.models import Workflow
from flowza.engine.job import Job, perform

FACTS = ("seconds", "rows_in", "rows_out", "columns", "key", "output", "manifest", "note", "error")


def finished_run(user: User, workflow: Workflow) -> Run:
    """A run of the workflow with its steps, log and metrics as the worker would write them."""
    run = Run.objects.start(user, workflow)
    job = plan(run).job
    assert isinstance(job, Job)
    rows = {row.node_id: row for row in run.node_runs.all()}

    def take(event: dict[str, Any]) -> None:
        if event["event"] == "node":
            row = rows[event["node"]]
            row.state = event["state"]
            if event["state"] == "running":
                row.started = datetime.fromtimestamp(event["time"], UTC)
            if event["manifest"]:
                row.measured = event["manifest"].get("measured")
            for fact in FACTS:
                if event.get(fact) is not None:
                    setattr(row, fact, event[fact])
        elif event["event"] == "log":
            LogLine.objects.create(
                run=run, node_id=event["node"] or "", time=timezone.now(), level=event["level"], text=event["text"]
            )

    began = timezone.now()
    finished = perform(replace(job, processes=1), take)
    NodeRun.objects.bulk_update(rows.values(), ["state", "started", "measured", *FACTS])
    for metric in finished["metrics"]:
        Metric.objects.create(run=run, node_id=metric.pop("node"), **metric)
    now = timezone.now()
    Run.objects.filter(pk=run.pk).update(
        state=finished["state"],
        error=finished["error"],
        started=began,
        finished=now,
        seconds=(now - began).total_seconds(),
    )
    run.refresh_from_db()
    return run
