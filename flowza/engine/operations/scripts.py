"""What exported scripts need beside the steps' own functions; their source is printed into them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import fsum
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone

from flowza.engine.operations.metrics import classification_metrics, regression_metrics


def change_columns(
    frame: pd.DataFrame, function: Callable[..., pd.DataFrame], columns: list[str], arguments: dict[str, Any]
) -> pd.DataFrame:
    """Put what a function makes of some columns in their place; new ones come last, those not given back are gone."""
    made = function(frame[columns], **arguments)
    kept = [name for name in frame.columns if name in made.columns or name not in columns]
    parts = {name: made[name] if name in made.columns else frame[name] for name in kept}
    parts |= {name: made[name] for name in made.columns if name not in parts}
    return pd.DataFrame(parts, index=frame.index)


def learn(
    transformer: Any,
    columns: list[str],
    train: pd.DataFrame,
    test: pd.DataFrame,
    labels: pd.Series | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Fit a transformer on some columns of the training rows and apply it to both parts; its columns come first."""
    if not columns:
        return train, test
    fitted = clone(transformer)
    made = fitted.fit_transform(train[columns]) if labels is None else fitted.fit_transform(train[columns], labels)
    learned = pd.concat([made, train.drop(columns=columns)], axis=1)
    if not len(test):
        return learned, learned.iloc[:0]
    return learned, pd.concat([fitted.transform(test[columns]), test.drop(columns=columns)], axis=1)


def answers_of(model: Any, features: pd.DataFrame) -> tuple[np.ndarray, np.ndarray | None]:
    """A fitted model's answers, and the probabilities of its classes if it has some."""
    if not hasattr(model, "predict_proba"):
        return np.asarray(model.predict(features)), None
    probabilities = np.asarray(model.predict_proba(features), dtype=np.float64)
    return np.asarray(model.classes_)[probabilities.argmax(axis=1)], probabilities


def metrics_of(model: Any, features: pd.DataFrame, truth: pd.Series, positive: Any = None) -> dict[str, float | None]:
    """Metrics of a fitted model on rows whose truth is known; None for those that these rows cannot give."""
    answers, probabilities = answers_of(model, features)
    if not hasattr(model, "classes_"):
        return {**regression_metrics(truth, answers), **undefined(regression_metrics(truth, answers), ["r2"])}
    found = classification_metrics(truth, answers, probabilities, model.classes_.tolist(), positive)
    return {**found, **undefined(found, ["auc", "average_precision"] if "brier" in found else [])}


def undefined(found: dict[str, float], names: list[str]) -> dict[str, float | None]:
    """None for each of the names that is not among the metrics."""
    return dict.fromkeys(name for name in names if name not in found)


def fold_metrics(
    learned: Iterable[tuple[Any, pd.DataFrame, pd.Series]], positive: Any = None
) -> list[dict[str, float]]:
    """The metrics of each fold's model on the fold's test rows, of those that these rows can give."""
    measured = [metrics_of(model, features, truth, positive) for model, features, truth in learned]
    return [{name: value for name, value in fold.items() if value is not None} for fold in measured]


def mean_metrics(folds: list[dict[str, float]]) -> dict[str, float]:
    """The mean over the folds of each metric, of those folds that could give it."""
    names = dict.fromkeys(name for fold in folds for name in fold)
    values = {name: [fold[name] for fold in folds if name in fold] for name in names}
    return {name: fsum(found) / len(found) for name, found in values.items()}


def learned_on_folds(
    model: Any, features: pd.DataFrame, labels: pd.Series, folds: Iterable[tuple[np.ndarray, np.ndarray]]
) -> Iterable[tuple[Any, pd.DataFrame, pd.Series]]:
    """For each fold: the whole model, learned again on the fold's training rows, and the rows to test it on."""
    for train, test in folds:
        yield clone(model).fit(features.iloc[train], labels.iloc[train]), features.iloc[test], labels.iloc[test]


def prepared_on_folds(
    prepare: Callable[[pd.DataFrame, pd.DataFrame], tuple[pd.DataFrame, pd.DataFrame]],
    model: Any,
    frame: pd.DataFrame,
    target: str,
    folds: Iterable[tuple[np.ndarray, np.ndarray]],
) -> Iterable[tuple[Any, pd.DataFrame, pd.Series]]:
    """For each fold: the model, learned again with all steps before it, and the rows to test it on."""
    for train_rows, test_rows in folds:
        train, test = prepare(frame.iloc[train_rows], frame.iloc[test_rows])
        fitted = clone(model).fit(train.drop(columns=[target]), train[target])
        yield fitted, test.drop(columns=[target]), test[target]
