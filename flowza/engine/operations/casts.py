"""Columns as another type: float64, int64, str, bool or datetime64[us].

A result's dtype depends on the dtype that comes in and the arguments, never on values.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd


def cast_columns(frame: pd.DataFrame, to: str, on_error: str, date_format: str = "") -> pd.DataFrame:
    """All columns of the frame as "number", "integer", "text", "boolean" or "date".

    on_error: "error" raises ValueError for the first value that cannot be cast; "missing" makes such values
    missing, and then integers are whole float64 numbers and booleans 1 and 0, because neither int64 nor
    bool can hold a missing value. date_format: strptime format of texts that become dates; empty: ISO 8601.
    """
    columns = {name: cast_column(frame[name], to, on_error, date_format) for name in frame.columns}
    return pd.DataFrame(columns, index=frame.index)


def cast_column(values: pd.Series, to: str, on_error: str, date_format: str) -> pd.Series:
    """One column as another type; see `cast_columns`."""
    dtype: Any = values.dtype
    kind = dtype.kind
    exact = kind in "bi" or (kind == "u" and dtype.itemsize < 8)
    if to == "text":
        return as_text(values)
    if (to == "integer" and exact) or (to == "boolean" and kind == "b"):
        return values.astype("int64" if to == "integer" else "bool")
    cast = as_dates(values, date_format) if to == "date" else as_numbers(values, to)
    if on_error == "missing":
        return cast
    refuse_failed(values, cast, to)
    if to == "integer":
        return cast.astype("int64")
    return cast.astype("bool") if to == "boolean" else cast


def as_numbers(values: pd.Series, to: str) -> pd.Series:
    """float64; missing where a value is no number, or none that an "integer" (whole) or a "boolean" (0, 1)
    can be.
    """
    if values.dtype.kind == "M":
        raise ValueError(f"Column '{values.name}' holds dates. Use Date parts to make numbers of them.")
    if values.dtype.kind in "biuf":
        numbers = values.astype("float64")
    else:
        words = values.astype("str").str.strip()
        if to == "boolean":
            spelled = {"true": "1", "yes": "1", "y": "1", "t": "1", "false": "0", "no": "0", "n": "0", "f": "0"}
            words = words.str.lower().replace(spelled)
        numbers = pd.to_numeric(words.astype("object"), errors="coerce").astype("float64")
    if to == "integer":
        # From 2 ** 53 on, not every whole number has a float64 of its own.
        return numbers.where((numbers == np.floor(numbers)) & (numbers.abs() < 2**53))
    return numbers.where(numbers.isin([0, 1]) if to == "boolean" else np.isfinite(numbers))


def as_dates(values: pd.Series, date_format: str) -> pd.Series:
    """datetime64[us]; missing where a text is no date. Times with a zone become UTC."""
    if values.dtype.kind in "biuf":
        raise ValueError(f"Column '{values.name}' holds numbers, and only text can be read as dates.")
    if values.dtype.kind == "M":
        moments = values
    else:
        words = values.astype("str").str.strip()
        moments = pd.to_datetime(words, format=date_format or "ISO8601", errors="coerce", utc=True)
    dates: pd.Series = moments.dt.tz_localize(None).astype("datetime64[us]")
    return dates


def as_text(values: pd.Series) -> pd.Series:
    """Texts as people write them: 3 (for 3.0 too), 2.5, true, 2024-01-31, 2024-01-31 18:30:00."""
    if values.dtype.kind == "O":
        return values.astype("str")
    texts = [None if missing else spelled(value) for value, missing in zip(values, values.isna(), strict=True)]
    return pd.Series(texts, index=values.index, name=values.name, dtype="str")


def spelled(value: Any) -> str:
    """One value as text."""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value).removesuffix(" 00:00:00")


def refuse_failed(values: pd.Series, cast: pd.Series, to: str) -> None:
    """Raise ValueError naming the first row whose value could not be cast, or that has none where there
    must be one.
    """
    failed = (cast.isna() & values.notna()).to_numpy()
    what = {
        "number": "a number",
        "integer": "a whole number below 2^53",
        "boolean": "true or false (yes, no, 1, 0)",
        "date": "a date of the expected format",
    }[to]
    if failed.any():
        row = int(failed.argmax())
        others = int(failed.sum()) - 1
        more = f" ({others} more such values)" if others else ""
        raise ValueError(
            f"Column '{values.name}' has {str(values.iloc[row])[:40]!r} in row {values.index[row] + 1}, which is not "
            f"{what}{more}. Clean the column first, or let such values become missing."
        )
    missing = cast.isna().to_numpy()
    if to in ("integer", "boolean") and missing.any():
        raise ValueError(
            f"Column '{values.name}' has no value in row {values.index[int(missing.argmax())] + 1}, and the type {to} "
            "has no missing values. Fill or drop them first, or let values that cannot be cast become missing."
        )
