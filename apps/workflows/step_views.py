"""The chosen step of the editor: its settings as a form that is saved by itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods
from django_htmx.http import trigger_client_event

from apps.accounts.access import member, members
from apps.workflows import drafts, operations
from apps.workflows.editor import editor_context, form_for, page_context, panel_context, stored_values
from apps.workflows.models import Workflow
from apps.workflows.sharing import workflow_to_edit, workflow_to_see
from apps.workflows.step_forms import ParamsForm
from apps.workflows.steps import said_of_value
from flowza.engine.edits import EditError
from flowza.engine.errors import GraphError
from flowza.engine.graph import parse

LABEL_LENGTH = 200


@dataclass(frozen=True)
class Conflict:
    """A field that two windows changed, with both values in words."""

    label: str
    mine: str
    theirs: str


@members
@require_http_methods(["GET", "POST"])
def step(request: HttpRequest, pk: int, node: str) -> HttpResponse:
    """The panel of one step, and saving its settings."""
    workflow = workflow_to_edit(request, pk) if request.method == "POST" else workflow_to_see(request, pk)
    found = parse(workflow.graph, complete=False).nodes.get(node)
    if found is None:
        return gone(request, workflow)
    if request.method == "GET":
        if not request.headers.get("HX-Request"):
            return redirect(f"{reverse('workflows:detail', args=[pk])}?step={node}")
        return render(request, "workflows/panel.html", panel_context(request, workflow, node))
    form = form_for(request, workflow, node, request.POST)
    if not form.is_valid():
        return answer(request, workflow, node, 422, form=form, label=sent_label(request))
    ops = changes(form, was_of(request), node, sent_label(request))
    if not ops:
        return answer(request, workflow, node)
    return submitted(request, workflow, node, form, ops)


def submitted(
    request: HttpRequest, workflow: Workflow, node: str, form: ParamsForm, ops: list[dict[str, Any]]
) -> HttpResponse:
    """Send the changed fields through the door; other windows' changes of other fields stay."""
    label = sent_label(request)
    try:
        operations.submit(workflow, member(request), base_of(request, workflow), mark_of(request), ops)
    except operations.Conflict:
        workflow.refresh_from_db()
        return conflicting(request, workflow, node, form, ops)
    except drafts.DatasetNotFound as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
    except GraphError as error:
        form.add_error(None, " ".join(problem.message for problem in error.problems))
    except EditError as error:
        form.add_error(None, str(error))
    if form.errors:
        return answer(request, workflow, node, 422, form=form, label=label)
    workflow.refresh_from_db()
    return trigger_client_event(answer(request, workflow, node), "graph-changed", {})


# What a request says


def sent_label(request: HttpRequest) -> str:
    """The name of the step, as far as it can be stored."""
    return request.POST.get("step-label", "").replace("\x00", "").strip()[:LABEL_LENGTH]


def mark_of(request: HttpRequest) -> str:
    """Names what is sent: the same form that is sent twice is one change, whatever else the page has sent."""
    sent = [(name, values) for name, values in sorted(request.POST.lists()) if name != "csrfmiddlewaretoken"]
    return hashlib.sha256(json.dumps([request.path, sent]).encode()).hexdigest()[:40]


def base_of(request: HttpRequest, workflow: Workflow) -> int:
    """The draft that the person saw."""
    given = request.POST.get("base", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else workflow.revision


def was_of(request: HttpRequest) -> dict[str, Any]:
    """What the form showed before the person changed it."""
    try:
        was = json.loads(request.POST.get("was", ""))
    except ValueError:
        was = {}
    if not isinstance(was, dict) or not isinstance(was.get("params"), dict):
        return {"params": {}, "label": ""}
    return was


def changes(form: ParamsForm, was: Mapping[str, Any], node: str, label: str) -> list[dict[str, Any]]:
    """Operations for the fields that differ from what the form showed."""
    chosen = {name: value for name, value in form.chosen().items() if name in form.fields}
    before = {name: value for name, value in was["params"].items() if name in form.fields}
    ops: list[dict[str, Any]] = []
    changed = {name: value for name, value in chosen.items() if name not in before or before[name] != value}
    unset = [name for name in before if name not in chosen]
    if changed or unset:
        ops.append({"op": "set_params", "id": node, "set": changed, "unset": unset})
    if label != was.get("label", ""):
        ops.append({"op": "rename", "id": node, "label": label})
    return ops


# Answers


def answer(
    request: HttpRequest,
    workflow: Workflow,
    node: str,
    status: int = 200,
    form: ParamsForm | None = None,
    label: str | None = None,
    **more: Any,
) -> HttpResponse:
    """The parts of the editor as they are now; without JavaScript the whole page."""
    whole = not request.headers.get("HX-Request")
    if whole and status == 200:
        return redirect(f"{reverse('workflows:detail', args=[workflow.pk])}?step={node}")
    around = page_context if whole else editor_context
    context = around(request, workflow, node) | panel_context(request, workflow, node, form, label) | more
    return render(request, "workflows/detail.html" if whole else "workflows/parts.html", context, status=status)


def conflicting(
    request: HttpRequest, workflow: Workflow, node: str, form: ParamsForm, ops: list[dict[str, Any]]
) -> HttpResponse:
    """Both values of what two windows changed. The form then holds the person's own, and is based on the new draft."""
    found = parse(workflow.graph, complete=False).nodes.get(node)
    if found is None:
        return gone(request, workflow)
    theirs = found.params.model_dump(mode="json")
    stored = stored_values(workflow, node)
    before = was_of(request)
    asked: list[Conflict] = []
    mine: dict[str, Any] = {}
    label = stored["label"]
    for op in ops:
        if op["op"] == "rename":
            label = op["label"]
            if stored["label"] not in (before["label"], label):
                asked.append(Conflict("Name", label or found.label, stored["label"] or found.label))
            continue
        own = form.params.model_dump(mode="json") if form.params is not None else {}
        for name in [*op["set"], *op["unset"]]:
            mine[name] = own.get(name)
            if before["params"].get(name) != stored["params"].get(name) and mine[name] != theirs.get(name):
                words = [said_of_value(found.params, name, value) for value in (mine[name], theirs.get(name))]
                asked.append(Conflict(str(form.fields[name].label), *words))
    merged = form_for(request, workflow, node, values=theirs | mine)
    return answer(request, workflow, node, 409, form=merged, label=label, conflicts=asked)


def gone(request: HttpRequest, workflow: Workflow) -> HttpResponse:
    """The step was deleted, here or in another window."""
    if not request.headers.get("HX-Request"):
        return redirect("workflows:detail", workflow.pk)
    context = editor_context(request, workflow) | {"gone": True}
    return render(request, "workflows/parts.html", context, status=404)
