from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as by_hand
from sklearn.cluster import KMeans

from flowza.engine.operations.metrics import classification_metrics, clustering_metrics, regression_metrics
from flowza.engine.tests.modelling import LABELS


def answers(classes: list[Any], rows: int = 400, seed: int = 0, ties: bool = False) -> tuple[Any, Any, Any]:
    """Truth, answers and probabilities of a middling model."""
    random = np.random.default_rng(seed)
    codes = random.integers(0, len(classes), rows)
    scores = random.random((rows, len(classes))) + 0.6 * np.eye(len(classes))[codes]
    if ties:
        scores = scores.round(1) + 0.01
    probabilities = scores / scores.sum(axis=1, keepdims=True)
    labels = pd.Index(classes)
    return pd.Series(labels[codes]), np.asarray(labels[probabilities.argmax(axis=1)]), probabilities


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("labels", LABELS.values(), ids=list(LABELS))
def test_binary_metrics_equal_scikit_learn(labels: tuple[Any, ...], ties: bool) -> None:
    classes = sorted(labels)
    truth, predicted, probabilities = answers(classes, ties=ties)
    for positive in classes:
        place = classes.index(positive)
        y, answered, score = truth == positive, predicted == positive, probabilities[:, place]
        found = classification_metrics(truth, predicted, probabilities, classes, positive)
        expected = {
            "accuracy": by_hand.accuracy_score(y, answered),
            "balanced_accuracy": by_hand.balanced_accuracy_score(y, answered),
            "precision": by_hand.precision_score(y, answered),
            "recall": by_hand.recall_score(y, answered),
            "f1": by_hand.f1_score(y, answered),
            "auc": by_hand.roc_auc_score(y, score),
            "average_precision": by_hand.average_precision_score(y, score),
            "log_loss": by_hand.log_loss(y, score),
            "brier": by_hand.brier_score_loss(y, score),
        }
        assert list(found) == list(expected)
        assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("ties", [False, True])
def test_multiclass_metrics_equal_scikit_learn(ties: bool) -> None:
    classes = ["a", "b b", "c", "d"]
    truth, predicted, probabilities = answers(classes, ties=ties)
    found = classification_metrics(truth, predicted, probabilities, classes, None)
    y = pd.Series(pd.Index(classes).get_indexer(truth))
    answered = pd.Index(classes).get_indexer(pd.Index(predicted))
    expected = {"accuracy": by_hand.accuracy_score(y, answered)}
    expected["balanced_accuracy"] = by_hand.balanced_accuracy_score(y, answered)
    for average in ("macro", "weighted"):
        for name in ("precision", "recall", "f1"):
            expected[f"{name}_{average}"] = getattr(by_hand, f"{name}_score")(y, answered, average=average)
    expected["auc_macro"] = by_hand.roc_auc_score(y, probabilities, multi_class="ovr")
    expected["log_loss"] = by_hand.log_loss(y, probabilities)
    assert list(found) == list(expected)
    assert found == pytest.approx(expected, rel=1e-12)


def test_a_class_that_the_model_never_saw_counts_as_wrong() -> None:
    truth = pd.Series(["a", "b", "new"])
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]])
    found = classification_metrics(truth, np.array(["a", "b", "a"], dtype=object), probabilities, ["a", "b"], "b")
    assert found["accuracy"] == pytest.approx(2 / 3)
    assert found["balanced_accuracy"] == pytest.approx(2 / 3)
    assert found["precision"] == found["recall"] == 1.0
    assert found["log_loss"] > 10


def test_one_row_gives_what_one_row_can_give() -> None:
    found = classification_metrics(pd.Series(["a"]), np.array(["b"]), np.array([[0.25, 0.75]]), ["a", "b"], "b")
    assert "auc" not in found
    assert "average_precision" not in found
    assert found["accuracy"] == found["precision"] == found["recall"] == found["f1"] == 0.0
    assert found["log_loss"] == pytest.approx(-np.log(0.25))
    assert regression_metrics(pd.Series([2.0]), np.array([3.5])) == {
        "mae": 1.5,
        "rmse": 1.5,
        "median_absolute_error": 1.5,
    }


def test_without_probabilities_only_answers_are_measured() -> None:
    found = classification_metrics(pd.Series([True, False]), np.array([True, True]), None, [False, True], True)
    assert list(found) == ["accuracy", "balanced_accuracy", "precision", "recall", "f1"]


def test_constant_probabilities_have_an_auc_of_one_half() -> None:
    truth = pd.Series(["a", "b", "b", "a", "b"])
    found = classification_metrics(truth, np.full(5, "b"), np.tile([0.4, 0.6], (5, 1)), ["a", "b"], "b")
    assert found["auc"] == 0.5
    assert found["average_precision"] == pytest.approx(0.6)


def test_sure_and_wrong_probabilities_have_a_finite_log_loss() -> None:
    found = classification_metrics(pd.Series(["a", "b"]), np.array(["b", "a"]), np.eye(2)[::-1], ["a", "b"], "b")
    assert found["log_loss"] == pytest.approx(by_hand.log_loss([0, 1], [1.0, 0.0]))


def test_regression_metrics_equal_scikit_learn() -> None:
    random = np.random.default_rng(0)
    truth = pd.Series(random.normal(size=300))
    predicted = (truth + random.normal(size=300)).to_numpy()
    assert regression_metrics(truth, predicted) == pytest.approx(
        {
            "mae": by_hand.mean_absolute_error(truth, predicted),
            "rmse": by_hand.root_mean_squared_error(truth, predicted),
            "r2": by_hand.r2_score(truth, predicted),
            "median_absolute_error": by_hand.median_absolute_error(truth, predicted),
        },
        rel=1e-12,
    )


def test_clustering_metrics_equal_scikit_learn() -> None:
    features = np.random.default_rng(0).normal(size=(500, 3))
    model = KMeans(4, random_state=0, n_init=3).fit(features)
    found = clustering_metrics(features, model.labels_, model.cluster_centers_, 0)
    assert found["silhouette"] == pytest.approx(by_hand.silhouette_score(features, model.labels_))
    assert found["inertia"] == pytest.approx(model.inertia_)
    sizes = np.bincount(model.labels_)
    assert (found["smallest_cluster"], found["largest_cluster"]) == (sizes.min(), sizes.max())


def test_the_silhouette_of_many_rows_is_that_of_a_seeded_sample() -> None:
    features = np.random.default_rng(0).normal(size=(5000, 2))
    clusters = (features[:, 0] > 0).astype(int)
    centres = np.array([[-1.0, 0.0], [1.0, 0.0]])
    first, again, other = (clustering_metrics(features, clusters, centres, seed) for seed in (0, 0, 1))
    assert first == again
    assert first["silhouette"] != other["silhouette"]
    assert first["silhouette"] == pytest.approx(by_hand.silhouette_score(features, clusters), abs=0.02)


def test_one_cluster_has_no_silhouette() -> None:
    assert "silhouette" not in clustering_metrics(np.ones((3, 1)), np.zeros(3, dtype=int), np.ones((1, 1)), 0)
