"""Which datasets the workflows of a person use."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.datasets.actions import import_upload
from apps.datasets.models import Dataset
from apps.datasets.tests.factories import csv_upload, imported, person
from apps.datasets.usage import used_by
from apps.workflows.models import Workflow

pytestmark = pytest.mark.django_db


def workflow(user: User, *values: Any, **more: Any) -> Workflow:
    """A workflow with a step for each value of its parameter."""
    nodes = [{"id": f"n{place}", "kind": "csv", "params": {"dataset": value}} for place, value in enumerate(values)]
    return Workflow.objects.create(
        owner=user, name="W", graph={"format": 1, "seed": 0, "nodes": nodes, "edges": [], **more}
    )


@pytest.fixture
def alice() -> User:
    return person("alice")


def test_a_workflow_that_names_a_dataset_uses_it_once_whatever_the_version(alice: User) -> None:
    one, two, three = [imported(alice).dataset for _ in range(3)]
    workflow(alice, one.reference, f"{one.reference}@1", two.reference)
    workflow(alice, f"{one.reference}@1")
    workflow(alice)
    assert used_by(alice, [one.pk, two.pk, three.pk]) == {one.pk: 2, two.pk: 1}
    assert used_by(alice, [three.pk]) == {}


def test_what_only_looks_like_a_reference_does_not_count(alice: User) -> None:
    dataset = imported(alice).dataset
    workflow(alice, f"{dataset.reference}0", f"x{dataset.reference}", f"{dataset.reference}@", ["dataset:1"], 7, None)
    odd = workflow(alice)
    odd.graph["nodes"] = [
        {"id": "a", "kind": "csv", "label": dataset.reference},
        {"id": "b", "kind": "rename", "params": {"name": dataset.reference}},
        {"id": "c", "kind": "no_such_kind", "params": {"dataset": dataset.reference}},
    ]
    odd.save()
    assert used_by(alice, [dataset.pk]) == {}


def test_other_peoples_workflows_do_not_count(alice: User) -> None:
    dataset = imported(alice).dataset
    workflow(person("bob"), dataset.reference)
    assert used_by(alice, [dataset.pk]) == {}


def test_counting_costs_one_query_for_each_kind(alice: User, django_assert_num_queries: Any) -> None:
    datasets = [imported(alice).dataset for _ in range(3)]
    for dataset in datasets:
        workflow(alice, dataset.reference)
    with django_assert_num_queries(2):  # workflows, models
        assert used_by(alice, [dataset.pk for dataset in datasets]) == {dataset.pk: 1 for dataset in datasets}
    with django_assert_num_queries(0):
        assert used_by(alice, []) == {}


def test_the_pages_of_datasets_say_who_uses_them(alice: User) -> None:
    dataset = imported(alice).dataset
    workflow(alice, dataset.reference)
    client = Client()
    client.force_login(alice, backend="apps.accounts.backends.NameOrEmailBackend")
    assert "used by 1 workflow" in client.get(dataset.get_absolute_url()).content.decode()
    assert "1 workflow" in client.get(reverse("datasets:list")).content.decode()
    assert Dataset.objects.count() == 1


def test_the_page_of_differences_says_which_workflow_names_a_column_that_is_gone(alice: User) -> None:
    version = imported(alice, "age,town\n1,Bonn\n2,Trier\n")
    naming = workflow(alice, version.dataset.reference)
    naming.graph["nodes"].append({"id": "f", "kind": "formula", "params": {"name": "x", "expression": "age + 1"}})
    naming.save()
    import_upload(alice, csv_upload("years,town\n1,Bonn\n2,Trier\n"), dataset=version.dataset)
    client = Client()
    client.force_login(alice, backend="apps.accounts.backends.NameOrEmailBackend")
    page = client.get(reverse("datasets:difference", args=[version.dataset_id])).content.decode()
    assert "names “age”, which is gone: open it to map it" in page
