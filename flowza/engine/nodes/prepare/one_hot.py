"""One-hot: a 0/1 column for each level of a category."""

from __future__ import annotations

from typing import Any, Literal

from flowza.engine.column_lists import ColumnNames
from flowza.engine.columns import Columns, Selector
from flowza.engine.learned_words import listed
from flowza.engine.node import LearnedNode
from flowza.engine.operations.transformers import QuickOneHotEncoder
from flowza.engine.params import Params, param


class OneHotParams(Params):
    columns: ColumnNames = param([], label="Columns", help="Empty: all text columns.", columns="any")
    keep: int = param(
        20,
        label="Levels to keep",
        help="The most frequent levels of each column get a column of their own; the others share one.",
        ge=1,
        le=1000,
    )
    drop: Literal["none", "first", "if_binary"] = param(
        "none",
        label="Leave out a level",
        help="One column of a category follows from the others. Linear models without a penalty need it left out.",
        choices={"none": "No", "first": "The first of each column", "if_binary": "The first, where there are two"},
        advanced=True,
    )


class OneHot(LearnedNode):
    """Turns each category into columns of 0 and 1, one for each level: `<column>_<level>`.

    Of each column the 20 most frequent levels of the training rows are kept (or as many as you say); the
    others are grouped in one column, `<column>_infrequent_sklearn`, and the log names the columns in which
    that happened. A missing value is a level of its own, `<column>_nan`. A level that comes up only later,
    in test rows or in a record, counts to the group if there is one, and is 0 in all columns if not.
    """

    kind = "one_hot"
    label = "One-hot"
    category = "prepare"
    icon = "grid-dots"
    summary = "Turns categories into 0/1 columns; keeps the 20 most frequent levels and groups the rest."
    Params = OneHotParams

    def transformer(self, seed: int) -> Any:
        params: OneHotParams = self.params
        return QuickOneHotEncoder(
            drop=None if params.drop == "none" else params.drop,
            max_categories=params.keep + 1,
            handle_unknown="infrequent_if_exist",
            sparse_output=False,
            dtype="uint8",
        )

    def columns(self) -> Columns:
        return tuple(self.params.columns) or Selector(("text",))

    @staticmethod
    def taught(transformer: Any) -> dict[str, str]:
        levels = zip(transformer.feature_names_in_, transformer.categories_, strict=True)
        return {str(name): f"{len(found):,} levels: {listed(found)}" for name, found in levels}

    @staticmethod
    def output_counts(transformer: Any) -> list[int]:
        return [int(count) for count in transformer._n_features_outs]

    @staticmethod
    def learned_notes(transformer: Any) -> list[str]:
        """Sentences for the log about what was learned: which columns have grouped levels."""
        columns = zip(
            transformer.feature_names_in_, transformer.categories_, transformer.infrequent_categories_, strict=True
        )
        return [
            f"'{name}' has {len(levels)} levels; the {len(grouped)} least frequent are grouped in one column."
            for name, levels, grouped in columns
            if grouped is not None
        ]
