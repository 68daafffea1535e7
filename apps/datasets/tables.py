"""A table as its page shows it: a page of rows, a window of columns, what each column holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

import pandas as pd
from django.core.paginator import Page, Paginator

from apps.accounts.templatetags.flowza import number
from apps.datasets.pictures import Histogram, histogram, picture, picture_shape
from flowza.engine.operations.parquet import read_rows

ROWS_PER_PAGE = 50
COLUMNS_PER_WINDOW = 50
CELL_LENGTH = 120
TYPE_WORDS = {
    "integer": "whole number",
    "number": "number",
    "text": "text",
    "boolean": "true / false",
    "date": "date",
    "category": "category",
}
TYPE_ICONS = {
    "integer": "hash",
    "number": "number",
    "text": "letter-case",
    "boolean": "checkbox",
    "date": "calendar",
    "category": "tags",
}
NUMERIC = ("integer", "number")


@dataclass(frozen=True)
class Cell:
    """One cell as text; `text` None: missing. `whole` is the full text where `text` was shortened."""

    text: str | None
    whole: str = ""
    numeric: bool = False


@dataclass(frozen=True)
class Line:
    """One row: its number (from 1), its picture if it has one, its cells."""

    number: int
    picture: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class ColumnView:
    """What the header and the columns' page say about one column."""

    facts: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.facts["name"])

    @property
    def kind(self) -> str:
        return str(self.facts["type"])

    @property
    def kind_word(self) -> str:
        return TYPE_WORDS.get(self.kind, self.kind)

    @property
    def kind_icon(self) -> str:
        return TYPE_ICONS.get(self.kind, "table-column")

    @property
    def numeric(self) -> bool:
        return self.kind in NUMERIC

    @property
    def unique(self) -> int:
        return int(self.facts["unique"])

    @property
    def missing(self) -> int:
        return int(self.facts["missing"])

    @property
    def missing_words(self) -> str:
        """`0 %`, `< 1 %`, `12 %`."""
        rows = int(self.facts["profile"]["rows"])
        percent = 100 * self.missing / rows if rows else 0
        return "< 1 %" if 0 < percent < 1 else "> 99 %" if 99 < percent < 100 else f"{percent:.0f} %"

    @property
    def missing_percent(self) -> float:
        rows = int(self.facts["profile"]["rows"])
        return round(100 * self.missing / rows, 1) if rows else 0

    @property
    def profile(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.facts["profile"]
        return found

    @property
    def histogram(self) -> Histogram:
        return histogram(() if self.all_different else self.profile["bars"])

    @property
    def all_different(self) -> bool:
        """Each value of a text column stands in one row only, so there is nothing to count."""
        return bool(self.profile["levels"]) and self.unique > 1 and self.profile["levels"][0][1] == 1

    @property
    def histogram_words(self) -> str:
        """The drawing in words, for those who do not see it."""
        if self.all_different:
            return "Each value stands in one row only"
        if self.profile["levels"]:
            return "Most frequent: " + ", ".join(
                f"{word} ({number(count)})" for word, count in self.profile["levels"][:5]
            )
        if self.profile["low"] is None:
            return "No values"
        low, high = (
            end if isinstance(end, str) else number(end) for end in (self.profile["low"], self.profile["high"])
        )
        return f"Values from {low} to {high}"

    @property
    def span_words(self) -> str:
        """What stands under the histogram: `0.42 to 80`, `3 values`, `all different`; "" without values."""
        if self.profile["levels"]:
            return (
                "all different"
                if self.all_different
                else f"{number(self.unique)} value{'s' if self.unique > 1 else ''}"
            )
        low, high = self.profile["low"], self.profile["high"]
        if low is None:
            return ""
        ends = [end_words(end).split(" ")[0] for end in (low, high)]
        return ends[0] if ends[0] == ends[1] else " to ".join(ends)

    @property
    def median(self) -> Any:
        quantiles = self.profile["quantiles"]
        return quantiles[len(quantiles) // 2] if quantiles else None


def end_words(end: float | str) -> str:
    """One end of a range: dates as they are, numbers as pages have them."""
    return end if isinstance(end, str) else number(end)


@dataclass(frozen=True)
class TableView:
    """One page of a table. `every`: all its columns; chosen: positions of those that the person chose to see."""

    page: Page[Any]
    lines: Sequence[Line]
    columns: Sequence[ColumnView]
    first_column: int
    every: Sequence[Mapping[str, Any]]
    has_pictures: bool
    chosen: Sequence[int] = ()

    @property
    def column_count(self) -> int:
        return len(self.every)

    @property
    def offered(self) -> list[tuple[int, ColumnView, bool]]:
        """All columns to choose from: position, column, whether the person chose it."""
        shown = set(self.chosen)
        return [(place, ColumnView(column), place in shown) for place, column in enumerate(self.every)]

    @property
    def most_columns(self) -> int:
        """How many columns are shown at once."""
        return COLUMNS_PER_WINDOW

    @property
    def last_column(self) -> int:
        return self.first_column + len(self.columns)

    @property
    def window(self) -> int:
        return 1 + self.first_column // COLUMNS_PER_WINDOW

    @property
    def has_more_columns(self) -> bool:
        return self.last_column < self.column_count


class Rows(Sequence[int]):
    """The row positions of a table, for a Paginator: it counts and slices without reading anything."""

    def __init__(self, count: int) -> None:
        self._positions = range(count)

    def __len__(self) -> int:
        return len(self._positions)

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> range: ...
    def __getitem__(self, index: int | slice) -> int | range:
        return self._positions[index]


def stored_table(
    path: Path,
    facts: Sequence[Mapping[str, Any]],
    rows: int,
    page: str | None,
    window: str | None,
    chosen: Sequence[str] = (),
) -> TableView:
    """A page of a stored table; only its row groups are read."""
    return table_view(
        lambda start, count, names: read_rows(path, start, count, names), facts, rows, page, window, chosen
    )


def frame_table(
    frame: pd.DataFrame,
    facts: Sequence[Mapping[str, Any]],
    page: str | None,
    window: str | None,
    chosen: Sequence[str] = (),
) -> TableView:
    """A page of a frame in memory."""
    return table_view(
        lambda start, count, names: frame.iloc[start : start + count][names], facts, len(frame), page, window, chosen
    )


def table_view(
    read: Callable[[int, int, list[str]], pd.DataFrame],
    facts: Sequence[Mapping[str, Any]],
    rows: int,
    page: str | None,
    window: str | None,
    chosen: Sequence[str] = (),
) -> TableView:
    """All but `read`, `facts` and `rows` comes from the address; what is no number or out of range means the nearest
    there is. chosen: positions of columns to show, instead of a window."""
    shown = Paginator(Rows(rows), ROWS_PER_PAGE).get_page(page)
    places = positions(chosen, len(facts))
    windows = Paginator(facts, COLUMNS_PER_WINDOW).get_page(window)
    columns = [ColumnView(facts[place]) for place in places] or [ColumnView(column) for column in windows.object_list]
    names = [str(column["name"]) for column in facts]
    shape = picture_shape(names)
    pixels = [f"pixel_{row}_{column}" for row in range(shape[0]) for column in range(shape[1])] if shape else []
    wanted = list(dict.fromkeys([*(column.name for column in columns), *pixels]))
    start = max(shown.start_index() - 1, 0)
    frame = read(start, ROWS_PER_PAGE, wanted)
    pictures = _pictures(frame[pixels], shape, _highest(facts, pixels)) if shape else [""] * len(frame)
    cells = [[_cell(value, column) for value in frame[column.name]] for column in columns]
    lines = [
        Line(start + offset + 1, drawn, tuple(column[offset] for column in cells))
        for offset, drawn in enumerate(pictures)
    ]
    first = (windows.number - 1) * COLUMNS_PER_WINDOW
    return TableView(shown, lines, columns, first, facts, bool(shape), places)


def positions(chosen: Sequence[str], count: int) -> list[int]:
    """Positions below `count` that the texts name, in order, each once, at most one window of them."""
    numbers = {int(text) for text in chosen[:count] if text.isascii() and text.isdigit() and len(text) < 7}
    return sorted(number for number in numbers if number < count)[:COLUMNS_PER_WINDOW]


def _pictures(pixels: pd.DataFrame, shape: tuple[int, int], highest: float) -> list[str]:
    if not all(pd.api.types.is_numeric_dtype(kind) for kind in pixels.dtypes):
        return [""] * len(pixels)
    return [picture(row.tolist(), shape, highest) for row in pixels.to_numpy(dtype="float64")]


def _highest(facts: Sequence[Mapping[str, Any]], pixels: Sequence[str]) -> float:
    named = set(pixels)
    highs = [column["profile"]["high"] for column in facts if column["name"] in named]
    return max((float(high) for high in highs if isinstance(high, int | float)), default=1) or 1


def _cell(value: Any, column: ColumnView) -> Cell:
    if pd.isna(value):
        return Cell(None, numeric=column.numeric)
    if column.kind == "number":
        return Cell(f"{value:.10g}", numeric=True)
    if column.kind == "integer":
        return Cell(str(value), numeric=True)
    if column.kind == "boolean":
        return Cell("true" if value else "false")
    if column.kind == "date":
        return Cell(str(value).removesuffix(" 00:00:00"))
    text = str(value)
    return Cell(text) if len(text) <= CELL_LENGTH else Cell(text[:CELL_LENGTH] + "…", whole=text[:2000])
