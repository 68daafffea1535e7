"""How good a model is: on rows it did not learn from, and on folds in which its whole recipe learns again."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t as student
from sklearn.model_selection import KFold, StratifiedKFold

from flowza.engine.convergence import convergence_notes
from flowza.engine.errors import NodeError
from flowza.engine.evaluation import first_sentence
from flowza.engine.model import Model, Predictions, Task, predictions
from flowza.engine.operations.metrics import classification_metrics, regression_metrics
from flowza.engine.report import Metric
from flowza.engine.sentences import Subject, described
from flowza.engine.table import TEST, TRAIN, Table
from flowza.engine.training import baseline_of, fit

Fold = tuple[np.ndarray, np.ndarray]
"""Places of the fold's training rows and of its test rows among the model's training rows."""


def subject_of(model: Model) -> Subject:
    """What the model's metrics speak of. Raises NodeError when the positive class has no rows to learn from."""
    classes = model.classes or []
    if model.task != "classification" or len(classes) != 2 or model.positive is None:
        return Subject(model.task, str(model.target))
    if model.positive not in classes:
        raise NodeError(
            f"The positive class of '{model.target}' is '{model.positive}', but the training rows hold only"
            f" '{classes[0]}' and '{classes[1]}'.",
            node=model.node,
            column=model.target or "",
            hint="Name one of these as the positive class where the target is set, or keep rows of that class.",
            code="positive",
        )
    return Subject(model.task, str(model.target), model.positive)


def positive_note(model: Model) -> str:
    """Why the metrics speak of no positive class although one could be expected; "" when they do, or none could."""
    classes = model.classes or []
    if model.task != "classification" or not classes:
        return ""
    if len(classes) == 2 and model.positive is None:
        return (
            f"'{model.target}' has two classes in the training rows and no positive one, so precision, recall and F1"
            " are means over both. Name the positive class where the target is set to have them for that class."
        )
    if len(classes) > 2 and model.positive is not None:
        return (
            f"'{model.target}' has {len(classes)} classes, so the metrics are means over all of them;"
            f" '{model.positive}' as the positive class counts only between two."
        )
    return ""


# Answers and their metrics


def metrics_of(
    task: Task, truth: pd.Series, answers: Predictions, classes: Sequence[Any] | None, positive: Any
) -> dict[str, float]:
    """Metrics of a classifier's or regressor's answers; truth has shape (n,), n > 0."""
    if task == "classification":
        return classification_metrics(truth, answers.values, answers.probabilities, classes or [], positive)
    return regression_metrics(truth, answers.values)


def baseline_answers(baseline: dict[str, Any], index: np.ndarray) -> Predictions:
    """What the Baseline answers for rows with these labels: the same for all."""
    rows = len(index)
    values = np.full(rows, baseline["value"])
    shares = baseline["probabilities"]
    return Predictions(values, None if shares is None else np.tile(shares, (rows, 1)), index)


def holdout_metrics(model: Model) -> list[Metric]:
    """Metrics of the model on its holdout, beside the Baseline's: those that Evaluate tells.

    Empty for clusterings and where no row was held back.
    """
    holdout, baseline = model.holdout, model.baseline
    if holdout is None or baseline is None or not len(holdout.truth):
        return []
    subject = subject_of(model)

    def measured(answers: Predictions) -> dict[str, float]:
        return metrics_of(model.task, holdout.truth, answers, model.classes, subject.positive)

    known = baseline_answers(baseline, holdout.predictions.index)
    return described(measured(holdout.predictions), measured(known), subject, len(holdout.truth))


# Folds


def training_rows_of(model: Model) -> Table:
    """The model's table before any step learned, with its training rows alone and no roles."""
    table = model.table.table()
    mask = table.train_mask
    positions = np.arange(len(table.source.frame)) if table.positions is None else table.positions
    # What is known of learned steps is known from all training rows: a fold must not use it.
    return replace(
        table,
        anchor=table.anchor[mask],
        positions=positions[mask],
        roles=None,
        seed=None,
        memo=None,
        _cache={},
    )


def target_of(table: Table) -> pd.Series:
    """The target of all rows, shape (rows,)."""
    name = str(table.target)
    if name in table.anchor.columns:
        return table.anchor[name]
    # Made after a learned step, though never by one; rows that such a step removed have no value.
    return table.frame[name].reindex(table.anchor.index)


def make_folds(table: Table, task: Task, folds: int, stratified: bool, seed: int, node: str) -> list[Fold]:
    """Folds of a table without roles, equal to scikit-learn's StratifiedKFold or KFold with shuffle and this seed.

    Raises NodeError when there are fewer rows than folds, or a class has fewer rows than folds.
    """
    if table.rows < folds:
        raise NodeError(
            f"{table.rows} training rows cannot be divided into {folds} folds.",
            node=node,
            hint="Ask for fewer folds, or give more rows.",
            code="too_few_rows",
        )
    places = np.zeros(table.rows)
    if task != "classification" or not stratified:
        return list(KFold(folds, shuffle=True, random_state=seed).split(places))
    labels = target_of(table)
    counts = labels.value_counts()
    if counts.min() < folds:
        raise NodeError(
            f"The class '{counts.idxmin()}' of '{table.target}' has {counts.min()} training"
            f" {'row' if counts.min() == 1 else 'rows'}, too few for {folds} folds that each hold some of it.",
            node=node,
            column=str(table.target),
            hint=rare_class_hint(int(counts.min())),
            code="rare_class",
        )
    codes = np.maximum(pd.factorize(labels)[0], 0)
    return list(StratifiedKFold(folds, shuffle=True, random_state=seed).split(places, codes))


