"""From a CSV file to a DataFrame: exact, quick, and with a word for everything that was changed.

Types of the frame: int64, float64, pandas' `str`, bool, datetime64[us]; a RangeIndex. Missing cells are
NaN (NaT in dates), so integers with missing cells are float64 and booleans with missing cells are text.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa

from flowza.engine.operations.csv_checks import (
    examine_records,
    final_names,
    header_of,
    line_end_notices,
    quotes_of,
    refuse_nul,
)
from flowza.engine.operations.csv_parsing import parse_as_settled
from flowza.engine.operations.csv_recognise import recognise
from flowza.engine.operations.csv_settings import CsvSettings, pandas_read_csv_arguments
from flowza.engine.operations.csv_settle import infinities, settle
from flowza.engine.operations.csv_source import UNPACKED_LIMIT, plain_text, read_head
from flowza.engine.operations.csv_tokens import ArrowTokens, PandasTokens, Tokens
from flowza.engine.operations.parquet import digest, frame_digest, frame_schema, read_parquet, write_parquet
from flowza.engine.operations.refusals import Doubt, Notice, TableRefused
from flowza.engine.operations.sniffing import Sniffed, sniff_csv

__all__ = [
    "CsvSettings",
    "Doubt",
    "Notice",
    "ReadTable",
    "Sniffed",
    "TableRefused",
    "digest",
    "frame_digest",
    "frame_schema",
    "load_csv",
    "pandas_read_csv_arguments",
    "read_csv",
    "read_parquet",
    "sniff_csv",
    "write_parquet",
]


@dataclass(frozen=True)
class ReadTable:
    """What a reading gave. `settings` are settled: names and types of all columns, so that reading with them
    again, or `pandas.read_csv` with their arguments, gives the same frame."""

    frame: pd.DataFrame
    settings: CsvSettings
    notices: tuple[Notice, ...]
    doubts: tuple[Doubt, ...]


def read_csv(path: Path, settings: CsvSettings) -> tuple[pd.DataFrame, tuple[Notice, ...]]:
    """The table in the file, read as `settings` say. Raises TableRefused."""
    table = read_table(path, settings)
    return table.frame, table.notices


def load_csv(path: Path, settings: CsvSettings | None = None, *, unpacked_limit: int = UNPACKED_LIMIT) -> ReadTable:
    """Sniff the dialect (unless it is given) and read the file. Raises TableRefused."""
    if settings is not None:
        return read_table(path, settings, unpacked_limit=unpacked_limit)
    sniffed = sniff_csv(path)
    try:
        table = read_table(path, sniffed.settings, unpacked_limit=unpacked_limit)
    except TableRefused as refusal:
        if refusal.code != "undecodable" or not sniffed.ascii_so_far:
            raise
        guessed = sniffed.with_guessed_encoding()
        table = read_table(path, guessed.settings, unpacked_limit=unpacked_limit)
        sniffed = guessed
    return ReadTable(
        table.frame,
        table.settings,
        sniffed.notices + table.notices,
        sniffed.doubts + table.doubts,
    )


def read_table(
    path: Path, settings: CsvSettings, *, fast: bool = True, unpacked_limit: int = UNPACKED_LIMIT
) -> ReadTable:
    """As `read_csv`, with settled settings and doubts. `fast=False` keeps pyarrow's reader out."""
    if path.stat().st_size == 0:
        raise TableRefused("The file is empty.", code="empty", hint="Choose a file with a header and rows.")
    with plain_text(path, settings.encoding, unpacked_limit) as plain:
        return _read_plain(plain, settings, fast)


def _read_plain(path: Path, settings: CsvSettings, fast: bool) -> ReadTable:
    with path.open("rb") as file:
        # Never closed by hand: arrays over it may still live in a refusal's traceback.
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    refuse_nul(content)
    cells = header_of(path, settings)
    names, notices = final_names(cells, settings.header)
    if settings.names is not None and len(settings.names) == len(names):
        names, notices = settings.names, []
    table, tokens = _tokenise(path, content, settings, names, fast)
    words, infinite = infinities(table, tokens)
    if words:
        settings = settings.model_copy(update={"missing": (*settings.missing, *words)})
        table, tokens = _tokenise(path, content, settings, names, fast)
    if table.num_rows == 0:
        raise TableRefused(
            "The file has a header but no rows.",
            code="header_only",
            hint="Choose a file with data in it.",
        )
    settled = settle(table, tokens, settings.as_cells())
    found = recognise(settled.table, tokens, settings)
    plan = found.change(settings.model_copy(update={"types": {**settled.types, **settings.types}}))
    parsed = parse_as_settled(settled.table.to_pandas(), plan, settled.types)
    return ReadTable(
        parsed.frame,
        parsed.settings.model_copy(update={"names": names}),
        (
            *line_end_notices(read_head(path, 1 << 16)),
            *notices,
            *infinite,
            *settled.notices,
            *found.notices,
            *parsed.notices,
        ),
        tuple(found.doubts),
    )


def _tokenise(
    path: Path, content: mmap.mmap, settings: CsvSettings, names: tuple[str, ...], fast: bool
) -> tuple[pa.Table, Tokens]:
    """Typed columns by the fast reader; where it gives up, find out why, and let pandas split the cells."""
    quotes = quotes_of(content, settings)
    settings = settings.as_cells()
    # A lone column makes blank lines ambiguous, and a blank first line is not what arrow skips.
    plain_start = content[:1] not in (b"\n", b"\r", b" ", b"\t")
    if fast and quotes.clean and not settings.thousands and len(names) > 1 and plain_start:
        tokens = ArrowTokens(content, settings, names, quotes.multiline)
        try:
            return tokens.typed(), tokens
        except pa.ArrowInvalid:
            pass
    examine_records(path, settings, len(names))
    slow = PandasTokens(path, settings, names)
    return slow.typed(), slow
