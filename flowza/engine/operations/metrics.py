"""How good answers are. Evaluate, Cross-validate, Compare and exported scripts all use these functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import silhouette_score


def classification_metrics(
    truth: pd.Series,
    predicted: np.ndarray,
    probabilities: np.ndarray | None,
    classes: Sequence[Any],
    positive: Any,
) -> dict[str, float]:
    """Metrics of class answers, equal to scikit-learn's.

    truth, predicted: labels, shape (n,), n > 0. probabilities: shape (n, len(classes)), columns in the order of
    `classes`, or None. With two classes and a positive one the metrics speak of the positive class; otherwise they are
    means over the classes (macro), or means weighted by the classes' rows. A metric that these rows cannot give (AUC of
    one class) is left out.
    """
    actual, labels = truth_codes(truth, classes)
    answered = label_codes(predicted, labels)
    place = list(classes).index(positive) if len(classes) == 2 and positive in classes else None
    return coded_metrics(actual, answered, probabilities, len(labels), place)


def coded_metrics(
    actual: np.ndarray,
    answered: np.ndarray,
    probabilities: np.ndarray | None,
    size: int,
    positive: int | None,
) -> dict[str, float]:
    """The same of labels given by their places, ints of shape (n,), among `size` labels, the model's classes first.

    positive: place of the positive class, or None for means over the classes.
    """
    scores = class_scores(actual, answered, size)
    seen = scores["rows"] > 0
    metrics = {
        "accuracy": float((actual == answered).mean()),
        "balanced_accuracy": float(scores["recall"][seen].mean()),
    }
    if positive is None:
        metrics |= mean_scores(scores)
    else:
        metrics |= {name: float(scores[name][positive]) for name in ("precision", "recall", "f1")}
    if probabilities is None:
        return metrics
    if positive is None:
        ranked = [ranking_metrics(actual == place, given) for place, given in enumerate(probabilities.T)]
        areas = [found["auc"] for found in ranked if "auc" in found]
        metrics |= {"auc_macro": float(np.mean(areas))} if areas else {}
        return metrics | {"log_loss": log_loss(actual, probabilities)}
    metrics |= ranking_metrics(actual == positive, probabilities[:, positive])
    metrics["log_loss"] = log_loss(actual, probabilities)
    metrics["brier"] = float(((probabilities[:, positive] - (actual == positive)) ** 2).mean())
    return metrics


def mean_scores(scores: dict[str, np.ndarray]) -> dict[str, float]:
    """Means over the classes that occur or are answered (macro), and means weighted by the classes' rows."""
    used = (scores["rows"] > 0) | (scores["answers"] > 0)
    weights = scores["rows"] / scores["rows"].sum()
    names = ("precision", "recall", "f1")
    macro = {f"{name}_macro": float(scores[name][used].mean()) for name in names}
    return macro | {f"{name}_weighted": float((scores[name] * weights).sum()) for name in names}


def truth_codes(truth: pd.Series, classes: Sequence[Any]) -> tuple[np.ndarray, list[Any]]:
    """Place of each true label, shape (n,), and the labels: the model's classes, then those that only the truth has."""
    actual = label_codes(truth, classes)
    if (actual >= 0).all():
        return actual, list(classes)
    labels = [*classes, *sorted(truth[actual < 0].unique().tolist(), key=str)]
    return label_codes(truth, labels), labels


def label_codes(values: Any, labels: Sequence[Any]) -> np.ndarray:
    """Place of each value among the labels, int64, shape (n,); -1 for others."""
    return np.asarray(pd.Index(list(labels)).get_indexer(pd.Index(values)))


def confusion_counts(actual: np.ndarray, answered: np.ndarray, size: int) -> np.ndarray:
    """How often class i was answered as class j, shape (size, size)."""
    return np.bincount(actual * size + answered, minlength=size * size).reshape(size, size)


def class_scores(actual: np.ndarray, answered: np.ndarray, size: int) -> dict[str, np.ndarray]:
    """Precision, recall and F1 of each class (0 where nothing was answered or is there), its rows and its answers."""
    counts = confusion_counts(actual, answered, size)
    right, rows, answers = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    return {
        "precision": right / np.maximum(answers, 1),
        "recall": right / np.maximum(rows, 1),
        "f1": 2 * right / np.maximum(rows + answers, 1),
        "rows": rows,
        "answers": answers,
    }


def threshold_counts(positive: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each distinct score, highest first: it, and how many positive and other rows score at least as much."""
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    ends = np.flatnonzero(np.append(np.diff(ranked) != 0, True))
    found = np.cumsum(positive[order])[ends]
    return ranked[ends], found, ends + 1 - found


def ranking_metrics(positive: np.ndarray, scores: np.ndarray) -> dict[str, float]:
    """AUC and average precision of scores for the rows where `positive` (bool, shape (n,)) holds."""
    _, found, false = threshold_counts(positive, scores)
    if not found[-1] or not false[-1]:
        return {}
    recall = np.append(0.0, found / found[-1])
    false_rate = np.append(0.0, false / false[-1])
    return {
        "auc": float(np.trapezoid(recall, false_rate)),
        "average_precision": float((np.diff(recall) * found / (found + false)).sum()),
    }


def log_loss(actual: np.ndarray, probabilities: np.ndarray) -> float:
    """Mean negative logarithm of the probability of the true class; a class that the model does not know has none."""
    size = probabilities.shape[1]
    given = probabilities[np.arange(len(actual)), np.minimum(actual, size - 1)]
    smallest = np.finfo(np.float64).eps
    return float(-np.log(np.clip(np.where(actual < size, given, 0.0), smallest, 1 - smallest)).mean())


def regression_metrics(truth: pd.Series, predicted: np.ndarray) -> dict[str, float]:
    """Metrics of estimated numbers, both of shape (n,), n > 0. R2 is left out where the truth does not vary."""
    actual = np.asarray(truth, dtype=np.float64)
    errors = actual - np.asarray(predicted, dtype=np.float64)
    metrics = {"mae": float(np.abs(errors).mean()), "rmse": float(np.sqrt((errors**2).mean()))}
    spread = float(((actual - actual.mean()) ** 2).sum())
    if spread > 0:
        metrics["r2"] = float(1 - (errors**2).sum() / spread)
    metrics["median_absolute_error"] = float(np.median(np.abs(errors)))
    return metrics


def clustering_metrics(features: np.ndarray, clusters: np.ndarray, centres: np.ndarray, seed: int) -> dict[str, float]:
    """Metrics of a clustering. features: (n, p) numbers; clusters: (n,) places in `centres`, which is (k, p).

    The silhouette is that of at most 2,000 rows chosen by the seed; it is left out where these lie in one cluster
    or each in its own.
    """
    sizes = np.bincount(clusters, minlength=len(centres))
    rows = np.arange(len(features))
    if len(rows) > 2000:
        rows = np.sort(np.random.default_rng(seed).choice(rows, 2000, replace=False))
    metrics = {}
    if 1 < len(np.unique(clusters[rows])) < len(rows):
        metrics["silhouette"] = float(silhouette_score(features[rows], clusters[rows]))
    metrics["inertia"] = float(((features - centres[clusters]) ** 2).sum())
    metrics["clusters"] = float(len(centres))
    metrics["smallest_cluster"] = float(sizes.min())
    metrics["largest_cluster"] = float(sizes.max())
    return metrics
