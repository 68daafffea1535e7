"""Impute: fill missing values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from sklearn.impute import SimpleImputer

from flowza.engine.column_lists import ColumnNames
from flowza.engine.columns import Columns, Selector
from flowza.engine.context import Context
from flowza.engine.learned_words import shown
from flowza.engine.node import Inputs, LearnedNode, Output
from flowza.engine.operations.transformers import FillMissing, MissingIndicators
from flowza.engine.params import Params, param
from flowza.engine.recipe import LearnedStep
from flowza.engine.table import Table


class ImputeParams(Params):
    columns: ColumnNames = param([], label="Columns", help="Empty: all number and text columns.", columns="any")
    numbers: Literal["median", "mean", "most_frequent", "constant", "leave"] = param(
        "median",
        label="Numbers",
        choices={
            "median": "Median",
            "mean": "Mean",
            "most_frequent": "Most frequent value",
            "constant": "A fixed number",
            "leave": "Leave as they are",
        },
    )
    number: float = param(0.0, label="Number", shown_when={"numbers": ["constant"]})
    texts: Literal["constant", "most_frequent", "leave"] = param(
        "constant",
        label="Text",
        choices={
            "constant": "A fixed text",
            "most_frequent": "Most frequent value",
            "leave": "Leave as it is",
        },
    )
    text: str = param("missing", label="Fixed text", max_length=200, shown_when={"texts": ["constant"]})
    indicator: bool = param(
        False,
        label="Mark what was missing",
        help="Adds a column <name>_was_missing, 0 or 1, for each column with gaps in the training rows.",
    )


class Impute(LearnedNode):
    """Fills missing values with what it learned from the training rows: numbers with the median, mean or
    most frequent value, text with the most frequent one; or both with a fixed value.

    Text is filled with "missing" unless you say otherwise, so that a missing category counts as a category
    of its own. A column that has no value at all in the training rows stays: its numbers are filled with 0
    (or the fixed number), its text with the fixed text. Mark what was missing where the gap itself may tell
    something. True-or-false columns and dates have nothing to fill.
    """

    kind = "impute"
    label = "Impute"
    category = "prepare"
    icon = "wand"
    summary = "Fills missing values with the median, the most frequent or a fixed value."
    Params = ImputeParams

    def run(self, inputs: Inputs, context: Context) -> dict[str, Output]:
        table: Table = inputs["table"][0]
        numbers: Columns = Selector(("number",))
        texts: Columns = Selector(("text",))
        if self.params.columns:
            types = table.types()
            texts = tuple(name for name in self.params.columns if types.get(name) == "text")
            # A column that is not there, or is a date, is refused by the step for numbers.
            numbers = tuple(name for name in self.params.columns if name not in texts)
        for step in self.steps_for(numbers, texts):
            table = table.with_step(step)
        return {"table": table}

    def columns(self) -> Columns:
        return tuple(self.params.columns) or Selector(("number", "text"))

    def learned_steps(self, seed: int) -> list[LearnedStep]:
        """The steps when no columns are named; those of named columns depend on the columns' types."""
        return self.steps_for(Selector(("number",)), Selector(("text",)))

    def steps_for(self, numbers: Columns, texts: Columns) -> list[LearnedStep]:
        params: ImputeParams = self.params
        steps = []
        for name, strategy, columns in (("numbers", params.numbers, numbers), ("texts", params.texts, texts)):
            if strategy == "leave" or columns == ():
                continue
            if params.indicator:
                marks = self.learned_step(f"mark_missing_{name}", MissingIndicators(), columns)
                steps.append(replace(marks, outputs=indicator_counts))
            filled: Columns = columns
            transformer = self.number_imputer() if name == "numbers" else FillMissing(params.texts, params.text)
            steps.append(self.learned_step(f"impute_{name}", transformer, filled))
        return steps

    @staticmethod
    def taught(transformer: Any) -> dict[str, str]:
        """What gaps are filled with; nothing is learned for the columns that mark gaps."""
        if isinstance(transformer, MissingIndicators):
            return {}
        word = "" if isinstance(transformer, FillMissing) else f"{transformer.strategy} "
        values = zip(transformer.feature_names_in_, transformer.statistics_, strict=True)
        return {str(name): word + shown(value) for name, value in values}

    def number_imputer(self) -> Any:
        params: ImputeParams = self.params
        if params.numbers in ("mean", "median"):
            return SimpleImputer(strategy=params.numbers, keep_empty_features=True)
        return FillMissing(params.numbers, params.number)


def indicator_counts(fitted: Any) -> list[int]:
    return [2 if has_missing else 1 for has_missing in fitted.has_missing_]
