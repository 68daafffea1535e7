"""Taking a run along: a zip of script or notebook, requirements and data, from the run's page and from the editor."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from apps.accounts.access import member, members
from apps.datasets.models import DatasetVersion
from apps.runs.models import Run
from apps.runs.packing import packed, zipped
from apps.runs.querysets import reads_hidden_data
from apps.runs.withholding import check_data_access, check_may_take
from apps.workflows.models import Workflow, graph_digest
from flowza.engine.export.package import Form, PackageRefused, Wish

FORMS: dict[str, Form] = {"script": "script", "notebook": "notebook"}


@members
@require_GET
def download(request: HttpRequest, pk: int) -> HttpResponse | FileResponse:
    """`?form=script|notebook` of a run that succeeded, `&data=no` without its tables; back to the run with the reason
    where it cannot be."""
    run = finished_run(request, pk)
    if request.GET.get("data") == "no":
        check_data_access(run)
    else:
        check_may_take(member(request), run)
    form = FORMS.get(request.GET.get("form", "script"))
    if form is None:
        raise Http404
    wish = wish_for(run, form, request.GET.get("data") != "no" and may_take_data(request, run))
    try:
        with packed(run, wish) as folder:
            name = f"{wish.stem}-run-{run.pk}"
            return FileResponse(zipped(folder, name), as_attachment=True, filename=f"{name}.zip")
    except PackageRefused as refused:
        messages.error(request, str(refused))
        return redirect("runs:detail", pk)


@members
@require_GET
def data(request: HttpRequest, pk: int) -> HttpResponse | FileResponse:
    """The tables that a script of this run reads, of any size, for those who have only the script."""
    run = finished_run(request, pk)
    check_may_take(member(request), run)
    if not may_take_data(request, run):
        raise Http404
    wish = wish_for(run, "script", True, most_data=2**62)
    try:
        with packed(run, wish) as folder:
            for path in folder.iterdir():
                if path.suffix != ".parquet":
                    path.unlink()
            name = f"{wish.stem}-run-{run.pk}-data"
            return FileResponse(zipped(folder, name), as_attachment=True, filename=f"{name}.zip")
    except PackageRefused as refused:
        messages.error(request, str(refused))
        return redirect("runs:detail", pk)


@members
@require_GET
def menu(request: HttpRequest, pk: int) -> HttpResponse:
    """A part of the editor: what can be downloaded of the draft as it is, or of the last run that succeeded."""
    workflow = get_object_or_404(Workflow.objects.for_user(request.user), pk=pk)
    runs = Run.objects.for_user(request.user).filter(version__workflow=workflow, state=Run.State.SUCCEEDED, until="")
    runs = runs.exclude(reads_hidden_data(request.user, "pk"))
    run = runs.select_related("version").defer("version__graph").first()
    stale = run is not None and run.version.digest != graph_digest(workflow.graph)
    context = {"workflow": workflow, "run": run, "stale": stale, "may_change": workflow.can_edit(request.user)}
    return render(request, "runs/download_menu.html#items", context)


def finished_run(request: HttpRequest, pk: int) -> Run:
    """A run that succeeded; of others there is nothing to take along."""
    runs = Run.objects.for_user(request.user).filter(state=Run.State.SUCCEEDED)
    return get_object_or_404(runs.select_related("version__workflow", "user"), pk=pk)


def may_take_data(request: HttpRequest, run: Run) -> bool:
    """Whether every data version that the run read is one that this person may see."""
    read = set(run.inputs.values_list("version", flat=True))
    return DatasetVersion.objects.for_user(request.user).filter(pk__in=read - {None}).count() == len(read)


def wish_for(run: Run, form: Form, with_data: bool, **more: Any) -> Wish:
    workflow = run.version.workflow
    metrics: dict[str, dict[str, float | None]] = {}
    for metric in run.metrics.all():
        metrics.setdefault(metric.node_id, {})[metric.name] = metric.value
    address = settings.SITE_URL + reverse("runs:download_data", args=[run.pk])
    return Wish(
        form=form,
        title=workflow.name,
        heading=f"{workflow.name} (run {run.pk})",
        metrics=metrics,
        with_data=with_data,
        data_address=address,
        **more,
    )
