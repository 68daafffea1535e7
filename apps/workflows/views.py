"""Pages of workflows: the list, starting from a template, the editor."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.access import member, members, search_words
from apps.workflows import drafts, presence
from apps.workflows.drawing import SMALL, drawing
from apps.workflows.editor import page_context
from apps.workflows.forms import NameForm
from apps.workflows.models import Workflow
from apps.workflows.sharing import (
    note_opened,
    without_hidden_data,
    workflow_to_edit,
    workflow_to_own,
    workflow_to_see,
)
from flowza.engine.errors import GraphError
from flowza.engine.templates import TEMPLATES

PER_PAGE = 24
RECENT = 6
OF = [("", "All workflows"), ("mine", "My own"), ("shared", "Shared with me")]
SORTS = {"updated": ("Last changed", "-updated"), "name": ("Name", "name"), "created": ("Newest", "-created")}


def with_drawings(workflows: Any) -> list[tuple[Workflow, Any]]:
    """Each workflow with the small drawing of its graph."""
    return [(workflow, drawing(workflow.graph, SMALL)) for workflow in workflows]


@members
@require_GET
def workflow_list(request: HttpRequest) -> HttpResponse:
    """The workflows of the person and those shared with them: searched, sorted, paged."""
    words = request.GET.get("q", "").replace("\x00", "").strip()
    sort = request.GET.get("sort", "")
    of = request.GET.get("of", "")
    workflows = Workflow.objects.for_user(request.user)
    if of == "shared":
        workflows = Workflow.objects.shared_with(request.user)
    elif of == "mine":
        workflows = Workflow.objects.owned_by(request.user)
    workflows = workflows.with_role_of(request.user)
    for word in search_words(words):
        workflows = workflows.filter(Q(name__icontains=word) | Q(description__icontains=word))
    page = Paginator(workflows.order_by(SORTS.get(sort, SORTS["updated"])[1], "-pk"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "page": page,
        "cards": with_drawings(page),
        "words": words,
        "of": of if of in dict(OF) else "",
        "ofs": OF,
        "sort": sort if sort in SORTS else "updated",
        "sorts": [(key, label) for key, (label, _) in SORTS.items()],
        "templates": TEMPLATES.values(),
    }
    part = "#results" if request.headers.get("HX-Request") else ""
    return render(request, f"workflows/list.html{part}", context)


@members
@require_GET
def recent(request: HttpRequest) -> HttpResponse:
    """A part of the home page: the workflows that were changed last."""
    cards = with_drawings(Workflow.objects.for_user(request.user).with_role_of(request.user)[:RECENT])
    return render(request, "workflows/recent.html", {"cards": cards, "templates": TEMPLATES.values()})


@members
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The editor: the steps in their order, beside them the settings of the chosen one."""
    workflow = workflow_to_see(request, pk)
    note_opened(workflow, member(request))
    here = presence.noted(workflow, member(request))
    try:
        context = page_context(request, workflow, request.GET.get("step", ""))
    except GraphError as error:
        # Nothing lets such a draft in; it was stored by another release, whose steps were other ones.
        context = {"workflow": workflow, "problems": error.problems}
        return render(request, "workflows/unreadable.html", context)
    context["people_here"] = presence.people_here(workflow, member(request)) if here is None else here
    return render(request, "workflows/detail.html", context)


@members
@require_http_methods(["GET", "POST"])
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    """Change name and description; by itself a page of its own."""
    workflow = workflow_to_edit(request, pk)
    form = NameForm(request.POST or None, instance=workflow)
    if request.method == "POST" and form.is_valid():
        changes = {name: form.cleaned_data[name] for name in form.changed_data}
        if changes:
            # A name is no part of the graph, so no draft of it can be stale.
            Workflow.objects.filter(pk=pk).update(**changes)
        return redirect("workflows:detail", pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "workflows/rename.html", {"workflow": workflow, "form": form}, status=status)


@members
@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete the workflow with its versions and runs; the page has asked before. Only its owner can."""
    workflow = workflow_to_own(request, pk, "delete")
    name = workflow.name
    workflow.delete()
    messages.success(request, f"'{name}' and its runs were deleted.")
    return redirect("workflows:list")


@members
@require_POST
def duplicate(request: HttpRequest, pk: int) -> HttpResponse:
    """A copy under a name of its own. Where the person may not read the data, they choose other data for it."""
    workflow = workflow_to_see(request, pk)
    graph, steps = without_hidden_data(workflow, member(request))
    graph = drafts.checked(graph, member(request))
    copy = Workflow.objects.create(
        owner=member(request), name=f"{workflow.name[:190]} (copy)", description=workflow.description, graph=graph
    )
    messages.success(request, f"'{copy.name}' is ready to be changed.")
    if steps:
        names = ", ".join(f"'{step}'" for step in steps)
        messages.warning(request, f"Choose the data for {names}: you have no access to what was read there.")
    return redirect("workflows:detail", copy.pk)
