"""Runs of one workflow that were told different things."""

from __future__ import annotations

import copy
from typing import Any

from apps.accounts.models import User
from apps.runs.models import Run
from apps.runs.tests.finished import finished_run
from apps.workflows.models import Workflow


def told(workflow: Workflow, step: str, **params: Any) -> None:
    """Give parameters to a step of the workflow."""
    graph = copy.deepcopy(workflow.graph)
    node = next(node for node in graph["nodes"] if node["id"] == step)
    node["params"] = {**node.get("params", {}), **params}
    redrawn(workflow, graph)


def redrawn(workflow: Workflow, graph: dict[str, Any]) -> None:
    workflow.graph = graph
    workflow.save()


def variant(user: User, workflow: Workflow, step: str, **params: Any) -> Run:
    """A finished run after the step was told so."""
    told(workflow, step, **params)
    return finished_run(user, workflow)
