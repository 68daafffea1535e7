"""Drop duplicates: keep one of equal rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from flowza.engine.column_lists import ColumnNames
from flowza.engine.columns import ColumnType
from flowza.engine.operations.rows import drop_duplicates
from flowza.engine.params import Params, param
from flowza.engine.row_nodes import RowChoice, RowsNode


class DropDuplicatesParams(Params):
    columns: ColumnNames = param(
        [],
        label="Columns to compare",
        help="Rows are duplicates when these are equal. Empty: all columns.",
        columns="any",
    )
    keep: Literal["first", "last"] = param(
        "first", label="Keep", choices={"first": "the first of them", "last": "the last of them"}
    )


class DropDuplicates(RowsNode):
    """Keeps one of several rows that are equal in the chosen columns; two missing values count as equal.

    Use it where a row was recorded twice. Where different cases just look alike (on Titanic 2,201 people
    make 24 distinct rows), it would throw away how frequent each case is.
    """

    kind = "drop_duplicates"
    label = "Drop duplicates"
    category = "rows"
    icon = "copy"
    summary = "Keeps one of several equal rows."
    Params = DropDuplicatesParams

    def choice(self, types: Mapping[str, ColumnType], seed: int) -> RowChoice:
        return RowChoice(drop_duplicates, {"keep": self.params.keep}, tuple(self.params.columns) or None)
