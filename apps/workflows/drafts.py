"""Changing a workflow's graph: checked by the engine, counted by `revision`, never half done."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from apps.accounts.models import User
from apps.workflows import operations
from apps.workflows.dataset_checks import DatasetNotFound, check_datasets
from apps.workflows.models import Workflow
from flowza.engine.errors import GraphError, Problem
from flowza.engine.graph import parse
from flowza.engine.graph_shape import FORMAT

__all__ = ["DatasetNotFound", "StaleRevision", "checked", "save", "with_params"]


class StaleRevision(Exception):
    """Somebody changed the workflow since it was read. `revision` is the present one."""

    def __init__(self, revision: int) -> None:
        super().__init__(f"The workflow has changed since you read it: it is at draft {revision} now.")
        self.revision = revision


def checked(raw: Any, user: User, before: dict[str, Any] | None = None) -> dict[str, Any]:
    """Graph JSON that may be stored as a draft of this person; it may still be unfinished. before: the graph that it
    takes the place of.

    Raises GraphError with every problem, DatasetNotFound for a dataset that is not the person's.
    """
    parse(raw, complete=False)
    check_datasets(raw, user, before)
    return {"format": FORMAT, "seed": 0, **raw}


def save(workflow: Workflow, revision: int | None = None, *, user: User | None = None, **changes: Any) -> None:
    """Write `changes` (graph, name, description) as the next revision, if the workflow is still at `revision`.

    None means: at the revision of `workflow` itself. A new graph goes into the log as the operations that make it of
    the old one, by `user` (left out: the owner), and can be undone like any other change. Raises StaleRevision.
    """
    expected = workflow.revision if revision is None else revision
    with transaction.atomic():
        locked = Workflow.objects.select_for_update().get(pk=workflow.pk)
        if locked.revision != expected:
            raise StaleRevision(locked.revision)
        if "graph" in changes:
            operations.replace(locked, user or workflow.owner, changes.pop("graph"))
        if changes:
            after = expected + 1
            Workflow.objects.filter(pk=workflow.pk).update(**changes, revision=after, updated=Now())
    workflow.refresh_from_db()


def with_params(graph: dict[str, Any], node: str, params: dict[str, Any], label: str | None = None) -> dict[str, Any]:
    """A copy of the graph in which one step has these parameters. Raises GraphError when there is no such step."""
    if all(item["id"] != node for item in graph["nodes"]):
        raise GraphError([Problem(f"There is no step '{node}'.", node=node, code="unknown_node")])
    nodes = []
    for item in graph["nodes"]:
        if item["id"] == node:
            item = {**item, "params": params}
            if label is not None:
                item = {**item, "label": label} if label else {k: v for k, v in item.items() if k != "label"}
        nodes.append(item)
    return {**graph, "nodes": nodes}
