"""Random forest for numbers."""

from __future__ import annotations

from typing import Any, Literal

from sklearn.ensemble import RandomForestRegressor as Estimator

from flowza.engine.node import TargetParams
from flowza.engine.params import param
from flowza.engine.train_node import TrainNode


class RandomForestRegressorParams(TargetParams):
    n_estimators: int = param(
        100, label="Trees", help="More trees give steadier answers and take longer.", ge=1, le=2000
    )
    max_depth: int | None = param(
        None, label="Depth at most", help="Empty: trees grow until their leaves are pure.", ge=1, le=100
    )
    min_samples_leaf: int = param(
        1, label="Rows in a leaf at least", help="Larger values make smoother models.", ge=1, le=100_000
    )
    max_features: Literal["sqrt", "log2", "all"] = param(
        "all",
        label="Columns tried at each branch",
        choices={"sqrt": "Square root of all", "log2": "Logarithm of all", "all": "All"},
        advanced=True,
    )


class RandomForestRegressor(TrainNode):
    """Many decision trees, each on a random draw of rows; they are averaged."""

    kind = "random_forest_regressor"
    label = "Random forest (numbers)"
    icon = "trees"
    summary = "Estimates a number by the mean of many decision trees. Robust, needs no scaling."
    task = "regression"
    allows_missing = True
    Params = RandomForestRegressorParams

    def estimator(self, seed: int) -> Any:
        params: RandomForestRegressorParams = self.params
        return Estimator(
            n_estimators=params.n_estimators,
            max_depth=params.max_depth,
            min_samples_leaf=params.min_samples_leaf,
            max_features=None if params.max_features == "all" else params.max_features,
            random_state=seed,
            n_jobs=1,
        )
