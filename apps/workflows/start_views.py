"""Starting a workflow: choose a template, choose the data, and it is there."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.access import member, members
from apps.datasets.models import Dataset
from apps.workflows import starting
from apps.workflows.drawing import SMALL, drawing
from apps.workflows.forms import TargetForm, template_forms
from apps.workflows.models import Workflow
from apps.workflows.step_forms import ParamsForm
from flowza.engine.showcase import SHOWCASES, Showcase
from flowza.engine.templates import TEMPLATES, Template

PER_PAGE = 20


@members
@require_GET
def templates(request: HttpRequest) -> HttpResponse:
    """The gallery of templates."""
    return render(request, "workflows/templates.html", {"cards": gallery(None)})


def gallery(task: str | None) -> list[tuple[Template, Any]]:
    """Each template with a drawing of its graph."""
    return [(template, drawing(template.graph(), SMALL)) for template in starting.templates_for(task)]


@members
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """?template= and one of ?dataset=, ?showcase=; what is not there yet is asked for.

    A dataset without a template asks what to predict, and proposes the template; &all shows them all.
    """
    template = TEMPLATES.get(request.GET.get("template", ""))
    showcase = SHOWCASES.get(request.GET.get("showcase", ""))
    dataset = dataset_of(request)
    if request.method == "POST" and template is None and not dataset and not showcase:
        return empty_workflow(request)
    if dataset is not None and (template is not None or "all" not in request.GET):
        return with_dataset(request, template, dataset)
    if template is None:
        return ask_template(request, dataset, showcase)
    if showcase is not None:
        return with_showcase(request, template, showcase)
    return ask_data(request, template)


def dataset_of(request: HttpRequest) -> Dataset | None:
    given = request.GET.get("dataset", "")
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 19):
        raise Http404("There is no such dataset.")
    return get_object_or_404(Dataset.objects.for_user(request.user), pk=int(given))


def empty_workflow(request: HttpRequest) -> HttpResponse:
    """A workflow without steps, to be filled by the API or a file."""
    workflow = Workflow.objects.create(owner=member(request), name="New workflow")
    return redirect("workflows:detail", workflow.pk)


def ask_template(request: HttpRequest, dataset: Dataset | None, showcase: Showcase | None) -> HttpResponse:
    context = {"cards": gallery(showcase.task if showcase else None), "dataset": dataset, "showcase": showcase}
    return render(request, "workflows/templates.html", context)


def ask_data(request: HttpRequest, template: Template) -> HttpResponse:
    datasets = Dataset.objects.for_user(request.user).filter(versions__isnull=False).distinct().with_latest()
    context = {
        "template": template,
        "drawing": drawing(template.graph(), SMALL),
        "page": Paginator(datasets, PER_PAGE).get_page(request.GET.get("page")),
        "showcases": starting.showcases_for(template),
    }
    return render(request, "workflows/start_data.html", context)


def with_showcase(request: HttpRequest, template: Template, showcase: Showcase) -> HttpResponse:
    """Showcase data needs no question: the template knows its target."""
    if showcase not in starting.showcases_for(template):
        messages.error(request, f"'{showcase.title}' has nothing that '{template.title}' can predict.")
        return redirect(f"{request.path}?template={template.slug}")
    graph = starting.showcase_graph(template, showcase)
    forms = template_forms(graph, request.POST if "setup" in request.POST else None)
    if request.method == "POST" and not any(form.errors for form in forms.values()):
        return created(request, template, graph, showcase.title, forms)
    context = {"template": template, "given": template, "showcase": showcase, "forms": forms}
    return render(request, "workflows/start_setup.html", context, status=422 if request.method == "POST" else 200)


def with_dataset(request: HttpRequest, given: Template | None, dataset: Dataset) -> HttpResponse:
    """One's own data: what to predict, what is done to its columns, and the template's few parameters."""
    version = dataset.latest()
    if version is None:
        raise Http404("This dataset has no data yet.")
    posted = request.POST if request.method == "POST" else None
    refreshed = request.GET if "target" in request.GET else None
    has_target = given is None or given.needs_target
    target = TargetForm(given, starting.columns_of(version), posted or refreshed) if has_target else None
    template = target.template if target else given or TEMPLATES["classification"]
    same = request.GET.get("shown") == template.slug
    forms = template_forms(template.graph(), posted if "setup" in request.POST else request.GET if same else None)
    keep = (posted or request.GET).getlist("keep")
    bound = [form for form in (*forms.values(), target) if form is not None and form.is_bound]
    if posted is not None and not any(form.errors for form in bound):
        chosen = target.cleaned_data if target else {}
        graph = starting.own_graph(template, version, chosen.get("target", ""), chosen.get("positive", ""), keep)
        return created(request, template, graph, dataset.name, forms)
    column = target.column.name if target and target.column else ""
    context = {
        "template": template,
        "given": given,
        "dataset": dataset,
        "version": version,
        "target": target,
        "fitting": starting.fitted(template, version, column, keep) if template.task != "cleaning" else None,
        "forms": forms,
        "without_target": [one for one in TEMPLATES.values() if not one.needs_target],
    }
    part = "#choices" if request.headers.get("HX-Request") and posted is None else ""
    status = 422 if posted is not None else 200
    return render(request, f"workflows/start_setup.html{part}", context, status=status)


def created(
    request: HttpRequest, template: Template, graph: dict[str, Any], table: str, forms: dict[str, ParamsForm]
) -> HttpResponse:
    params = {node: form.chosen() for node, form in forms.items() if form.is_bound}
    workflow = starting.create(member(request), template, graph, table, params)
    messages.success(request, "The workflow is ready. Press Run to see what it finds.")
    return redirect("workflows:detail", workflow.pk)
