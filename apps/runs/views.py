"""Pages of runs: the list, a run as it happens, starting and cancelling."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Max, Prefetch
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from apps.accounts.access import member, members, search_words
from apps.runs.changes import changes, previous_of
from apps.runs.models import Metric, NodeRun, OutputFile, Run
from apps.runs.new_data import missing_of, new_data
from apps.runs.progress import main_metrics, state_of, telling_step, timeline
from apps.runs.querysets import IdempotencyKeyReused, RunQuerySet
from apps.runs.rights import check_may_cancel, may_cancel
from apps.runs.withholding import bare_run, check_may_take, shown_metrics, shown_node_runs, withheld
from apps.workflows.sharing import workflow_to_edit
from flowza.engine.errors import GraphError

PER_PAGE = 25
LAST_RUNS = 8
KEY_LENGTH = 100
MOST_WORKFLOWS = 100


def listed(runs: RunQuerySet) -> RunQuerySet:
    """Runs with what a list shows, in a fixed number of queries."""
    metrics = Prefetch("metrics", Metric.objects.order_by("id"))
    return runs.for_lists().defer("version__graph", "version__workflow__graph").prefetch_related(metrics)


def lines(runs: Any) -> list[dict[str, Any]]:
    """Each run with its state in words and its main metric."""
    return [
        {
            "run": run,
            "workflow": run.version.workflow,
            "state": state_of(run),
            "metric": next(iter(shown_metrics(run, run.metrics.all()[:1])), None),
        }
        for run in runs
    ]


@members
@require_GET
def run_list(request: HttpRequest) -> HttpResponse:
    """All runs of the person: by words of the workflow's name and by state, newest first."""
    words = request.GET.get("q", "").replace("\x00", "").strip()
    state = request.GET.get("state", "")
    runs = Run.objects.for_user(request.user)
    for word in search_words(words):
        runs = runs.filter(version__workflow__name__icontains=word)
    if state in Run.State.values:
        runs = runs.filter(state=state)
    page = Paginator(listed(runs), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": lines(page),
        "words": words,
        "state": state,
        "states": Run.State.choices,
        "filtered": bool(words or state),
    }
    part = "#results" if request.headers.get("HX-Request") else ""
    return render(request, f"runs/list.html{part}", context)


@members
@require_GET
def active(request: HttpRequest) -> HttpResponse:
    """A part of the home page: runs that wait or go on; it looks again while there are some."""
    runs = listed(Run.objects.for_user(request.user).unfinished())[:LAST_RUNS]
    return render(request, "runs/active.html", {"lines": lines(runs)})


@members
@require_GET
def latest(request: HttpRequest) -> HttpResponse:
    """For cards of workflows: the last run of each and what its data needs, swapped into the place that waits."""
    given = [int(one) for one in request.GET.getlist("workflow") if one.isascii() and one.isdigit() and len(one) < 19]
    ids = given[:MOST_WORKFLOWS]
    runs = Run.objects.for_user(request.user).filter(version__workflow__in=ids)
    newest = runs.order_by().values("version__workflow").annotate(last=Max("pk")).values("last")
    found = lines(listed(Run.objects.for_user(request.user).filter(pk__in=newest)))
    line_of = {line["workflow"].pk: line for line in found}
    fresh, missed = new_data(member(request), line_of), missing_of(member(request), ids)
    told = dict.fromkeys([*line_of, *missed])
    cards = [(pk, line_of.get(pk), fresh.get(pk, []), missed.get(pk, [])) for pk in told]
    return render(request, "runs/latest.html", {"cards": cards})


def run_context(request: HttpRequest, run: Run) -> dict[str, Any]:
    """What the page and its parts show of a run. `withheld`: why some of it is not shown."""
    node_runs = shown_node_runs(run, run.node_runs.with_origin())
    metrics = shown_metrics(run, run.metrics.all())
    line = timeline(run, node_runs, timezone.now())
    return {
        "run": run,
        "workflow": run.version.workflow,
        "state": state_of(run),
        "seconds": line.seconds if run.state == Run.State.RUNNING else run.seconds,
        "told_at_step": any(one.error for one in node_runs),
        "timeline": line,
        "done": sum(one.state in (NodeRun.State.DONE, NodeRun.State.KEPT) for one in node_runs),
        "metrics": main_metrics(metrics) if metrics else [],
        "files": list(run.output_files.all()) if not run.data_hidden else [],
        "withheld": withheld(run),
        "may_change": run.version.workflow.can_edit(member(request)),
        "may_cancel": may_cancel(member(request), run),
        "node_runs": node_runs,
    }


