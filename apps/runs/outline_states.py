"""For the editor: what the last run made of each step, where the step is still as it was then."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from apps.accounts.access import members
from apps.runs.models import NodeRun, Run
from apps.workflows.models import Workflow

TOLD = (NodeRun.State.RUNNING, NodeRun.State.DONE, NodeRun.State.KEPT, NodeRun.State.FAILED)


def unchanged(now: dict[str, Any], then: dict[str, Any]) -> set[str]:
    """The steps that are told the same, and read from the same, as in the other graph; so with all before them."""
    before, after = told(then), told(now)
    same = {name for name, saying in after.items() if before.get(name) == saying}
    while loose := {name for name in same if any(source not in same for _, source, _ in after[name][2])}:
        same -= loose
    return same


def told(graph: dict[str, Any]) -> dict[str, tuple[str, Any, list[tuple[str, str, str]]]]:
    """Step -> kind, parameters, inputs."""
    return {
        node["id"]: (
            node["kind"],
            node.get("params") or {},
            sorted(
                (edge["to_port"], edge["from"], edge["from_port"])
                for edge in graph["edges"]
                if edge["to"] == node["id"]
            ),
        )
        for node in graph["nodes"]
    }


@members
@require_GET
def outline_states(request: HttpRequest, pk: int) -> HttpResponse:
    """A sign for the card of each step; asked for again while the run goes on."""
    workflow = get_object_or_404(Workflow.objects.for_user(request.user), pk=pk)
    run = (
        Run.objects.for_user(request.user)
        .filter(version__workflow=workflow)
        .select_related("version")
        .order_by("-pk")
        .first()
    )
    signs: dict[str, NodeRun | None] = {node["id"]: None for node in workflow.graph["nodes"]}
    if run is not None:
        same = unchanged(workflow.graph, run.version.graph)
        for one in run.node_runs.defer("manifest").filter(state__in=TOLD):
            if one.node_id in same:
                signs[one.node_id] = one
    context = {"workflow": workflow, "run": run, "signs": signs, "going": run is not None and not run.is_finished}
    return render(request, "runs/outline_states.html", context)
