"""Ordinal: a number for each level of a category."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import model_validator

from flowza.engine.column_lists import ColumnNames
from flowza.engine.columns import Columns, ColumnType, Selector
from flowza.engine.learned_words import listed, shown
from flowza.engine.node import LearnedNode
from flowza.engine.operations.transformers import QuickOrdinalEncoder
from flowza.engine.params import Params, param


class OrdinalParams(Params):
    columns: ColumnNames = param([], label="Columns", help="Empty: all text columns.", columns="text")
    levels: ColumnNames = param(
        [],
        label="Order of the levels",
        help="Such as low, medium, high; needs columns chosen above. Empty: the order of the alphabet.",
    )
    missing: Literal["keep", "number"] = param(
        "keep", label="Missing values", choices={"keep": "stay missing", "number": "become -2"}
    )

    @model_validator(mode="after")
    def _levels_need_columns(self) -> OrdinalParams:
        if self.levels and not self.columns:
            raise ValueError("An order of levels needs columns that are chosen by name")
        return self


class Ordinal(LearnedNode):
    """Turns each category into one column of numbers: 0 for its first level, 1 for the second and so on.

    Give the order where the levels have one. Without an order the numbers follow the alphabet, which trees
    and XGBoost can work with, but linear models take for an amount: use One-hot for them. A level that was
    not among the training rows, or is not in your order, becomes -1.
    """

    kind = "ordinal"
    label = "Ordinal"
    category = "prepare"
    icon = "list-numbers"
    summary = "Turns categories into numbers: 0 for the first level, 1 for the second …"
    accepts: ClassVar[frozenset[ColumnType]] = frozenset({"text"})
    Params = OrdinalParams

    def transformer(self, seed: int) -> Any:
        params: OrdinalParams = self.params
        return QuickOrdinalEncoder(
            # A missing value is no unknown level only if it is among the levels; it must be the last of them.
            categories=[[*params.levels, np.nan]] * len(params.columns) if params.levels else "auto",
            handle_unknown="use_encoded_value",
            unknown_value=-1,
            encoded_missing_value=np.nan if params.missing == "keep" else -2,
        )

    @staticmethod
    def taught(transformer: Any) -> dict[str, str]:
        levels = zip(transformer.feature_names_in_, transformer.categories_, strict=True)
        return {
            str(name): listed([f"{shown(level)} = {code}" for code, level in enumerate(found) if level == level], 8)
            for name, found in levels
        }

    def columns(self) -> Columns:
        return tuple(self.params.columns) or Selector(("text",))
