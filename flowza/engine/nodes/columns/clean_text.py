"""Clean text: one spelling for what is the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from flowza.engine.column_lists import ColumnNames
from flowza.engine.columns import ColumnType
from flowza.engine.node import StatelessNode
from flowza.engine.operations.texts import clean_texts
from flowza.engine.params import Params, param
from flowza.engine.recipe import StatelessStep


class CleanTextParams(Params):
    columns: ColumnNames = param([], label="Columns", help="Empty: all text columns.", columns="text")
    case: Literal["lower", "upper", "keep"] = param(
        "lower",
        label="Capitals",
        choices={"lower": "all small: yes", "upper": "all capitals: YES", "keep": "leave as they are"},
    )
    spaces: bool = param(True, label="Tidy spaces", help="None around the text, one between its words.")


class CleanText(StatelessNode):
    """Brings spellings together that differ by capitals or spaces: "Yes", "YES" and "yes " become "yes".

    A model takes every spelling for a category of its own, so a column with odd ones has more categories
    than it says. It works on the column to predict too. A text that is nothing but spaces becomes missing.
    """

    kind = "clean_text"
    label = "Clean text"
    category = "columns"
    icon = "letter-case"
    summary = "Brings spellings together that differ by capitals or spaces."
    Params = CleanTextParams

    def steps(self, types: Mapping[str, ColumnType]) -> list[StatelessStep]:
        params: CleanTextParams = self.params
        columns = tuple(params.columns) or tuple(name for name, kind in types.items() if kind == "text")
        if not columns:
            return []
        arguments = {"case": params.case, "spaces": params.spaces}
        return [self.step(clean_texts, arguments, reads=columns, columnwise=True)]