def background(run: Run) -> dict[str, Any]:
    """What the page says of a run that does not change while it goes on."""
    before = previous_of(run)
    return {
        "inputs": list(run.inputs.select_related("version__dataset").known_to(run.viewer)),
        "before": before,
        "changes": changes(before, run) if before is not None else [],
        "words": [tag.word for tag in run.tags.all()],
    }


def run_of(request: HttpRequest, pk: int) -> Run:
    return bare_run(get_object_or_404(Run.objects.for_user(request.user).for_lists(), pk=pk))


@members
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A run: its steps, its metrics, and the result or log of one step."""
    run = run_of(request, pk)
    context = run_context(request, run)
    wanted = request.GET.get("step", "")
    chosen = next((one for one in context["node_runs"] if one.node_id == wanted), None)
    if chosen is None and run.is_finished:
        chosen = telling_step(context["node_runs"])
    return render(request, "runs/detail.html", context | background(run) | {"chosen": chosen})


@members
@require_GET
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the run's page that is asked for again each second until the run has ended."""
    run = run_of(request, pk)
    context = run_context(request, run)
    response = render(request, "runs/detail.html#progress", context)
    if run.is_finished and (chosen := telling_step(context["node_runs"])) is not None:
        trigger_client_event(response, "run-finished", {"step": chosen.node_id})
    return response


@members
@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Run a workflow as it is now; a double click runs once."""
    workflow = workflow_to_edit(request, pk)
    key = request.POST.get("idempotency_key", "").replace("\x00", "")[:KEY_LENGTH]
    until = request.POST.get("until", "")[:KEY_LENGTH]
    try:
        run = Run.objects.start(member(request), workflow, until, idempotency_key=key)
    except GraphError as error:
        if wants_json(request):
            said = [
                {"message": f"{one.message} {one.hint}".strip(), "step": one.node or ""} for one in error.problems[:5]
            ]
            return JsonResponse({"problems": said}, status=422)
        for problem in error.problems[:5]:
            messages.error(request, f"{problem.message} {problem.hint}".strip())
        first = next((problem.node for problem in error.problems if problem.node), "")
        address = reverse("workflows:detail", args=[pk])
        return redirect(f"{address}?step={first}" if first else address)
    except IdempotencyKeyReused as error:
        if wants_json(request):
            return JsonResponse({"problems": [{"message": str(error), "step": ""}]}, status=409)
        messages.warning(
            request,
            "Nothing was started: this page had been used to start another run before. Press Run again here, and this"
            " workflow runs as it is now.",
        )
        return redirect("workflows:detail", pk)
    if wants_json(request):
        return JsonResponse({"run": run.pk, "page": reverse("runs:detail", args=[run.pk])}, status=201)
    return redirect("runs:detail", run.pk)


def wants_json(request: HttpRequest) -> bool:
    """The editor starts and stops runs without leaving its page."""
    return request.headers.get("Accept", "") == "application/json"


@members
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask a run to stop."""
    run = run_of(request, pk)
    check_may_cancel(member(request), run)
    stops = run.request_cancel()
    if wants_json(request):
        return JsonResponse({"run": run.pk, "stops": stops})
    if not stops:
        messages.info(request, "This run had ended before it could be cancelled.")
    return redirect("runs:detail", pk)


@members
@require_GET
def file(request: HttpRequest, pk: int, file: int) -> FileResponse:
    """Download a file that a step handed out."""
    check_may_take(member(request), run_of(request, pk))
    found = get_object_or_404(OutputFile.objects.for_user(request.user), pk=file, run__pk=pk)
    return FileResponse(found.file.open("rb"), as_attachment=True, filename=found.name)
