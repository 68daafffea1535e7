"""A part of the editor: what the data of a workflow needs before it is run again."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from apps.accounts.access import member, members
from apps.datasets.naming import MissingData, missing_data
from apps.datasets.sources import references_of_graph
from apps.runs.new_data import columns_gone, new_data
from apps.workflows.models import Workflow
from flowza.engine.catalogue import find


@dataclass(frozen=True)
class Missed:
    """A dataset that is not there, and the steps (id, label) that read it."""

    data: MissingData
    steps: list[tuple[str, str]]


@members
@require_GET
def data_notices(request: HttpRequest, pk: int) -> HttpResponse:
    """Datasets that the workflow's steps miss, and those that were replaced since its last run."""
    user = member(request)
    workflow = get_object_or_404(Workflow.objects.for_user(user), pk=pk)
    named = list(references_of_graph(workflow.graph))
    labels = {node["id"]: node.get("label") or label_of(node["kind"]) for node in workflow.graph["nodes"]}
    missed = [
        Missed(one, [(step, labels[step]) for step, reference in named if reference == one.reference])
        for one in missing_data(user, [reference for _, reference in named], workflow.owner_id)
    ]
    replaced = new_data(user, [pk]).get(pk, [])
    gone = columns_gone(user, replaced) if replaced else {}
    context = {
        "workflow": workflow,
        "missed": missed,
        "new_data": [(one, gone.get(one.dataset, [])) for one in replaced],
        "gone": bool(gone),
        "mark": uuid4().hex,
    }
    return render(request, "runs/data_notices.html", context)


def label_of(kind: str) -> str:
    cls = find(kind)
    return cls.label if cls else kind
