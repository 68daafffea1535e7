"""Texts and dates for formulas: every row by itself, whatever the other rows hold.

They get columns as `column_values` gives them and plain Python values, at least one of them a column, and
give back a column with the same index. Missing in, missing out; nothing warns. Only numpy and pandas are
needed, and each function is complete with its own source and that of the functions it calls: exported
scripts print it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from flowza.engine.operations.formula_columns import (
    as_column,
    common_dtype,
    finite_or_missing,
    floats,
    index_of,
    to_text,
)

# Text


def text_lower(column: pd.Series) -> pd.Series:
    """In small letters."""
    return column.str.lower()


def text_upper(column: pd.Series) -> pd.Series:
    """In capital letters."""
    return column.str.upper()


def text_trim(column: pd.Series) -> pd.Series:
    """Without white space at its start and end."""
    return column.str.strip()


def text_length(column: pd.Series) -> pd.Series:
    """How many characters the text has, as float64."""
    return column.str.len().astype("float64")


def text_contains(column: pd.Series, part: str) -> pd.Series:
    """Whether the part occurs in the text."""
    return column.str.contains(part, regex=False, na=False).astype("bool")


def text_starts_with(column: pd.Series, part: str) -> pd.Series:
    """Whether the text begins with the part."""
    return column.str.startswith(part, na=False).astype("bool")


def text_ends_with(column: pd.Series, part: str) -> pd.Series:
    """Whether the text ends with the part."""
    return column.str.endswith(part, na=False).astype("bool")


def text_replace(column: pd.Series, old: str, new: str) -> pd.Series:
    """The text with every `old` replaced by `new`."""
    return column.str.replace(old, new, regex=False)


def text_substring(column: pd.Series, start: int, length: int | None = None) -> pd.Series:
    """So many characters from the given one on, the first being 1; without a length all that follow."""
    return column.str.slice(start - 1, None if length is None else start - 1 + length)


def text_split_part(column: pd.Series, separator: str, number: int) -> pd.Series:
    """One part of a divided text: 1 is the first, -1 the last; missing if there is no such part."""
    place = number - 1 if number > 0 else number
    parts = [text.split(separator) if isinstance(text, str) else [] for text in column]
    found = [part[place] if -len(part) <= place < len(part) else None for part in parts]
    return pd.Series(found, index=column.index, dtype="str")


def text_concat(first: Any, *others: Any) -> pd.Series:
    """All values put together as one text; missing if one of them is."""
    index = index_of(first, *others)
    joined, *rest = [to_text(as_column(part, common_dtype(part), index)) for part in (first, *others)]
    for text in rest:
        joined = joined + text
    return joined


def to_number(column: pd.Series) -> pd.Series:
    """A text such as ' -12.5 ' or '1e3' as float64, missing if it is no number; true is 1, false is 0."""
    if column.dtype != "str":
        return column.astype("float64")
    text = column.str.strip()
    pattern = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
    written = text.where(text.str.fullmatch(pattern, na=False).astype("bool"))
    return finite_or_missing(written.astype("float64").to_numpy(), column.index)


# Dates


def date_year(column: pd.Series) -> pd.Series:
    """The year, as float64."""
    return pd.Series(column.dt.year, dtype="float64")


def date_month(column: pd.Series) -> pd.Series:
    """The month from 1 to 12, as float64."""
    return pd.Series(column.dt.month, dtype="float64")


def date_day(column: pd.Series) -> pd.Series:
    """The day of the month from 1 to 31, as float64."""
    return pd.Series(column.dt.day, dtype="float64")


def date_weekday(column: pd.Series) -> pd.Series:
    """The day of the week from 0 (Monday) to 6 (Sunday), as float64."""
    return pd.Series(column.dt.day_of_week, dtype="float64")


def date_hour(column: pd.Series) -> pd.Series:
    """The hour from 0 to 23, as float64."""
    return pd.Series(column.dt.hour, dtype="float64")


def days_between(start: Any, end: Any) -> pd.Series:
    """The days from start to end as float64, with the time as a fraction; negative if the end comes first."""
    days: pd.Series = (end - start) / pd.Timedelta(days=1)
    return days


def add_days(date: Any, days: Any) -> pd.Series:
    """The date so many days later (also parts of a day); missing outside the years 1 to 9999."""
    index = index_of(date, days)
    start = as_column(date, "datetime64[us]", index)
    with np.errstate(all="ignore"):
        steps = np.rint(floats(days) * 86_400_000_000)
    reached = start.to_numpy().astype("int64") + steps
    fits = start.notna() & (reached >= -62_135_596_800_000_000) & (reached < 253_402_300_800_000_000)
    later = start.to_numpy() + np.where(fits, steps, 0).astype("int64").astype("timedelta64[us]")
    return pd.Series(later, index=index).where(fits)
