"""Looks at the raw bytes and records of a CSV before a fast reader may have it."""

from __future__ import annotations

import csv
import io
import itertools
import mmap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from flowza.engine.operations.csv_settings import CsvSettings
from flowza.engine.operations.csv_source import undecodable
from flowza.engine.operations.refusals import Notice, TableRefused

COLUMN_LIMIT = 2_000
CELL_LIMIT = 1_000_000
HEADER_LIMIT = 4_000_000
SCAN_CHUNK = 1 << 18
RAGGED_SHOWN = 5

Bytes = npt.NDArray[np.uint8]

csv.field_size_limit(max(csv.field_size_limit(), CELL_LIMIT))


@dataclass(frozen=True)
class Quotes:
    """How quote characters are used: `clean` = each stands at the edge of a cell (or is doubled) and every
    quoted cell is closed; `multiline` = some quoted cell holds a line end."""

    clean: bool
    multiline: bool


def refuse_nul(content: mmap.mmap) -> None:
    """Raise TableRefused, naming the line, if there is a NUL byte."""
    position = content.find(b"\0")
    if position >= 0:
        line = 1 + int(np.count_nonzero(np.frombuffer(content, np.uint8, count=position) == 10))
        raise TableRefused(
            f"Line {line:,} holds a NUL byte, which no text file has.",
            code="nul_byte",
            hint="The file may be damaged, binary, or UTF-16 text; save it as UTF-8.",
        )


def quotes_of(content: mmap.mmap, settings: CsvSettings) -> Quotes:
    """Examine all quote characters, vectorised, in bounded memory."""
    quote = settings.quote.encode()
    if content.find(quote) < 0:
        return Quotes(clean=True, multiline=False)
    data = np.frombuffer(content, np.uint8)
    edges = np.frombuffer(b"\r\n" + quote + settings.delimiter.encode(), np.uint8)
    is_edge = np.zeros(256, dtype=bool)
    is_edge[edges] = True
    opened, multiline = 0, False
    for start in range(0, data.size, SCAN_CHUNK):
        part = data[start : start + SCAN_CHUNK]
        at = np.flatnonzero(part == quote[0])
        line_ends = np.flatnonzero(part == 10)
        multiline = multiline or bool(((np.searchsorted(at, line_ends) + opened) % 2).any())
        opened = (opened + at.size) % 2
        position = at + start
        before = is_edge[data[np.maximum(position - 1, 0)]] | (position == 0)
        after = is_edge[data[np.minimum(position + 1, data.size - 1)]] | (position == data.size - 1)
        if not (before | after).all():
            return Quotes(clean=False, multiline=True)
    return Quotes(clean=opened == 0, multiline=multiline)


def may_have_leading_zeros(content: mmap.mmap, settings: CsvSettings) -> bool:
    """Whether some cell starts with a zero and a further digit (or `0x`). False is certain, True is not.

    A cell starts after the delimiter, a line end, a quote or a space, all below '-' in ASCII except for
    some delimiters; that one comparison makes the scan of 4 MB take a millisecond.
    """
    data = np.frombuffer(content, np.uint8)
    delimiter = ord(settings.delimiter)
    # A mapped file is read-only: its first cell, which has nothing before it, is looked at by itself.
    if content[:1] == b"0" and content[1:2] in b"0123456789xX":
        return True
    size = min(SCAN_CHUNK, data.size)
    shifted, found, other = np.empty(size, np.uint8), np.empty(size, bool), np.empty(size, bool)
    for start in range(0, data.size - 2, SCAN_CHUNK):
        end = min(start + SCAN_CHUNK, data.size - 2)
        before, zero, after = (data[start + shift : end + shift] for shift in range(3))
        number, hits, also = shifted[: zero.size], found[: zero.size], other[: zero.size]
        np.subtract(after, 48, out=number)
        np.less(number, 10, out=hits)
        np.bitwise_or(after, 32, out=number)
        hits |= np.equal(number, 120, out=also)
        hits &= np.equal(zero, 48, out=also)
        np.less(before, 45, out=also)
        hits &= also if delimiter < 45 else also | (before == delimiter)
        if hits.any():
            return True
    return False


def line_end_notices(head: bytes) -> list[Notice]:
    """A notice when the start of the file mixes kinds of line ends."""
    windows = head.count(b"\r\n")
    kinds = [windows, head.count(b"\n") - windows, head.count(b"\r") - windows]
    if sum(1 for count in kinds if count > 0) < 2:
        return []
    return [Notice("The lines end in different ways (Windows, Unix or old Mac); all were taken.", "line_ends")]


