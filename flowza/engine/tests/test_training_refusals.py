"""What cannot be trained is refused before the fit; labels come back as they went in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from flowza.engine.tests.contract import perform
from flowza.engine.tests.graphs import DATA, Frames, chain, edge
from flowza.engine.tests.tables import people

SOURCE = ("csv", {"dataset": DATA})


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    with threadpool_limits(limits=1, user_api="openmp"):
        yield


def refused(steps: list[tuple[str, dict[str, Any]]], frame: pd.DataFrame, folder: Path) -> dict[str, Any]:
    ran = perform(chain(*steps), Frames(folder, {DATA: frame}), folder)
    assert ran.error is not None
    return ran.error


def numbers(**columns: Any) -> pd.DataFrame:
    return people(60)[["age", "children"]].assign(**columns)


TRAINING: dict[str, tuple[list[tuple[str, dict[str, Any]]], Callable[[], pd.DataFrame], str, str, str]] = {
    "a target that is not there": (
        [SOURCE, ("split", {"target": "anwser"})],
        lambda: numbers(answer=["a", "b"] * 30),
        "split",
        "anwser",
        "missing_column",
    ),
    "one class": (
        [SOURCE, ("logistic_regression", {"target": "answer"})],
        lambda: numbers(answer="a"),
        "logistic_regression",
        "answer",
        "one_class",
    ),
    "a target without values": (
        [SOURCE, ("split", {"target": "answer"})],
        lambda: numbers(answer=[None] * 60),
        "split",
        "answer",
        "target",
    ),
    "text to estimate": (
        [SOURCE, ("linear_regression", {"target": "answer"})],
        lambda: numbers(answer=["a", "b"] * 30),
        "linear_regression",
        "answer",
        "target_type",
    ),
    "numbers with decimals as classes": (
        [SOURCE, ("logistic_regression", {"target": "age"})],
        numbers,
        "logistic_regression",
        "age",
        "target_type",
    ),
    "fewer rows than folds": (
        [SOURCE, ("baseline_classifier", {"target": "answer"}), ("cross_validate", {"folds": 50})],
        lambda: numbers(answer=["a", "b"] * 30).iloc[:20],
        "cross_validate",
        "",
        "too_few_rows",
    ),
    "a class rarer than folds": (
        [SOURCE, ("baseline_classifier", {"target": "answer"}), ("cross_validate", {})],
        lambda: numbers(answer=["a"] * 58 + ["b"] * 2),
        "cross_validate",
        "answer",
        "rare_class",
    ),
    "all rows filtered away": (
        [SOURCE, ("filter", {"conditions": [{"column": "age", "operator": ">", "value": "900"}]})],
        numbers,
        "filter",
        "",
        "no_rows",
    ),
    "text into a scaler": (
        [SOURCE, ("normalise", {"columns": ["city"]})],
        lambda: numbers(city="Ulm"),
        "normalise",
        "city",
        "column_type",
    ),
    "text into a model": (
        [SOURCE, ("logistic_regression", {"target": "answer"})],
        lambda: numbers(city="Ulm", answer=["a", "b"] * 30),
        "logistic_regression",
        "city",
        "not_numeric",
    ),
    "gaps into a model": (
        [SOURCE, ("logistic_regression", {"target": "answer"})],
        lambda: numbers(gap=[None, 1.0] * 30, answer=["a", "b"] * 30),
        "logistic_regression",
        "gap",
        "missing_values",
    ),
    "no target": ([SOURCE, ("logistic_regression", {})], numbers, "logistic_regression", "", "no_target"),
    "nothing beside the target": (
        [SOURCE, ("select", {"columns": ["age"]}), ("linear_regression", {"target": "age"})],
        numbers,
        "linear_regression",
        "",
        "node",
    ),
    "a dataset that is not there": ([("csv", {"dataset": "gone"})], numbers, "csv", "", "node"),
    "no dataset chosen": ([("csv", {})], numbers, "csv", "", "no_dataset"),
}


@pytest.mark.parametrize("name", TRAINING)
def test_training_that_cannot_be_is_refused_before_the_fit(name: str, tmp_path: Path) -> None:
    steps, make, where, column, code = TRAINING[name]
    error = refused(steps, make(), tmp_path)
    assert (error["node"], error["column"], error["code"]) == (where, column, code)
    assert error["message"].endswith((".", "?"))


def test_rows_without_a_target_are_dropped_with_a_count(tmp_path: Path) -> None:
    frame = numbers(answer=["a", "b", None] * 20)
    graph = chain(SOURCE, ("split", {"target": "answer"}), ("baseline_classifier", {}))
    ran = perform(graph, Frames(tmp_path, {DATA: frame}), tmp_path)
    assert ran.error is None
    assert any("20 rows without 'answer' were left out" in line for line in ran.logs)


@pytest.mark.parametrize("labels", [[True, False], ["yes", "no"], [3, 7], ["0", "1"], [0, 2**40]])
@pytest.mark.parametrize("kind", ["logistic_regression", "xgboost_classifier", "random_forest_classifier"])
def test_labels_come_back_as_they_went_in(kind: str, labels: list[Any], tmp_path: Path) -> None:
    frame = numbers(answer=labels * 30)
    params = {"n_estimators": 3} if kind != "logistic_regression" else {}
    graph = chain(SOURCE, ("split", {"target": "answer"}), (kind, params), ("evaluate", {}))
    graph["nodes"].append({"id": "predict", "kind": "predict"})
    graph["edges"] += [edge(kind, "model", "predict", "model"), edge("csv", "table", "predict", "table")]
    ran = perform(graph, Frames(tmp_path, {DATA: frame}), tmp_path)
    assert ran.error is None
    model = ran.output(kind)
    assert sorted(model.classes, key=str) == sorted(labels, key=str)
    assert {type(value) for value in model.classes} == {type(labels[0])}
    answers = ran.output("predict").frame["prediction"]
    assert set(answers.tolist()) <= set(labels)
    assert {type(value) for value in answers.tolist()} == {type(labels[0])}


def test_an_unseen_category_is_unknown_and_no_error(tmp_path: Path) -> None:
    frame = numbers(city=["Ulm", "Bonn"] * 30, answer=["a", "b"] * 30)
    graph = chain(SOURCE, ("one_hot", {}), ("split", {"target": "answer"}), ("logistic_regression", {}))
    model = perform(graph, Frames(tmp_path, {DATA: frame}), tmp_path).output("logistic_regression")
    assert len(model.predict(frame.assign(city="Atlantis").iloc[:3]).values) == 3
