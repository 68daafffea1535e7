"""The last rules of reading: what must stay text although it looks like something else."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from flowza.engine.operations.csv_checks import CELL_LIMIT
from flowza.engine.operations.csv_settings import ColumnType, CsvSettings
from flowza.engine.operations.csv_tokens import Tokens
from flowza.engine.operations.csv_types import (
    EXACT_INTEGERS,
    MICROSECONDS,
    is_integral,
    leading_zeros,
    long_digits,
    spelled_too_finely,
    to_microseconds,
)
from flowza.engine.operations.refusals import Level, Notice, TableRefused


@dataclass
class Settled:
    """A table of our types, and what there is to say about it."""

    table: pa.Table
    types: dict[str, ColumnType] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)


def settle(table: pa.Table, tokens: Tokens, settings: CsvSettings) -> Settled:
    """Apply the rules to every column; cells are looked up as text only where a rule needs them."""
    settled = Settled(table)
    asked = set(settings.types)
    suspects: list[str] = []
    for position, name in enumerate(table.column_names):
        column = _ours(settled, name, table.column(position))
        settled.table = settled.table.set_column(position, name, column) if column is not None else settled.table
        if column is None or (name not in asked and _may_hide_text(column)):
            suspects.append(name)
    zeros = bool(suspects) and tokens.may_have_leading_zeros()
    doubtful = [name for name in suspects if zeros or _needs_look(settled.table.column(name))]
    if doubtful:
        _keep_text(settled, tokens.text(doubtful), asked)
    settled.types = {name: _kind(settled.table.column(name)) for name in settled.table.column_names}
    return settled


def infinities(table: pa.Table, tokens: Tokens) -> tuple[tuple[str, ...], list[Notice]]:
    """Words that are numbers beyond float64 (1e999) and so mean "missing", and a notice for each column."""
    names = [name for name in table.column_names if _has_infinity(table.column(name))]
    words: dict[str, None] = {}
    notices = []
    if names:
        texts = tokens.text(names)
        for name in names:
            infinite = pc.is_inf(table.column(name))
            words |= dict.fromkeys(pc.unique(texts.column(name).filter(infinite)).to_pylist())
            count = pc.sum(infinite).as_py()
            told = f"Column '{name}' has {count:,} infinite numbers; they count as missing."
            notices.append(Notice(told, "infinite", name))
    return tuple(words), notices


def _ours(settled: Settled, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """The column in one of our types; None: it must be read again as text."""
    kind = column.type
    if column.null_count == len(column):
        settled.notices.append(
            Notice(f"Column '{name}' is empty: every cell is missing.", "all_missing", name, "warning")
        )
        return pa.chunked_array([pa.nulls(len(column), pa.float64())])
    if pa.types.is_date32(kind):
        # A date is days since 1970: as microseconds it can only overflow before year 1, refused below.
        kind = pa.timestamp("s")
        column = column.cast(kind)
    if pa.types.is_timestamp(kind):
        return None if kind.tz or spelled_too_finely(column) else to_microseconds(column)
    if pa.types.is_time(kind) or (pa.types.is_boolean(kind) and column.null_count):
        return None
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        _refuse_huge_cells(name, column)
    return column


def _may_hide_text(column: pa.ChunkedArray) -> bool:
    """Whole numbers may be ids: leading zeros, or more digits than a float holds."""
    if pa.types.is_integer(column.type):
        return True
    return pa.types.is_floating(column.type) and column.null_count < len(column) and is_integral(column)


def _needs_look(column: pa.ChunkedArray) -> bool:
    """Whether the cells must be seen as text even if no cell has leading zeros."""
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        return True
    if pa.types.is_integer(column.type) and not column.null_count:
        return False
    span = pc.min_max(column).as_py()
    return bool(max(abs(span["min"]), abs(span["max"])) >= EXACT_INTEGERS)


def _keep_text(settled: Settled, texts: pa.Table, asked: set[str]) -> None:
    for name in texts.column_names:
        position = settled.table.column_names.index(name)
        column, cells = settled.table.column(position), texts.column(name)
        reason = _reason_for_text(column, cells)
        if reason:
            settled.table = settled.table.set_column(position, name, cells)
            level: Level = "warning" if name in asked else "note"
            settled.notices.append(Notice(f"Column '{name}' {reason}", "kept_text", name, level))


def _reason_for_text(column: pa.ChunkedArray, cells: pa.ChunkedArray) -> str:
    kind = column.type
    if pa.types.is_boolean(kind):
        return "is true or false with missing cells; it is kept as text."
    if pa.types.is_time(kind):
        return "holds times without a date; it is kept as text."
    if pa.types.is_timestamp(kind) and kind.tz:
        return "holds times with a time zone; it is kept as text."
    if pa.types.is_temporal(kind):
        return "holds times too fine or too early for a date column; it is kept as text."
    if leading_zeros(cells):
        return "has leading zeros, like an id; it is kept as text so that none is lost."
    rounds = pa.types.is_floating(kind) or column.null_count > 0
    if rounds and long_digits(cells):
        return "has numbers of 16 digits or more, like an id; it is kept as text so that none is rounded."
    return ""


def _refuse_huge_cells(name: str, column: pa.ChunkedArray) -> None:
    # Only a chunk of that size can hold such a cell; there is hardly ever one to look into.
    large = [chunk for chunk in column.chunks if chunk.nbytes >= CELL_LIMIT]
    if any((pc.max(pc.binary_length(chunk)).as_py() or 0) >= CELL_LIMIT for chunk in large):
        raise TableRefused(
            f"A cell in column '{name}' is larger than 1 MB.",
            code="cell_too_large",
            hint="Is a quote left open? Cells hold at most 1 MB.",
            category="too_large",
            column=name,
        )


def _has_infinity(column: pa.ChunkedArray) -> bool:
    # One sum is the cheapest proof that no cell is infinite.
    if not pa.types.is_floating(column.type) or np.isfinite(pc.sum(column).as_py() or 0.0):
        return False
    return bool(pc.any(pc.is_inf(column)).as_py())


def _kind(column: pa.ChunkedArray) -> ColumnType:
    kind = column.type
    if pa.types.is_integer(kind):
        return "number" if column.null_count else "integer"
    if pa.types.is_floating(kind):
        return "number"
    if pa.types.is_boolean(kind):
        return "boolean"
    return "date" if kind == MICROSECONDS else "text"
