"""Pages of a workflow's versions: the list, one of them, keeping, naming, restoring, taking along."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.access import member, members
from apps.workflows import files, versions
from apps.workflows.drawing import drawing
from apps.workflows.forms import VersionForm
from apps.workflows.insight import dataset_names
from apps.workflows.models import Workflow, WorkflowVersion, graph_digest
from apps.workflows.step_views import mark_of
from apps.workflows.steps import steps_of
from apps.workflows.version_lists import listed, searched
from flowza.engine.errors import GraphError
from flowza.engine.graph import parse

PER_PAGE = 20
IN_DIALOG = 6


def workflow_of(request: HttpRequest, pk: int) -> Workflow:
    return get_object_or_404(Workflow.objects.for_user(request.user), pk=pk)


def version_of(request: HttpRequest, pk: int, number: int) -> WorkflowVersion:
    found = WorkflowVersion.objects.for_user(request.user).select_related("workflow", "created_by")
    return get_object_or_404(found, workflow__pk=pk, number=number)


def page_context(request: HttpRequest, workflow: Workflow) -> dict[str, Any]:
    """What each page about versions needs. present: digest of the draft, to mark the versions that say the same."""
    return {
        "workflow": workflow,
        "parent": f"Versions of {workflow.name}",
        "can_edit": workflow.can_edit(request.user),
        "present": graph_digest(workflow.graph),
        "mark": uuid.uuid4().hex,
    }


@members
@require_GET
def version_list(request: HttpRequest, pk: int) -> HttpResponse:
    """All versions, newest first: searched, the named ones alone, paged."""
    workflow = workflow_of(request, pk)
    words = request.GET.get("q", "").replace("\x00", "").strip()
    named = request.GET.get("named") == "1"
    found = searched(listed(workflow), words, named=named)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = page_context(request, workflow) | {
        "page": page,
        "words": words,
        "named": named,
        "filtered": bool(words or named),
    }
    part = "#results" if request.headers.get("HX-Request") else ""
    return render(request, f"workflows/versions.html{part}", context)


@members
@require_GET
def newest(request: HttpRequest, pk: int) -> HttpResponse:
    """A part of the editor: the last versions."""
    return render_newest(request, workflow_of(request, pk))


def render_newest(request: HttpRequest, workflow: Workflow, said: str = "", level: str = "note") -> HttpResponse:
    context = page_context(request, workflow) | {"page": list(listed(workflow)[:IN_DIALOG])}
    return render(request, "workflows/versions_part.html", context | {"said": said, "level": level})


@members
@require_GET
def version(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """One version as it is kept: its drawing, and what each step was told."""
    found = version_of(request, pk, number)
    context = page_context(request, found.workflow) | {
        "version": found,
        "steps": [],
        "drawing": drawing(found.graph),
    }
    try:
        graph = parse(found.graph, complete=False)
    except GraphError as error:
        # A step that this Flowza does not know any more: the drawing shows it, and the page says so.
        context["problem"] = error.problems[0].message
    else:
        steps = steps_of(graph, found.graph, dataset_names(found.graph, member(request)))
        context |= {"steps": steps, "drawing": drawing(found.graph, told={step.id: step.brief for step in steps})}
    return render(request, "workflows/version.html", context)


@members
@require_http_methods(["GET", "POST"])
def save(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep the draft under a name; by itself a page of its own."""
    workflow = workflow_of(request, pk)
    workflow.check_can_edit(request.user)
    form = VersionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            kept = versions.save_version(workflow, member(request), **form.cleaned_data)
        except versions.VersionRefused as refused:
            if request.headers.get("HX-Request"):
                return render_newest(request, workflow, str(refused), "warning")
            form.add_error(None, str(refused))
        else:
            said = f"The draft is kept as {versions.lowered(kept.title)}."
            if request.headers.get("HX-Request"):
                return render_newest(request, workflow, said)
            messages.success(request, said)
            return redirect("workflows:versions", pk)
    if request.method == "POST" and request.headers.get("HX-Request"):
        return render_newest(request, workflow, "Give the version a name of at most 100 characters.", "warning")
    note = "The draft as it is now is kept under a name. You go on with the draft as before."
    context = page_context(request, workflow) | {"form": form, "title": "Save a version", "note": note}
    return render(request, "workflows/version_form.html", context, status=422 if request.method == "POST" else 200)


@members
@require_http_methods(["GET", "POST"])
def rename(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Another name or note; the graph stays as it is."""
    found = version_of(request, pk, number)
    found.workflow.check_can_edit(request.user)
    form = VersionForm(request.POST or None, instance=found, optional=True)
    if request.method == "POST" and form.is_valid():
        found.save(update_fields=["name", "note"])
        messages.success(request, f"It is {versions.lowered(found.title)} now.")
        return redirect("workflows:version", pk, number)
    note = f"Of workflow version {number}. What it holds stays as it is."
    context = page_context(request, found.workflow) | {"form": form, "title": "Name and note", "note": note}
    return render(request, "workflows/version_form.html", context, status=422 if request.method == "POST" else 200)


@members
@require_POST
def restore(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Make the version the draft, as one change that undo takes back."""
    found = version_of(request, pk, number)
    found.workflow.check_can_edit(request.user)
    try:
        done = versions.restore(found.workflow, member(request), found, mark_of(request))
    except versions.VersionRefused as refused:
        messages.error(request, str(refused))
        return redirect("workflows:version", pk, number)
    if not done.changed:
        messages.info(request, f"The draft says the same as {versions.lowered(found.title)}.")
    else:
        kept = f" The draft before is kept as workflow version {done.kept.number}." if done.kept else ""
        messages.success(request, f"The draft is {versions.lowered(found.title)} now. Undo takes that back.{kept}")
    return redirect("workflows:detail", pk)


@members
@require_GET
def file(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """The version as a workflow file."""
    found = version_of(request, pk, number)
    text = files.written(found.workflow, member(request), found.graph)
    response = HttpResponse(text, content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{files.file_name(found.workflow, number)}"'
    return response


@members
@require_POST
def start(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """A new workflow that begins as this version."""
    found = version_of(request, pk, number)
    try:
        new = versions.start_from(found.workflow, member(request), found)
    except versions.VersionRefused as refused:
        messages.error(request, str(refused))
        return redirect(reverse("workflows:version", args=[pk, number]))
    messages.success(request, f"“{new.name}” is ready to be changed.")
    return redirect("workflows:detail", new.pk)
