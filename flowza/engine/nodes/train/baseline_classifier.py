"""Baseline for classes."""

from __future__ import annotations

from typing import Any

from sklearn.dummy import DummyClassifier

from flowza.engine.train_node import TrainNode


class BaselineClassifier(TrainNode):
    """Always answers the most frequent class, with the shares of the classes as probabilities."""

    kind = "baseline_classifier"
    label = "Baseline"
    icon = "line-dashed"
    summary = "Looks at no column and always answers the most frequent class. What a real model has to beat."
    task = "classification"
    allows_missing = True

    def estimator(self, seed: int) -> Any:
        return DummyClassifier(strategy="prior")
