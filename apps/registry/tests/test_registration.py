"""From a finished run to a model version."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.db import connection

from apps.registry.models import ModelVersion, RegisteredModel
from apps.runs import effects
from apps.runs.models import Run
from apps.runs.supervisor import supervise
from apps.runs.tests.factories import (
    QUICK,
    Cancelled,
    Emit,
    Event,
    make_run,
    make_user,
    perform_all,
    planner_in,
)
from apps.workflows.models import Workflow
from flowza.engine.cache import DirectoryStore
from flowza.engine.codec import decode
from flowza.engine.model import Model
from flowza.engine.showcase import SHOWCASES
from flowza.engine.store import read_bundle
from flowza.engine.templates import TEMPLATES


def payload(key: str = "k1", name: str = "Churn", **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "description": "Who leaves?",
        "file": "model.zip",
        "digest": "ab" * 32,
        "key": key,
        "node": "model",
        "task": "classification",
        "estimator": "XGBoost",
        "features": ["a"],
        "signature": {"inputs": [], "target": "left", "target_type": "text", "classes": ["no"], "positive": None},
        "training_rows": 10,
        "source": "s",
        "metrics": [],
    } | more


def register(run: Run, folder: Path, **more: Any) -> None:
    (folder / "model.zip").write_bytes(b"model bytes")
    node_run = run.node_runs.first()
    assert node_run is not None
    effects.apply("register_model", run, node_run, payload(**more), folder)


@pytest.mark.django_db
def test_the_same_model_registered_twice_is_one_version_and_another_the_next(tmp_path: Path) -> None:
    alice = make_user("alice")
    run = make_run(alice)
    for key in ("k1", "k1", "k2", "k1"):
        register(run, tmp_path, key=key)
    model = RegisteredModel.objects.get()
    assert (model.owner, model.name, model.description) == (alice, "Churn", "Who leaves?")
    assert list(model.versions.values_list("number", "key")) == [(2, "k2"), (1, "k1")]
    version = model.versions.get(number=1)
    assert (version.size, version.run, version.node_id, version.training_rows) == (11, run, "model", 10)
    with version.file.open("rb") as stream:
        assert stream.read() == b"model bytes"


@pytest.mark.django_db
def test_names_and_people_have_versions_of_their_own(tmp_path: Path) -> None:
    alices = make_run(make_user())
    register(alices, tmp_path)
    register(alices, tmp_path, name="Other")
    register(make_run(make_user()), tmp_path)
    assert sorted(ModelVersion.objects.values_list("model__name", "number")) == [
        ("Churn", 1),
        ("Churn", 1),
        ("Other", 1),
    ]


@pytest.mark.django_db
def test_a_description_that_somebody_wrote_stays(tmp_path: Path) -> None:
    run = make_run(make_user())
    register(run, tmp_path)
    RegisteredModel.objects.update(description="Mine.")
    register(run, tmp_path, key="k2")
    assert RegisteredModel.objects.get().description == "Mine."


def test_a_run_that_fails_in_its_last_moment_registers_nothing(shared_database: str, tmp_path: Path) -> None:
    def perform(job: list[str], emit: Emit, cancelled: Cancelled) -> Event:
        end = perform_all(job, emit, cancelled)
        (next(tmp_path.glob("*-1")) / "model.zip").write_bytes(b"model bytes")
        emit({"event": "effect", "kind": "register_model", "node": job[0], "payload": payload()})
        emit({"event": "effect", "kind": "export_file", "node": job[1], "payload": {"file": "missing.csv"}})
        return end

    run = make_run(make_user())
    assert supervise(run.pk, planner_in(tmp_path), perform, QUICK) == Run.State.FAILED
    assert not RegisteredModel.objects.exists()
    assert not ModelVersion.objects.exists()


@pytest.mark.slow
def test_a_template_ends_with_a_model_version_that_answers_as_its_run_did(shared_database: str) -> None:
    alice = make_user("alice")
    workflow = Workflow.objects.create(owner=alice, name="Tumours", graph=TEMPLATES["boosted-classification"].graph())
    run = Run.objects.start(alice, workflow)
    execute(run)
    run.refresh_from_db()
    assert (run.state, run.error) == (Run.State.SUCCEEDED, None)

    version = ModelVersion.objects.for_user(alice).get()
    assert version.run == run
    told = {metric.name: (metric.value, metric.baseline) for metric in run.metrics.all()}
    assert {metric["name"]: (metric["value"], metric["baseline"]) for metric in version.metrics} == told
    assert version.main_metric is not None and version.main_metric["name"] == "auc"

    node_run = run.node_runs.get(node_id=version.node_id)
    assert node_run.key == version.key
    model = decode(node_run.manifest or {}, DirectoryStore(settings.STORE_ROOT))
    assert isinstance(model, Model)
    holdout = model.holdout
    assert holdout is not None and holdout.role == "test"
    rows = SHOWCASES["breast-cancer"].frame().loc[holdout.predictions.index]
    assert len(rows) == version.metrics[0]["rows"]
    with version.file.open("rb") as stream:
        answers = read_bundle(stream, version.digest).predict(rows)
    assert np.array_equal(answers.values, holdout.predictions.values)
    assert answers.probabilities is not None and holdout.predictions.probabilities is not None
    assert np.array_equal(answers.probabilities, holdout.predictions.probabilities)
    assert [file.name for file in run.output_files.all()] == ["model.zip"]

    again = Run.objects.start(alice, workflow)
    execute(again)
    again.refresh_from_db()
    assert again.state == Run.State.SUCCEEDED
    assert ModelVersion.objects.count() == 1


def execute(run: Run) -> None:
    """What the queue does with a run, in a fresh process: OpenMP, which this one may have used, survives no fork."""
    script = f"import django; django.setup(); from apps.runs.tasks import execute; print(execute({run.pk}))"
    database = settings.DATABASES["default"] | connection.settings_dict
    address = f"sqlite:///{database['NAME']}"
    if connection.vendor == "postgresql":
        address = f"postgres://{database['USER']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "flowza.settings",
            "DATABASE_URL": address,
            "FLOWZA_DATA_DIR": str(settings.DATA_DIR),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout.split()[-1:]) == (0, ["succeeded"]), done.stdout + done.stderr
