"""Parts of a run's page: what one step made, its rows, its log."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from apps.accounts.access import member, members
from apps.runs import results
from apps.runs.models import LogLine, NodeRun, OutputFile, Run
from apps.runs.reading import groups_of
from apps.runs.table_files import FORMATS, table_file
from apps.runs.tables import preview
from apps.runs.withholding import (
    check_data_access,
    check_may_take,
    shown_metrics,
    shown_node_runs,
    withheld,
)

LINES = 500


def node_run_of(request: HttpRequest, pk: int, node: str) -> NodeRun:
    """The step as this person may see it."""
    run = get_object_or_404(Run.objects.for_user(request.user).select_related("version"), pk=pk)
    found = get_object_or_404(run.node_runs.with_origin(), node_id=node)
    return shown_node_runs(run, [found])[0]


@members
@require_GET
def step(request: HttpRequest, pk: int, node: str) -> HttpResponse:
    """What one step made: rows, model card, report; beneath it its log."""
    return render(request, "runs/step.html", step_context(request, node_run_of(request, pk, node)))


def step_context(request: HttpRequest, node_run: NodeRun) -> dict[str, Any]:
    """The step, its result as it is shown, its files, its log."""
    run, node = node_run.run, node_run.node_id
    context: dict[str, Any] = {
        "node_run": node_run,
        "run": run,
        "withheld": withheld(run),
        "metrics_left": shown_metrics(run, run.metrics.filter(node_id=node)) if run.data_hidden else [],
        "result": results.shown(node_run),
        "files": list(OutputFile.objects.for_user(request.user).filter(run=run, node_id=node)),
        "log": log_context(run, node, 0),
    }
    if node_run.output == NodeRun.Output.REPORT:
        context["groups"] = groups_of((context["result"] or {}).get("metrics") or [])
    if node_run.output == NodeRun.Output.TABLE:
        context |= rows_context(request, node_run)
    return context


def rows_context(request: HttpRequest, node_run: NodeRun) -> dict[str, Any]:
    try:
        return {"table": preview(node_run, request.GET.get("page"), request.GET.get("columns"))}
    except results.ResultGone as error:
        return {"gone": str(error)}


@members
@require_GET
def rows(request: HttpRequest, pk: int, node: str) -> HttpResponse:
    """A page of the table that a step made."""
    node_run = node_run_of(request, pk, node)
    check_data_access(node_run.run)
    context = {"node_run": node_run, "run": node_run.run} | rows_context(request, node_run)
    return render(request, "runs/step.html#rows", context)


@members
@require_GET
def table(request: HttpRequest, pk: int, node: str, table: str, format: str) -> HttpResponseBase:
    """A table of a step as a file; 404 where there is none, with the reason."""
    node_run = node_run_of(request, pk, node)
    check_may_take(member(request), node_run.run)
    if format not in FORMATS:
        raise Http404("There is no such format.")
    try:
        return table_file(node_run, table, format)
    except results.ResultGone as error:
        raise Http404(str(error)) from error


def log_context(run: Run, node: str, after: int) -> dict[str, Any]:
    """Lines after the line `after`; node "" means the whole run. They may quote the data, so without it none are
    shown.
    """
    if run.data_hidden:
        said = {"withheld": withheld(run), "last": after, "more": False, "waits": False, "first": after == 0}
        return {"lines": [], "node": node} | said
    found: Any = run.log_lines.filter(pk__gt=after)
    if node:
        found = found.filter(node_id=node)
    lines: list[LogLine] = list(found[: LINES + 1])
    more = len(lines) > LINES
    lines = lines[:LINES]
    return {
        "lines": lines,
        "node": node,
        "last": lines[-1].pk if lines else after,
        "more": more,
        "waits": more or not run.is_finished,
        "first": after == 0,
    }


@members
@require_GET
def log(request: HttpRequest, pk: int) -> HttpResponse:
    """The log's further lines; ?node= for one step, ?after= the last line that is there."""
    run = get_object_or_404(Run.objects.for_user(request.user), pk=pk)
    given = request.GET.get("after", "0")
    after = int(given) if given.isascii() and given.isdigit() and len(given) < 19 else 0
    node = request.GET.get("node", "").replace("\x00", "")
    part = "#lines" if after or "after" in request.GET else ""
    return render(request, f"runs/log.html{part}", {"run": run, "log": log_context(run, node, after)})
