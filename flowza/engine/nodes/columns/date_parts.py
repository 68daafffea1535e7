"""Date parts: numbers from dates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from pydantic import field_validator

from flowza.engine.column_lists import ColumnNames, each_once
from flowza.engine.columns import ColumnType
from flowza.engine.node import StatelessNode
from flowza.engine.operations.dates import date_parts
from flowza.engine.params import Params, param
from flowza.engine.recipe import StatelessStep

Part = Literal["year", "quarter", "month", "day", "weekday", "hour", "days"]
PARTS: dict[str, str] = {
    "year": "Year",
    "quarter": "Quarter",
    "month": "Month",
    "day": "Day of the month",
    "weekday": "Day of the week (0 = Monday)",
    "hour": "Hour",
    "days": "Days since a fixed date",
}
CYCLIC = ("month", "day", "weekday", "hour")


class DatePartsParams(Params):
    columns: ColumnNames = param([], label="Date columns", columns="date")
    parts: list[Part] = param(["year", "month", "weekday"], label="Parts", choices=PARTS, min_length=1)
    cyclic: bool = param(
        False,
        label="As a circle",
        help="Month, day, weekday and hour as sine and cosine, so that December lies beside January.",
    )
    since: str = param("2000-01-01", label="Days since", shown_when={"parts": ["days"]})
    keep: bool = param(False, label="Keep the dates", help="A model cannot use them, but a later step may.")

    @field_validator("parts")
    @classmethod
    def _each_once(cls, parts: list[Part]) -> list[Part]:
        each_once(list(parts))
        return parts

    @field_validator("since")
    @classmethod
    def _is_a_date(cls, value: str) -> str:
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError as error:
            raise ValueError(f"'{value[:40]}' is no date such as 2000-01-31") from error


class DateParts(StatelessNode):
    """Takes dates apart into numbers that a model can use, one column for each part: `<column>_year` and so
    on.

    Where the date is missing, so are its parts. Days are counted whole, from the date that you fix, never
    from today: a record gives the same numbers whenever it comes. As a circle, a part becomes two columns,
    its sine and its cosine.
    """

    kind = "date_parts"
    label = "Date parts"
    category = "columns"
    icon = "calendar"
    summary = "Takes dates apart into year, month, weekday and more."
    Params = DatePartsParams

    def steps(self, types: Mapping[str, ColumnType]) -> list[StatelessStep]:
        params: DatePartsParams = self.params
        if not params.columns:
            raise self.error("No date columns are chosen.", hint="Choose at least one.", code="no_columns")
        arguments: dict[str, Any] = {"parts": params.parts}
        if params.cyclic and any(part in CYCLIC for part in params.parts):
            arguments["cyclic"] = True
        if "days" in params.parts:
            arguments["since"] = params.since
        if params.keep:
            arguments["keep"] = True
        # One step for each column, so that every part is known to come from its own date alone.
        return [
            self.step(
                date_parts,
                arguments,
                reads=(name,),
                makes=tuple(made for part in params.parts for made in names_of(name, part, params.cyclic)),
                columnwise=True,
            )
            for name in params.columns
        ]


def names_of(column: str, part: str, cyclic: bool) -> list[str]:
    """The columns that `date_parts` makes of one part."""
    name = f"{column}_{part}"
    return [f"{name}_sin", f"{name}_cos"] if cyclic and part in CYCLIC else [name]
