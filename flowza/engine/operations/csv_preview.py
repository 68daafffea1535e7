"""The first rows of a file under given settings: each cell as it stands there, and as it would be read."""

from __future__ import annotations

import codecs
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from flowza.engine.operations.csv_settings import ColumnType, CsvSettings
from flowza.engine.operations.csv_source import GZIP_MAGIC, undecodable, unpack_head
from flowza.engine.operations.csv_tokens import PandasTokens
from flowza.engine.operations.reading import read_table
from flowza.engine.operations.refusals import TableRefused

HEAD = 256 * 1024
"""Bytes at the start of a file that a preview reads."""
PACKED_HEAD = 128 * 1024


@dataclass(frozen=True)
class PreviewCell:
    """raw: the text in the file; value: what it is read as, None where it is missing."""

    raw: str
    value: str | None

    @property
    def differs(self) -> bool:
        return self.value is not None and self.raw != self.value

    @property
    def lost(self) -> bool:
        """Whether the cell has words that are not read as a value."""
        return self.value is None and bool(self.raw.strip())


@dataclass(frozen=True)
class PreviewColumn:
    """One column. misfits: how many of the rows looked at (`Preview.seen`) have a cell that does not fit its type."""

    name: str
    type: ColumnType
    cells: tuple[PreviewCell, ...]
    misfits: int = 0
    first_misfit: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Preview:
    """settings: settled by the rows looked at. refusal: why nothing can be read, '' if it can."""

    settings: CsvSettings
    columns: tuple[PreviewColumn, ...] = ()
    seen: int = 0
    refusal: str = ""
    hint: str = ""
    notices: tuple[str, ...] = field(default=())


def preview_csv(head: bytes, settings: CsvSettings, rows: int = 20, *, whole: bool = False) -> Preview:
    """What the start of a file gives. head: its first bytes, as stored; whole: that is all of it.

    Nothing is refused for a cell that does not fit: such cells are counted.
    """
    with tempfile.TemporaryDirectory(prefix="flowza-preview-") as folder:
        path = Path(folder) / "head.csv"
        try:
            path.write_text(_whole_lines(head, settings, whole), encoding="utf-8", newline="")
            found = _preview(path, settings.model_copy(update={"encoding": "utf-8"}), rows)
        except TableRefused as refusal:
            return Preview(settings, refusal=refusal.message, hint=refusal.hint)
    return replace(found, settings=found.settings.model_copy(update={"encoding": settings.encoding}))


def _whole_lines(head: bytes, settings: CsvSettings, whole: bool) -> str:
    """The head as text, without its last line or record, which the cut may have divided."""
    if head.startswith(GZIP_MAGIC):
        head = unpack_head(head, HEAD)
        whole = whole and len(head) < HEAD
    try:
        text = codecs.getincrementaldecoder(settings.encoding)().decode(head, final=whole)
    except UnicodeError as error:
        raise undecodable(settings.encoding, getattr(error, "start", 0)) from error
    if whole:
        return text
    end = text.rfind("\n")
    while end >= 0 and text.count(settings.quote, 0, end) % 2:
        end = text.rfind("\n", 0, end)
    return text[: end + 1] if end >= 0 else text


def _preview(path: Path, settings: CsvSettings, rows: int) -> Preview:
    problems: dict[str, str] = {}
    plan = settings
    while True:
        try:
            table = read_table(path, plan, fast=False)
            break
        except TableRefused as refusal:
            # A column that cannot be of its type is shown as text, with the reason; each only once.
            if refusal.code != "wrong_type" or refusal.column is None or refusal.column in problems:
                raise
            problems[refusal.column] = refusal.message
            bare = plan.without_columns({refusal.column})
            plan = bare.model_copy(update={"types": {**bare.types, refusal.column: "text"}})
    raw = _raw_cells(path, table.settings)
    names = table.settings.names or ()
    columns = [_column(name, table.frame[name], raw[name], table.settings, problems, rows) for name in names]
    notices = tuple(notice.text for notice in table.notices)
    return Preview(table.settings, tuple(columns), len(table.frame), notices=notices)


def _raw_cells(path: Path, settings: CsvSettings) -> pd.DataFrame:
    """Every cell as text, also those that mean "missing"."""
    everything = settings.model_copy(update={"missing": ()})
    names = settings.names or ()
    cells: pd.DataFrame = PandasTokens(path, everything, names).text(list(names)).to_pandas()
    return cells.fillna("")


def _column(
    name: str, values: pd.Series, raw: pd.Series, settings: CsvSettings, problems: dict[str, str], rows: int
) -> PreviewColumn:
    words = raw.iloc[: len(values)].reset_index(drop=True)
    given = ~words.str.strip().isin({word.strip() for word in settings.missing})
    misfits = values.isna().to_numpy() & given.to_numpy()
    shown = [
        PreviewCell(word, None if missing else spelled(value))
        for word, value, missing in zip(words[:rows], values[:rows], values[:rows].isna(), strict=True)
    ]
    first = str(words[misfits].iloc[0]) if misfits.any() else ""
    kind = settings.types[name]
    return PreviewColumn(name, kind, tuple(shown), int(misfits.sum()), first[:40], problems.get(name, ""))


def spelled(value: object) -> str:
    """A value as pages without a locale write it: 1234.5, true, 2024-01-31."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, pd.Timestamp):
        return str(value).removesuffix(" 00:00:00")
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return str(value)
