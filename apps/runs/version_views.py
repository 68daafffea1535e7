"""Parts that a workflow's versions show of its runs. A version's runs are those of all versions that say the same: who
moves a card and keeps the workflow again does not lose the numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from apps.accounts.access import members
from apps.runs.comparing import compare
from apps.runs.models import Run
from apps.runs.querysets import RunQuerySet
from apps.runs.views import lines, listed
from apps.runs.withholding import shown_metrics
from apps.workflows.models import Workflow, WorkflowVersion
from apps.workflows.version_lists import DRAFT, Side, number_of, sides_of

MOST_VERSIONS = 100


@members
@require_GET
def of_versions(request: HttpRequest, pk: int) -> HttpResponse:
    """?version=3&version=4: the last run of each and how many there are, swapped into the places that wait."""
    workflow = get_object_or_404(Workflow.objects.for_user(request.user), pk=pk)
    numbers = [number for one in request.GET.getlist("version") if (number := number_of(one)) is not None]
    digests = dict(
        workflow.versions.filter(number__in=numbers[:MOST_VERSIONS]).order_by("number").values_list("number", "digest")
    )
    runs = Run.objects.for_user(request.user).filter(version__workflow=workflow)
    counted = (
        runs.filter(version__digest__in=set(digests.values()))
        .order_by()
        .values("version__digest")
        .annotate(last=Max("pk"), count=Count("pk"))
    )
    found = {row["version__digest"]: row for row in counted}
    last = {line["run"].pk: line for line in lines(listed(runs.filter(pk__in=[one["last"] for one in found.values()])))}
    places = []
    for number, digest in digests.items():
        row = found.get(digest)
        places.append((number, last.get(row["last"]) if row else None, row["count"] if row else 0))
    return render(request, "runs/of_versions.html", {"places": places, "workflow": workflow})


@members
@require_GET
def version_metrics(request: HttpRequest, pk: int) -> HttpResponse:
    """?from=3&to=draft: what the last finished runs of two versions measured, and whether that compares."""
    workflow = get_object_or_404(Workflow.objects.for_user(request.user), pk=pk)
    keys = [request.GET.get("from") or DRAFT, request.GET.get("to") or DRAFT]
    try:
        sides = sides_of(workflow, keys)
    except WorkflowVersion.DoesNotExist as error:
        raise Http404(str(error)) from error
    found = last_finished(Run.objects.for_user(request.user).filter(version__workflow=workflow), sides)
    pairs = [(side, found.get(side.digest)) for side in sides]
    return render(request, "runs/version_metrics.html", {"workflow": workflow, "pairs": pairs} | compared(pairs))


def last_finished(runs: RunQuerySet, sides: list[Side]) -> Mapping[str, Run]:
    """Digest -> the newest run of it that succeeded and went all the way, with what a comparison needs."""
    whole = runs.filter(version__digest__in={side.digest for side in sides}, state=Run.State.SUCCEEDED, until="")
    newest = whole.order_by().values("version__digest").annotate(last=Max("pk")).values("last")
    chosen = runs.filter(pk__in=newest).select_related("version__workflow", "user")
    return {run.version.digest: run for run in chosen.prefetch_related("inputs", "tags", "node_runs")}


def compared(pairs: list[tuple[Side, Run | None]]) -> dict[str, Any]:
    """The comparison of two runs; nothing where one is missing, or both are the same run."""
    runs = [run for _, run in pairs if run is not None]
    if len(runs) < len(pairs):
        return {"missing": [side for side, run in pairs if run is None]}
    if runs[0] == runs[1]:
        return {"only": runs[0], "metrics": shown_metrics(runs[0], runs[0].metrics.all())}
    return {"comparison": compare(runs), "runs": runs}
