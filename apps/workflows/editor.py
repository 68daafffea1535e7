"""What the editor shows: the bar at the top, the ordered steps, the chosen step's panel."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from apps.accounts.access import member
from apps.datasets.naming import dataset_choices
from apps.workflows import operations
from apps.workflows.canvas_data import catalogue_data, graph_data
from apps.workflows.drawing import drawing
from apps.workflows.inputs import input_selects
from apps.workflows.insight import at_hand, dataset_names
from apps.workflows.models import Workflow
from apps.workflows.offers import columns_for
from apps.workflows.palette import kind_groups
from apps.workflows.step_forms import Offers, ParamsForm, params_form
from apps.workflows.steps import labels_of, outline_order, steps_of
from flowza.engine.catalogue import CATEGORIES
from flowza.engine.graph import Graph, dataset_fields, parse
from flowza.engine.node import Node

ROLE_WORDS = {
    "source": "Brings rows in. What a model is asked later must look like these rows.",
    "stateless": "Works on each row by itself, so the same is done with the rows that a model is asked about later.",
    "learned": "Learns from the training rows alone, and does the same with all others.",
    "rows": "Changes which rows there are. It is not done again with rows that a model is asked about later.",
    "split": "Says which rows are for training and which for testing.",
    "train": "Learns from the training rows and gives a model: the whole way from the raw columns to the answer.",
    "validate": "Measures how good a model is.",
    "deliver": "Hands over a result.",
}

STATES_OF_RUNS = [
    *("waiting", "queued", "running", "done", "kept"),
    *("succeeded", "failed", "cancelling", "cancelled", "skipped"),
]
"""What a run or a step of one can be; the page holds the sign of each."""


MOST_LISTED = 60
"""Of a workflow with more steps the page brings the outline when somebody looks at it."""


def wants_outline(request: HttpRequest, steps: int) -> bool:
    """Whether an answer brings the list of steps: most of the page's weight, and not seen on the canvas.

    A window that shows the canvas says so by view=canvas and asks again when it turns to the outline.
    """
    shown = request.POST.get("view") or request.GET.get("view", "")
    if request.headers.get("HX-Request"):
        return shown != "canvas"
    return shown == "outline" or steps <= MOST_LISTED


def editor_context(request: HttpRequest, workflow: Workflow, chosen: str = "") -> dict[str, Any]:
    """The bar, the drawing and the outline; `chosen` is the step whose panel is open."""
    user = member(request)
    graph = parse(workflow.graph, complete=False)
    steps = steps_of(graph, workflow.graph, dataset_names(workflow.graph, user, workflow.owner_id))
    undo, redo = operations.undo_state(workflow, user)
    return {
        "workflow": workflow,
        "read_only": not workflow.can_edit(user),
        "steps": steps,
        "graph_data": graph_data(workflow, steps, read_only=not workflow.can_edit(user)),
        "catalogue": catalogue_data,
        "outline_wanted": wants_outline(request, len(steps)),
        "drawing": SimpleLazyObject(lambda: drawing(workflow.graph, told={step.id: step.brief for step in steps})),
        "chosen": chosen if chosen in graph.nodes else "",
        "last_step": steps[-1].id if steps else "",
        "undo_label": undo,
        "redo_label": redo,
        # A form that is sent twice carries the same mark, and is done once.
        "mark": uuid.uuid4().hex,
    }


def page_context(request: HttpRequest, workflow: Workflow, chosen: str = "") -> dict[str, Any]:
    """The whole page: what changes with the graph, and what stays: the kinds of steps, signs of states."""
    context = editor_context(request, workflow, chosen)
    if context["chosen"]:
        context |= panel_context(request, workflow, context["chosen"])
    return context | {"kind_groups": kind_groups(), "state_names": STATES_OF_RUNS}


def item_of(workflow: Workflow, node: str) -> dict[str, Any]:
    """The step's part of the graph JSON; empty without such a step."""
    return next((item for item in workflow.graph["nodes"] if item["id"] == node), {})


def stored_values(workflow: Workflow, node: str) -> dict[str, Any]:
    """The step's parameters and its name as they are stored, for the comparison with what a form sends."""
    item = item_of(workflow, node)
    return {"params": item.get("params", {}), "label": item.get("label", "")}


def offers_for(request: HttpRequest, workflow: Workflow, graph: Graph, node: Node) -> Offers:
    """The columns that the step may choose from and, for a source, the person's datasets."""
    user = member(request)
    chosen = [getattr(node.params, field) for field in dataset_fields(type(node))]
    datasets = dataset_choices(user, chosen, workflow.owner_id) if chosen else []
    return Offers(columns_for(workflow.graph, graph, user, node.id), datasets)


def form_for(
    request: HttpRequest, workflow: Workflow, node: str, data: Any = None, values: dict[str, Any] | None = None
) -> ParamsForm:
    """The step's form. values: what it shows instead of what is stored."""
    graph = parse(workflow.graph, complete=False)
    found = graph.nodes[node]
    shown = found.params.model_dump(mode="json") if values is None else values
    return params_form(type(found).Params, offers_for(request, workflow, graph, found), data, values=shown, node=node)


def panel_context(
    request: HttpRequest, workflow: Workflow, node: str, form: ParamsForm | None = None, label: str | None = None
) -> dict[str, Any]:
    """The chosen step's settings, inputs and help. Raises KeyError when there is no such step."""
    graph = parse(workflow.graph, complete=False)
    found = graph.nodes[node]
    labels = labels_of(graph, workflow.graph)
    ordered = {name: labels[name] for name in outline_order(graph)}
    stored = stored_values(workflow, node)
    known, complete = at_hand(workflow.graph, member(request))
    return {
        "workflow": workflow,
        "read_only": not workflow.can_edit(member(request)),
        "node": found,
        "category": CATEGORIES[found.category],
        "form": form_for(request, workflow, node) if form is None else form,
        "inputs": input_selects(graph, found, ordered),
        "label": stored["label"] if label is None else label,
        "was": json.dumps(stored, sort_keys=True),
        "role_words": ROLE_WORDS[found.role],
        # Where nobody has looked at this draft yet, the page asks for advice when the panel is there.
        "advice": [one for one in known.advice if one.node == node],
        "advice_is_complete": complete,
        "rows_url": reverse("workflows:rows", args=[workflow.pk, node]),
        "chosen": node,
        "mark": uuid.uuid4().hex,
    }
