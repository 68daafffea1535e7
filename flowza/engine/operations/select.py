"""Which columns there are, and what they are called."""

from __future__ import annotations

from typing import Any

import pandas as pd


def keep_columns(frame: pd.DataFrame, columns: list[Any]) -> pd.DataFrame:
    """Only these columns, in this order."""
    return frame[columns]


def drop_columns(frame: pd.DataFrame, columns: list[Any]) -> pd.DataFrame:
    """All columns but these."""
    return frame.drop(columns=columns)


def rename_columns(frame: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """Columns under other names: old -> new. Raises ValueError when two columns would have the same name."""
    renamed = frame.rename(columns=names)
    twice = renamed.columns[renamed.columns.duplicated()]
    if len(twice):
        raise ValueError(f"There would be two columns named '{twice[0]}'. Choose another name.")
    return renamed
