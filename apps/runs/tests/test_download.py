"""A run as a zip: what is in it, and that it gives the run's numbers without Flowza."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from django.test import Client

from apps.accounts.models import User
from apps.accounts.tests.people import make_user, signed_in
from apps.datasets.actions import import_upload
from apps.datasets.tests.factories import csv_upload, imported
from apps.runs import download
from apps.runs.models import Metric, Run
from apps.runs.tests.finished import finished_run
from apps.workflows.models import Workflow
from apps.workflows.tests.graphs import edge, titanic
from flowza.engine.export.package import Table as PackedTable
from flowza.engine.export.package import Wish, data_lines, requirements

pytestmark = pytest.mark.django_db


def customers(rows: int = 300) -> str:
    """A CSV with gaps, text and something to predict."""
    random = np.random.default_rng(4)
    age, city = random.normal(42, 13, rows).round(), random.choice(["Ulm", "Bonn", "Kiel"], rows)
    stays = age / 10 - 2 * (city == "Kiel") + random.normal(0, 2, rows) > 3.5
    frame = pd.DataFrame({"age": np.where(random.random(rows) < 0.1, np.nan, age), "city": city})
    return frame.assign(stays=np.where(stays, "yes", "no")).to_csv(index=False)


def own_run(user: User) -> Run:
    """A boosted model on an uploaded table, with a split, an imputed column and an encoded one."""
    version = imported(user, customers(), "Customers of May.csv")
    graph = {
        "format": 1,
        "seed": 7,
        "nodes": [
            {"id": "data", "kind": "csv", "params": {"dataset": version.dataset.reference, "target": "stays"}},
            {"id": "fill", "kind": "impute"},
            {"id": "encode", "kind": "one_hot"},
            {"id": "split", "kind": "split"},
            {"id": "model", "kind": "xgboost_classifier", "params": {"n_estimators": 20}},
            {"id": "evaluate", "kind": "evaluate"},
        ],
        "edges": [
            edge("data", "fill"),
            edge("fill", "encode"),
            edge("encode", "split"),
            edge("split", "model"),
            edge("model", "evaluate", "model"),
        ],
    }
    return finished_run(user, Workflow.objects.create(owner=user, name="Who stays? (May)", graph=graph))


def downloaded(client: Client, run: Run, **asked: str) -> zipfile.ZipFile:
    answer: Any = client.get(f"/runs/{run.pk}/download/", asked)
    assert answer.status_code == 200, answer
    return zipfile.ZipFile(io.BytesIO(answer.getvalue()))


def metrics_of(run: Run) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for metric in run.metrics.all():
        found.setdefault(metric.node_id, {})[metric.name] = metric.value
    return found


def run_elsewhere(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """In a folder of its own, with nothing of Flowza in the environment or on the path."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.mark.slow
def test_the_script_gives_the_runs_metrics_to_the_last_digit_without_flowza(tmp_path: Path) -> None:
    user = make_user()
    run = own_run(user)
    assert run.metrics.count() > 3
    downloaded(signed_in(user), run).extractall(tmp_path / "elsewhere")
    (folder,) = (tmp_path / "elsewhere").iterdir()
    assert "No module named 'flowza'" in run_elsewhere(folder, "-c", "import flowza").stderr
    done = run_elsewhere(folder, "who-stays-may.py")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == metrics_of(run)


