"""XGBoost for classes."""

from __future__ import annotations

from typing import Any, Literal

from flowza.engine.node import TargetParams
from flowza.engine.operations.xgb_estimators import XGBoostClassifier as Estimator
from flowza.engine.params import param
from flowza.engine.train_node import TrainNode


class XGBoostClassifierParams(TargetParams):
    n_estimators: int = param(100, label="Trees", help="More trees fit the training rows more closely.", ge=1, le=5000)
    learning_rate: float = param(
        0.3, label="Learning rate", help="Smaller values need more trees and often do better.", gt=0, le=1
    )
    max_depth: int = param(6, label="Depth at most", help="How many questions a tree asks in a row.", ge=1, le=30)
    min_child_weight: float = param(
        1.0,
        label="Weight of a leaf at least",
        help="Larger values make smoother models.",
        ge=0,
        advanced=True,
    )
    subsample: float = param(
        1.0, label="Share of rows per tree", help="Below 1 each tree sees a random part.", gt=0, le=1, advanced=True
    )
    colsample_bytree: float = param(
        1.0, label="Share of columns per tree", help="Below 1 each tree sees a random part.", gt=0, le=1, advanced=True
    )
    reg_lambda: float = param(
        1.0, label="L2 penalty (lambda)", help="Larger values keep the leaves' answers small.", ge=0, advanced=True
    )
    reg_alpha: float = param(
        0.0, label="L1 penalty (alpha)", help="Larger values set weak leaves' answers to zero.", ge=0, advanced=True
    )
    gamma: float = param(
        0.0,
        label="Gain of a branch at least (gamma)",
        help="Branches that gain less are not made.",
        ge=0,
        advanced=True,
    )
    class_weight: Literal["none", "balanced"] = param(
        "none",
        label="Class weights",
        help="Balanced: rare classes count as much as frequent ones.",
        choices={"none": "As they are", "balanced": "Balanced"},
    )
    early_stopping_rounds: int | None = param(
        None,
        label="Stop early after",
        help="Stops when a tenth of the training rows, kept aside, has not improved for so long. Empty: off.",
        ge=1,
        le=1000,
        unit="trees",
        advanced=True,
    )


class XGBoostClassifier(TrainNode):
    """Trees that are added one after the other, each mending what the others got wrong."""

    kind = "xgboost_classifier"
    label = "XGBoost"
    icon = "rocket"
    summary = "Predicts a class by gradient boosted trees. Often the most accurate on tables; takes missing values."
    task = "classification"
    allows_missing = True
    uses_openmp = True
    Params = XGBoostClassifierParams

    def estimator(self, seed: int) -> Any:
        params: XGBoostClassifierParams = self.params
        settings = params.model_dump(exclude={"target", "positive", "class_weight"})
        weight = None if params.class_weight == "none" else params.class_weight
        return Estimator(**settings, class_weight=weight, random_state=seed)
