"""What all functions of formulas stand on: columns in five dtypes, plain values, and both as arrays.

The dtypes are float64, int64, bool, str and datetime64[us]. A result's dtype depends on the dtypes that
come in, never on values.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd


def column_kind(dtype: Any) -> str:
    """`number`, `integer`, `text`, `boolean`, `date`, or an empty text for what formulas cannot read.

    Whole numbers that may be missing (Int64), and uint64, which int64 cannot hold, are numbers.
    """
    kind = getattr(dtype, "kind", "")
    if isinstance(dtype, pd.CategoricalDtype | pd.StringDtype) or kind == "O":
        return "text"
    if isinstance(dtype, np.dtype) and kind in "iu" and dtype != np.uint64:
        return "integer"
    return {"b": "boolean", "i": "number", "u": "number", "f": "number", "M": "date"}.get(kind, "")


def column_values(column: pd.Series) -> pd.Series:
    """A column as float64, int64, bool, str or datetime64[us]. A missing truth value becomes False.

    Dates with a time zone keep the clock time of that zone.
    """
    kind = column_kind(column.dtype)
    if kind == "text":
        return column if column.dtype == "str" else to_text(column)
    if kind == "boolean":
        return column if column.dtype == np.bool_ else column.fillna(False).astype("bool")
    if kind == "integer":
        return column.astype("int64")
    if kind == "number":
        return pd.Series(column.to_numpy(dtype="float64", na_value=np.nan), index=column.index)
    if kind == "date":
        clock = column.dt.tz_localize(None) if isinstance(column.dtype, pd.DatetimeTZDtype) else column
        return clock.astype("datetime64[us]")
    raise TypeError(f"Formulas cannot read columns of the type {column.dtype}.")


def constant(frame: pd.DataFrame, value: Any) -> pd.Series:
    """The same value in every row of the frame."""
    return as_column(value, common_dtype(value), frame.index)


def common_dtype(*parts: Any) -> str:
    """The dtype that holds all parts: columns, plain values, None for missing."""
    names = {bool: "bool", int: "int64", float: "float64", str: "str", pd.Timestamp: "datetime64[us]"}
    known = [part for part in parts if part is not None]
    found = {str(part.dtype) if isinstance(part, pd.Series) else names[type(part)] for part in known}
    if found == {"int64", "float64"} or (found == {"int64"} and len(known) < len(parts)):
        return "float64"
    if len(found) != 1:
        raise TypeError(f"These values do not go together: {', '.join(sorted(found))}.")
    return found.pop()


def as_column(value: Any, dtype: Any, index: pd.Index) -> pd.Series:
    """A column, or a plain value in every row, with the dtype."""
    if isinstance(value, pd.Series):
        return value if value.dtype == dtype else value.astype(dtype)
    column: pd.Series = pd.Series(value, index=index, dtype=dtype)
    return column


def as_array(value: Any, dtype: Any) -> np.ndarray:
    """A column or a plain value (None: missing) as an array of the dtype; texts as objects."""
    kind = "object" if dtype == "str" else dtype
    if isinstance(value, pd.Series):
        return value.to_numpy(dtype=kind)
    if value is None and dtype != "str":
        value = np.nan if dtype == "float64" else "NaT"
    return np.array(value, dtype=kind)


def index_of(*parts: Any) -> pd.Index:
    """The index that the columns among the parts share."""
    return next(part.index for part in parts if isinstance(part, pd.Series))


def are_whole(*parts: Any) -> bool:
    """Whether all parts are whole numbers: int64 columns or plain integers."""
    return all(part.dtype == np.int64 if isinstance(part, pd.Series) else type(part) is int for part in parts)


def floats(part: Any) -> np.ndarray:
    """A column or a plain number as float64; contiguous, as numpy may compute strided ones by other code."""
    array = np.asarray(part, dtype="float64")
    return np.ascontiguousarray(array) if array.ndim else array


def numbers(*parts: Any) -> list[np.ndarray]:
    """Columns and plain numbers as arrays: int64 if all are whole numbers, else float64."""
    return [np.asarray(part, dtype="int64") if are_whole(*parts) else floats(part) for part in parts]


def finite_or_missing(values: np.ndarray, index: pd.Index) -> pd.Series:
    """A float64 column in which whatever is no finite number is missing."""
    return pd.Series(np.where(np.isfinite(values), values, np.nan), index=index)


def refuse_overflow(size: np.ndarray) -> None:
    """Refuse whole numbers that int64 cannot hold. `size` is the result as float64 has it."""
    if np.max(np.abs(size), initial=0.0) > 9.2e18:
        raise OverflowError("The result is too large for a whole number; to_number() allows it")


def to_text(column: pd.Series) -> pd.Series:
    """The value as text: 3 (for 3.0 too), 2.5, true, 2024-01-31, 2024-01-31 18:30:00."""
    if column.dtype == "str":
        return column
    if isinstance(column.dtype, pd.CategoricalDtype):
        labels = to_text(pd.Series(column.cat.categories))
        return labels.reindex(column.cat.codes).set_axis(column.index)
    if column_kind(column.dtype) == "integer":
        return column.astype("str")
    if column.dtype == "datetime64[us]":
        return dates_to_text(column)
    return pd.Series([spelled(value) for value in column], index=column.index, dtype="str")


def dates_to_text(column: pd.Series) -> pd.Series:
    """2024-01-31, or 2024-01-31 18:30:00 where there is a time, with microseconds where there are some."""
    written = pd.Series(np.datetime_as_string(column.to_numpy(), unit="us"), index=column.index, dtype="str")
    shorter = written.str.replace("T", " ", regex=False).str.removesuffix(".000000").str.removesuffix(" 00:00:00")
    return shorter.where(column.notna())


def spelled(value: Any) -> str | None:
    """One value as text, None if it is missing."""
    if isinstance(value, str):
        return value
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return None
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value).removesuffix(" 00:00:00") if isinstance(value, pd.Timestamp) else str(value)
