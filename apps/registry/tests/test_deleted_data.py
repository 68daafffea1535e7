"""A model owns all that it needs: it works on when the data that it was trained on is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.datasets.bin import purge, put_in_bin
from apps.datasets.models import DAYS_IN_BIN, Dataset
from apps.datasets.tests.factories import imported, person
from apps.datasets.usage import counted, uses_of
from apps.registry.models import ModelVersion
from apps.runs import effects
from apps.runs.models import Run
from apps.runs.planning import plan
from apps.workflows.models import Workflow
from flowza.engine.job import Job, perform
from flowza.engine.store import read_bundle

pytestmark = pytest.mark.django_db

AGES = "age,town,paid\n" + "".join(
    f"{20 + place},{'Bonn' if place % 4 else 'Trier'},{'yes' if place % 3 else 'no'}\n" for place in range(60)
)


def wire(source: str, target: str, port: str = "table") -> dict[str, str]:
    return {"from": source, "from_port": port, "to": target, "to_port": port}


def training(reference: str) -> dict[str, Any]:
    return {
        "format": 1,
        "seed": 0,
        "nodes": [
            {"id": "data", "kind": "csv", "params": {"dataset": reference, "target": "paid"}},
            {"id": "encode", "kind": "one_hot"},
            {"id": "split", "kind": "split"},
            {"id": "model", "kind": "logistic_regression"},
            {"id": "register", "kind": "register_model", "params": {"name": "Payers"}},
        ],
        "edges": [
            wire("data", "encode"),
            wire("encode", "split"),
            wire("split", "model"),
            wire("model", "register", "model"),
        ],
    }


def registered(user: User, reference: str) -> ModelVersion:
    """A model that a run of the engine trained and registered."""
    workflow = Workflow.objects.create(owner=user, name="Who pays?", graph=training(reference))
    run = Run.objects.start(user, workflow)
    job = plan(run).job
    assert isinstance(job, Job) and job.outbox is not None
    job.outbox.mkdir(parents=True)
    told: list[dict[str, Any]] = []
    finished = perform(replace(job, processes=1), told.append)
    assert (finished["state"], finished["error"]) == ("succeeded", None)
    Run.objects.filter(pk=run.pk).update(state=Run.State.SUCCEEDED)
    for event in told:
        if event["event"] == "effect":
            node_run = run.node_runs.get(node_id=event["node"])
            effects.apply(event["kind"], run, node_run, event["payload"], job.outbox)
    return ModelVersion.objects.for_user(user).get()


def answers(version: ModelVersion) -> list[str]:
    rows = pd.DataFrame({"age": [21, 40, 70], "town": ["Bonn", "Trier", "Bonn"]})
    with version.file.open("rb") as stream:
        return [str(one) for one in read_bundle(stream, version.digest).predict(rows).values]


def stored_tables() -> list[Path]:
    return list((Path(settings.MEDIA_ROOT) / "datasets").rglob("*.parquet"))


def test_page_file_and_answers_stay_after_the_dataset_is_gone_for_good(
    django_capture_on_commit_callbacks: Any,
) -> None:
    alice = person("alice")
    client = Client()
    client.force_login(alice, backend="apps.accounts.backends.NameOrEmailBackend")
    data = imported(alice, AGES)
    version = registered(alice, data.dataset.reference)
    before = answers(version)
    assert counted(uses_of(alice, [data.dataset_id])[data.dataset_id]) == "1 workflow, 1 model"

    put_in_bin(data.dataset)
    assert "data version 1, in the bin" in client.get(version.get_absolute_url()).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        assert purge(timezone.now() + timedelta(days=DAYS_IN_BIN + 1)) == 1
    assert not Dataset.objects.exists()
    assert stored_tables() == []

    page = client.get(version.get_absolute_url()).content.decode()
    for words in ("data version 1, deleted since", "Trier", "Download model file", "people"):
        assert words in page
    file = client.get(reverse("registry:file", args=[version.model_id, version.number]))
    assert file.status_code == 200
    assert b"".join(file.streaming_content)[:2] == b"PK"  # type: ignore[attr-defined]
    assert answers(ModelVersion.objects.get()) == before
    run = client.get(reverse("runs:detail", args=[version.run_id]))
    assert run.status_code == 200


def test_a_models_name_stands_on_the_page_that_asks_before_deleting() -> None:
    alice = person("alice")
    client = Client()
    client.force_login(alice, backend="apps.accounts.backends.NameOrEmailBackend")
    data = imported(alice, AGES)
    version = registered(alice, data.dataset.reference)
    page = client.get(reverse("datasets:delete", args=[data.dataset_id])).content.decode()
    for words in ("Who pays?", "Payers", version.model.get_absolute_url(), "Models go on working"):
        assert words in page
    assert uses_of(person("bob"), [data.dataset_id]) == {}


def test_of_many_workflows_the_page_that_asks_names_some_and_counts_the_others() -> None:
    alice = person("alice")
    client = Client()
    client.force_login(alice, backend="apps.accounts.backends.NameOrEmailBackend")
    data = imported(alice, AGES)
    graph = training(data.dataset.reference)
    Workflow.objects.bulk_create(Workflow(owner=alice, name=f"Payers {number:02}", graph=graph) for number in range(25))
    page = client.get(reverse("datasets:delete", args=[data.dataset_id])).content.decode()
    assert "Payers 19" in page and "Payers 20" not in page
    assert "and 5 more: 25 workflows in all" in page
