"""A page of a step's table for its page: a window of columns, cells as text, pictures of rows of pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page as PaginatorPage
from django.core.paginator import Paginator

from apps.datasets.pictures import picture, picture_shape
from apps.datasets.tables import Rows
from apps.runs import results
from apps.runs.models import NodeRun

ROWS_PER_PAGE = 20
COLUMNS_PER_WINDOW = 40
CELL_LENGTH = 120
TYPE_WORDS = {"flag": "0 or 1", "integer": "whole number", "boolean": "true or false", "other": "other"}


@dataclass(frozen=True)
class Column:
    name: str
    type_words: str
    numeric: bool
    is_target: bool


@dataclass(frozen=True)
class Cell:
    """text None: missing. `whole` is the full text where it was shortened; `raw` a number with all its digits."""

    text: str | None
    numeric: bool
    whole: str = ""
    raw: str = ""


@dataclass(frozen=True)
class Line:
    number: int
    role: str
    picture: str
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Preview:
    """Some rows and some columns of a table."""

    page: PaginatorPage[Any]
    columns: Sequence[Column]
    window: PaginatorPage[Any]
    lines: Sequence[Line]
    note: str
    has_roles: bool
    has_pictures: bool


def preview(node_run: NodeRun, page: str | None, window: str | None) -> Preview:
    """`page` and `window` come from the address; nonsense means the nearest there is. Raises ResultGone."""
    total = (node_run.manifest or {}).get("rows") or 0
    shown = Paginator(Rows(total), ROWS_PER_PAGE).get_page(page)
    start = max(shown.start_index() - 1, 0)
    part = results.rows(node_run, start, start + ROWS_PER_PAGE)
    windows = Paginator(range(len(part.columns)), COLUMNS_PER_WINDOW).get_page(window)
    target = (node_run.manifest or {}).get("target")
    columns = [column_of(part.columns[place], target) for place in windows]
    pictures = pictures_of([column["name"] for column in part.columns], part.rows)
    lines = [
        Line(
            number,
            part.roles[place] if part.roles else "",
            pictures[place] if pictures else "",
            [cell(row[index], columns[at].numeric) for at, index in enumerate(windows)],
        )
        for place, (number, row) in enumerate(zip(part.numbers, part.rows, strict=True))
    ]
    return Preview(shown, columns, windows, lines, part.note, part.roles is not None, bool(pictures))


def column_of(column: dict[str, str], target: str | None) -> Column:
    kind = column["type"]
    return Column(column["name"], TYPE_WORDS.get(kind, kind), kind in ("number", "flag"), column["name"] == target)


def cell(value: Any, numeric: bool) -> Cell:
    if value is None:
        return Cell(None, numeric)
    if isinstance(value, bool):
        return Cell("true" if value else "false", False)
    if isinstance(value, float):
        return Cell(f"{value:.6g}", True, raw=repr(value))
    text = str(value)
    if len(text) > CELL_LENGTH:
        return Cell(text[:CELL_LENGTH] + "…", numeric, text[:2000])
    return Cell(text.removesuffix("T00:00:00"), numeric)


def pictures_of(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    """A picture for each row whose columns pixel_<row>_<column> fill a rectangle; [] where they do not."""
    shape = picture_shape(names)
    if shape is None:
        return []
    place = {name: index for index, name in enumerate(names)}
    pixels = [place[f"pixel_{row}_{column}"] for row in range(shape[0]) for column in range(shape[1])]
    values = [[float(row[index]) if isinstance(row[index], int | float) else 0.0 for index in pixels] for row in rows]
    lowest = min((value for row in values for value in row), default=0)
    highest = max((value for row in values for value in row), default=1)
    lowest = min(lowest, 0)
    return [picture([value - lowest for value in row], shape, highest - lowest or 1) for row in values]
