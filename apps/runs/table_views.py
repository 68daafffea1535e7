"""Runs of a workflow as one table, and what a person writes on a run: star, note, tags."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict
from io import StringIO
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.access import members
from apps.datasets.downloads import CSV, PARQUET, file_name
from apps.runs.chart import metric_figure
from apps.runs.comparing import FEWEST, MOST
from apps.runs.models import NOTE_LENGTH, Run, RunTag
from apps.runs.querysets import RunQuerySet
from apps.runs.run_table import MOST_RUNS, Column, Line, RunTable, read_beside, run_table
from apps.runs.table_files import frame_of, parquet_file
from apps.workflows.models import Workflow
from flowza.engine.operations.csv_writing import quoted_cell

PER_PAGE = 25
LONGEST_WISH = 200
TAGS_LENGTH = 400


def text_of(values: QueryDict, name: str) -> str:
    return values.get(name, "").replace("\x00", "")[:LONGEST_WISH].strip()


def wished(request: HttpRequest, workflow: Workflow) -> tuple[RunQuerySet, dict[str, Any]]:
    """The runs that the address asks for, and the wishes themselves."""
    wishes = {name: text_of(request.GET, name) for name in ("state", "tag", "sort", "chart")}
    starred = request.GET.get("starred") == "1"
    runs = Run.objects.for_user(request.user).filter(version__workflow=workflow)
    if wishes["state"] in Run.State.values:
        runs = runs.filter(state=wishes["state"])
    if wishes["tag"]:
        runs = runs.filter(tags__word=wishes["tag"])
    if starred:
        runs = runs.filter(starred=True)
    return runs, wishes | {"starred": starred, "columns": [one for one in request.GET.getlist("columns") if one]}


@members
@require_GET
def table(request: HttpRequest, pk: int) -> HttpResponse:
    """All runs of one workflow: filtered, sorted by any column, columns chosen, one metric drawn over them."""
    workflow = get_object_or_404(Workflow.objects.for_user(request.user).defer("graph"), pk=pk)
    runs, wishes = wished(request, workflow)
    made = run_table(runs, wishes["sort"])
    page = Paginator(made.lines, PER_PAGE).get_page(request.GET.get("page"))
    read_beside(list(page))
    shown = made.shown(wishes["columns"])
    drawn = made.column(wishes["chart"]) or next((one for one in made.columns if one.kind == "metric"), None)
    figure = metric_figure(drawn, made.lines) if drawn is not None else None
    context = {
        "workflow": workflow,
        "may_change": workflow.can_edit(request.user),
        "table": made,
        "page": page,
        "heads": heads(shown, wishes["sort"], request.GET),
        "lines": lines_of(made, list(page), shown),
        "shown": {column.key for column in shown},
        "metrics": [column for column in made.columns if column.kind == "metric"],
        "drawn": drawn,
        "figure": asdict(figure) if figure is not None else None,
        "total": runs.count(),
        "wishes": wishes,
        "filtered": bool(wishes["state"] or wishes["tag"] or wishes["starred"]),
        "states": Run.State.choices,
        "tags": tags_of(request, workflow),
        "query": request.GET.urlencode(),
        "most": MOST_RUNS,
        "fewest_to_compare": FEWEST,
        "most_to_compare": MOST,
    }
    part = "#results" if request.headers.get("HX-Request") else ""
    return render(request, f"runs/table.html{part}", context)


def heads(shown: Sequence[Column], sort: str, query: QueryDict) -> list[dict[str, Any]]:
    """Each column's head with the address that sorts by it: what is best first, then the other way round."""
    found = []
    for column in [Column("run", "Run", "fact"), *shown]:
        key = column.key
        rising = key not in ("run", "started") and not (column.kind == "metric" and column.higher_is_better)
        first, second = (key, f"-{key}") if rising else (f"-{key}", key)
        wanted = query.copy()
        wanted["sort"] = second if sort == first else first
        wanted.pop("page", None)
        state = {key: "ascending", f"-{key}": "descending"}.get(sort, "")
        found.append({"column": column, "address": f"?{wanted.urlencode()}", "sorted": state})
    return found


def lines_of(made: RunTable, lines: Sequence[Line], shown: Sequence[Column]) -> list[dict[str, Any]]:
    return [{"line": line, "cells": made.cells(line, shown)} for line in lines]


