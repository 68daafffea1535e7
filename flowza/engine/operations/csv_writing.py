"""CSV files for people: cells that a spreadsheet would run as a formula are quoted."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import TextIO

import pandas as pd

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_csv(frame: pd.DataFrame, target: Path | TextIO, header: bool = True) -> None:
    """Write UTF-8 CSV without the index. Text that starts like a formula gets an apostrophe before it."""
    safe = frame.rename(columns={name: quoted_cell(str(name)) for name in frame.columns})
    for position, dtype in enumerate(safe.dtypes):
        if isinstance(dtype, pd.StringDtype) or dtype == "object":
            column = safe.iloc[:, position]
            risky = column.astype("str").str.startswith(FORMULA_STARTS).fillna(False).astype(bool) & column.notna()
            if risky.any():
                safe.isetitem(position, column.where(~risky, "'" + column.astype("str")).array)
    safe.to_csv(target, index=False, header=header)


def csv_parts(parts: Iterator[pd.DataFrame]) -> Iterator[str]:
    """The same text, some rows at a time; the first part brings the head."""
    for place, part in enumerate(parts):
        buffer = StringIO()
        write_csv(part, buffer, header=place == 0)
        yield buffer.getvalue()


def quoted_cell(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