@pytest.mark.slow
def test_the_notebook_gives_them_too(tmp_path: Path) -> None:
    user = make_user()
    run = own_run(user)
    downloaded(signed_in(user), run, form="notebook").extractall(tmp_path / "elsewhere")
    (folder,) = (tmp_path / "elsewhere").iterdir()
    notebook = json.loads((folder / "who-stays-may.ipynb").read_text())
    code = "\n".join(cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code")
    (folder / "cells.py").write_text(code.replace("\nimport os", "\nimport os\n\ndisplay = print", 1))
    done = run_elsewhere(folder, "cells.py")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == metrics_of(run)


def test_the_zip_holds_script_requirements_data_and_how_to_use_them() -> None:
    user = make_user()
    run = own_run(user)
    archive = downloaded(signed_in(user), run)
    folder = f"who-stays-may-run-{run.pk}"
    assert sorted(archive.namelist()) == [
        f"{folder}/README.md",
        f"{folder}/requirements.txt",
        f"{folder}/who-stays-may.parquet",
        f"{folder}/who-stays-may.py",
    ]
    readme = archive.read(f"{folder}/README.md").decode()
    data = archive.read(f"{folder}/who-stays-may.parquet")
    assert hashlib.sha256(data).hexdigest() in readme
    assert "Customers of May" in readme
    assert "not in this folder" not in readme
    assert repr(run.metrics.first().value) in readme  # type: ignore[union-attr]
    pins = archive.read(f"{folder}/requirements.txt").decode()
    assert {"pandas", "numpy", "pyarrow", "scikit-learn", "scipy", "xgboost"} <= names_in(pins)


def names_in(pins: str) -> set[str]:
    return {line.partition("==")[0] for line in pins.splitlines() if "==" in line}


def test_without_data_the_readme_says_which_file_belongs_where() -> None:
    user = make_user()
    run = own_run(user)
    client = signed_in(user)
    archive = downloaded(client, run, data="no")
    assert not [name for name in archive.namelist() if name.endswith(".parquet")]
    (readme,) = [archive.read(name).decode() for name in archive.namelist() if name.endswith("README.md")]
    assert "Put each file below beside the script, under the same name" in readme
    assert f"/runs/{run.pk}/download/data/" in readme
    answer: Any = client.get(f"/runs/{run.pk}/download/data/")
    tables = zipfile.ZipFile(io.BytesIO(answer.getvalue()))
    (table,) = tables.namelist()
    assert table.endswith("/who-stays-may.parquet")
    assert hashlib.sha256(tables.read(table)).hexdigest() in readme


def test_data_that_is_too_large_stays_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    user = make_user()
    run = own_run(user)
    whole = download.wish_for

    def small(*arguments: Any) -> Wish:
        return whole(*arguments, most_data=100)

    monkeypatch.setattr(download, "wish_for", small)
    archive = downloaded(signed_in(user), run)
    assert not [name for name in archive.namelist() if name.endswith(".parquet")]


def test_the_requirements_are_what_the_code_imports_and_nothing_else() -> None:
    pins = requirements("import os\nfrom sklearn.linear_model import LogisticRegression\nfrom pathlib import Path\n")
    assert names_in(pins) == {"scikit-learn", "numpy", "scipy"}
    assert all("==" in line for line in pins.splitlines() if not line.startswith("#"))


def test_a_table_without_a_place_to_get_it_from_still_has_its_digest() -> None:
    lines = data_lines(Wish("script", "w", "W"), [PackedTable("w.parquet", "A or B", 12, "ab" * 32, False)])
    assert any("A or B" in line and "ab" * 32 in line for line in lines)
    assert not any("sign in" in line for line in lines)


def test_a_run_whose_numbers_are_others_today_is_refused_with_what_to_do() -> None:
    user = make_user()
    run = finished_run(user, Workflow.objects.create(owner=user, name="Titanic", graph=titanic()))
    Metric.objects.filter(run=run, name="accuracy").update(value=0.123)
    answer = signed_in(user).get(f"/runs/{run.pk}/download/", follow=True)
    assert "Run the workflow again, then download that run." in answer.text


def test_what_the_run_read_is_packed_although_the_dataset_has_a_newer_version() -> None:
    user = make_user()
    run = own_run(user)
    version = run.inputs.get().version
    assert version is not None
    import_upload(user, csv_upload("age,city,stays\n1,Ulm,yes\n2,Kiel,no\n"), dataset=version.dataset)
    archive = downloaded(signed_in(user), run)
    (table,) = [name for name in archive.namelist() if name.endswith(".parquet")]
    assert len(pd.read_parquet(io.BytesIO(archive.read(table)))) == 300


def test_only_runs_that_succeeded_can_be_downloaded_and_only_in_known_forms() -> None:
    user = make_user()
    run = finished_run(user, Workflow.objects.create(owner=user, name="Titanic", graph=titanic()))
    client = signed_in(user)
    assert client.get(f"/runs/{run.pk}/download/", {"form": "exe"}).status_code == 404
    Run.objects.filter(pk=run.pk).update(state=Run.State.FAILED)
    assert client.get(f"/runs/{run.pk}/download/").status_code == 404
    assert client.get(f"/runs/{run.pk}/download/data/").status_code == 404


def test_the_editors_menu_offers_the_last_run_and_says_when_the_draft_is_newer() -> None:
    user = make_user()
    workflow = Workflow.objects.create(owner=user, name="Titanic", graph=titanic())
    client = signed_in(user)
    address = f"/runs/downloads/{workflow.pk}/"
    assert "Run the workflow, then you can download it" in client.get(address).text
    run = finished_run(user, workflow)
    menu = client.get(address).text
    assert f'href="/runs/{run.pk}/download/?form=notebook"' in menu
    assert "the draft has changed since" not in menu
    Workflow.objects.filter(pk=workflow.pk).update(graph=titanic() | {"seed": 3})
    assert "the draft has changed since" in client.get(address).text
