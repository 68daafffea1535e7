"""Workflows and their immutable versions."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.workflows.models import Workflow, WorkflowVersion, WorkflowVersionChanged, graph_digest

pytestmark = pytest.mark.django_db


def person(name: str) -> User:
    return User.objects.create_user(username=name, email=f"{name}@example.org")


def graph(**fields: object) -> dict[str, object]:
    step = {"id": "csv", "kind": "csv", "version": 1, "params": {}, "x": 0, "y": 0} | fields
    return {"format": 1, "seed": 0, "nodes": [step], "edges": []}


def test_freezing_the_same_graph_twice_gives_one_version() -> None:
    alice = person("alice")
    workflow = Workflow.objects.create(owner=alice, name="Titanic", graph=graph())
    first = workflow.freeze(alice)
    assert workflow.freeze(alice) == first
    assert (first.number, first.created_by, first.graph) == (1, alice, workflow.graph)


def test_a_changed_graph_is_a_new_version_and_the_old_one_stays() -> None:
    alice = person("alice")
    workflow = Workflow.objects.create(owner=alice, name="Titanic", graph=graph())
    first = workflow.freeze(alice)
    workflow.graph = graph(params={"target": "survived"})
    workflow.save()
    second = workflow.freeze(alice)
    assert (first.number, second.number) == (1, 2)
    assert WorkflowVersion.objects.get(pk=first.pk).graph == graph()
    workflow.graph = graph()
    workflow.save()
    assert workflow.freeze(alice).number == 3


def test_moving_a_card_is_not_a_new_version() -> None:
    alice = person("alice")
    workflow = Workflow.objects.create(owner=alice, name="Titanic", graph=graph())
    first = workflow.freeze(alice)
    workflow.graph = graph(x=200, y=40)
    assert workflow.freeze(alice) == first


def test_the_digest_does_not_depend_on_the_order_of_fields() -> None:
    turned = dict(reversed(graph().items()))
    assert graph_digest(turned) == graph_digest(graph())
    assert graph_digest(graph(label="Other")) != graph_digest(graph())


def test_a_version_cannot_be_changed() -> None:
    alice = person("alice")
    version = Workflow.objects.create(owner=alice, name="Titanic", graph=graph()).freeze(alice)
    version.graph = {}
    with pytest.raises(WorkflowVersionChanged):
        version.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        WorkflowVersion.objects.create(workflow=version.workflow, number=1, graph={}, digest="", created_by=alice)


def test_a_person_sees_her_own_workflows_and_versions_only() -> None:
    alice, charlie = person("alice"), person("charlie")
    workflow = Workflow.objects.create(owner=alice, name="Titanic", graph=graph())
    workflow.freeze(alice)
    for model in (Workflow, WorkflowVersion):
        assert model.objects.for_user(alice).count() == 1
        assert not model.objects.for_user(charlie).exists()
        assert not model.objects.for_user(AnonymousUser()).exists()


def test_only_name_and_note_of_a_version_may_change() -> None:
    alice = person("alice")
    version = Workflow.objects.create(owner=alice, name="Titanic", graph=graph()).freeze(alice)
    version.name, version.graph = "First", {}
    version.save(update_fields=["name", "note"])
    stored = WorkflowVersion.objects.get(pk=version.pk)
    assert (stored.name, stored.graph, stored.title) == ("First", graph(), "Workflow version 1 “First”")
    with pytest.raises(WorkflowVersionChanged):
        version.save(update_fields=["name", "graph"])


def test_a_version_says_what_changed_since_the_one_before() -> None:
    alice = person("alice")
    workflow = Workflow.objects.create(owner=alice, name="Titanic", graph=graph())
    assert workflow.freeze(alice).changes == ""
    workflow.graph = graph(label="Passengers")
    assert workflow.freeze(alice).changes == "Renamed 'CSV'"
