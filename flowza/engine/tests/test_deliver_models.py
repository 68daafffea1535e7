"""Register model and Export model: what they hand out reads back and answers the same."""

from __future__ import annotations

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

from flowza.engine.catalogue import find
from flowza.engine.context import Context, Effect
from flowza.engine.errors import NodeError
from flowza.engine.model import Model
from flowza.engine.model_file import MANIFEST
from flowza.engine.operations.parquet import write_parquet
from flowza.engine.report import Report
from flowza.engine.store import read_bundle
from flowza.engine.tests.modelling import linear, report, run, separable, split, step, table_of, train


def delivered(kind: str, model: Model, outbox: Path, **params: Any) -> tuple[Report, Effect]:
    """The report and the effect of a step that hands out a model."""

    class Nothing:
        def dataset(self, reference: str) -> Any:
            raise AssertionError(reference)

    effects: list[Effect] = []
    cls = find(kind)
    assert cls is not None
    made = cls("out", cls.Params(**params)).run(
        {"model": [model]}, Context(Nothing(), effect=effects.append, outbox=outbox)
    )["report"]
    assert isinstance(made, Report)
    (effect,) = effects
    json.dumps(effect.payload, allow_nan=False)
    return made, effect


def three_models() -> list[Model]:
    return [
        train(step(step(table_of(separable()), "split"), "normalise"), "xgboost_classifier"),
        train(step(table_of(linear()), "split"), "linear_regression"),
        train(table_of(linear(), None), "kmeans"),
    ]


def test_an_exported_model_reads_back_and_answers_the_same(tmp_path: Path) -> None:
    for model in three_models():
        made, effect = delivered("export_model", model, tmp_path, name="churn v2")
        assert (effect.kind, effect.payload["name"]) == ("export_file", "churn v2.zip")
        path = tmp_path / effect.payload["file"]
        assert effect.payload["bytes"] == path.stat().st_size
        with zipfile.ZipFile(path) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        assert [row[0] for row in made.tables[0].rows] == list(files)
        signature = json.loads(files["signature.json"])
        assert signature["features"] == model.features
        assert [column["name"] for column in signature["signature"]["inputs"]] == [
            "a",
            "b",
            *(["y"] * (model.target is None)),
        ]
        readme = files["README.txt"].decode()
        digest = next(word for word in readme.split() if len(word) == 64)
        scorer = read_bundle(io.BytesIO(files["churn v2.flowza-model.zip"]), digest)
        rows = linear(rows=30, seed=3).drop(columns="y" if model.target else [])
        assert np.array_equal(scorer.predict(rows).values, model.predict(rows).values)
        assert ("Baseline" in readme) == (model.task != "clustering")


@pytest.mark.slow
def test_the_script_in_the_archive_trains_the_same_model_without_flowza(tmp_path: Path) -> None:
    frame = separable()
    model = train(step(step(table_of(frame), "split"), "normalise"))
    _, effect = delivered("export_model", model, tmp_path, name="churn v2")
    with zipfile.ZipFile(tmp_path / effect.payload["file"]) as archive:
        archive.extractall(tmp_path)
    data = next(line for line in (tmp_path / "train.py").read_text().splitlines() if line.startswith("DATA ="))
    name = data.split('"')[1]
    assert f"Put the data beside it, as {name}:" in (tmp_path / "README.txt").read_text()
    assert not (tmp_path / name).exists()
    write_parquet(frame, tmp_path / name)
    done = subprocess.run([sys.executable, "-I", "train.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (printed,) = json.loads(done.stdout.splitlines()[-1]).values()
    assert printed == {metric.name: metric.value for metric in report("evaluate", model).metrics}


def test_a_model_of_odd_names_is_exported(tmp_path: Path) -> None:
    frame = separable().rename(columns={"a": "{x} 名前\n", "y": "{target}"})
    model = train(step(table_of(frame, "{target}"), "split"))
    _, effect = delivered("export_model", model, tmp_path)
    with zipfile.ZipFile(tmp_path / effect.payload["file"]) as archive:
        assert "{target}" in archive.read("README.txt").decode()
        assert json.loads(archive.read("signature.json"))["signature"]["inputs"][0]["name"] == "{x} 名前\n"


@pytest.mark.parametrize("kind", ["linear_regression", "logistic_regression", "random_forest_classifier"])
@pytest.mark.parametrize("with_split", [True, False])
def test_a_registered_model_carries_the_metrics_that_evaluate_tells(
    kind: str, with_split: bool, tmp_path: Path
) -> None:
    frame = linear() if kind == "linear_regression" else separable(labels=("low", "mid", "high"))
    table = table_of(frame)
    model = train(split(table) if with_split else table, kind)
    _, effect = delivered("register_model", model, tmp_path, name="churn")
    told = report("evaluate", model).as_dict()["metrics"]
    role = "test" if with_split else "train"
    main = "r2" if kind == "linear_regression" else "f1_macro"
    expected = [metric | {"role": role, "main": metric["name"] == main} for metric in told]
    assert effect.payload["metrics"] == expected
    assert all(metric["baseline"] is not None and metric["sentence"] for metric in told)
    with zipfile.ZipFile(tmp_path / effect.payload["file"]) as bundle:
        assert json.loads(bundle.read(MANIFEST))["lineage"]["metrics"] == effect.payload["metrics"]


def test_a_class_that_only_the_test_rows_have_counts_as_in_evaluate(tmp_path: Path) -> None:
    frame = separable()
    frame.loc[0, "y"] = "never seen"
    model = train(split(table_of(frame)))
    _, effect = delivered("register_model", model, tmp_path)
    told = report("evaluate", model).as_dict()["metrics"]
    assert effect.payload["metrics"] == [
        metric | {"role": "test", "main": metric["name"] == "f1_macro"} for metric in told
    ]


def test_a_name_proposed_from_a_long_target_fits_into_the_registry(tmp_path: Path) -> None:
    frame = separable().rename(columns={"y": "a\nvery " + "long " * 40})
    model = train(split(table_of(frame, str(frame.columns[-1]))))
    _, effect = delivered("register_model", model, tmp_path)
    name = effect.payload["name"]
    assert len(name) <= 100
    assert name.startswith("a very long")
    assert name.endswith("… by logistic regression")


def test_a_registered_clustering_has_no_metrics(tmp_path: Path) -> None:
    _, effect = delivered("register_model", train(table_of(linear(), None), "kmeans"), tmp_path)
    assert effect.payload["metrics"] == []


@pytest.mark.parametrize("kind", ["register_model", "export_model"])
def test_a_run_without_a_place_for_files_is_told_so(kind: str) -> None:
    model = train(split(table_of(pd.DataFrame(separable()))))
    with pytest.raises(NodeError, match="no place for files"):
        run(kind, {"model": [model]})


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "x" * 81])
def test_a_file_name_that_leads_elsewhere_is_refused(name: str) -> None:
    cls = find("export_model")
    assert cls is not None
    with pytest.raises(ValueError, match="name"):
        cls.Params.model_validate({"name": name})
