"""Normalise: numbers on one scale."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

from flowza.engine.column_lists import ColumnNames
from flowza.engine.columns import Columns, ColumnType, Selector
from flowza.engine.learned_words import shown
from flowza.engine.node import LearnedNode
from flowza.engine.params import Params, param


class NormaliseParams(Params):
    columns: ColumnNames = param(
        [], label="Columns", help="Empty: all numbers but the 0/1 columns of encoders.", columns="number"
    )
    method: Literal["standard", "min_max", "robust"] = param(
        "standard",
        label="Method",
        choices={
            "standard": "Standard: mean 0, deviation 1",
            "min_max": "Min-max: from 0 to 1",
            "robust": "Robust: median 0, middle half 1 wide",
        },
    )


class Normalise(LearnedNode):
    """Brings numbers to one scale, so that a column in thousands does not outweigh one in fractions.

    The scale is learned from the training rows; test rows and later records may lie beyond it. Robust is
    for columns with outliers. Missing values stay missing. Needed for logistic regression, linear models
    with a penalty, and k-means; trees and XGBoost do as well without.
    """

    kind = "normalise"
    label = "Normalise"
    category = "prepare"
    icon = "ruler-measure"
    summary = "Brings numbers to one scale."
    accepts: ClassVar[frozenset[ColumnType]] = frozenset({"number", "flag", "boolean"})
    Params = NormaliseParams

    def transformer(self, seed: int) -> Any:
        return {"standard": StandardScaler, "min_max": MinMaxScaler, "robust": RobustScaler}[self.params.method]()

    @staticmethod
    def taught(transformer: Any) -> dict[str, str]:
        names = [str(name) for name in transformer.feature_names_in_]
        if isinstance(transformer, StandardScaler):
            pairs = zip(transformer.mean_, transformer.scale_, strict=True)
            words = [f"mean {shown(mean)}, deviation {shown(scale)}" for mean, scale in pairs]
        elif isinstance(transformer, MinMaxScaler):
            pairs = zip(transformer.data_min_, transformer.data_max_, strict=True)
            words = [f"from {shown(low)} to {shown(high)}" for low, high in pairs]
        else:
            pairs = zip(transformer.center_, transformer.scale_, strict=True)
            words = [f"median {shown(median)}, middle half {shown(width)} wide" for median, width in pairs]
        return dict(zip(names, words, strict=True))

    def columns(self) -> Columns:
        return tuple(self.params.columns) or Selector(("number",))
