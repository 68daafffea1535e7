"""Select / drop: which columns go on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from flowza.engine.column_lists import ColumnNames
from flowza.engine.columns import ColumnType
from flowza.engine.node import StatelessNode
from flowza.engine.operations.select import drop_columns, keep_columns
from flowza.engine.params import Params, param
from flowza.engine.recipe import StatelessStep


class SelectParams(Params):
    mode: Literal["keep", "drop"] = param(
        "keep", label="Do what", choices={"keep": "keep these columns", "drop": "drop these columns"}
    )
    columns: ColumnNames = param([], label="Columns", columns="any")


class Select(StatelessNode):
    """Keeps the chosen columns, in the order in which you chose them, or drops them and keeps the others.

    A model asks its clients only for columns that it uses, so a column dropped here is never asked for.
    Drop ids, free text, and whatever is known only after the answer is. The column to predict must stay; it
    is no feature anyway.
    """

    kind = "select"
    label = "Select / drop"
    category = "columns"
    icon = "columns"
    summary = "Keeps or drops columns."
    Params = SelectParams

    def steps(self, types: Mapping[str, ColumnType]) -> list[StatelessStep]:
        columns: list[str] = self.params.columns
        if not columns:
            raise self.error("No columns are chosen.", hint="Choose at least one.", code="no_columns")
        function = keep_columns if self.params.mode == "keep" else drop_columns
        return [self.step(function, {"columns": columns}, effect="select", reads=tuple(columns))]
