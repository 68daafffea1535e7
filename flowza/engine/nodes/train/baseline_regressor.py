"""Baseline for numbers."""

from __future__ import annotations

from typing import Any

from sklearn.dummy import DummyRegressor

from flowza.engine.train_node import TrainNode


class BaselineRegressor(TrainNode):
    """Always answers the mean of the training rows."""

    kind = "baseline_regressor"
    label = "Baseline (numbers)"
    icon = "line-dashed"
    summary = "Looks at no column and always answers the mean. What a real model has to beat."
    task = "regression"
    allows_missing = True

    def estimator(self, seed: int) -> Any:
        return DummyRegressor(strategy="mean")
