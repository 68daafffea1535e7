"""Filter: keep rows that meet conditions."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from flowza.engine.columns import ColumnType
from flowza.engine.operations.rows import filter_rows
from flowza.engine.params import Params, param
from flowza.engine.row_nodes import RowChoice, RowsNode

Operator = Literal["=", "!=", "<", "<=", ">", ">=", "contains", "in", "is missing", "is not missing"]
OPERATORS: dict[str, str] = {
    "=": "is",
    "!=": "is not",
    "<": "is less than",
    "<=": "is at most",
    ">": "is more than",
    ">=": "is at least",
    "contains": "contains the text",
    "in": "is one of",
    "is missing": "is missing",
    "is not missing": "is not missing",
}
NO_VALUE = ("is missing", "is not missing")
BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
USABLE: dict[ColumnType, frozenset[str]] = {
    "number": frozenset(OPERATORS) - {"contains"},
    "flag": frozenset(OPERATORS) - {"contains"},
    "boolean": frozenset({"=", "!=", "in", *NO_VALUE}),
    "text": frozenset(OPERATORS),
    "date": frozenset(OPERATORS) - {"contains"},
    "other": frozenset(NO_VALUE),
}


def as_written(value: Any) -> Any:
    """Numbers, truth values and lists of them as a person would type them, so that files may hold `value:
    30`.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


class Condition(Params):
    """One comparison of a column with a value."""

    column: str = param("", label="Column", column="any")
    operator: Operator = param("=", label="Is", choices=OPERATORS)
    value: Annotated[str, BeforeValidator(as_written)] = param(
        "",
        label="Value",
        help="A number, a text, true or false, or a date as 2024-01-31. Several for 'is one of', separated by commas.",
        max_length=10_000,
        shown_when={"operator": [name for name in OPERATORS if name not in NO_VALUE]},
    )


class FilterParams(Params):
    conditions: list[Condition] = param([], label="Conditions", max_length=50)
    combine: Literal["and", "or"] = param(
        "and",
        label="Keep a row when",
        choices={"and": "all conditions are met", "or": "at least one is met"},
    )


class Filter(RowsNode):
    """Keeps the rows that meet all conditions, or at least one of them.

    Values are compared as what the column holds: numbers as numbers, dates as dates, text letter by letter
    (capital and small letters differ). A missing value meets no comparison, also not "is not"; ask for it
    with "is missing". In "is one of", put a value that has a comma in double quotes. After a Split, both
    training and test rows are filtered; the log says how many went.
    """

    kind = "filter"
    label = "Filter"
    category = "rows"
    icon = "filter"
    summary = "Keeps the rows that meet conditions."
    Params = FilterParams

    def choice(self, types: Mapping[str, ColumnType], seed: int) -> RowChoice:
        params: FilterParams = self.params
        if not params.conditions:
            raise self.error("There is no condition.", hint="Add at least one.", code="no_condition")
        if any(not condition.column for condition in params.conditions):
            raise self.error("A condition has no column.", hint="Choose its column.", code="no_condition")
        reads = tuple(dict.fromkeys(condition.column for condition in params.conditions))
        # A column that is not there is refused, with its name, before the function is called.
        conditions = [
            [condition.column, condition.operator, self._value(condition, types[condition.column])]
            for condition in params.conditions
            if condition.column in types
        ]
        return RowChoice(filter_rows, {"conditions": conditions, "combine": params.combine}, reads)

    def _value(self, condition: Condition, kind: ColumnType) -> Any:
        if condition.operator not in USABLE[kind]:
            raise self.error(
                f"'{condition.column}' holds {kind} values; '{OPERATORS[condition.operator]}' does not work on them.",
                column=condition.column,
                hint="Choose another comparison, or cast the column first.",
                code="comparison",
            )
        if condition.operator in NO_VALUE:
            return None
        if condition.operator == "in":
            words = [word.strip() for word in next(csv.reader([condition.value], skipinitialspace=True), [])]
            if not any(words):
                raise self.error(
                    f"The list of values for '{condition.column}' is empty.", column=condition.column, code="comparison"
                )
            return [self._typed(word, kind, condition) for word in words]
        return self._typed(condition.value, kind, condition)

    def _typed(self, word: str, kind: ColumnType, condition: Condition) -> Any:
        if kind == "text":
            return word
        try:
            return typed(word.strip(), kind)
        except (ValueError, KeyError) as error:
            wanted = {"boolean": "true or false", "date": "a date such as 2024-01-31"}.get(kind, "a number")
            raise self.error(
                f"'{condition.column}' holds {kind} values, and '{word[:40]}' is not {wanted}.",
                column=condition.column,
                hint="Correct the value, or cast the column first.",
                code="comparison",
            ) from error


def typed(word: str, kind: ColumnType) -> Any:
    """A typed value as JSON can hold it. Raises ValueError or KeyError."""
    if kind == "boolean":
        return BOOLEANS[word.lower()]
    if kind == "date":
        moment = datetime.fromisoformat(word)
        if moment.tzinfo is not None:
            raise ValueError("dates have no time zone")
        return moment.isoformat(sep=" ").removesuffix(" 00:00:00")
    if word.lstrip("+-").isdecimal() and len(word) < 20:
        return int(word)
    number = float(word)
    if not math.isfinite(number):
        raise ValueError("not finite")
    return number
