"""The last step of a reading: text cells as the amounts, dates and labels that the settings say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from flowza.engine.operations.csv_cells import parse_columns
from flowza.engine.operations.csv_recognise import most_frequent_spellings
from flowza.engine.operations.csv_settings import ColumnType, CsvSettings, parse_columns_arguments
from flowza.engine.operations.csv_types import wrong_type
from flowza.engine.operations.refusals import Notice


@dataclass
class Parsed:
    """The frame, and settings that say all about it."""

    frame: pd.DataFrame
    settings: CsvSettings
    notices: list[Notice] = field(default_factory=list)


def parse_as_settled(cells: pd.DataFrame, plan: CsvSettings, read: Mapping[str, ColumnType]) -> Parsed:
    """Parse the columns that `plan` has more to say about than a reader understands.

    cells: these as text, others as they are. read: the types that the cells have. Raises TableRefused, naming
    column, line and cell, where a column that may not lose cells has one that does not fit.
    """
    settings = _settled(cells, plan, read)
    arguments = parse_columns_arguments(settings)
    if not arguments:
        return Parsed(cells, settings)
    parsed = Parsed(parse_columns(cells, **arguments), settings)
    for name in (*arguments.get("numbers", {}), *arguments.get("dates", {})):
        lost = np.flatnonzero((parsed.frame[name].isna() & cells[name].notna()).to_numpy())
        if not lost.size:
            continue
        first = str(cells[name].iloc[lost[0]])
        kind = settings.types[name]
        if name not in settings.coerce:
            raise wrong_type(first, kind, name, int(lost[0]) + 1 + settings.header)
        parsed.notices.append(_lost(name, kind, first, int(lost[0]), int(lost.size)))
    return parsed


def _settled(cells: pd.DataFrame, plan: CsvSettings, read: Mapping[str, ColumnType]) -> CsvSettings:
    """The plan without what it says of columns that are not there, and with the spellings that were found."""
    there = set(cells.columns)
    plan = plan.without_columns(plan.columns_told - there)
    later = {*plan.number_formats, *plan.parsed_dates}
    asked = {**dict.fromkeys(plan.number_formats, "number"), **dict.fromkeys(plan.parsed_dates, "date")}
    types = {name: asked.get(name, read[name]) for name in cells.columns}
    labels = {
        name: wanted or most_frequent_spellings(cells[name])
        for name, wanted in plan.labels.items()
        if types[name] == "text"
    }
    return plan.model_copy(
        update={
            "types": types,
            "numbers": {name: form for name, form in plan.number_formats.items() if name in types},
            "date_formats": {name: each for name, each in plan.date_formats.items() if types[name] == "date"},
            "coerce": tuple(name for name in plan.coerce if name in later),
            "labels": labels,
        }
    )


def _lost(name: str, kind: str, first: str, row: int, count: int) -> Notice:
    cells = "1 cell is" if count == 1 else f"{count:,} cells are"
    no = "no date" if kind == "date" else "no number"
    short = first if len(first) <= 30 else first[:30] + "…"
    told = f"{cells} {no} in column '{name}' and became missing: the first is '{short}' in row {row + 1:,}."
    return Notice(told, "coerced", name, "warning")
