"""What kind of values a column holds, in words that people and parameters use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

ColumnType = Literal["number", "flag", "boolean", "text", "date", "other"]

NUMERIC_TYPES: frozenset[ColumnType] = frozenset({"number", "flag", "boolean"})
SELECTABLE_DTYPES: dict[str, tuple[str, ...]] = {
    "number": ("int32", "int64", "float32", "float64"),
    "flag": ("uint8",),
    "boolean": ("bool",),
    "text": ("str", "object", "category"),
    "date": ("datetime64",),
}


def column_type(values: pd.Series) -> ColumnType:
    """The type of one column. `flag`: a 0/1 column that an encoder made (uint8), which scaling leaves alone."""
    return type_of(values.dtype)


def type_of(dtype: Any) -> ColumnType:
    if isinstance(dtype, np.dtype):
        if dtype.kind == "b":
            return "boolean"
        if dtype == np.uint8:
            return "flag"
        if dtype.kind in "iuf":
            return "number"
        if dtype.kind == "M":
            return "date"
        return "text" if dtype.kind == "O" else "other"
    if isinstance(dtype, pd.DatetimeTZDtype):
        return "date"
    if isinstance(dtype, pd.StringDtype | pd.CategoricalDtype):
        return "text"
    return "other"


def column_types(frame: pd.DataFrame) -> dict[str, ColumnType]:
    """Column name -> type, in the frame's order."""
    return {str(name): type_of(dtype) for name, dtype in zip(frame.columns, frame.dtypes, strict=True)}


@dataclass(frozen=True)
class Selector:
    """All columns of the given types: chosen when a step learns, from the training rows' columns."""

    types: tuple[ColumnType, ...]

    def choose(self, types: Mapping[str, ColumnType]) -> list[str]:
        return [name for name, kind in types.items() if kind in self.types]

    @property
    def dtypes(self) -> list[str]:
        """The pandas dtypes that stand for these types, for `make_column_selector(dtype_include=…)`."""
        return [dtype for kind in self.types for dtype in SELECTABLE_DTYPES[kind]]


Columns = tuple[str, ...] | Selector


def quoted(names: Iterable[str], limit: int = 5) -> str:
    """`'a', 'b' and 3 more`, for sentences."""
    shown = [f"'{name}'" for name in names]
    if len(shown) > limit:
        return ", ".join(shown[:limit]) + f" and {len(shown) - limit} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)
