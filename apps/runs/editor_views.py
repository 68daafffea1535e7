"""Parts of the editor: what the last run of a workflow does and made, without leaving the page."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from apps.accounts.access import member, members
from apps.accounts.templatetags.flowza import STATES, duration, number
from apps.runs.changes import changes, previous_of
from apps.runs.models import NodeRun, Run
from apps.runs.outline_states import unchanged
from apps.runs.progress import main_metrics, state_of
from apps.runs.rights import may_cancel
from apps.runs.step_views import log_context, step_context
from apps.runs.views import LAST_RUNS, lines, listed
from apps.runs.withholding import bare_run, shown_metrics, shown_node_runs, withheld
from apps.workflows.models import Workflow

TOLD = (NodeRun.State.RUNNING, NodeRun.State.DONE, NodeRun.State.KEPT, NodeRun.State.FAILED)
MARK_LENGTH = 12


@members
@require_GET
def states(request: HttpRequest, pk: int) -> HttpResponse:
    """The last run in few words, and what it does with each step; 204 when `since` says that nothing is new."""
    workflow = get_object_or_404(Workflow.objects.for_user(request.user), pk=pk)
    run = last_run(request, workflow)
    told: dict[str, Any] = {"run": None, "steps": {}}
    if run is not None:
        told = run_told(run, workflow, may_cancel(member(request), run))
    mark = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:MARK_LENGTH]
    if request.GET.get("since") == mark:
        return HttpResponse(status=204)
    return JsonResponse(told | {"mark": mark})


@members
@require_GET
def results(request: HttpRequest, pk: int) -> HttpResponse:
    """What the last run made of the step `step`; without one, or where it ran without it, of the workflow."""
    workflow = get_object_or_404(Workflow.objects.for_user(request.user), pk=pk)
    run = last_run(request, workflow)
    context: dict[str, Any] = {"workflow": workflow, "run": run}
    if run is None:
        return render(request, "runs/results.html", context)
    before = previous_of(run)
    context |= {"before": before, "compare": compare_address(before, run)}
    wanted = request.GET.get("step", "")
    found = shown_node_runs(run, run.node_runs.with_origin().filter(node_id=wanted) if wanted else [])
    if found:
        return render(request, "runs/results.html", context | step_context(request, found[0]))
    failed = run.node_runs.with_origin().filter(state=NodeRun.State.FAILED)
    metrics = shown_metrics(run, run.metrics.all())
    context |= {
        "state": state_of(run),
        "metrics": main_metrics(metrics) if metrics else [],
        "changes": changes(before, run) if before is not None else [],
        "failed": next(iter(shown_node_runs(run, failed)), None),
        "withheld": withheld(run),
        "lines": lines(listed(Run.objects.for_user(request.user).filter(version__workflow=workflow))[:LAST_RUNS]),
        "files": list(run.output_files.all()) if not run.data_hidden else [],
        "not_in_run": wanted,
    }
    return render(request, "runs/results.html", context)


@members
@require_GET
def last_log(request: HttpRequest, pk: int) -> HttpResponse:
    """The log of the last run; it asks for further lines itself."""
    workflow = get_object_or_404(Workflow.objects.for_user(request.user), pk=pk)
    run = last_run(request, workflow)
    log = log_context(run, "", 0) if run is not None else None
    return render(request, "runs/last_log.html", {"workflow": workflow, "run": run, "log": log})


def last_run(request: HttpRequest, workflow: Workflow) -> Run | None:
    runs = Run.objects.for_user(request.user).filter(version__workflow=workflow)
    run = runs.select_related("version__workflow").order_by("-pk").first()
    return run and bare_run(run)


# What the page is told


def run_told(run: Run, workflow: Workflow, cancellable: bool) -> dict[str, Any]:
    """Times are given as the moment when something began, so that nothing is new while only time goes by."""
    found = shown_node_runs(run, run.node_runs.with_origin().defer("manifest", "measured"))
    same = unchanged(workflow.graph, run.version.graph)
    going = not run.is_finished
    before = None if going else previous_of(run)
    return {
        "run": run.pk,
        "page": reverse("runs:detail", args=[run.pk]),
        "cancel": reverse("runs:cancel", args=[run.pk]) if going and not run.cancel_requested and cancellable else "",
        "state": state_of(run),
        "words": STATES[state_of(run)][1],
        "going": going,
        "until": run.until,
        "took": duration(run.seconds) if run.seconds is not None else "",
        "started": run.started.isoformat() if run.started else "",
        "done": sum(one.state in (NodeRun.State.DONE, NodeRun.State.KEPT) for one in found),
        "total": len(found),
        "before": before.pk if before else None,
        "compare": compare_address(before, run),
        "figure": figure_of(run) if run.is_finished else "",
        "error": error_of(run, found),
        "steps": {one.node_id: step_told(one) for one in found if one.node_id in same and (going or one.state in TOLD)},
    }


def compare_address(before: Run | None, run: Run) -> str:
    return f"{reverse('runs:compare')}?run={before.pk}&run={run.pk}" if before is not None else ""


def step_told(one: NodeRun) -> dict[str, Any]:
    """seconds, rows, columns: numbers; took, size: the same in the reader's words."""
    size = ""
    if one.rows_out is not None and one.output == NodeRun.Output.TABLE:
        size = number(one.rows_out) + (f" × {number(one.columns)}" if one.columns else "")
    return {
        "state": one.state,
        "words": f"Kept from run {one.kept_from_id}" if one.kept_from_id else STATES[one.state][1],
        "seconds": one.seconds,
        "took": duration(one.seconds) if one.seconds is not None else "",
        "started": one.started.isoformat() if one.started and one.state == NodeRun.State.RUNNING else "",
        "rows": one.rows_out if one.output == NodeRun.Output.TABLE else None,
        "columns": one.columns if one.output == NodeRun.Output.TABLE else None,
        "size": size,
        "kept_from": one.kept_from_id,
        "error": one.error["message"] if one.error else "",
    }


def figure_of(run: Run) -> str:
    """The main metric in words: "Accuracy 0.785"."""
    metric = next(iter(shown_metrics(run, run.metrics.all()[:1])), None)
    return f"{metric.label} {number(metric.value)}" if metric is not None else ""


def error_of(run: Run, found: list[NodeRun]) -> dict[str, str] | None:
    """What went wrong, and at which step."""
    guilty = next((one for one in found if one.error), None)
    error = guilty.error if guilty else run.error
    if not error:
        return None
    words = f"{error['message']} {error.get('hint') or ''}".strip()
    return {"message": words, "step": guilty.node_id if guilty else "", "label": guilty.label if guilty else ""}