def tags_of(request: HttpRequest, workflow: Workflow) -> list[str]:
    """Words that runs of the workflow have, the most frequent first."""
    tags = RunTag.objects.for_user(request.user).filter(run__version__workflow=workflow).order_by()
    return list(tags.values("word").annotate(runs=Count("pk")).order_by("-runs", "word").values_list("word", flat=True))


@members
@require_GET
def table_csv(request: HttpRequest, pk: int) -> HttpResponse:
    """The same table as a file: the runs, the order and the columns of the address."""
    workflow = get_object_or_404(Workflow.objects.for_user(request.user).defer("graph"), pk=pk)
    runs, wishes = wished(request, workflow)
    response = HttpResponse(csv_of(run_table(runs, wishes["sort"]), wishes["columns"]), content_type=CSV)
    response["Content-Disposition"] = f'attachment; filename="{file_name(f"Runs of {workflow.name}", "csv")}"'
    return response


@members
@require_GET
def table_parquet(request: HttpRequest, pk: int) -> FileResponse:
    """The same with the values' types."""
    workflow = get_object_or_404(Workflow.objects.for_user(request.user).defer("graph"), pk=pk)
    runs, wishes = wished(request, workflow)
    made = run_table(runs, wishes["sort"])
    read_beside(made.lines)
    shown = made.shown(wishes["columns"])
    rows = [
        [one["line"].run.pk, one["line"].run.starred, *(cell.value for cell in one["cells"])]
        for one in lines_of(made, made.lines, shown)
    ]
    frame = frame_of({"columns": ["Run", "Starred", *(column.label for column in shown)], "rows": rows})
    name = file_name(f"Runs of {workflow.name}", "parquet")
    return FileResponse(parquet_file(iter([frame])), as_attachment=True, filename=name, content_type=PARQUET)


def csv_of(made: RunTable, wanted: Sequence[str]) -> str:
    """Values as they are, never in a person's own number format."""
    read_beside(made.lines)
    shown = made.shown(wanted)
    buffer = StringIO()
    writer = csv.writer(buffer)
    writer.writerow(["Run", "Starred", *(quoted_cell(column.label) for column in shown)])
    for one in lines_of(made, made.lines, shown):
        values = [in_file(cell.value) for cell in one["cells"]]
        writer.writerow([one["line"].run.pk, "yes" if one["line"].run.starred else "no", *values])
    return buffer.getvalue()


def in_file(value: Any) -> Any:
    if value is None:
        return ""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return quoted_cell(value) if isinstance(value, str) else value


# What a person writes on a run


def run_of(request: HttpRequest, pk: int) -> Run:
    """The run; to write on it needs the right to change its workflow."""
    runs = Run.objects.for_user(request.user).select_related("version__workflow").prefetch_related("tags")
    run = get_object_or_404(runs, pk=pk)
    if request.method == "POST" or "edit" in request.GET:
        run.version.workflow.check_can_edit(request.user)
    return run


@members
@require_POST
def star(request: HttpRequest, pk: int) -> HttpResponse:
    """Give or take the star."""
    run = run_of(request, pk)
    run.starred = not run.starred
    run.save(update_fields=["starred"])
    return marked(request, run, "star")


@members
@require_http_methods(["GET", "POST"])
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """The note, its form (?edit=1), or a new one."""
    run = run_of(request, pk)
    if request.method == "POST":
        run.note = request.POST.get("note", "").replace("\x00", "").strip()[:NOTE_LENGTH]
        run.save(update_fields=["note"])
    return marked(request, run, "note")


@members
@require_http_methods(["GET", "POST"])
def tags(request: HttpRequest, pk: int) -> HttpResponse:
    """The tags, their form (?edit=1), or new ones: words parted by commas."""
    run = run_of(request, pk)
    if request.method == "POST":
        run.set_tags(request.POST.get("tags", "").replace("\x00", "")[:TAGS_LENGTH])
        run = run_of(request, pk)
    return marked(request, run, "tags")


def marked(request: HttpRequest, run: Run, part: str) -> HttpResponse:
    if not request.headers.get("HX-Request") and request.method == "POST":
        # Before the page's scripts are there, the form goes the plain way: back to where it stood.
        came = request.headers.get("Referer", "")
        safe = url_has_allowed_host_and_scheme(came, {request.get_host()}, request.is_secure())
        return redirect(came) if safe else redirect("runs:detail", run.pk)
    context = {
        "run": run,
        "words": [tag.word for tag in run.tags.all()],
        "edit": request.GET.get("edit") == "1",
        "may_change": run.version.workflow.can_edit(request.user),
    }
    return render(request, f"runs/marks.html#{part}", context)
