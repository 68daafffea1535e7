"""Graphs and people for the tests of workflows and runs."""

from __future__ import annotations

from typing import Any

from apps.accounts.models import ApiToken, User
from apps.workflows.models import Workflow


def person(name: str) -> User:
    return User.objects.create_user(name, f"{name}@example.org", "correct horse battery")


def bearer(user: User) -> dict[str, str]:
    """Headers that sign requests with a new personal token of the user."""
    return {"Authorization": f"Bearer {ApiToken.issue(user, 'test')[1]}"}


def edge(source: str, target: str, port: str = "table") -> dict[str, str]:
    return {"from": source, "from_port": port, "to": target, "to_port": port}


def titanic() -> dict[str, Any]:
    """Data, split, a small model, its evaluation."""
    return {
        "format": 1,
        "seed": 0,
        "nodes": [
            {"id": "data", "kind": "showcase", "params": {"name": "titanic"}},
            {"id": "encode", "kind": "one_hot"},
            {"id": "split", "kind": "split", "params": {"test_share": 0.25}},
            {"id": "model", "kind": "logistic_regression"},
            {"id": "evaluate", "kind": "evaluate"},
        ],
        "edges": [
            edge("data", "encode"),
            edge("encode", "split"),
            edge("split", "model"),
            edge("model", "evaluate", "model"),
        ],
    }


def workflow_of(user: User, name: str = "Survivors", graph: dict[str, Any] | None = None) -> Workflow:
    return Workflow.objects.create(owner=user, name=name, graph=titanic() if graph is None else graph)
