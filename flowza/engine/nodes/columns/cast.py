"""Cast: columns as another type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import field_validator

from flowza.engine.column_lists import ColumnNames
from flowza.engine.columns import ColumnType
from flowza.engine.node import StatelessNode
from flowza.engine.operations.casts import cast_columns
from flowza.engine.params import Params, param
from flowza.engine.recipe import StatelessStep


class CastParams(Params):
    columns: ColumnNames = param([], label="Columns", columns="any")
    to: Literal["number", "integer", "text", "boolean", "date"] = param(
        "number",
        label="To",
        choices={
            "number": "number",
            "integer": "whole number",
            "text": "text",
            "boolean": "true or false",
            "date": "date",
        },
    )
    on_error: Literal["error", "missing"] = param(
        "error",
        label="A value that cannot be cast",
        help="Missing: a whole number is then kept like 3.0, and true or false as 1 and 0, so that there can be gaps.",
        choices={"error": "stops the run, naming the row", "missing": "becomes missing"},
    )
    date_format: str = param(
        "",
        label="Date format",
        help="How the dates are written, such as %d.%m.%Y. Empty: 2024-01-31, with or without a time.",
        max_length=100,
        shown_when={"to": ["date"]},
    )

    @field_validator("date_format")
    @classmethod
    def _readable(cls, value: str) -> str:
        if value and "%" not in value:
            raise ValueError("a date format has parts like %d, %m and %Y")
        return value


class Cast(StatelessNode):
    """Reads columns as another type.

    Text becomes a number if it is written as one with a decimal point (12.5, 1e3); true or false from true,
    false, yes, no, y, n, t, f, 1 and 0; a date by ISO 8601 or the format you give, times with a zone in
    UTC. Numbers become text as people write them: 3 rather than 3.0. Whole numbers must be below 2^53, so
    that none is rounded. The same is done with the records that a model is asked about later.
    """

    kind = "cast"
    label = "Cast"
    category = "columns"
    icon = "transform"
    summary = "Reads columns as numbers, text, true or false, or dates."
    Params = CastParams

    def steps(self, types: Mapping[str, ColumnType]) -> list[StatelessStep]:
        params: CastParams = self.params
        if not params.columns:
            raise self.error("No columns are chosen.", hint="Choose at least one.", code="no_columns")
        arguments: dict[str, Any] = {"to": params.to, "on_error": params.on_error}
        if params.to == "date" and params.date_format:
            arguments["date_format"] = params.date_format
        return [self.step(cast_columns, arguments, reads=tuple(params.columns), columnwise=True)]
