"""Columns that tell rows apart instead of telling something about them: ids, row numbers, free text."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from flowza.engine.columns import column_type

ID_NAME = re.compile(
    r"(?i:(^|[_\W])(id|uuid|guid|key|nr|no|number|code)$|^(id|uuid|index)([_\W]|$))|[a-z0-9]I[dD]$"  # not "paid"
)
ID_SHARE, ID_ROWS = 0.98, 50
COUNTING_SPAN = 1.5
"""Whole numbers, all different, that span less than this many times their count, count up."""
PROSE_SPACES = 3


def is_id_like(values: pd.Series) -> bool:
    """Text or whole numbers, nearly all different. Numbers only with a telling name or when they count up by one."""
    present = values.dropna()
    if len(present) < ID_ROWS or present.nunique() < ID_SHARE * len(present):
        return False
    kind = column_type(values)
    if kind == "text":
        return not looks_like_prose(present.iloc[:200].tolist())
    if kind != "number" or not (present == present.round()).all():
        return False
    ordered = np.sort(present.to_numpy())
    return counts_up(ordered[0], ordered[-1], len(ordered)) or names_an_id(str(values.name))


def names_an_id(name: str) -> bool:
    return bool(ID_NAME.search(name))


def counts_up(low: float, high: float, rows: int) -> bool:
    """Whether so many different whole numbers from low to high leave few out."""
    return bool(high - low < COUNTING_SPAN * rows)


def looks_like_prose(texts: list[str]) -> bool:
    """Whether the texts have more than 3 spaces on average."""
    return bool(texts) and sum(str(text).count(" ") for text in texts) > PROSE_SPACES * len(texts)
