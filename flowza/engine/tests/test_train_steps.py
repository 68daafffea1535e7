from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, LogisticRegression, Ridge

from flowza.engine.catalogue import catalogue
from flowza.engine.errors import NodeError
from flowza.engine.tests.modelling import LABELS, linear, run, separable, split, table_of, train

CLASSIFIERS = [kind for kind, cls in catalogue().items() if getattr(cls, "task", "") == "classification"]
REGRESSORS = [kind for kind, cls in catalogue().items() if getattr(cls, "task", "") == "regression"]


@pytest.mark.parametrize("labels", LABELS.values(), ids=list(LABELS))
@pytest.mark.parametrize("kind", CLASSIFIERS)
def test_labels_of_any_kind_come_back_as_they_went_in(kind: str, labels: tuple[Any, ...]) -> None:
    model = train(split(table_of(separable(labels=labels))), kind)
    assert model.classes == sorted(labels)
    assert [type(label) for label in model.classes or []] == [type(label) for label in sorted(labels)]
    assert model.holdout is not None
    assert set(model.holdout.predictions.values.tolist()) <= set(labels)
    assert model.holdout.predictions.probabilities is not None
    assert model.holdout.predictions.probabilities.sum(axis=1) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("kind", CLASSIFIERS)
def test_three_classes_have_three_probabilities_and_no_positive_class(kind: str) -> None:
    model = train(split(table_of(separable(labels=("low", "middle", "high")))), kind)
    assert model.classes == ["high", "low", "middle"]
    assert model.positive is None
    assert model.holdout is not None
    assert model.holdout.predictions.probabilities is not None
    assert model.holdout.predictions.probabilities.shape == (60, 3)


@pytest.mark.parametrize("kind", [*CLASSIFIERS, *REGRESSORS])
def test_training_twice_gives_equal_answers(kind: str) -> None:
    table = split(table_of(separable() if kind in CLASSIFIERS else linear()))
    first, second = train(table, kind).holdout, train(table, kind).holdout
    assert first is not None
    assert second is not None
    assert (first.predictions.values == second.predictions.values).all()


@pytest.mark.parametrize("kind", [*CLASSIFIERS, *REGRESSORS])
def test_column_names_may_hold_anything(kind: str) -> None:
    frame = (separable() if kind in CLASSIFIERS else linear()).rename(columns={"a": "<a>[1], 'x'", "b": "b\n{}"})
    assert train(split(table_of(frame)), kind).features == ["<a>[1], 'x'", "b\n{}"]


@pytest.mark.parametrize("kind", [*CLASSIFIERS, *REGRESSORS])
def test_one_row_either_trains_or_says_why_not(kind: str) -> None:
    table = table_of((separable() if kind in CLASSIFIERS else linear()).head(1))
    try:
        assert train(table, kind).training_rows == 1
    except NodeError as error:
        assert error.message


def test_logistic_regression_equals_scikit_learn() -> None:
    frame = separable()
    table = split(table_of(frame))
    X, y = table.train[["a", "b"]], table.train["y"]
    by_hand = {
        "l2": LogisticRegression(C=0.5, max_iter=1000),
        "none": LogisticRegression(C=math.inf, max_iter=1000),
        "l1": LogisticRegression(C=0.5, l1_ratio=1, solver="saga", random_state=0, max_iter=1000),
    }
    for penalty, estimator in by_hand.items():
        model = train(table, penalty=penalty, C=0.5)
        assert (model.estimator.coef_ == estimator.fit(X, y).coef_).all(), penalty
    balanced = LogisticRegression(class_weight="balanced", max_iter=1000).fit(X, y)
    assert (train(table, class_weight="balanced").estimator.coef_ == balanced.coef_).all()


def test_linear_regression_equals_scikit_learn() -> None:
    table = split(table_of(linear()))
    X, y = table.train[["a", "b"]], table.train["y"]
    by_hand = {
        "ordinary": LinearRegression(),
        "ridge": Ridge(alpha=0.3),
        "lasso": Lasso(alpha=0.3),
        "elastic_net": ElasticNet(alpha=0.3, l1_ratio=0.5),
    }
    for method, estimator in by_hand.items():
        model = train(table, "linear_regression", method=method, alpha=0.3)
        assert (model.estimator.coef_ == estimator.fit(X, y).coef_).all(), method


def test_the_baselines_are_the_baseline_that_every_model_remembers() -> None:
    table = split(table_of(separable()))
    model = train(table, "baseline_classifier")
    dummy = DummyClassifier(strategy="prior").fit(table.train[["a"]], table.train["y"])
    assert model.baseline == {"value": "yes", "probabilities": dummy.class_prior_.tolist()}
    table = split(table_of(linear()))
    mean = DummyRegressor().fit(table.train[["a"]], table.train["y"]).constant_[0, 0]
    baseline = train(table, "baseline_regressor").baseline
    assert baseline is not None
    assert baseline["value"] == pytest.approx(mean, rel=1e-15)


def test_a_fit_that_does_not_settle_is_a_note_and_not_a_crash() -> None:
    frame = separable().assign(b=lambda frame: frame["b"] * 1e6)
    log: list[str] = []
    model = run("logistic_regression", {"table": [split(table_of(frame))]}, log=log, max_iter=1)
    assert any("did not settle" in note for note in model.notes)
    assert any(line.startswith("warning: The fit did not settle") for line in log)


@pytest.mark.parametrize(
    "kind",
    ["xgboost_classifier", "xgboost_regressor", "random_forest_classifier", "random_forest_regressor"],
)
def test_trees_take_missing_values(kind: str) -> None:
    frame = separable() if kind in CLASSIFIERS else linear()
    frame.loc[::3, "a"] = np.nan
    assert train(split(table_of(frame)), kind).signature.inputs[0].nulls


def test_a_linear_model_refuses_missing_values_and_names_the_column() -> None:
    frame = separable()
    frame.loc[5, "b"] = np.nan
    with pytest.raises(NodeError, match="'b' has missing values") as refusal:
        train(split(table_of(frame)))
    assert refusal.value.column == "b"
    assert "Impute" in refusal.value.hint


def test_kmeans_finds_groups_that_lie_apart_and_ignores_the_target() -> None:
    random = np.random.default_rng(0)
    centres = np.repeat([[0, 0], [10, 0], [0, 10]], 30, axis=0)
    frame = pd.DataFrame(centres + random.normal(size=(90, 2)), columns=["a", "b"]).assign(y="same")
    frame.loc[0, "y"] = "other"
    model = train(table_of(frame), "kmeans", n_clusters=3)
    assert model.features == ["a", "b"]
    assert sorted(np.bincount(model.estimator.labels_).tolist()) == [30, 30, 30]


def test_kmeans_refuses_more_clusters_than_rows() -> None:
    with pytest.raises(NodeError, match="2 rows cannot be put into 3 clusters"):
        train(table_of(linear(rows=2), None), "kmeans", n_clusters=3)


def test_fewer_distinct_rows_than_clusters_is_a_note() -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0] * 10})
    model = train(table_of(frame, None), "kmeans", n_clusters=4)
    assert any("fewer distinct rows" in note for note in model.notes)


def test_a_train_step_without_a_target_says_where_to_choose_it() -> None:
    with pytest.raises(NodeError, match="which column to predict") as refusal:
        train(table_of(separable(), None))
    assert refusal.value.code == "no_target"
    assert train(table_of(separable(), None), target="y", positive="no").positive == "no"
