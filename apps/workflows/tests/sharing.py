"""A workflow that reads data: Alice owns it, Bob may change it, Vera may look, Charlie is a stranger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.test import Client

from apps.accounts.models import User
from apps.datasets.models import Dataset, DatasetShare
from apps.datasets.tests.factories import imported
from apps.workflows.models import Role, Workflow
from apps.workflows.tests.graphs import edge, person

SECRET = "Xanthippe"
"""A value of the data: a town, a category level, and what the model answers with."""
DATA = "age,town,paid\n" + "".join(
    f"{20 + place},{'Trier' if place % 4 else SECRET},{SECRET if place % 3 else 'Sparta'}\n" for place in range(60)
)


@dataclass(frozen=True)
class People:
    alice: User
    bob: User
    vera: User
    charlie: User
    workflow: Workflow
    dataset: Dataset


def graph_of(reference: str) -> dict[str, Any]:
    return {
        "format": 1,
        "seed": 0,
        "nodes": [
            {"id": "data", "kind": "csv", "params": {"dataset": reference, "target": "paid"}},
            {"id": "encode", "kind": "one_hot", "params": {}},
            {"id": "split", "kind": "split", "params": {"test_share": 0.25}},
            {"id": "model", "kind": "logistic_regression", "params": {}},
            {"id": "evaluate", "kind": "evaluate", "params": {}},
        ],
        "edges": [
            edge("data", "encode"),
            edge("encode", "split"),
            edge("split", "model"),
            edge("model", "evaluate", "model"),
        ],
    }


def make_people(see: tuple[str, ...] = ()) -> People:
    """see: who may see the data, too."""
    alice, bob, vera, charlie = (person(name) for name in ("alice", "bob", "vera", "charlie"))
    dataset = imported(alice, DATA, "payments.csv").dataset
    workflow = Workflow.objects.create(owner=alice, name="Who pays?", graph=graph_of(dataset.reference))
    workflow.shares.create(user=bob, role=Role.EDITOR, given="bob")
    workflow.shares.create(user=vera, role=Role.VIEWER, given="vera")
    found = People(alice, bob, vera, charlie, workflow, dataset)
    for name in see:
        DatasetShare.objects.create(dataset=dataset, user=getattr(found, name))
    return found


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="apps.accounts.backends.NameOrEmailBackend")
    return client
