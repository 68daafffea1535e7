"""Which rows to keep: each function gives back some of the frame's rows, in their order and with their index."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd


def drop_nulls(frame: pd.DataFrame, how: Any) -> pd.DataFrame:
    """Leave out rows in which any ("any") or every ("all") cell is missing."""
    return frame.dropna(how=how)


def filter_rows(frame: pd.DataFrame, conditions: list[Any], combine: str) -> pd.DataFrame:
    """Keep the rows that meet all ("and") or at least one ("or") of the conditions (column, operator,
    value).
    """
    met = [meets(frame[column], operator, value) for column, operator, value in conditions]
    return frame[np.logical_and.reduce(met) if combine == "and" else np.logical_or.reduce(met)]


def meets(values: pd.Series, operator: str, value: Any) -> np.ndarray:
    """Which rows meet a condition: bool, shape (rows,). A missing value meets "is missing" and nothing
    else.
    """
    missing = values.isna().to_numpy()
    if operator == "is missing":
        return missing
    if operator == "is not missing":
        return ~missing
    if values.dtype.kind == "M":
        values, value = values.dt.tz_localize(None), pd.to_datetime(value, format="ISO8601")
    elif values.dtype.kind not in "biuf":
        values = values.astype("str")
    if operator == "in":
        found = values.isin(value)
    elif operator == "contains":
        found = values.str.contains(value, regex=False, na=False)
    else:
        names = {"=": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
        found = getattr(values, names[operator])(value)
    return found.to_numpy(dtype=bool) & ~missing


def drop_duplicates(frame: pd.DataFrame, keep: Any) -> pd.DataFrame:
    """Of rows that are equal in all of the frame's columns keep the "first" or the "last"."""
    return frame.drop_duplicates(keep=keep)


def sample_rows(
    frame: pd.DataFrame,
    seed: int,
    rows: int | None = None,
    fraction: float | None = None,
    first: bool = False,
) -> pd.DataFrame:
    """Keep a number or a fraction of the rows, drawn at random without repeats, or the first ones."""
    count = len(frame) if rows is None else min(rows, len(frame))
    if fraction is not None:
        count = min(len(frame), max(1, round(fraction * len(frame))))
    if first:
        return frame.iloc[:count]
    drawn = np.random.RandomState(seed).choice(len(frame), size=count, replace=False)
    return frame.iloc[np.sort(drawn)]
