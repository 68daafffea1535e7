"""What the canvas reads of a page: the graph as it is now, and the kinds of steps."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from apps.workflows.models import Workflow
from apps.workflows.places import with_places
from apps.workflows.steps import Step
from flowza.engine.catalogue import CATEGORIES, catalogue
from flowza.engine.ports import Port


def graph_data(workflow: Workflow, steps: Sequence[Step], *, read_only: bool) -> dict[str, Any]:
    """The graph with its revision, a few words on each card, and the order in which steps run."""
    return {
        "revision": workflow.revision,
        "graph": with_places(workflow.graph),
        "told": {step.id: step.brief for step in steps},
        "order": [step.id for step in steps],
        "read_only": read_only,
    }


@lru_cache(maxsize=1)
def catalogue_data() -> dict[str, Any]:
    """Categories and kinds of steps in the palette's order, with their ports."""
    kinds = [
        {
            "kind": cls.kind,
            "label": cls.label,
            "category": cls.category,
            "category_label": CATEGORIES[cls.category],
            "icon": cls.icon,
            "brief": cls.summary,
            "inputs": [port_data(port) for port in cls.inputs],
            "outputs": [port_data(port) for port in cls.outputs],
        }
        for cls in catalogue().values()
    ]
    return {"categories": [{"name": name, "label": label} for name, label in CATEGORIES.items()], "kinds": kinds}


def port_data(port: Port) -> dict[str, Any]:
    return {
        "name": port.name,
        "label": port.label,
        "type": port.type,
        "many": port.many,
        "required": not port.optional,
    }
