"""Linear regression: ordinary, ridge, lasso, elastic net."""

from __future__ import annotations

from typing import Any, Literal

from sklearn.linear_model import ElasticNet, Lasso, Ridge
from sklearn.linear_model import LinearRegression as Ordinary

from flowza.engine.node import TargetParams
from flowza.engine.params import param
from flowza.engine.train_node import TrainNode


class LinearRegressionParams(TargetParams):
    method: Literal["ordinary", "ridge", "lasso", "elastic_net"] = param(
        "ordinary",
        label="Method",
        help="Ridge keeps coefficients small, lasso sets weak ones to zero, elastic net does some of both.",
        choices={
            "ordinary": "Ordinary least squares",
            "ridge": "Ridge (L2)",
            "lasso": "Lasso (L1)",
            "elastic_net": "Elastic net",
        },
    )
    alpha: float = param(
        1.0,
        label="Strength (alpha)",
        help="Larger values hold the coefficients back more strongly.",
        gt=0,
        shown_when={"method": ["ridge", "lasso", "elastic_net"]},
    )
    l1_ratio: float = param(
        0.5,
        label="Share of L1",
        help="1 is lasso; values near 0 act like ridge.",
        gt=0,
        le=1,
        shown_when={"method": ["elastic_net"]},
    )
    max_iter: int = param(
        1000,
        label="Iterations at most",
        help="Raise it when the log says that the fit did not settle.",
        ge=1,
        le=100_000,
        advanced=True,
        shown_when={"method": ["lasso", "elastic_net"]},
    )


class LinearRegression(TrainNode):
    """A weighted sum of the columns."""

    kind = "linear_regression"
    label = "Linear regression"
    icon = "chart-line"
    summary = "Estimates a number as a weighted sum of the columns, plain or held back by a penalty."
    task = "regression"
    Params = LinearRegressionParams

    def estimator(self, seed: int) -> Any:
        params: LinearRegressionParams = self.params
        if params.method == "ridge":
            return Ridge(alpha=params.alpha)
        if params.method == "lasso":
            return Lasso(alpha=params.alpha, max_iter=params.max_iter)
        if params.method == "elastic_net":
            return ElasticNet(alpha=params.alpha, l1_ratio=params.l1_ratio, max_iter=params.max_iter)
        return Ordinary()
