"""A database as a busy person has it: real datasets, workflows, finished runs and models, copied many times."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.datasets.actions import import_upload
from apps.datasets.models import Dataset, DatasetVersion
from apps.registry.models import ModelVersion, RegisteredModel
from apps.registry.tests.factories import make_version
from apps.runs.models import LogLine, Metric, NodeRun, Run, RunInput
from apps.runs.tests.finished import finished_run
from apps.workflows.models import Workflow, WorkflowVersion
from flowza.engine.operations.parquet import frame_digest, write_parquet
from flowza.engine.operations.profile import profile
from flowza.engine.templates import TEMPLATES

Row = TypeVar("Row", bound=models.Model)
BATCH = 2000
OF_RUN = (NodeRun, Metric, LogLine, RunInput)


@dataclass(frozen=True)
class Size:
    """How many of each a person has."""

    datasets: int
    workflows: int
    runs: int
    models: int


LARGE, SMALL = Size(200, 1000, 10_000, 200), Size(4, 20, 200, 4)


def copies(row: Row, count: int, **changes: Any) -> list[Row]:
    """Unsaved copies of a row; a change that is a function is called with the copy's number."""
    fields = [field.attname for field in row._meta.concrete_fields if not field.primary_key]
    values = {name: getattr(row, name) for name in fields}
    made = []
    for number in range(count):
        given = {name: change(number) if callable(change) else change for name, change in changes.items()}
        made.append(type(row)(**(values | given)))
    return made


def crowd(name: str, size: Size) -> User:
    """A person with this many things; what is copied has really been imported and run."""
    person = User.objects.create_user(name, f"{name}@example.org", "correct horse battery")
    with transaction.atomic():
        dataset = fill_datasets(person, size.datasets)
        run = fill_runs(person, dataset, size)
        fill_models(person, run, size.models)
    return person


def fill_datasets(person: User, count: int) -> Dataset:
    version = import_upload(person, SimpleUploadedFile("titanic.csv", passengers().encode()))
    first = version.dataset
    more = Dataset.objects.bulk_create(copies(first, count - 1, name=lambda number: f"Table {number}"))
    made = list(itertools.chain(*(copies(version, 1, dataset_id=dataset.pk) for dataset in more)))
    DatasetVersion.objects.bulk_create(made, BATCH)
    return first


def passengers(rows: int = 891) -> str:
    random = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "Age": np.where(random.random(rows) < 0.2, np.nan, random.gamma(4, 7.5, rows).round()),
            "Fare": random.exponential(30, rows).round(4),
            "Sex": random.choice(["male", "female"], rows),
            "Embarked": random.choice(["S", "C", "Q"], rows),
            "Survived": random.integers(0, 2, rows),
        }
    )
    return frame.to_csv(index=False)


def fill_runs(person: User, dataset: Dataset, size: Size) -> Run:
    """One workflow that has run, then as many like it; a tenth of all runs are those of the first."""
    graph = TEMPLATES["classification"].graph(dataset.reference, "Survived")
    workflow = Workflow.objects.create(owner=person, name="Survivors", graph=graph)
    run = finished_run(person, workflow)
    frozen = run.version
    others = Workflow.objects.bulk_create(
        copies(workflow, size.workflows - 1, name=lambda number: f"Workflow {number}"), BATCH
    )
    versions = WorkflowVersion.objects.bulk_create(
        list(itertools.chain(*(copies(frozen, 1, workflow_id=other.pk) for other in others))), BATCH
    )
    places = [versions[number % len(versions)].pk if number % 10 else frozen.pk for number in range(size.runs - 1)]
    runs = Run.objects.bulk_create(
        copies(
            run,
            size.runs - 1,
            version_id=lambda number: places[number],
            idempotency_key=lambda number: f"copy {number}",
            state=lambda number: Run.State.FAILED if number % 9 == 0 else Run.State.SUCCEEDED,
            created=timezone.now(),
            queued=timezone.now(),
        ),
        BATCH,
    )
    keys = [one.pk for one in runs]
    for model in OF_RUN:
        for row in model.objects.filter(run=run):
            model.objects.bulk_create(copies(row, len(keys), run_id=lambda number: keys[number]), BATCH)
    return run


def fill_models(person: User, run: Run, count: int) -> None:
    version = make_version(person, "Survival", run)
    names = RegisteredModel.objects.bulk_create(
        copies(version.model, count - 1, name=lambda number: f"Model {number}"), BATCH
    )
    ModelVersion.objects.bulk_create(
        list(itertools.chain(*(copies(version, 1, model_id=model.pk) for model in names))), BATCH
    )


def long_table(person: User, rows: int, folder: Path) -> Dataset:
    """A dataset of this many rows and 12 columns, as an import stores it."""
    random = np.random.default_rng(0)
    columns: dict[str, Any] = {f"n{index}": random.normal(size=rows).round(5) for index in range(7)}
    for index, levels in enumerate((3, 8, 20, 5000)):
        columns[f"c{index}"] = pd.Series(random.integers(0, levels, rows)).map(f"level {{}} of c{index}".format)
    columns["bought"] = np.where(columns["n0"] > 0.4, "yes", "no")
    frame = pd.DataFrame(columns).astype({name: "str" for name in columns if not name.startswith("n")})
    path = folder / "long.parquet"
    write_parquet(frame, path)
    facts = [
        {"name": one.name, "type": one.type, "missing": one.missing, "unique": one.unique, "profile": one.as_dict()}
        for one in profile(frame)
    ]
    dataset = Dataset.objects.create(owner=person, name=f"{rows:,} rows")
    version = DatasetVersion(
        dataset=dataset,
        number=1,
        digest=frame_digest(frame.head(1000)),
        rows=rows,
        column_count=len(facts),
        columns=facts,
        size=path.stat().st_size,
        original_name="long.csv",
        created_by=person,
    )
    version.original.save("long.csv", ContentFile(b""), save=False)
    with path.open("rb") as stored:
        version.parquet.save("long.parquet", File(stored), save=False)
    version.save(force_insert=True)
    return dataset
