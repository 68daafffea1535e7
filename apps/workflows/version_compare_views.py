"""Two versions of a workflow, or a version and the draft, beside each other: as a page, and for the canvas as JSON."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.accounts.access import member, members
from apps.accounts.models import User
from apps.datasets.naming import reference_names
from apps.workflows.difference_drawing import difference_drawing
from apps.workflows.graph_comparison import Comparison, compare
from apps.workflows.models import Workflow, WorkflowVersion
from apps.workflows.version_lists import DRAFT, Side, sides_of
from apps.workflows.version_views import page_context, workflow_of


@members
@require_GET
def compare_page(request: HttpRequest, pk: int) -> HttpResponse:
    """?from=3&to=draft: in any order; without them from the newest version to the draft."""
    workflow = workflow_of(request, pk)
    choices = list(workflow.versions.values_list("number", "name"))
    sides = sides_asked(request, workflow, str(choices[0][0]) if choices else DRAFT)
    comparison = compared(sides, member(request))
    named = [(str(number), words(number, name)) for number, name in choices]
    context = page_context(request, workflow) | {
        "sides": sides,
        "before": sides[0],
        "after": sides[1],
        "choices": [(DRAFT, f"Draft {workflow.revision}"), *named],
        "comparison": comparison,
        "drawing": difference_drawing(sides[0].graph, sides[1].graph, comparison.states, briefs(comparison)),
    }
    return render(request, "workflows/compare.html", context)


@members
@require_GET
def compare_json(request: HttpRequest, pk: int) -> JsonResponse:
    """What a canvas needs to mark its steps and wires, and to tell of those that only the other side has."""
    workflow = workflow_of(request, pk)
    sides = sides_asked(request, workflow, DRAFT)
    before, after = sides
    comparison = compared(sides, member(request))
    gone = {node["id"]: [node.get("x", 0), node.get("y", 0)] for node in before.graph["nodes"]}
    return JsonResponse(
        {
            "from": before.title,
            "to": after.title,
            "revision": workflow.revision,
            "steps": {
                step.id: {
                    "state": step.state,
                    "label": step.label,
                    "rows": [[row.label, row.before, row.after] for row in step.rows],
                }
                | ({"place": gone[step.id]} if step.state == "removed" else {})
                for step in comparison.steps
            },
            "wires": [[wire.state, wire.words] for wire in comparison.wires],
            "added_wires": [edge for edge in after.graph["edges"] if edge not in before.graph["edges"]],
            "same": comparison.same,
        }
    )


def sides_asked(request: HttpRequest, workflow: Workflow, default: str) -> list[Side]:
    """The two sides that the address names. Raises Http404 for what is none."""
    keys = [request.GET.get("from") or default, request.GET.get("to") or DRAFT]
    try:
        return sides_of(workflow, keys)
    except WorkflowVersion.DoesNotExist as error:
        raise Http404(str(error)) from error


def compared(sides: list[Side], user: User) -> Comparison:
    before, after = (side.graph for side in sides)
    every = {"nodes": [*before["nodes"], *after["nodes"]]}
    return compare(before, after, reference_names(user, every))


def briefs(comparison: Comparison) -> dict[str, str]:
    """What the cards of the drawing say: which fields changed."""
    return {step.id: ", ".join(row.label for row in step.rows) for step in comparison.steps if step.state == "changed"}


def words(number: int, name: str) -> str:
    return f"Workflow version {number}" + (f" “{name}”" if name else "")
