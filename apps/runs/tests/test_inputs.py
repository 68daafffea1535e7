"""The data versions that a run reads: decided when it is started, kept when the dataset is deleted."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.datasets.actions import import_upload
from apps.datasets.models import Dataset, DatasetVersion
from apps.datasets.tests.factories import csv_upload, imported
from apps.runs.models import Run, RunInput
from apps.runs.plan import PlanRefused
from apps.runs.planning import plan
from apps.runs.tests.finished import finished_run
from apps.workflows.models import Workflow
from apps.workflows.tests.graphs import bearer, person, workflow_of
from flowza.engine.job import Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return person("alice")


def reading(user: User, *references: str) -> Workflow:
    nodes: list[dict[str, Any]] = [
        {"id": f"data{place}", "kind": "csv", "params": {"dataset": reference}}
        for place, reference in enumerate(references)
    ]
    return workflow_of(user, graph={"format": 1, "seed": 0, "nodes": nodes, "edges": []})


def replaced(user: User, version: DatasetVersion) -> DatasetVersion:
    return import_upload(user, csv_upload("name,age,joined\nMia,7,2024-01-02\n"), dataset=version.dataset)


def job_of(run: Run) -> Job:
    job = plan(run).job
    assert isinstance(job, Job)
    return job


def test_latest_becomes_the_number_of_that_moment(alice: User) -> None:
    first = imported(alice)
    latest, pinned = first.dataset.reference, f"{first.dataset.reference}@1"
    replaced(alice, first)
    run = Run.objects.start(alice, reading(alice, latest, pinned))
    said = [(one.node_id, one.reference, one.number, one.is_pinned) for one in run.inputs.all()]
    assert said == [("data0", latest, 2, False), ("data1", pinned, 1, True)]
    assert {one.name for one in run.inputs.all()} == {first.dataset.name}


def test_a_run_that_waits_reads_the_version_of_its_start(alice: User) -> None:
    first = imported(alice)
    run = Run.objects.start(alice, reading(alice, first.dataset.reference))
    second = replaced(alice, first)
    assert second.number == 2
    assert job_of(run).dataset(first.dataset.reference).digest == first.digest
    later = Run.objects.start(alice, reading(alice, first.dataset.reference))
    assert job_of(later).dataset(first.dataset.reference).digest == second.digest


def test_what_was_read_stays_known_when_the_dataset_is_deleted(alice: User) -> None:
    first = imported(alice)
    run = finished_run(alice, reading(alice, first.dataset.reference))
    waiting = Run.objects.start(alice, reading(alice, first.dataset.reference))
    name, digest = first.dataset.name, first.digest
    first.dataset.delete()
    kept = RunInput.objects.get(run=run)
    assert (kept.version, kept.name, kept.number, kept.digest) == (None, name, 1, digest)
    with pytest.raises(PlanRefused, match=r"data version 1.* has been deleted"):
        plan(waiting)


def test_the_api_names_the_data_of_a_run(alice: User) -> None:
    first = imported(alice)
    run = Run.objects.start(alice, reading(alice, first.dataset.reference))
    answer = Client(headers=bearer(alice)).get(f"/api/v1/runs/{run.pk}/").json()
    assert answer["inputs"] == [
        {
            "node": "data0",
            "reference": first.dataset.reference,
            "dataset": first.dataset.pk,
            "name": first.dataset.name,
            "number": 1,
            "digest": first.digest,
        }
    ]


def test_the_page_names_the_data_also_when_it_is_gone(alice: User) -> None:
    first = imported(alice)
    run = Run.objects.start(alice, reading(alice, first.dataset.reference))
    client = Client()
    client.force_login(alice)
    link = f'<a href="/datasets/{first.dataset_id}/?version=1">{first.dataset.name}</a>, data version 1'
    assert link in client.get(f"/runs/{run.pk}/").content.decode()
    Dataset.objects.update(deleted=timezone.now())
    assert "data version 1 (in the bin)" in client.get(f"/runs/{run.pk}/").content.decode()
    first.dataset.delete()
    assert "data version 1 (deleted)" in client.get(f"/runs/{run.pk}/").content.decode()
