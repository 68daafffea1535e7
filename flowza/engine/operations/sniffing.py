"""How is this CSV written? A guess from its first 256 kB, with what is uncertain said as doubts."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Literal

from flowza.engine.operations.csv_checks import final_names
from flowza.engine.operations.csv_settings import NULL_WORDS, CsvSettings
from flowza.engine.operations.csv_source import (
    GZIP_MAGIC,
    read_head,
    refuse_foreign,
    undecodable,
    unpack_head,
)
from flowza.engine.operations.refusals import Doubt, Notice, TableRefused

HEAD = 256 * 1024
RECORDS = 200
DELIMITERS = ",;\t|"
DELIMITER_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
BOMS: tuple[tuple[bytes, str], ...] = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)

_DECIMAL_COMMA = re.compile(r"^\s*[+-]?(\d+|\d{1,3}(\.\d{3})+),\d+\s*$")
_DECIMAL_POINT = re.compile(r"^\s*[+-]?(\d+|\d{1,3}(,\d{3})+)\.\d+\s*$")
_GROUPED = re.compile(r"^\s*[+-]?\d{1,3}([.,])\d{3}(\1\d{3})*\s*$")
_PLAIN = re.compile(r"^\s*[+-]?\d+\s*$")


@dataclass(frozen=True)
class Sniffed:
    """A guess: settings to read with, what to tell, what to ask. `ascii_so_far`: nothing showed the encoding."""

    settings: CsvSettings
    notices: tuple[Notice, ...]
    doubts: tuple[Doubt, ...]
    ascii_so_far: bool = False

    def with_guessed_encoding(self) -> Sniffed:
        """The same with Windows-1252, for a file whose later bytes turned out not to be UTF-8."""
        return replace(
            self,
            settings=self.settings.model_copy(update={"encoding": "cp1252"}),
            notices=(*self.notices, _guess_notice("cp1252")),
            ascii_so_far=False,
        )


def sniff_csv(source: Path | BinaryIO) -> Sniffed:
    """Look at the first 256 kB of a path or an open binary file (left where it stood).

    Raises TableRefused: empty, another format, undecodable, NUL bytes.
    """
    head = _head(source)
    if not head:
        raise TableRefused("The file is empty.", code="empty", hint="Choose a file with a header and rows.")
    refuse_foreign(head)
    encoding, notices = _encoding(head)
    try:
        text = _whole_lines(_decode(head, encoding), len(head) >= HEAD)
    except UnicodeDecodeError as error:
        raise undecodable(encoding, error.start) from error
    delimiter = _delimiter(text)
    records = _records(text, delimiter)
    if not records:
        raise TableRefused("The file is empty.", code="empty", hint="Choose a file with a header and rows.")
    header = not _looks_like_data(records)
    settings = CsvSettings(encoding=encoding, delimiter=delimiter, header=header)
    names, _ = final_names(records[0], header)
    columns = _columns(records[int(header) :], names)
    doubts: list[Doubt] = []
    if not header:
        doubts.append(
            Doubt(
                "The first row looks like data. Does it hold the column names?",
                "header",
                (("false", "no, it is data"), ("true", "yes, it is the header")),
                "false",
            )
        )
    marks = _marks(columns, notices)
    if delimiter != ",":
        notices.append(Notice(f"Cells are divided by a {DELIMITER_NAMES[delimiter]}.", "delimiter"))
    return Sniffed(settings.model_copy(update=marks), tuple(notices), tuple(doubts), head.isascii())


def _head(source: Path | BinaryIO) -> bytes:
    if isinstance(source, Path):
        return read_head(source, HEAD)
    start = source.tell()
    head = source.read(HEAD)
    source.seek(start)
    return unpack_head(head, HEAD) if head.startswith(GZIP_MAGIC) else head


def _encoding(head: bytes) -> tuple[str, list[Notice]]:
    for mark, encoding in BOMS:
        if head.startswith(mark):
            if encoding == "utf-8":
                return encoding, []
            return encoding, [Notice(f"The file is {encoding.upper()} text.", "encoding")]
    if b"\0" in head:
        return _without_mark(head)
    try:
        _decode(head, "utf-8")
    except UnicodeDecodeError as error:
        guess = _eight_bit_guess(head, error)
        return guess, [_guess_notice(guess)]
    return "utf-8", []


def _without_mark(head: bytes) -> tuple[str, list[Notice]]:
    """UTF-16 without its mark has a zero in every other byte of Western text; other NULs are refused."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    most = 0.4 * (len(head) / 2)
    if odd > most and even < odd / 10:
        guess = "utf-16-le"
    elif even > most and odd < even / 10:
        guess = "utf-16-be"
    else:
        line = 1 + head[: head.index(b"\0")].count(b"\n")
        raise TableRefused(
            f"Line {line:,} holds a NUL byte, which no text file has.",
            code="nul_byte",
            hint="The file may be damaged or binary; save the table as UTF-8 text.",
        )
    told = "The file has no mark of its encoding; it was read as UTF-16."
    return guess, [Notice(told, "encoding", level="warning")]


