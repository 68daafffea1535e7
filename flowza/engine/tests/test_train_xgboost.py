from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import xgboost
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.model_selection import cross_val_score
from threadpoolctl import threadpool_limits

from flowza.engine.estimator_files import dump_object, load_object
from flowza.engine.operations.xgb_estimators import XGBoostClassifier, XGBoostRegressor
from flowza.engine.tests.modelling import LABELS, linear, separable


@pytest.mark.parametrize("labels", LABELS.values(), ids=list(LABELS))
def test_the_wrapper_answers_as_xgboost_does(labels: tuple[Any, ...]) -> None:
    frame = separable(labels=labels)
    X, y = frame[["a", "b"]], frame["y"]
    wrapped = XGBoostClassifier(n_estimators=20, random_state=3).fit(X, y)
    codes = (y == sorted(labels)[1]).astype(int)
    plain = xgboost.XGBClassifier(n_estimators=20, tree_method="hist", random_state=3).fit(X, codes)
    assert (wrapped.predict_proba(X) == plain.predict_proba(X)).all()
    assert wrapped.predict(X).tolist() == [sorted(labels)[code] for code in plain.predict(X)]


def test_the_regressor_answers_as_xgboost_does() -> None:
    frame = linear()
    X, y = frame[["a", "b"]], frame["y"]
    wrapped = XGBoostRegressor(n_estimators=20, max_depth=3).fit(X, y)
    plain = xgboost.XGBRegressor(n_estimators=20, max_depth=3, tree_method="hist", random_state=0).fit(X, y)
    assert (wrapped.predict(X) == plain.predict(X)).all()


@pytest.mark.parametrize("cls", [XGBoostClassifier, XGBoostRegressor])
def test_parameters_survive_get_params_and_clone(cls: Any) -> None:
    estimator = cls(n_estimators=7, reg_alpha=0.5, early_stopping_rounds=3)
    copy = clone(estimator)
    assert copy.get_params() == estimator.get_params()
    assert copy.get_params()["reg_alpha"] == 0.5
    assert is_classifier(copy) == (cls is XGBoostClassifier)
    assert is_regressor(copy) == (cls is XGBoostRegressor)


def test_scikit_learn_can_cross_validate_it() -> None:
    frame = separable()
    scores = cross_val_score(XGBoostClassifier(n_estimators=10), frame[["a", "b"]], frame["y"], cv=3)
    assert scores.mean() > 0.7


def test_results_do_not_depend_on_threads() -> None:
    frame = separable(rows=3000)
    X, y = frame[["a", "b"]], frame["y"]
    answers = []
    for threads in (1, 2, 4):
        with threadpool_limits(threads, user_api="openmp"):
            estimator = XGBoostClassifier(n_estimators=20, subsample=0.8)
            answers.append(estimator.fit(X, y).predict_proba(X))
    assert (answers[0] == answers[1]).all()
    assert (answers[0] == answers[2]).all()


def test_early_stopping_finds_the_number_of_trees_on_rows_kept_aside() -> None:
    frame = separable(rows=600)
    X, y = frame[["a", "b"]], frame["y"]
    estimator = XGBoostClassifier(n_estimators=400, early_stopping_rounds=5).fit(X, y)
    assert estimator.model_.best_iteration < 100
    frame = linear(rows=600)
    assert XGBoostRegressor(n_estimators=400, early_stopping_rounds=5).fit(X, frame["y"]).model_.best_iteration < 399


def test_balanced_weights_move_answers_to_the_rare_class() -> None:
    frame = separable(rows=500)
    X, y = frame[["b"]], np.where(np.arange(500) % 10 == 0, "rare", "often")
    plain = XGBoostClassifier(n_estimators=5, max_depth=2).fit(X, y)
    balanced = XGBoostClassifier(n_estimators=5, max_depth=2, class_weight="balanced").fit(X, y)
    assert balanced.predict_proba(X)[:, 1].mean() > plain.predict_proba(X)[:, 1].mean() + 0.2


def test_other_columns_than_at_the_fit_are_refused() -> None:
    frame = separable()
    estimator = XGBoostClassifier(n_estimators=2).fit(frame[["a", "b"]], frame["y"])
    with pytest.raises(ValueError, match="fitted on 2 columns and is given 1"):
        estimator.predict(frame[["a"]])


@pytest.mark.parametrize("labels", [["x"] * 4, ["x", None, "y", "y"]])
def test_one_class_and_missing_labels_are_refused(labels: list[Any]) -> None:
    with pytest.raises(ValueError, match="label"):
        XGBoostClassifier().fit(pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0]}), labels)


def test_it_can_be_stored_and_read_without_running_code() -> None:
    frame = separable(labels=("a b", "c"))
    estimator = XGBoostClassifier(n_estimators=5).fit(frame[["a", "b"]], frame["y"])
    content, boosters = dump_object(estimator)
    again = load_object(content, boosters)
    assert (again.predict_proba(frame[["a", "b"]]) == estimator.predict_proba(frame[["a", "b"]])).all()
    assert again.predict(frame[["a", "b"]]).tolist() == estimator.predict(frame[["a", "b"]]).tolist()