def header_of(path: Path, settings: CsvSettings) -> list[str]:
    """The cells of the first record. Raises TableRefused: empty, too long, too many columns, undecodable."""
    for size in (HEADER_LIMIT // 64, HEADER_LIMIT):
        with path.open("rb") as file:
            raw = file.read(size)
        text = raw.decode("utf-8", errors="ignore").lstrip("\ufeff")
        lines = io.StringIO(text, newline="")
        reader = csv.reader(lines, delimiter=settings.delimiter, quotechar=settings.quote)
        try:
            cells = next((row for row in reader if len(row) > 1 or any(map(str.strip, row))), None)
        except csv.Error as error:
            raise _cell_too_large(1) from error
        if len(raw) < size or lines.tell() < len(text):
            break
    else:
        raise TableRefused(
            "The first line is longer than 4 MB.",
            code="header_too_large",
            hint="Choose the right delimiter, and see that the file has line ends.",
            category="too_large",
        )
    if cells is None:
        raise TableRefused("The file is empty.", code="empty", hint="Choose a file with a header and rows.")
    if len(cells) > COLUMN_LIMIT:
        raise TableRefused(
            f"The file has {len(cells):,} columns; at most {COLUMN_LIMIT:,} can be read.",
            code="too_many_columns",
            hint="Keep the columns you need, or turn columns into rows.",
        )
    return cells


def final_names(cells: Sequence[str], header: bool) -> tuple[tuple[str, ...], list[Notice]]:
    """Column names without blanks and duplicates, and a notice for each that was renamed."""
    if not header:
        return tuple(f"column_{number}" for number in range(1, len(cells) + 1)), []
    notices: list[Notice] = []
    trimmed = [cell.strip() for cell in cells]
    taken = set(trimmed)
    names: list[str] = []
    seen: set[str] = set()
    suffixes: dict[str, Iterator[int]] = {}
    for number, name in enumerate(trimmed, start=1):
        final = name
        if not name or name in seen:
            base = name or "column"
            numbers = suffixes.setdefault(name, itertools.count(2)) if name else itertools.count(number)
            final = next(free for suffix in numbers if (free := f"{base}_{suffix}") not in taken)
            why = f"'{name}' stands twice in the header" if name else f"Column {number} has no name"
            notices.append(Notice(f"{why}; it is now called '{final}'.", "renamed", final))
        taken.add(final)
        seen.add(final)
        names.append(final)
    return tuple(names), notices


def examine_records(path: Path, settings: CsvSettings, width: int) -> None:
    """Read every record slowly. Raises TableRefused: ragged rows, unclosed quote, huge cell, undecodable."""
    sentinel = "\ue000end of file\ue000"
    ragged: list[int] = []
    with path.open(encoding="utf-8-sig", newline="") as text:
        reader = csv.reader(
            itertools.chain(_closed(text), [sentinel]), delimiter=settings.delimiter, quotechar=settings.quote
        )
        line, closed = 1, False
        try:
            for row in reader:
                closed = row == [sentinel]
                if row and len(row) != width and not closed and not _blank(row, sentinel):
                    ragged.append(line)
                    if len(ragged) == RAGGED_SHOWN:
                        raise _ragged(ragged, width)
                started, line = line, reader.line_num + 1
        except csv.Error as error:
            raise _cell_too_large(line) from error
        except UnicodeDecodeError as error:
            raise undecodable("utf-8", line=line) from error
    if not closed:
        raise TableRefused(
            f"A quote that opens in the record of line {started:,} is never closed.",
            code="unclosed_quote",
            hint="Close it, or choose another quote character.",
        )
    if ragged:
        raise _ragged(ragged, width)


def _closed(lines: Iterator[str]) -> Iterator[str]:
    """The same lines, the last of them surely ended, so that what follows is a record of its own."""
    for line in lines:
        yield line if line.endswith(("\n", "\r")) else line + "\n"


def _blank(row: list[str], sentinel: str) -> bool:
    """Lines of nothing but white space are skipped; a row that swallowed the sentinel is an open quote."""
    return (len(row) == 1 and not row[0].strip()) or sentinel in row[-1]


def _ragged(lines: list[int], width: int) -> TableRefused:
    shown = ", ".join(f"{line:,}" for line in lines)
    subject = f"Line {shown} does" if len(lines) == 1 else f"Lines {shown} do"
    first = " (the first five)" if len(lines) == RAGGED_SHOWN else ""
    return TableRefused(
        f"{subject} not have {width:,} {'cell' if width == 1 else 'cells'} like the header{first}.",
        code="ragged",
        hint="Put quotes around cells that hold the delimiter, or choose the right delimiter.",
    )


def _cell_too_large(line: int) -> TableRefused:
    return TableRefused(
        f"A cell in line {line:,} is larger than 1 MB.",
        code="cell_too_large",
        hint="Is a quote left open, or is the delimiter another one? Cells hold at most 1 MB.",
        category="too_large",
    )
