"""Numbers that stand for parts of a date."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd


def date_parts(
    frame: pd.DataFrame, parts: list[Any], cyclic: bool = False, since: str = "2000-01-01", keep: bool = False
) -> pd.DataFrame:
    """The parts of each date column as float64 columns named `<column>_<part>`; missing where the date is.

    parts: year, quarter, month, day, weekday (0 = Monday), hour, days (whole days after `since`). cyclic:
    month, day, weekday and hour become a sine and a cosine, so that December lies beside January. keep:
    also give the dates back.
    """
    made = {}
    for name in frame.columns:
        if frame[name].dtype.kind != "M":
            raise ValueError(f"Column '{name}' does not hold dates. Cast it to date first.")
        dates = frame[name].dt.tz_localize(None)
        if keep:
            made[name] = frame[name]
        for part in parts:
            numbers = date_part(dates, part, since)
            if cyclic and part in ("month", "day", "weekday", "hour"):
                made[f"{name}_{part}_sin"], made[f"{name}_{part}_cos"] = on_circle(numbers, part)
            else:
                made[f"{name}_{part}"] = numbers
    return pd.DataFrame(made, index=frame.index)


def date_part(dates: pd.Series, part: str, since: str) -> pd.Series:
    """One part of each date, float64."""
    if part == "days":
        found = (dates - pd.Timestamp(since)).dt.days
    else:
        found = getattr(dates.dt, "day_of_week" if part == "weekday" else part)
    numbers: pd.Series = found.astype("float64")
    return numbers


def on_circle(numbers: pd.Series, part: str) -> tuple[Any, ...]:
    """Sine and cosine of the place in the year, month, week or day; both 0 and 1 at its start."""
    period = {"month": 12, "day": 31, "weekday": 7, "hour": 24}[part]
    start = 1 if part in ("month", "day") else 0
    # A table of all places: then each row is computed alike, whatever rows stand beside it.
    angles = 2 * np.pi * np.arange(period) / period
    missing = numbers.isna().to_numpy()
    places = np.where(missing, 0, numbers.to_numpy() - start).astype("int64")
    return tuple(
        pd.Series(np.where(missing, np.nan, table[places]), index=numbers.index)
        for table in (np.sin(angles), np.cos(angles))
    )
