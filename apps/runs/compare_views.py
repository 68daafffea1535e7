"""The page that lays two to six runs side by side."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from apps.accounts.access import members
from apps.runs.comparing import FEWEST, MOST, compare
from apps.runs.models import Run


@members
@require_GET
def compare_page(request: HttpRequest) -> HttpResponse:
    """?run=12&run=13: in the order of the address; the first is what the others are compared with."""
    given = [one for one in request.GET.getlist("run") if one.isascii() and one.isdigit() and len(one) < 19]
    ids = list(dict.fromkeys(int(one) for one in given))
    runs = Run.objects.for_user(request.user).filter(pk__in=ids[: MOST + 1])
    found = {
        run.pk: run
        for run in runs.select_related("version__workflow", "user").prefetch_related("inputs", "tags", "node_runs")
    }
    if len(found) < len(ids[: MOST + 1]):
        raise Http404("No such run.")
    if not FEWEST <= len(ids) <= MOST:
        messages.warning(request, f"Choose {FEWEST} to {MOST} runs to compare; {len(ids)} were chosen.")
        if found:
            return redirect("runs:table", next(iter(found.values())).version.workflow_id)
        return redirect("runs:list")
    chosen = [found[pk] for pk in ids]
    workflows = {run.version.workflow_id: run.version.workflow for run in chosen}
    context = {
        "comparison": compare(chosen),
        "workflow": next(iter(workflows.values())),
        "several": len(workflows) > 1,
        "ids": ids,
        "removable": len(ids) > FEWEST,
    }
    return render(request, "runs/compare.html", context)
