"""Pages of models: the list, one model with its versions side by side, one version with its card."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.access import member, members
from apps.registry.cards import file_facts, input_columns
from apps.registry.comparison import compared
from apps.registry.forms import DescriptionForm
from apps.registry.lineage import origins
from apps.registry.models import ModelVersion, RegisteredModel
from apps.registry.responses import file_response
from apps.runs.models import Run

PER_PAGE = 25
VERSIONS_SIDE_BY_SIDE = 5
COLUMNS_PER_PAGE = 50
SORTS = {"name": "name", "version": "latest_number", "trained": "latest_created", "rows": "latest_rows"}


@members
@require_GET
def model_list(request: HttpRequest) -> HttpResponse:
    """All models of the person with their newest version: searched, sorted, paged."""
    words = request.GET.get("q", "").replace("\x00", "").strip()
    sort = request.GET.get("sort", "-trained")
    column = SORTS.get(sort.removeprefix("-"), "latest_created")
    models = RegisteredModel.objects.for_user(request.user).with_latest().search(words)
    models = models.order_by(f"-{column}" if sort.startswith("-") else column, "-pk")
    page = Paginator(models, PER_PAGE).get_page(request.GET.get("page"))
    newest = ModelVersion.objects.for_lists().in_bulk([model.latest_pk for model in page if model.latest_pk])
    context = {
        "page": page,
        "rows": [(model, newest.get(model.latest_pk)) for model in page],
        "words": words,
        "sort": sort,
    }
    part = "#results" if request.headers.get("HX-Request") else ""
    return render(request, f"registry/list.html{part}", context)


@members
@require_GET
def of_run(request: HttpRequest, pk: int) -> HttpResponse:
    """A part of a run's page: the model versions that the run registered."""
    run = get_object_or_404(Run.objects.for_user(request.user).only("pk"), pk=pk)
    versions = ModelVersion.objects.for_user(request.user).for_lists().select_related("model")
    return render(request, "registry/of_run.html", {"versions": list(versions.filter(run=run))})


@members
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One model: what it is for, and its versions side by side."""
    model = get_object_or_404(RegisteredModel.objects.for_user(request.user), pk=pk)
    versions = model.versions.for_lists().with_open_run(member(request))
    versions = versions.select_related("model", "run__version__workflow")
    page = Paginator(versions, VERSIONS_SIDE_BY_SIDE).get_page(request.GET.get("page"))
    shown = list(page)
    context = {
        "model": model,
        "page": page,
        "versions": shown,
        "comparison": compared(shown),
        "form": DescriptionForm(instance=model),
    }
    return render(request, "registry/detail.html", context)


@members
@require_POST
def describe(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what a model is for."""
    model = get_object_or_404(RegisteredModel.objects.for_user(request.user), pk=pk)
    form = DescriptionForm(request.POST, instance=model)
    if form.is_valid():
        RegisteredModel.objects.filter(pk=model.pk).update(description=form.cleaned_data["description"])
        messages.success(request, "The description was saved.")
    else:
        messages.error(request, " ".join(str(text) for texts in form.errors.values() for text in texts))
    return redirect(model)


@members
@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a model with all its versions. The page asks before."""
    model = get_object_or_404(RegisteredModel.objects.for_user(request.user), pk=pk)
    model.delete()
    messages.success(request, f"“{model.name}” was deleted.")
    return redirect("registry:list")


@members
@require_GET
def version(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """The card of one model version."""
    user = member(request)
    versions = ModelVersion.objects.for_user(user).with_open_run(user)
    versions = versions.select_related("model", "run__version__workflow")
    version = get_object_or_404(versions, model__pk=pk, number=number)
    inputs = Paginator(input_columns(version.signature["inputs"]), COLUMNS_PER_PAGE)
    context = {
        "version": version,
        "model": version.model,
        "latest": version.model.versions.values_list("number", flat=True).first(),
        "signature": version.signature,
        "inputs": inputs.get_page(request.GET.get("page")),
        "measured_on_training_rows": any(metric["role"] == "train" for metric in version.metrics),
        "origins": origins(version, user),
        "file": file_facts(version),
    }
    return render(request, "registry/version.html", context)


@members
@require_GET
def file(request: HttpRequest, pk: int, number: int) -> FileResponse:
    """Download the model file."""
    versions = ModelVersion.objects.for_user(request.user).select_related("model")
    return file_response(get_object_or_404(versions, model__pk=pk, number=number))
