"""Tidying: the moves that the editor is given, of all steps or of the chosen ones."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.workflows.models import Workflow
from apps.workflows.places import tidied
from apps.workflows.tests.graphs import person, titanic, workflow_of
from flowza.engine.edits import apply_all

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return person("alice")


@pytest.fixture
def workflow(alice: User) -> Workflow:
    return workflow_of(alice)


@pytest.fixture
def window(client: Client, alice: User) -> Client:
    client.force_login(alice, backend="apps.accounts.backends.NameOrEmailBackend")
    return client


def ask(window: Client, workflow: Workflow, body: Any) -> Any:
    address = reverse("workflows:layout", args=[workflow.pk])
    return window.post(address, json.dumps(body), content_type="application/json")


def places(graph: dict[str, Any]) -> dict[str, tuple[float, float]]:
    return {item["id"]: (item.get("x", 0), item.get("y", 0)) for item in graph["nodes"]}


def test_all_steps_go_from_left_to_right_and_nothing_is_changed_yet(window: Client, workflow: Workflow) -> None:
    answer = ask(window, workflow, {})
    assert answer.status_code == 200
    workflow.refresh_from_db()
    assert workflow.revision == answer.json()["revision"] == 1
    graph, _ = apply_all(workflow.graph, answer.json()["ops"])
    found = places(graph)
    assert all(found[edge["from"]][0] < found[edge["to"]][0] for edge in graph["edges"])


def test_chosen_steps_keep_their_corner_and_the_others_stay() -> None:
    graph = titanic()
    for number, item in enumerate(graph["nodes"]):
        item.update(x=500 + 7 * number, y=300 - 11 * number)
    before = places(graph)
    chosen = set(list(before)[1:4])
    after = places(apply_all(graph, tidied(graph, chosen))[0])
    assert {step: after[step] for step in before if step not in chosen} == {
        step: before[step] for step in before if step not in chosen
    }
    for axis in (0, 1):
        assert min(after[step][axis] for step in chosen) == min(before[step][axis] for step in chosen)
    assert tidied(graph, set()) == tidied(graph, {"gone"}) == []


def test_what_is_tidy_has_no_moves_left() -> None:
    graph, _ = apply_all(titanic(), tidied(titanic()))
    assert tidied(graph) == []


@pytest.mark.parametrize("body", [{"steps": "split"}, {"steps": [1]}, []])
def test_what_is_no_list_of_steps_is_refused_with_a_sentence(window: Client, workflow: Workflow, body: Any) -> None:
    answer = ask(window, workflow, body)
    assert answer.status_code == 400
    assert answer.json()["reason"]
