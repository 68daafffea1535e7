"""Columns of text that nearly all of their cells show to be amounts, dates or labels: read as such, or asked."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from flowza.engine.operations.csv_amounts import (
    MOSTLY,
    Amounts,
    amount_doubt,
    amount_notice,
    amounts_of,
    groups_only,
    looks_like_amount,
)
from flowza.engine.operations.csv_cells import folded, parse_numbers
from flowza.engine.operations.csv_dates import date_doubt, date_notice, dates_of, looks_like_date
from flowza.engine.operations.csv_settings import ColumnType, CsvSettings, DecimalMark, NumberFormat
from flowza.engine.operations.csv_tokens import Tokens
from flowza.engine.operations.refusals import Doubt, Notice

SAMPLE = 2_000
PROBABLY = 0.8
"""The share of a sample that must look right before all cells of a column are examined."""
LABELS = 200
"""A column with more distinct texts holds no labels."""

_PLAIN_NUMBER = re.compile(r"\s*+[+-]?(\d++\.?\d*+|\.\d++)([eE][+-]?\d++)?\s*+")


@dataclass
class Recognised:
    """What was found about columns that nobody had named a type for."""

    types: dict[str, ColumnType] = field(default_factory=dict)
    numbers: dict[str, NumberFormat] = field(default_factory=dict)
    date_formats: dict[str, tuple[str, ...]] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)

    def change(self, settings: CsvSettings) -> CsvSettings:
        """The settings with what was found; cells that do not fit it count as missing."""
        update: dict[str, Any] = {
            "types": {**settings.types, **self.types},
            "numbers": {**settings.numbers, **self.numbers},
            "date_formats": {**settings.date_formats, **self.date_formats},
            "coerce": (*settings.coerce, *self.types),
        }
        return settings.model_copy(update=update)


def recognise(table: pa.Table, tokens: Tokens, settings: CsvSettings) -> Recognised:
    """Examine the columns whose type was not asked for."""
    found = Recognised()
    for name in table.column_names:
        column = table.column(name)
        if name not in settings.types and (pa.types.is_large_string(column.type) or pa.types.is_string(column.type)):
            _examine(found, name, column, settings)
    _grouped_numbers(found, table, tokens, settings)
    return found


def _examine(found: Recognised, name: str, column: pa.ChunkedArray, settings: CsvSettings) -> None:
    """Sample first: most text columns are nothing but text, and cost no more."""
    step = max(1, len(column) // SAMPLE)
    sample = _counts(column.take(pa.array(np.arange(0, len(column), step))))
    if not sample:
        return
    enough = PROBABLY * sum(sample.values())
    dates = sum(count for text, count in sample.items() if looks_like_date(text)) >= enough
    amounts = sum(count for text, count in sample.items() if looks_like_amount(text)) >= enough
    if dates and _dates(found, name, _counts(column)):
        return
    if amounts and _amounts(found, name, column, settings):
        return
    _labels(found, name, column, len(sample))


def _counts(column: pa.ChunkedArray) -> dict[str, int]:
    counted = pc.value_counts(column.drop_null())
    return dict(zip(counted.field("values").to_pylist(), counted.field("counts").to_pylist(), strict=True))


def _dates(found: Recognised, name: str, counts: dict[str, int]) -> bool:
    dates = dates_of(counts)
    if dates is None:
        return False
    if dates.options:
        found.doubts.append(date_doubt(name, dates))
    else:
        found.notices.append(date_notice(name, dates))
    if dates.formats:
        found.types[name] = "date"
        found.date_formats[name] = dates.formats
    return True


def _amounts(found: Recognised, name: str, column: pa.ChunkedArray, settings: CsvSettings) -> bool:
    counts = _counts(column)
    plain = sum(count for text, count in counts.items() if _PLAIN_NUMBER.fullmatch(text))
    total = sum(counts.values())
    if plain >= MOSTLY * total:
        _mixed(found, name, column, total - plain, ".")
        return True
    amounts = amounts_of(counts, settings)
    if amounts is None or (not amounts.sign and _may_be_codes(counts)):
        return False
    form = amounts.form
    if form is not None and (form.decimal, form.thousands, form.strip) == (settings.decimal, None, ()):
        _mixed(found, name, column, total - amounts.fit, form.decimal)
        return True
    certain = amounts.form is not None and (not amounts.doubtful or bool(amounts.sign) or settings.decimal == ",")
    if amounts.doubtful:
        found.doubts.append(amount_doubt(name, amounts, certain))
    if certain and amounts.form is not None:
        found.types[name] = "number"
        found.numbers[name] = amounts.form
    if certain or amounts.form is None:
        found.notices.append(amount_notice(name, amounts))
    return True


def _may_be_codes(counts: dict[str, int]) -> bool:
    """Without a sign: leading zeros, long digits, or groups of digits that may be telephone numbers."""
    spaced = [text.strip() for text in counts if re.search(r"\d[ \u00a0\u202f]\d", text)]
    if spaced and not any(re.search("[.,]", text) for text in counts):
        return True
    return any(re.match(r"\s*[+-]?0\d", text) or re.search(r"\d{16,}", text) for text in counts)


def _mixed(found: Recognised, name: str, column: pa.ChunkedArray, others: int, decimal: DecimalMark) -> None:
    """Numbers among which other cells stand: the first of these is named, and whether they are missing is asked."""
    if not others:
        return
    cells = column.to_pandas()
    row = int(np.flatnonzero((cells.notna() & parse_numbers(cells, decimal).isna()).to_numpy())[0])
    short = _short(str(cells.iloc[row]))
    more = f" (and {others - 1:,} more such cells)" if others > 1 else ""
    found.notices.append(
        Notice(
            f"Column '{name}' holds numbers, but also '{short}' in row {row + 1:,}{more}; it is kept as text.",
            "mixed",
            name,
        )
    )
    become = "such cells become missing" if others > 1 else f"'{short}' becomes missing"
    found.doubts.append(
        Doubt(
            f"Column '{name}' holds numbers, but also '{short}'. Is it a column of numbers?",
            "coerce",
            (("number", f"yes: {become}"), ("", "no: keep it as text")),
            "",
            name,
        )
    )


def _grouped_numbers(found: Recognised, table: pa.Table, tokens: Tokens, settings: CsvSettings) -> None:
    """Columns such as 950, 1.234, 12.500, which are decimals to a reader and may be thousands to their writer."""
    suspects = [
        name for name in table.column_names if name not in settings.types and _three_decimals(table.column(name))
    ]
    if not suspects or settings.decimal != "." or settings.thousands:
        return
    texts = tokens.text(suspects)
    for name in suspects:
        cells = texts.column(name).drop_null().to_pylist()
        example = groups_only(cells)
        telling = settings.delimiter != "," or any("." not in cell for cell in cells)
        if example and telling:
            form = NumberFormat(decimal=".")
            doubt = amount_doubt(name, Amounts(form, len(cells), len(cells), example, doubtful=True), True)
            found.doubts.append(doubt)


def _three_decimals(column: pa.ChunkedArray) -> bool:
    """Whether all numbers have at most three decimals and less than four digits before them, and some have decimals."""
    if not pa.types.is_floating(column.type):
        return False
    for part in (column.slice(0, 200), column):
        values = part.drop_null().to_numpy()
        if not bool((np.abs(values) < 1000).all()):
            return False
        thousandths = np.abs(values) * 1000
        if not bool((np.abs(thousandths - np.round(thousandths)) < 1e-6).all()):
            return False
    return bool(values.size and (values != np.floor(values)).any())


def _labels(found: Recognised, name: str, column: pa.ChunkedArray, sampled: int) -> None:
    """Ask about labels that differ by case or outer spaces only."""
    if sampled > LABELS:
        return
    counts = _counts(column)
    if not 1 < len(counts) <= LABELS:
        return
    variants = _spellings(counts)
    if not variants:
        return
    variants.sort(key=lambda group: -sum(counts[text] for text in group))
    shown = ", ".join(f"'{text}'" for text in variants[0][:3])
    found.doubts.append(
        Doubt(
            f"Column '{name}' has labels that differ only by case or spaces, such as {shown}. Are they the same?",
            "labels",
            (("unify", f"yes: write each of these as '{variants[0][0].strip()}'"), ("", "no: keep them apart")),
            "",
            name,
        )
    )


def most_frequent_spellings(cells: pd.Series) -> tuple[str, ...]:
    """Of each group of texts that differ only by case or outer spaces the most frequent one."""
    counts = {str(text): int(count) for text, count in cells.value_counts().items()}
    return tuple(group[0].strip() for group in _spellings(counts))


def _spellings(counts: dict[str, int]) -> list[list[str]]:
    """The texts that are the same without case and outer spaces, in each group the most frequent first.

    Of equally frequent ones `Yes` is better than `yes ` and `YES`.
    """
    groups: dict[str, list[str]] = {}
    for text in sorted(counts, key=lambda text: (-counts[text], text != text.strip(), text.isupper(), text)):
        groups.setdefault(folded(text), []).append(text)
    return [group for group in groups.values() if len(group) > 1]


def _short(cell: str) -> str:
    return cell if len(cell) <= 30 else cell[:30] + "…"