def _eight_bit_guess(head: bytes, error: UnicodeDecodeError) -> str:
    """latin-1 or Windows-1252 for text that has signs of neither UTF-8 nor binary data."""
    replaced = head.decode("utf-8", errors="replace")
    broken = replaced.count("\ufffd")
    whole = sum(1 for character in replaced if character > "\x7f") - broken
    control = any(byte < 32 and byte not in b"\t\n\r\f" for byte in head)
    holes = any(byte in b"\x81\x8d\x8f\x90\x9d" for byte in head)
    if control or holes or whole > broken:
        raise undecodable("UTF-8", line=1 + head[: error.start].count(b"\n"))
    return "cp1252" if any(0x80 <= byte < 0xA0 for byte in head) else "latin-1"


def _guess_notice(encoding: str) -> Notice:
    name = {"cp1252": "Windows-1252", "latin-1": "Latin-1"}[encoding]
    return Notice(
        f"The file is not UTF-8; it was read as {name}, which is a guess. Check letters with accents.",
        "encoding",
        level="warning",
    )


def _decode(head: bytes, encoding: str) -> str:
    """The head as text; a character that the cut divides is left out."""
    try:
        return head.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        if len(head) - error.start > 4 or len(head) < HEAD - 4:
            raise
        return head[: error.start].decode("utf-8-sig" if encoding == "utf-8" else encoding)


def _whole_lines(text: str, cut: bool) -> str:
    """The text without its last line if the cut may have divided that."""
    end = max(text.rfind("\n"), text.rfind("\r")) + 1
    return text[:end] if cut and end else text


def _records(text: str, delimiter: str) -> list[list[str]]:
    """The first records that are not blank."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        whole = (row for row in reader if len(row) > 1 or any(map(str.strip, row)))
        return list(itertools.islice(whole, RECORDS))
    except csv.Error:
        return []


def _delimiter(text: str) -> str:
    """The candidate under which most records have as many cells as the first one, at least two."""

    def score(delimiter: str) -> tuple[float, int]:
        counts = [len(row) for row in _records(text, delimiter)]
        if not counts or counts[0] < 2:
            return (0.0, 0)
        return (round(Counter(counts)[counts[0]] / len(counts), 1), counts[0])

    best = max(DELIMITERS, key=score)
    return best if score(best) > (0.0, 0) else ","


def _looks_like_data(records: list[list[str]]) -> bool:
    """The first row is data if each of its cells is a number (years alone may be names) and rows follow."""
    cells = records[0]
    numbers = all(_matches(cell, _PLAIN, _DECIMAL_POINT, _DECIMAL_COMMA) for cell in cells)
    years = all(re.fullmatch(r"\s*(19|20)\d\d\s*", cell) for cell in cells)
    return numbers and not years and len(records) > 1


def _columns(rows: list[list[str]], names: tuple[str, ...]) -> dict[str, list[str | None]]:
    missing = set(NULL_WORDS)
    whole = [row for row in rows if len(row) == len(names)]
    return {
        name: [None if row[position] in missing else row[position] for row in whole]
        for position, name in enumerate(names)
    }


def _marks(columns: dict[str, list[str | None]], notices: list[Notice]) -> dict[str, Literal[".", ","]]:
    """The file's marks: a decimal comma if columns prove it and none has a decimal point. Others stand by column."""
    proof: tuple[str, str] | None = None
    points_group = False
    for name, column in columns.items():
        cells = [cell for cell in column if cell is not None]
        if all(_matches(cell, _DECIMAL_POINT, _PLAIN, _GROUPED) for cell in cells):
            if any(_DECIMAL_POINT.match(cell) and not _GROUPED.match(cell) for cell in cells):
                return {}
        elif all(_matches(cell, _DECIMAL_COMMA, _PLAIN, _GROUPED) for cell in cells):
            proof = proof or (name, next(cell for cell in cells if not _matches(cell, _PLAIN, _GROUPED)))
            points_group = points_group or any("." in cell for cell in cells)
    if proof is None:
        return {}
    told = f"Numbers such as {proof[1].strip()} in column '{proof[0]}' are read with a decimal comma."
    notices.append(Notice(told, "decimal"))
    return {"decimal": ",", "thousands": "."} if points_group else {"decimal": ","}


def _matches(cell: str, *patterns: re.Pattern[str]) -> bool:
    return any(pattern.match(cell) for pattern in patterns)
