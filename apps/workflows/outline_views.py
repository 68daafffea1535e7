"""Changing the graph from the outline: steps added, moved, connected, deleted; undo, redo; mends of advice."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from apps.accounts.access import member, members
from apps.workflows import drafts, operations, outline, presence
from apps.workflows.editor import editor_context, panel_context
from apps.workflows.inputs import SEPARATOR
from apps.workflows.insight import insight
from apps.workflows.models import Workflow
from apps.workflows.palette import palette_groups
from apps.workflows.sharing import workflow_to_edit, workflow_to_see
from apps.workflows.step_views import mark_of
from apps.workflows.steps import labels_of
from flowza.engine.edits import EditError
from flowza.engine.errors import GraphError
from flowza.engine.graph import parse

TRIES = 3
DONE = {
    "add": "{label} was added.",
    "delete": "The step was deleted. Undo brings it back.",
    "duplicate": "{label} was added.",
    "move": "{label} was moved.",
    "rewire": "The input of {label} was changed.",
    "undo": "Undone.",
    "redo": "Redone.",
    "mend": "Done. Undo takes it back.",
}
Ops = list[dict[str, Any]]


@members
@require_GET
def parts(request: HttpRequest, pk: int) -> HttpResponse:
    """The parts of the editor, when the draft is newer than the one that the window shows; else nothing."""
    workflow = workflow_to_see(request, pk)
    if request.GET.get("revision") == str(workflow.revision):
        response = HttpResponse(status=204)
    else:
        response = render(request, "workflows/parts.html", context_of(request, workflow, request.GET.get("step", "")))
    here = presence.noted(workflow, member(request))
    return response if here is None else trigger_client_event(response, "people-here", {"people": here})


@members
@require_GET
def palette(request: HttpRequest, pk: int) -> HttpResponse:
    """The kinds of steps; those that do not fit after the step `after` say why."""
    workflow = workflow_to_see(request, pk)
    graph = parse(workflow.graph, complete=False)
    after = request.GET.get("after", "")
    after = after if after in graph.nodes else ""
    context = editor_context(request, workflow) | {
        "groups": palette_groups(workflow.graph, after),
        "after": after,
        "before": labels_of(graph, workflow.graph).get(after, ""),
    }
    page = "palette" if request.headers.get("HX-Request") else "palette_page"
    return render(request, f"workflows/{page}.html", context)


@members
@require_POST
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """One action of the outline; `do` says which."""
    workflow = workflow_to_edit(request, pk)
    user = member(request)
    do = request.POST.get("do", "")
    before = set(parse(workflow.graph, complete=False).nodes)
    try:
        if do == "undo":
            operations.undo(workflow, user, mark_of(request))
        elif do == "redo":
            operations.redo(workflow, user, mark_of(request))
        else:
            submit(request, workflow, lambda: outline.plan(workflow.graph, action_of(request.POST, do)))
    except REFUSALS as error:
        return refused(request, workflow, sentence(error))
    workflow.refresh_from_db()
    new = [item["id"] for item in workflow.graph["nodes"] if item["id"] not in before]
    return done(request, workflow, new[0] if do in ("add", "duplicate") and new else open_step(request), do)


@members
@require_POST
def mend(request: HttpRequest, pk: int) -> HttpResponse:
    """Do what an advice offers. It is looked up again, so what is done is what the server would say now."""
    workflow = workflow_to_edit(request, pk)
    wanted = {name: request.POST.get(name, "") for name in ("node", "code", "column", "label")}
    for advice in insight(workflow.graph, member(request)).advice:
        if (advice.node, advice.code, advice.column) != (wanted["node"], wanted["code"], wanted["column"]):
            continue
        for one in advice.mends:
            if one.label == wanted["label"]:
                try:
                    submit(request, workflow, partial(list, one.ops))
                except REFUSALS as error:
                    return refused(request, workflow, sentence(error))
                workflow.refresh_from_db()
                return done(request, workflow, open_step(request), "mend")
    if is_in(request, workflow):
        return done(request, workflow, open_step(request), "mend")
    return refused(request, workflow, "This advice does not hold any more: the workflow has changed.")


# Doing


REFUSALS = (EditError, GraphError, drafts.DatasetNotFound, operations.Conflict)


def action_of(sent: MultiValueDict[str, str], do: str) -> dict[str, Any]:
    """What the form asks for, as `outline.plan` takes it. Raises EditError for what is no action."""
    given = {name: str(sent.get(name, "")).replace("\x00", "") for name in ("step", "kind", "after", "port", "label")}
    step = given["step"]
    if do == "add":
        return {"do": do, "kind": given["kind"], "after": given["after"]}
    if do in ("delete", "duplicate"):
        return {"do": do, "step": step}
    if do == "move":
        return {"do": do, "step": step, "by": -1 if sent.get("by") == "-1" else 1}
    if do == "rewire":
        source, _, source_port = str(sent.get("source", "")).partition(SEPARATOR)
        was, _, was_port = str(sent.get("was", "")).partition(SEPARATOR)
        return {
            "do": do,
            "step": step,
            "port": given["port"],
            "source": source,
            "source_port": source_port,
            "was": was,
            "was_port": was_port,
        }
    raise EditError("This is not something that can be done with a step.", step)


def submit(request: HttpRequest, workflow: Workflow, planned: Callable[[], Ops]) -> None:
    """Send the planned operations; when another window was quicker they are planned again on what is there now.

    What is sent again because its answer was lost is done already, even where it could not be planned any more.
    """
    for attempt in range(TRIES):
        try:
            operations.submit(workflow, member(request), workflow.revision, mark_of(request), planned())
            return
        except EditError:
            if is_in(request, workflow):
                return
            raise
        except operations.Conflict:
            if attempt == TRIES - 1:
                raise
            workflow.refresh_from_db()


def is_in(request: HttpRequest, workflow: Workflow) -> bool:
    """Whether this very form has arrived before and was accepted."""
    return workflow.ops.filter(op_id=mark_of(request)).exists()


def sentence(error: Exception) -> str:
    if isinstance(error, GraphError):
        return " ".join(f"{problem.message} {problem.hint}".strip() for problem in error.problems[:3])
    if isinstance(error, operations.Conflict):
        return "Another window is changing this workflow. Try again."
    return str(error)


# Answers


def open_step(request: HttpRequest) -> str:
    """The step whose panel the window shows; without JavaScript the one that was acted on."""
    return request.POST.get("chosen", request.POST.get("step", ""))


def context_of(request: HttpRequest, workflow: Workflow, step: str) -> dict[str, Any]:
    context = editor_context(request, workflow, step)
    if context["chosen"]:
        context |= panel_context(request, workflow, context["chosen"])
    return context


def done(request: HttpRequest, workflow: Workflow, step: str, do: str) -> HttpResponse:
    """The editor as it is now, and a sentence for those who do not see it."""
    context = context_of(request, workflow, step)
    label = next((one.label for one in context["steps"] if one.id == context["chosen"]), "The step")
    said = DONE.get(do, "Done.").format(label=label)
    if not request.headers.get("HX-Request"):
        messages.success(request, said)
        address = reverse("workflows:detail", args=[workflow.pk])
        return redirect(f"{address}?step={context['chosen']}" if context["chosen"] else address)
    response = render(request, "workflows/parts.html", context)
    trigger_client_event(response, "graph-changed", {})
    return trigger_client_event(response, "said", {"text": said, "step": context["chosen"], "do": do})


def refused(request: HttpRequest, workflow: Workflow, words: str) -> HttpResponse:
    """Nothing was changed; the person hears why."""
    if not request.headers.get("HX-Request"):
        messages.error(request, words)
        return redirect(f"{reverse('workflows:detail', args=[workflow.pk])}?step={open_step(request)}")
    workflow.refresh_from_db()
    response = render(request, "workflows/parts.html", context_of(request, workflow, open_step(request)), status=422)
    return trigger_client_event(response, "refused", {"text": words})
