"""Workflow files by button: out, and in again."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.accounts.models import User
from apps.accounts.tests.people import make_user, signed_in
from apps.datasets.actions import import_upload
from apps.datasets.tests.factories import csv_upload, imported
from apps.workflows.models import Workflow
from apps.workflows.tests.graphs import titanic

pytestmark = pytest.mark.django_db
IMPORT = "/workflows/import/"


def on_people(user: User, reference: str) -> Workflow:
    graph: dict[str, Any] = {
        "format": 1,
        "seed": 5,
        "nodes": [
            {
                "id": "data",
                "kind": "csv",
                "version": 1,
                "label": "People",
                "params": {"dataset": reference},
                "x": 1,
                "y": 2,
            }
        ],
        "edges": [],
    }
    return Workflow.objects.create(owner=user, name="Ages: a study", description="Who is how old.", graph=graph)


def file_of(client: Client, workflow: Workflow) -> bytes:
    answer = client.get(f"/workflows/{workflow.pk}/file/")
    assert answer.status_code == 200
    return answer.content


def given(client: Client, data: bytes, name: str = "study.flowza.yaml") -> Any:
    return client.post(IMPORT, {"file": SimpleUploadedFile(name, data)}, follow=True)


def test_a_file_that_was_taken_along_comes_back_as_the_same_workflow() -> None:
    user = make_user()
    client = signed_in(user)
    workflow = on_people(user, imported(user).dataset.reference)
    answer = client.get(f"/workflows/{workflow.pk}/file/")
    assert answer["Content-Disposition"] == 'attachment; filename="ages-a-study.flowza.yaml"'
    data = answer.content
    assert b"dataset: people" in data
    assert "is imported" in given(client, data).text
    copy = Workflow.objects.exclude(pk=workflow.pk).get()
    assert (copy.owner, copy.name, copy.description, copy.graph) == (
        user,
        workflow.name,
        workflow.description,
        workflow.graph,
    )
    assert file_of(client, copy) == data


def test_an_older_data_version_stays_that_version() -> None:
    user = make_user()
    version = imported(user)
    import_upload(user, csv_upload("name,age\nPaul,7\n"), dataset=version.dataset)
    client = signed_in(user)
    data = file_of(client, on_people(user, f"{version.dataset.reference}@1"))
    given(client, data)
    copy = Workflow.objects.order_by("pk").last()
    assert copy is not None
    assert copy.graph["nodes"][0]["params"]["dataset"] == f"{version.dataset.reference}@1"


def test_somebody_else_gets_the_steps_without_the_data_and_is_told_where_it_is_missing() -> None:
    alice, bob = make_user("alice"), make_user("bob")
    data = file_of(signed_in(alice), on_people(alice, imported(alice).dataset.reference))
    answer = given(signed_in(bob), data)
    assert "None of your datasets has the content of “people”: choose one in “People”." in answer.text
    copy = Workflow.objects.for_user(bob).get()
    assert "dataset" not in copy.graph["nodes"][0]["params"]


def test_the_number_of_a_dataset_of_another_installation_is_never_taken_for_ones_own() -> None:
    user = make_user()
    reference = imported(user).dataset.reference
    step = f"{{id: data, type: csv, params: {{dataset: '{reference}'}}}}"
    text = f"format: 1\nname: N\nseed: 0\nnodes: [{step}]\nedges: []\n"
    answer = given(signed_in(user), text.encode())
    assert "None of your datasets" in answer.text
    assert Workflow.objects.get().graph["nodes"][0]["params"] == {}


def test_a_template_on_showcase_data_needs_no_dataset() -> None:
    user = make_user()
    client = signed_in(user)
    workflow = Workflow.objects.create(owner=user, name="Titanic", graph=titanic())
    assert "None of your datasets" not in given(client, file_of(client, workflow)).text
    assert Workflow.objects.filter(name="Titanic").count() == 2


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"\xff\xfe\x00", "it is not UTF-8 text"),
        (b"just words", "The file holds no workflow."),
        (b"a: [1", "This is not a readable YAML file in line"),
        (b"format: 2\nnodes: []\nedges: []\n", "format: 1"),
        (b"format: 1\nname: N\nnodes: [{id: a, type: nothing_like_it}]\nedges: []\n", "nothing_like_it"),
        (b"format: 1\nname: &x N\nnodes: []\nedges: []\n", "anchors and aliases are not allowed"),
        (b"#" * 2_000_001, "larger than 2 MB"),
    ],
)
def test_a_file_that_is_no_workflow_is_refused_with_the_reason_and_changes_nothing(data: bytes, sentence: str) -> None:
    answer = given(signed_in(make_user()), data)
    assert answer.status_code == 422
    assert sentence in answer.text.replace("&#x27;", "'")
    assert not Workflow.objects.exists()


def test_sending_nothing_says_what_to_do() -> None:
    assert "Choose a workflow file first." in signed_in(make_user()).post(IMPORT).text
