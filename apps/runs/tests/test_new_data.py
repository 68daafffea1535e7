"""Workflows behind data that was replaced or deleted say so."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.datasets.actions import import_upload
from apps.datasets.bin import put_in_bin
from apps.datasets.models import DatasetVersion
from apps.datasets.tests.factories import csv_upload, imported, person
from apps.runs.models import Run
from apps.runs.new_data import new_data
from apps.workflows.models import Workflow
from flowza.engine.errors import GraphError

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return person("alice")


@pytest.fixture
def client(alice: User) -> Client:
    client = Client()
    client.force_login(alice, backend="apps.accounts.backends.NameOrEmailBackend")
    return client


def reading(user: User, *references: str) -> Workflow:
    nodes = [{"id": f"n{place}", "kind": "csv", "params": {"dataset": one}} for place, one in enumerate(references)]
    graph = {"format": 1, "seed": 0, "nodes": nodes, "edges": []}
    return Workflow.objects.create(owner=user, name="Ages", graph=graph)


def ran(user: User, workflow: Workflow, state: str = Run.State.SUCCEEDED) -> Run:
    run = Run.objects.start(user, workflow)
    Run.objects.filter(pk=run.pk).update(state=state)
    return run


def replaced(version: DatasetVersion) -> DatasetVersion:
    return import_upload(version.dataset.owner, csv_upload("name,age\nAnn,1\n"), dataset=version.dataset)


def said(user: User, workflow: Workflow) -> list[str]:
    return [one.words for one in new_data(user, [workflow.pk]).get(workflow.pk, [])]


def notices(client: Client, workflow: Workflow) -> str:
    return str(client.get(reverse("runs:data_notices", args=[workflow.pk])).content.decode())


def test_a_workflow_behind_replaced_data_says_new_data_until_it_has_run_again(alice: User) -> None:
    version = imported(alice)
    workflow = reading(alice, version.dataset.reference)
    assert said(alice, workflow) == []
    ran(alice, workflow)
    assert said(alice, workflow) == []
    replaced(version)
    assert said(alice, workflow) == ["people: data version 2; the last run read data version 1"]
    ran(alice, workflow, Run.State.QUEUED)
    assert said(alice, workflow) == []


def test_a_run_that_failed_on_the_new_data_is_no_run_on_it(alice: User) -> None:
    version = imported(alice)
    workflow = reading(alice, version.dataset.reference)
    ran(alice, workflow)
    replaced(version)
    ran(alice, workflow, Run.State.FAILED)
    assert len(said(alice, workflow)) == 1


def test_a_step_that_stays_with_its_data_version_has_no_new_data(alice: User) -> None:
    version = imported(alice)
    workflow = reading(alice, version.reference)
    ran(alice, workflow)
    replaced(version)
    assert said(alice, workflow) == []


def test_data_that_the_draft_does_not_read_any_more_is_no_news(alice: User) -> None:
    version, other = imported(alice), imported(alice)
    workflow = reading(alice, version.dataset.reference)
    ran(alice, workflow)
    replaced(version)
    workflow.graph["nodes"][0]["params"]["dataset"] = other.dataset.reference
    workflow.save()
    assert said(alice, workflow) == []


def test_new_data_costs_two_queries_for_any_number_of_workflows(alice: User, django_assert_num_queries: Any) -> None:
    version = imported(alice)
    workflows = [reading(alice, version.dataset.reference, version.dataset.reference) for _ in range(3)]
    for workflow in workflows:
        ran(alice, workflow)
    replaced(version)
    with django_assert_num_queries(2):
        found = new_data(alice, [workflow.pk for workflow in workflows])
    assert {pk: len(ones) for pk, ones in found.items()} == {workflow.pk: 1 for workflow in workflows}
    assert new_data(person("bob"), [workflow.pk for workflow in workflows]) == {}


def test_the_editor_offers_to_run_again_and_shows_what_changed(client: Client, alice: User) -> None:
    version = imported(alice)
    workflow = reading(alice, version.dataset.reference)
    ran(alice, workflow)
    assert "New data" not in notices(client, workflow)
    replaced(version)
    page = notices(client, workflow)
    assert "New data: run again." in page
    assert "“people” has data version 2; the last run read data version 1." in page
    assert f"{reverse('datasets:difference', args=[version.dataset_id])}?from=1&amp;to=2" in page
    assert reverse("runs:start", args=[workflow.pk]) in page
    detail = client.get(reverse("workflows:detail", args=[workflow.pk])).content.decode()
    assert reverse("runs:data_notices", args=[workflow.pk]) in detail


def test_a_column_that_the_new_data_lacks_is_named(client: Client, alice: User) -> None:
    version = imported(alice)
    workflow = reading(alice, version.dataset.reference)
    ran(alice, workflow)
    gone = version.column_names[0]
    left = version.column_names[1:]
    row = ",".join("1" for _ in left)
    import_upload(alice, csv_upload(f"{','.join(left)}\n{row}\n"), dataset=version.dataset)
    page = notices(client, workflow)
    assert f"It lacks the column {gone}, so a model that learned from it will be another one." in page
    assert "notice-warning" in page


def test_the_card_of_a_workflow_says_new_data(client: Client, alice: User) -> None:
    version = imported(alice)
    workflow = reading(alice, version.dataset.reference)
    ran(alice, workflow)
    address = reverse("runs:latest") + f"?workflow={workflow.pk}"
    assert "New data: run again" not in client.get(address).content.decode()
    replaced(version)
    assert "New data: run again" in client.get(address).content.decode()


def test_the_card_of_a_workflow_says_that_its_data_is_missing(client: Client, alice: User) -> None:
    version, other = imported(alice), imported(alice)
    workflow, whole = reading(alice, version.dataset.reference), reading(alice, other.dataset.reference)
    address = reverse("runs:latest") + f"?workflow={workflow.pk}&workflow={whole.pk}"
    assert "Data is missing" not in client.get(address).content.decode()
    put_in_bin(version.dataset)
    page = client.get(address).content.decode()
    assert page.count("Data is missing") == 1
    assert f'id="last-run-{workflow.pk}"' in page
    assert "“people” is in the bin" in page


def test_a_deleted_dataset_is_missed_by_name_with_a_way_to_restore_it(client: Client, alice: User) -> None:
    version = imported(alice)
    workflow = reading(alice, version.dataset.reference, "dataset:987654")
    put_in_bin(version.dataset)
    page = notices(client, workflow)
    assert "The dataset “people” is in the bin. Restore it, or choose another one." in page
    assert "The dataset was deleted for good. Choose another one, or upload the file again." in page
    assert page.count("Restore people") == 1
    with pytest.raises(GraphError, match="“people” is in the bin"):
        Run.objects.start(alice, workflow)
    back = reverse("workflows:detail", args=[workflow.pk])
    answer = client.post(reverse("datasets:restore", args=[version.dataset_id]), {"next": back})
    assert answer.headers["Location"] == back
    assert "in the bin" not in notices(client, workflow)


def test_a_stranger_is_told_nothing(alice: User) -> None:
    workflow = reading(alice, imported(alice).dataset.reference)
    bobs = Client()
    bobs.force_login(person("bob"), backend="apps.accounts.backends.NameOrEmailBackend")
    assert bobs.get(reverse("runs:data_notices", args=[workflow.pk])).status_code == 404
