"""From cells as text to typed columns: what arrow's CSV reader infers, for text that is already split.

Types are arrow's int64, double, bool, timestamp[us] and string; a column that fits none is text.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from flowza.engine.operations.csv_settings import FALSE_WORDS, ISO_DATE, TRUE_WORDS, ColumnType, CsvSettings
from flowza.engine.operations.refusals import TableRefused

MICROSECONDS = pa.timestamp("us")
EXACT_INTEGERS = 2**53
"""Every integer up to this one is its own float64."""
FIRST_YEAR = int(np.datetime64("0001-01-01", "us").astype("int64"))


def infer(cells: pa.ChunkedArray, settings: CsvSettings) -> pa.ChunkedArray:
    """The column as the first of integer, boolean, date, number that takes every cell, else as text."""
    if cells.null_count == len(cells):
        return pa.chunked_array([pa.nulls(len(cells), pa.float64())])
    for convert in (_integers, _booleans, _iso_dates, _numbers):
        try:
            return convert(cells, settings)
        except pa.ArrowInvalid:
            continue
    return cells


def convert_as(
    cells: pa.ChunkedArray, kind: ColumnType, settings: CsvSettings, name: str, first_line: int
) -> pa.ChunkedArray:
    """The column as the type that a person asked for.

    Raises TableRefused naming the column, the line (of a file without line ends in cells) and the cell.
    """
    if kind == "text":
        return cells
    date_format = settings.date_formats.get(name, (ISO_DATE,))[0]
    if kind == "date" and date_format != ISO_DATE:
        return _dates(cells, date_format, name, first_line)
    converters: dict[str, Callable[[pa.ChunkedArray, CsvSettings], pa.ChunkedArray]] = {
        "integer": _integers,
        "number": _numbers,
        "boolean": _booleans,
        "date": _iso_dates,
    }
    convert = converters[kind]
    try:
        return convert(cells, settings)
    except pa.ArrowInvalid:
        position = _first_failure(cells, lambda part: convert(part, settings))
        raise wrong_type(cells[position].as_py(), kind, name, position + first_line) from None


def spelled_too_finely(times: pa.ChunkedArray) -> bool:
    """Whether timestamps hold more than microseconds, or years that no date type of ours holds."""
    low = pc.min(times).cast(pa.int64()).as_py()
    if low is None:
        return False
    per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[times.type.unit]
    if low * 10**6 < FIRST_YEAR * per_second:
        return True
    return times.type.unit == "ns" and bool((times.cast(pa.int64()).drop_null().to_numpy() % 1000 != 0).any())


def to_microseconds(times: pa.ChunkedArray) -> pa.ChunkedArray:
    """Dates and timestamps of any unit as timestamp[us]."""
    return times if times.type == MICROSECONDS else times.cast(MICROSECONDS)


def is_integral(values: pa.ChunkedArray) -> bool:
    """Whether a column of doubles holds whole numbers only."""
    return all(
        bool((np.isnan(numbers) | (np.floor(numbers) == numbers)).all())
        for numbers in (part.to_numpy() for part in (values.slice(0, 200), values))
    )


def leading_zeros(cells: pa.ChunkedArray) -> bool:
    """Whether some cell is written with leading zeros (`007`) or as a hexadecimal (`0x1f`)."""
    return bool(pc.any(pc.match_substring_regex(cells, r"^[ \t]*[+-]?0[0-9xX]")).as_py())


def long_digits(cells: pa.ChunkedArray) -> bool:
    """Whether some cell is a whole number of 16 digits or more, which a float would round."""
    return bool(pc.any(pc.match_substring_regex(cells, r"^[ \t]*[+-]?[0-9]{16,}[ \t]*$")).as_py())


def _trimmed(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.utf8_trim(cells, characters=" \t")


def _integers(cells: pa.ChunkedArray, settings: CsvSettings) -> pa.ChunkedArray:
    return _without_thousands(_trimmed(cells), settings).cast(pa.int64())


def _numbers(cells: pa.ChunkedArray, settings: CsvSettings) -> pa.ChunkedArray:
    plain = _without_thousands(_trimmed(cells), settings)
    if settings.decimal != ".":
        if pc.any(pc.match_substring(plain, ".")).as_py():
            raise pa.ArrowInvalid("a point where the decimal mark is a comma")
        plain = pc.replace_substring(plain, settings.decimal, ".")
    return plain.cast(pa.float64())


def _without_thousands(cells: pa.ChunkedArray, settings: CsvSettings) -> pa.ChunkedArray:
    """Cells without their thousands marks; a mark at an impossible place makes the column text."""
    mark = settings.thousands
    if not mark:
        return cells
    marked = pc.match_substring(cells, mark)
    if not pc.any(marked).as_py():
        return cells
    escaped = "\\." if mark == "." else mark
    point = "\\." if settings.decimal == "." else ","
    pattern = rf"^[+-]?[0-9]{{1,3}}({escaped}[0-9]{{3}})+({point}[0-9]*)?$"
    if not pc.all(pc.match_substring_regex(cells.filter(marked), pattern)).as_py():
        raise pa.ArrowInvalid("thousands marks at impossible places")
    return pc.replace_substring(cells, mark, "")


def _booleans(cells: pa.ChunkedArray, _: CsvSettings) -> pa.ChunkedArray:
    yes = pc.is_in(cells, pa.array(TRUE_WORDS, cells.type))
    known = pc.or_(yes, pc.is_in(cells, pa.array(FALSE_WORDS, cells.type)))
    if not pc.all(pc.or_(known, pc.is_null(cells))).as_py():
        raise pa.ArrowInvalid("neither true nor false")
    return pc.if_else(pc.is_null(cells), pa.scalar(None, pa.bool_()), yes)


def _iso_dates(cells: pa.ChunkedArray, _: CsvSettings) -> pa.ChunkedArray:
    times = cells.cast(pa.timestamp("ns") if pc.any(pc.match_substring(cells, ".")).as_py() else pa.timestamp("s"))
    if spelled_too_finely(times):
        raise pa.ArrowInvalid("finer than microseconds")
    return to_microseconds(times)


def _dates(cells: pa.ChunkedArray, date_format: str, name: str, first_line: int) -> pa.ChunkedArray:
    texts = cells.to_pandas()
    times = pd.to_datetime(texts, format=date_format, errors="coerce")
    wrong = np.flatnonzero((times.isna() & texts.notna()).to_numpy())
    if wrong.size:
        raise wrong_type(texts.iloc[wrong[0]], "date", name, int(wrong[0]) + first_line, date_format)
    return pa.chunked_array([pa.array(times.astype("datetime64[us]"), from_pandas=True)])


def _first_failure(cells: pa.ChunkedArray, convert: Callable[[pa.ChunkedArray], object]) -> int:
    """Position of the first cell that cannot be converted, by halving."""
    low, high = 0, len(cells)
    while high - low > 1:
        middle = (low + high) // 2
        try:
            convert(cells.slice(low, middle - low))
        except pa.ArrowInvalid:
            high = middle
        else:
            low = middle
    return low


def wrong_type(cell: str, kind: str, name: str, line: int, date_format: str = "") -> TableRefused:
    """The refusal of a cell that is not of the type that was asked for."""
    wanted = {"integer": "a whole number", "number": "a number", "boolean": "true or false", "date": "a date"}
    written = f" written as {date_format}" if date_format else ""
    short = cell if len(cell) <= 40 else cell[:40] + "…"
    return TableRefused(
        f"Column '{name}' has '{short}' in line {line:,}, which is not {wanted[kind]}{written}.",
        code="wrong_type",
        hint=f"Read the column as text, or treat '{short}' as missing.",
        column=name,
    )
