"""Logistic regression."""

from __future__ import annotations

import math
from typing import Any, Literal

from sklearn.linear_model import LogisticRegression as Estimator

from flowza.engine.node import TargetParams
from flowza.engine.params import param
from flowza.engine.train_node import TrainNode


class LogisticRegressionParams(TargetParams):
    penalty: Literal["l2", "l1", "none"] = param(
        "l2",
        label="Penalty",
        help="Keeps coefficients small (L2), sets weak ones to zero (L1), or leaves them free.",
        choices={"l2": "L2 (ridge)", "l1": "L1 (lasso)", "none": "None"},
    )
    C: float = param(
        1.0,
        label="Freedom (C)",
        help="Smaller values hold the coefficients back more strongly.",
        gt=0,
        shown_when={"penalty": ["l2", "l1"]},
    )
    class_weight: Literal["none", "balanced"] = param(
        "none",
        label="Class weights",
        help="Balanced: rare classes count as much as frequent ones.",
        choices={"none": "As they are", "balanced": "Balanced"},
    )
    max_iter: int = param(
        1000,
        label="Iterations at most",
        help="Raise it when the log says that the fit did not settle.",
        ge=1,
        le=100_000,
        advanced=True,
    )


class LogisticRegression(TrainNode):
    """A linear model of the log odds of each class."""

    kind = "logistic_regression"
    label = "Logistic regression"
    icon = "chart-arrows-vertical"
    summary = "Predicts a class from a weighted sum of the columns. Quick, and its weights can be read."
    task = "classification"
    Params = LogisticRegressionParams

    def estimator(self, seed: int) -> Any:
        params: LogisticRegressionParams = self.params
        settings: dict[str, Any] = {"max_iter": params.max_iter, "C": params.C}
        if params.penalty == "none":
            settings["C"] = math.inf
        if params.penalty == "l1":
            settings |= {"l1_ratio": 1.0, "solver": "saga", "random_state": seed}
        if params.class_weight == "balanced":
            settings["class_weight"] = "balanced"
        return Estimator(**settings)
