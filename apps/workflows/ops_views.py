"""The graph as JSON, and the addresses that change it: operations, undo, redo."""

from __future__ import annotations

import json
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from apps.accounts.access import member, members
from apps.accounts.api_parsers import MAX_BYTES, refuse_constant
from apps.workflows import operations
from apps.workflows.dataset_checks import DatasetNotFound
from apps.workflows.insight import at_hand
from apps.workflows.models import Workflow
from apps.workflows.sharing import workflow_to_edit, workflow_to_see
from apps.workflows.steps import said_of_value
from flowza.engine.catalogue import find
from flowza.engine.edits import EditError
from flowza.engine.graph_shape import MAX_DEPTH, has_nul, too_deep
from flowza.engine.params import finite, parse_params

LABEL_LENGTH = 120
DEPTH = MAX_DEPTH + 4
"""An operation lies in a list in the request; what it holds may be as deep as in a graph."""


@members
@require_GET
def graph_json(request: HttpRequest, pk: int) -> HttpResponse:
    """The graph with the revision that operations on it start from."""
    workflow = workflow_to_see(request, pk)
    return JsonResponse({"revision": workflow.revision, "graph": workflow.graph} | undo_words(request, workflow))


@members
@require_POST
def ops(request: HttpRequest, pk: int) -> HttpResponse:
    """Operations as JSON `{base_revision, op_id, ops}`; `label` says what they are together, such as "Tidy up".

    200 `{revision, ops_since, inverses, advice, schemas, …}`; 409 `{revision, conflicts}`; 422 `{index, reason}`;
    400 and 413 `{reason}` for what is no such request.
    """
    workflow = workflow_to_edit(request, pk)
    try:
        sent = body_of(request)
    except BodyRefused as refused:
        return JsonResponse({"reason": str(refused)}, status=refused.status)
    try:
        base, op_id, batch = (cast(Any, sent.get(name)) for name in ("base_revision", "op_id", "ops"))
        answer = operations.submit(workflow, member(request), base, op_id, batch, label_in(sent))
    except operations.Conflict as conflict:
        conflicts = [said(workflow, one) for one in conflict.conflicts]
        return JsonResponse({"revision": conflict.revision, "conflicts": conflicts}, status=409)
    except EditError as error:
        found = {"index": error.index, "reason": error.reason, "node": error.node, "field": error.field}
        return JsonResponse(found | {"revision": workflow.revision}, status=422)
    except DatasetNotFound as error:
        found = {"index": error.index, "reason": error.message, "node": error.node, "field": error.field}
        return JsonResponse(found | {"revision": workflow.revision}, status=422)
    except Workflow.DoesNotExist:
        raise Http404("The workflow was deleted meanwhile.") from None
    return JsonResponse(accepted(request, workflow, answer))


@members
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back the person's last change; `op_id` makes a double click one undo."""
    return turned(request, pk, "undo")


@members
@require_POST
def redo(request: HttpRequest, pk: int) -> HttpResponse:
    """Do again what was undone last."""
    return turned(request, pk, "redo")


# Requests


