"""Metrics for people: what each is called and what its value says."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flowza.engine.model import Task
from flowza.engine.report import Metric


@dataclass(frozen=True)
class Subject:
    """What metrics speak of. positive: the positive class of two; None when metrics are means over the classes."""

    task: Task
    target: str
    positive: Any = None

    @property
    def case(self) -> str:
        return f"{self.target} = {self.positive}"


@dataclass(frozen=True)
class Measure:
    """higher_is_better: None for a number that is neither good nor bad. threshold_free: of a classifier, whether it
    speaks of the probabilities themselves and not of the answers that a threshold makes of them.
    """

    label: str
    sentence: Callable[[float, Subject], str]
    higher_is_better: bool | None = True
    of_positive: bool = False
    share: bool = True
    threshold_free: bool = False

    def label_for(self, subject: Subject) -> str:
        return f"{self.label} for {subject.case}" if self.of_positive else self.label


def in_100(value: float) -> str:
    """`84`, of a share from 0 to 1; never rounded to all or none."""
    percent = value * 100
    if 0 < percent < 0.05 or 99.95 < percent < 100:
        return "less than 0.1" if percent < 1 else "more than 99.9"
    return f"{percent:.1f}" if 0 < percent < 1 or 99 < percent < 100 else f"{percent:.0f}"


def number(value: float) -> str:
    """Four significant digits, without an exponent in the usual range."""
    if value == 0 or 1e-4 <= abs(value) < 1e7:
        digits = 3 if value == 0 else max(0, 3 - math.floor(math.log10(abs(value))))
        text = f"{value:,.{digits}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return f"{value:.3g}"


def explained(value: float, subject: Subject) -> str:
    if value < 0:
        return f"R² {value:.2f}: worse than always answering the mean."
    return f"R² {value:.2f}: explains {in_100(value)} % of the differences in {subject.target}."


def separated(value: float) -> str:
    if value < 0.25:
        return "the clusters overlap."
    return "the clusters are far apart." if value > 0.5 else "the clusters can be told apart."


def counted(rows: float) -> str:
    return "1 row" if rows == 1 else f"{rows:,.0f} rows"


MEASURES: dict[str, Measure] = {
    "accuracy": Measure("Accuracy", lambda value, _: f"Right on {in_100(value)} of 100 rows."),
    "balanced_accuracy": Measure(
        "Balanced accuracy",
        lambda value, _: f"Right on {in_100(value)} of 100 rows if all classes were equally frequent.",
    ),
    "precision": Measure(
        "Precision",
        lambda value, subject: f"Of 100 rows that it calls {subject.case}, {in_100(value)} are.",
        of_positive=True,
    ),
    "recall": Measure(
        "Recall",
        lambda value, subject: f"Of 100 rows with {subject.case}, it finds {in_100(value)}.",
        of_positive=True,
    ),
    "f1": Measure(
        "F1",
        lambda value, subject: f"F1 {value:.2f}: precision and recall for {subject.case} in one number; 1 is best.",
        of_positive=True,
    ),
    "auc": Measure(
        "AUC",
        lambda value, subject: (
            f"AUC {value:.2f}: of a row with {subject.case} and one without, it picks the right one"
            f" {in_100(value)} times in 100."
        ),
        of_positive=True,
        threshold_free=True,
    ),
    "average_precision": Measure(
        "Average precision",
        lambda value, subject: (
            f"Average precision {value:.2f}: going down its ranking of {subject.case},"
            f" {in_100(value)} of 100 are right on average."
        ),
        of_positive=True,
        threshold_free=True,
    ),
    "brier": Measure(
        "Brier score",
        lambda value, subject: (
            f"Brier score {value:.3f}: mean squared error of the probability of {subject.case}; 0 is best."
        ),
        higher_is_better=False,
        of_positive=True,
        threshold_free=True,
    ),
    "log_loss": Measure(
        "Log loss",
        lambda value, _: f"Log loss {value:.3f}: how much the truth surprises its probabilities; 0 is best.",
        higher_is_better=False,
        share=False,
        threshold_free=True,
    ),
    "precision_macro": Measure(
        "Precision (macro)",
        lambda value, _: (
            f"Of 100 rows that it gives to a class, {in_100(value)} are right, on average over the classes."
        ),
    ),
    "recall_macro": Measure(
        "Recall (macro)",
        lambda value, _: f"Of 100 rows of a class, it finds {in_100(value)}, on average over the classes.",
    ),
    "f1_macro": Measure(
        "F1 (macro)",
        lambda value, _: (
            f"F1 {value:.2f}: precision and recall in one number, each class counting the same; 1 is best."
        ),
    ),
    "precision_weighted": Measure(
        "Precision (weighted)",
        lambda value, _: f"Precision {value:.2f}, each class counting by its rows; 1 is best.",
    ),
    "recall_weighted": Measure(
        "Recall (weighted)", lambda value, _: f"Recall {value:.2f}, each class counting by its rows; 1 is best."
    ),
    "f1_weighted": Measure(
        "F1 (weighted)", lambda value, _: f"F1 {value:.2f}, each class counting by its rows; 1 is best."
    ),
    "auc_macro": Measure(
        "AUC (macro)",
        lambda value, _: (
            f"AUC {value:.2f}: of a row of a class and one of another, it picks the right one"
            f" {in_100(value)} times in 100, on average over the classes."
        ),
        threshold_free=True,
    ),
    "mae": Measure(
        "Mean absolute error",
        lambda value, subject: f"{number(value)} away from the true {subject.target} on average.",
        higher_is_better=False,
        share=False,
    ),
    "rmse": Measure(
        "RMSE",
        lambda value, subject: f"Typical error in {subject.target}: {number(value)}, large errors counting more.",
        higher_is_better=False,
        share=False,
    ),
    "r2": Measure("R²", explained, share=False),
    "median_absolute_error": Measure(
        "Median absolute error",
        lambda value, subject: f"Half of the rows are less than {number(value)} away from the true {subject.target}.",
        higher_is_better=False,
        share=False,
    ),
    "silhouette": Measure(
        "Silhouette", lambda value, _: f"Silhouette {value:.2f} (from -1 to 1): {separated(value)}", share=False
    ),
    "inertia": Measure(
        "Inertia",
        lambda value, _: f"Squared distances of the rows to their centres add up to {number(value)}.",
        higher_is_better=False,
        share=False,
    ),
    "clusters": Measure("Clusters", lambda value, _: f"The rows are in {value:.0f} groups.", None, share=False),
    "smallest_cluster": Measure(
        "Smallest cluster", lambda value, _: f"The smallest group has {counted(value)}.", None, share=False
    ),
    "largest_cluster": Measure(
        "Largest cluster", lambda value, _: f"The largest group has {counted(value)}.", None, share=False
    ),
}

UNDEFINED = {
    "auc": "These rows hold one class only, so there are no pairs to rank.",
    "average_precision": "These rows hold one class only, so there is nothing to rank.",
    "r2": "The truth is the same in all these rows, so there is nothing to explain.",
}


def described(
    values: Mapping[str, float],
    baseline: Mapping[str, float],
    subject: Subject,
    rows: int,
) -> list[Metric]:
    """Metrics with label, sentence and the Baseline's value, in the order of `values`.

    Those that these rows cannot give come last, with value None and the reason.
    """
    found = [metric_of(name, value, baseline.get(name), subject, rows) for name, value in values.items()]
    for name in undefined(values, subject):
        label = MEASURES[name].label_for(subject)
        found.append(Metric(name, label, None, None, UNDEFINED[name], rows=rows))
    return found


def undefined(values: Mapping[str, float], subject: Subject) -> list[str]:
    """Metrics of this task that are absent because the rows cannot give them."""
    if subject.task == "regression":
        return [] if "r2" in values else ["r2"]
    if subject.positive is None or "brier" not in values:
        return []
    return [name for name in ("auc", "average_precision") if name not in values]


def metric_of(name: str, value: float, baseline: float | None, subject: Subject, rows: int) -> Metric:
    measure = MEASURES[name]
    sentence = measure.sentence(value, subject)
    return Metric(name, measure.label_for(subject), value, baseline, sentence, measure.higher_is_better, rows)
