"""Drop nulls: leave out rows with missing values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from flowza.engine.column_lists import ColumnNames
from flowza.engine.columns import ColumnType
from flowza.engine.operations.rows import drop_nulls
from flowza.engine.params import Params, param
from flowza.engine.row_nodes import RowChoice, RowsNode


class DropNullsParams(Params):
    columns: ColumnNames = param([], label="Columns to look at", help="Empty: all columns.", columns="any")
    how: Literal["any", "all"] = param(
        "any",
        label="Leave out a row when",
        choices={"any": "any of them is missing", "all": "all of them are missing"},
    )


class DropNulls(RowsNode):
    """Leaves out rows in which values are missing.

    The model then knows only complete rows: when it is used later, a record with missing values is still
    answered only if the model can take them. To keep such rows, use Impute instead. After a Split, both
    training and test rows are left out; the log says how many.
    """

    kind = "drop_nulls"
    label = "Drop nulls"
    category = "rows"
    icon = "eraser"
    summary = "Leaves out rows with missing values."
    Params = DropNullsParams

    def choice(self, types: Mapping[str, ColumnType], seed: int) -> RowChoice:
        return RowChoice(drop_nulls, {"how": self.params.how}, tuple(self.params.columns) or None)