class BodyRefused(Exception):
    """A body that is not what the address takes; the sentence says why."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.status = status


def body_of(request: HttpRequest) -> dict[str, Any]:
    """The JSON object that was sent. Raises BodyRefused."""
    body = request.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise BodyRefused("The request is larger than 1 MB. Send fewer changes at once.", 413)
    try:
        sent = json.loads(body.decode("utf-8"), parse_constant=refuse_constant)
    except RecursionError:
        raise BodyRefused("The JSON is nested too deep.") from None
    except ValueError as error:
        raise BodyRefused(f"This is not JSON: {error}.") from error
    if not isinstance(sent, dict):
        raise BodyRefused("Send an object with base_revision, op_id and ops.")
    if too_deep(sent, DEPTH):
        raise BodyRefused(f"The JSON is nested deeper than {DEPTH} levels.")
    if has_nul(sent):
        raise BodyRefused("Text may not hold NUL characters or broken surrogates.")
    if not finite(sent):
        raise BodyRefused("Numbers may not be NaN or infinite.")
    return sent


def label_in(sent: dict[str, Any]) -> str:
    """What several operations were as one; for a single one the engine has the words."""
    label, ops = sent.get("label"), sent.get("ops")
    return label[:LABEL_LENGTH] if isinstance(label, str) and isinstance(ops, list) and len(ops) > 1 else ""


# Answers


def said(workflow: Workflow, conflict: dict[str, Any]) -> dict[str, Any]:
    """A conflict with the field's label and both values as people read them."""
    node = next((item for item in workflow.graph["nodes"] if item["id"] == conflict.get("node")), None)
    cls = find(node["kind"]) if node else None
    words = {name: said_plainly(conflict.get(name)) for name in ("mine", "theirs")}
    label = {"label": "Name", "comment": "Note"}.get(conflict.get("target", [""])[0], "")
    if node and cls and conflict["field"] in cls.Params.model_fields:
        label = cls.Params.model_fields[conflict["field"]].title or conflict["field"]
        params, _ = parse_params(cls.Params, node.get("params", {}), node["id"])
        if params is not None:
            words = {name: said_of_value(params, conflict["field"], conflict[name]) for name in ("mine", "theirs")}
    elif not label and conflict.get("target"):
        label = str(conflict["target"][-1]).capitalize()
    step = f"{node.get('label') or (cls.label if cls else node['kind'])}: " if node else ""
    return conflict | {"label": f"{step}{label}", "mine_words": words["mine"], "theirs_words": words["theirs"]}


def said_plainly(value: Any) -> str:
    return "empty" if value in ("", None) else str(value)


def accepted(request: HttpRequest, workflow: Workflow, answer: operations.Accepted) -> dict[str, Any]:
    """The answer to a batch that is in. `looked` says whether advice and schemas know the data."""
    insight, looked = at_hand(workflow.graph, member(request))
    return {
        "revision": answer.revision,
        "ops_since": answer.ops_since,
        "ops": answer.ops,
        "inverses": answer.inverses,
        "label": answer.label,
        "saved_at": date_format(localtime(workflow.updated), "H:i"),
        "advice": [one.as_dict() for one in insight.advice],
        "schemas": {step: [list(column) for column in columns] for step, columns in insight.columns.items()},
        "looked": looked,
    } | undo_words(request, workflow)


def undo_words(request: HttpRequest, workflow: Workflow) -> dict[str, Any]:
    undo_label, redo_label = operations.undo_state(workflow, member(request))
    return {"undo": undo_label, "redo": redo_label}


def turned(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """The answer to undo and redo: JSON for a script that asks for it, events for htmx, the editor for a plain form."""
    workflow = workflow_to_edit(request, pk)
    op_id = request.POST.get("op_id", "")
    turn = operations.undo if kind == "undo" else operations.redo
    try:
        answer = turn(workflow, member(request), op_id if operations.OP_ID.fullmatch(op_id) else "")
    except EditError as error:
        return told(request, workflow, error.reason, None)
    except Workflow.DoesNotExist:
        raise Http404("The workflow was deleted meanwhile.") from None
    return told(request, workflow, f"{answer.label}.", answer)


def told(request: HttpRequest, workflow: Workflow, words: str, answer: operations.Accepted | None) -> HttpResponse:
    """answer: None when nothing was done, and `words` say why."""
    level = "warning" if answer is None else "success"
    if request.headers.get("HX-Request"):
        response = HttpResponse(status=204)
        if answer is not None:
            trigger_client_event(response, "graph-changed", {"revision": workflow.revision})
        return trigger_client_event(response, "toast", {"text": words, "level": level})
    if request.headers.get("Accept", "").startswith("application/json"):
        if answer is None:
            return JsonResponse({"reason": words, "revision": workflow.revision}, status=409)
        return JsonResponse(accepted(request, workflow, answer))
    messages.add_message(request, messages.WARNING if answer is None else messages.SUCCESS, words)
    return redirect("workflows:detail", workflow.pk)
