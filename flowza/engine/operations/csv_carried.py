"""What was answered of a file holds for the next file of the same table, where reading asks the same again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flowza.engine.operations.csv_settings import FORMAT_DIVIDER, NUMBER_ANSWERS, CsvSettings, NumberFormat
from flowza.engine.operations.refusals import Notice


def carried_answers(before: CsvSettings, doubts: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], str]:
    """(field, column) -> answer, for the doubts that the settings of the file before answer.

    Only of columns whose misfits count as missing: those were read so because someone or the file itself said so.
    """
    answers = {}
    for doubt in doubts:
        field, column = doubt["field"], doubt["column"] or ""
        if column in before.coerce:
            value = _answer(before, field, column)
            if value in {option for option, _ in doubt["options"]}:
                answers[field, column] = value
    return answers


def carried_notice(column: str, number: int) -> Notice:
    """Tells that nobody was asked, and why."""
    text = f"Column '{column}' is read as in data version {number}; Import settings change it."
    return Notice(text, "carried", column)


def _answer(before: CsvSettings, field: str, column: str) -> str:
    """The answer that leads to what the settings say of the column; "" where none does."""
    kind = before.types.get(column)
    if field == "date_formats" and kind == "date":
        return FORMAT_DIVIDER.join(before.date_formats.get(column, ()))
    if field == "coerce" and kind in ("integer", "number"):
        return "number"
    if field == "numbers" and kind in ("integer", "number"):
        decimal = before.numbers.get(column, NumberFormat(decimal=before.decimal)).decimal
        return next(value for value, marks in NUMBER_ANSWERS.items() if marks["decimal"] == decimal)
    return ""
