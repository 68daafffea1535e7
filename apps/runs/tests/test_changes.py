"""What a run says has changed since the last run of its workflow."""

from __future__ import annotations

import copy

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.datasets.actions import import_upload
from apps.datasets.tests.factories import csv_upload, imported
from apps.runs.changes import changes, previous_of
from apps.runs.models import Run
from apps.runs.tests.variants import redrawn, told
from apps.workflows.models import Workflow
from apps.workflows.tests.graphs import edge, person, workflow_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return person("alice")


@pytest.fixture
def workflow(alice: User) -> Workflow:
    return workflow_of(alice)


def said(before: Run, after: Run) -> list[tuple[str, str, str, str]]:
    return [(change.kind, change.what, change.old, change.new) for change in changes(before, after)]


def test_the_run_before_is_of_the_same_workflow(alice: User, workflow: Workflow) -> None:
    first = Run.objects.start(alice, workflow)
    Run.objects.start(alice, workflow_of(alice, "Another"))
    second = Run.objects.start(alice, workflow)
    assert previous_of(second) == first
    assert previous_of(first) is None
    assert said(first, second) == []


def test_parameters_stand_old_and_new_in_the_words_of_the_form(alice: User, workflow: Workflow) -> None:
    first = Run.objects.start(alice, workflow)
    told(workflow, "split", test_share=0.4, shuffle=False)
    second = Run.objects.start(alice, workflow)
    share, *others = said(first, second)
    assert share == ("changed", "Train/test split: Test share", "0.25", "0.4")
    assert {(old, new) for _, _, old, new in others} == {("on", "off")}


def test_steps_wires_and_the_seed_are_told(alice: User, workflow: Workflow) -> None:
    first = Run.objects.start(alice, workflow)
    graph = copy.deepcopy(workflow.graph) | {"seed": 7}
    graph["nodes"].insert(1, {"id": "unique", "kind": "drop_duplicates"})
    graph["edges"][0] = edge("data", "unique")
    graph["edges"].append(edge("unique", "encode"))
    redrawn(workflow, graph)
    second = Run.objects.start(alice, workflow)
    found = said(first, second)
    assert ("added", "Drop duplicates was added", "", "") in found
    assert ("seed", "Seed", "0", "7") in found
    assert ("wires", "One-hot reads from", "Showcase dataset", "Drop duplicates") in found
    assert len(found) == 3
    assert ("removed", "Drop duplicates was removed", "", "") in said(second, first)


def test_new_data_is_a_change_though_the_graph_is_the_same(alice: User) -> None:
    version = imported(alice)
    data = {"id": "data", "kind": "csv", "params": {"dataset": version.dataset.reference}}
    workflow = workflow_of(alice, graph={"format": 1, "seed": 0, "nodes": [data], "edges": []})
    first = Run.objects.start(alice, workflow)
    import_upload(alice, csv_upload("name,age,joined\nMia,7,2024-01-02\n"), dataset=version.dataset)
    second = Run.objects.start(alice, workflow)
    name = version.dataset.name
    assert said(first, second) == [("data", "Data", f"{name}, data version 1", f"{name}, data version 2")]


def test_the_page_shows_them_beside_the_link_to_compare(alice: User, workflow: Workflow) -> None:
    first = Run.objects.start(alice, workflow)
    told(workflow, "split", test_share=0.4)
    second = Run.objects.start(alice, workflow, until="split")
    second.request_cancel()
    client = Client()
    client.force_login(alice)
    page = client.get(f"/runs/{second.pk}/").content.decode()
    assert f'Changed since <a href="/runs/{first.pk}/">run {first.pk}</a>' in page
    assert "Train/test split: Test share" in page
    assert "up to &#x27;split&#x27;" in page
    assert f"/runs/compare/?run={first.pk}&amp;run={second.pk}" in page
    assert "Changed since" not in client.get(f"/runs/{first.pk}/").content.decode()