def rare_class_hint(rows: int) -> str:
    fewer = f"Ask for at most {rows} folds, put" if rows > 1 else "Put"
    return f"{fewer} rare classes together, leave their rows out, or do not stratify."


@dataclass(frozen=True)
class FoldResult:
    """Metrics of the model that learned from one fold's training rows, on its test rows, and those of the Baseline."""

    training_rows: int
    test_rows: int
    metrics: dict[str, float]
    baseline: dict[str, float]


def cross_validated(
    model: Model, table: Table, folds: Sequence[Fold], node: str, check: Callable[[], None]
) -> tuple[list[FoldResult], list[str]]:
    """Learn the whole recipe and the estimator again on each fold's training rows.

    table: that of `training_rows_of`. check: called before each fold; it may raise Cancelled. Gives the results and
    notes about fits that did not settle.
    """
    results = []
    with convergence_notes() as notes:
        for number, (_, test) in enumerate(folds, 1):
            check()
            roles = np.full(table.rows, TRAIN, dtype=np.int8)
            roles[test] = TEST
            try:
                results.append(fold_result(model, table.with_roles(roles, None), node))
            except NodeError as error:
                error.message = f"Fold {number}: {error.message}"
                raise
    return results, notes


def fold_result(model: Model, table: Table, node: str) -> FoldResult:
    features, target = table.features, str(table.target)
    labels, truth = table.train[target], table.test[target]
    estimator = fit(model.estimator_template, table.train[features], labels, node)
    answers = answered(estimator, table.test[features], model.task, node)
    classes = estimator.classes_.tolist() if model.task == "classification" else None
    signature = replace(model.signature, classes=classes)
    baseline = baseline_answers(baseline_of(labels, signature, model.task), answers.index)
    positive = subject_of(model).positive
    return FoldResult(
        len(labels),
        len(truth),
        metrics_of(model.task, truth, answers, classes, positive),
        metrics_of(model.task, truth, baseline, classes, positive),
    )


def answered(estimator: Any, features: pd.DataFrame, task: Task, node: str) -> Predictions:
    """Answers of a fitted estimator. Raises NodeError when it cannot take these rows."""
    try:
        return predictions(estimator, features, task)
    except ValueError as error:
        missing = [str(name) for name in features.columns if features[name].isna().any()]
        if not missing:
            raise NodeError(
                f"The model cannot answer for these rows: {first_sentence(error)}", node=node, code="predict"
            ) from error
        raise NodeError(
            f"'{missing[0]}' has missing values, which the model never saw and cannot take.",
            node=node,
            column=missing[0],
            hint="Fill them with Impute before training, or leave these rows out.",
            code="missing_values",
        ) from error


# Means over folds


@dataclass(frozen=True)
class Estimate:
    """Mean over the folds and its 95 % interval; the bounds are None with one value only."""

    mean: float
    low: float | None
    high: float | None

    @property
    def range(self) -> str:
        return "" if self.low is None or self.high is None else f"{self.low:.3g} to {self.high:.3g}"


def estimated(values: Sequence[float], folds: int, bounded: bool = False) -> Estimate:
    """Mean and interval of one value per fold, by the corrected t statistic of Nadeau and Bengio (2003).

    Folds share training rows, so the plain standard error is too small: the variance counts 1/k + 1/(k - 1)
    times instead of 1/k. bounded: the quantity lies between 0 and 1.
    """
    mean = math.fsum(values) / len(values)
    if len(values) < 2:
        return Estimate(mean, None, None)
    spread = float(np.std(values, ddof=1)) * math.sqrt(1 / folds + 1 / (folds - 1))
    half = float(student.ppf(0.975, len(values) - 1)) * spread
    low, high = mean - half, mean + half
    return Estimate(mean, max(low, 0.0), min(high, 1.0)) if bounded else Estimate(mean, low, high)


def column_of(results: Sequence[dict[str, float]], name: str) -> list[float | None]:
    """One metric of each fold; None where the fold could not give it."""
    return [result.get(name) for result in results]


def known(values: Sequence[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def metric_names(results: Sequence[dict[str, float]]) -> list[str]:
    """Names of the metrics that at least one fold gave, in the order of the fold that gave most."""
    longest = max(results, key=len)
    return [*longest, *sorted({name for result in results for name in result} - longest.keys())]


def main_metric(names: Sequence[str]) -> str:
    """The metric by which models are ranked unless a person says otherwise."""
    return next(name for name in ("auc", "f1_macro", "r2", "rmse", "accuracy") if name in names)
