"""What a table needs before a model can learn from it, told by what its columns hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from flowza.engine.identifiers import ID_ROWS, ID_SHARE, counts_up, looks_like_prose, names_an_id
from flowza.engine.operations.profile import profile

Step = tuple[str, str, dict[str, Any]]

TEXT_ID_SHARE = 0.95
PROSE_LEVELS = 200
KEPT_LEVELS = 20
MANY_GAPS = 0.2
"""From this share of missing cells on, that a cell is missing is worth a column of its own."""
DATE_PARTS = ("year", "month", "weekday")


@dataclass(frozen=True)
class ColumnFacts:
    """What a template needs to know of a column: type is number, text, boolean or date; unique counts distinct values.

    whole: all numbers are whole. low, high: of numbers. levels: frequent values of texts. spellings: groups of texts
    that differ only by capitals or spaces, the most frequent first.
    """

    name: str
    type: str
    missing: int = 0
    unique: int | None = None
    whole: bool = False
    low: float | None = None
    high: float | None = None
    levels: Sequence[str] = ()
    spellings: Sequence[Sequence[str]] = ()

    @property
    def labels(self) -> int | None:
        """Distinct values when spellings count as one."""
        merged = sum(len(group) - 1 for group in self.spellings)
        return None if self.unique is None else self.unique - merged


@dataclass(frozen=True)
class TableFacts:
    """Rows and columns of the table that a template is fitted to. keep: columns that stay, whatever speaks against."""

    rows: int
    columns: Sequence[ColumnFacts]
    target: str = ""
    keep: frozenset[str] = frozenset()


@dataclass(frozen=True)
class LeftOut:
    """A column that tells a model nothing, and why, as a sentence; `kept`: it stays all the same."""

    column: str
    reason: str
    kept: bool = False


@dataclass(frozen=True)
class Fitting:
    """What is done to a table's columns, by their names.

    grouped: columns of more than 20 levels, with their number. filled: features with missing cells, with their number.
    """

    left_out: tuple[LeftOut, ...] = ()
    cleaned: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    filled: tuple[tuple[str, int], ...] = ()
    encoded: tuple[str, ...] = ()
    grouped: tuple[tuple[str, int], ...] = ()
    marks_gaps: bool = False

    def __bool__(self) -> bool:
        """Whether there is anything to tell."""
        return any((self.left_out, self.cleaned, self.dates, self.filled, self.encoded))

    @property
    def dropped(self) -> list[str]:
        return [one.column for one in self.left_out if not one.kept]

    @property
    def steps(self) -> list[Step]:
        """Steps to put between the source and a template's own: (id, kind, parameters)."""
        steps: list[Step] = []
        if self.dropped:
            steps.append(("leave_out", "select", {"mode": "drop", "columns": self.dropped}))
        if self.cleaned:
            steps.append(("clean", "clean_text", {"columns": list(self.cleaned)}))
        if self.dates:
            steps.append(("dates", "date_parts", {"columns": list(self.dates), "parts": list(DATE_PARTS)}))
        return steps

    @property
    def prepare(self) -> list[Step]:
        """A template's steps that make numbers without gaps: gaps are filled even where there are none yet."""
        fill: Step = ("fill", "impute", {"indicator": True} if self.marks_gaps else {})
        return [fill, ("encode", "one_hot", {})] if self.encoded else [fill]


def column_facts(described: Mapping[str, Any]) -> ColumnFacts:
    """Facts from a column's profile, as `ColumnProfile.as_dict` gives it."""
    kind, low, high = str(described["type"]), described.get("low"), described.get("high")
    numeric = kind in ("integer", "number")
    return ColumnFacts(
        str(described["name"]),
        {"integer": "number", "category": "text"}.get(kind, kind),
        int(described.get("missing") or 0),
        described.get("unique"),
        kind == "integer",
        float(low) if numeric and low is not None else None,
        float(high) if numeric and high is not None else None,
        tuple(str(word) for word, _ in described.get("levels") or ()),
        tuple(tuple(group) for group in described.get("case_variants") or ()),
    )


def frame_facts(frame: pd.DataFrame, target: str = "") -> TableFacts:
    return TableFacts(len(frame), [column_facts(found.as_dict()) for found in profile(frame)], target)


def fitting(facts: TableFacts) -> Fitting:
    """Which columns of a table are left out, cleaned, taken apart, filled and encoded."""
    features = [column for column in facts.columns if column.name != facts.target]
    reasons = {column.name: reason for column in features if (reason := reason_against(column, facts.rows))}
    if len(features) == len(reasons):
        reasons = {name: reason for name, reason in reasons.items() if reason in (NO_VALUES, ONE_VALUE)}
    stay = [column for column in features if column.name not in reasons or column.name in facts.keep]
    if not stay:
        return Fitting()
    target = [column for column in facts.columns if column.name == facts.target]
    gaps = [column for column in stay if column.missing and column.type in ("number", "text")]
    texts = [column for column in stay if column.type == "text"]
    return Fitting(
        tuple(LeftOut(name, reason, name in facts.keep) for name, reason in reasons.items()),
        tuple(column.name for column in (*stay, *target) if column.type == "text" and column.spellings),
        tuple(column.name for column in stay if column.type == "date"),
        tuple((column.name, column.missing) for column in gaps),
        tuple(column.name for column in texts),
        tuple((column.name, column.labels) for column in texts if column.labels and column.labels > KEPT_LEVELS),
        any(column.missing >= MANY_GAPS * facts.rows for column in gaps),
    )


NO_VALUES = "It has no values."
ONE_VALUE = "It has one value only."


def reason_against(column: ColumnFacts, rows: int) -> str:
    """Why a column tells a model nothing, as a sentence; empty where it may tell something."""
    present = rows - column.missing
    if present <= 0:
        return NO_VALUES
    if column.unique == 1 and not column.missing:
        return ONE_VALUE
    if column.unique is None or present < ID_ROWS:
        return ""
    if column.type == "text":
        if column.unique > PROSE_LEVELS and looks_like_prose(list(column.levels)):
            return "It is free text, which a model cannot take for categories."
        if column.unique >= TEXT_ID_SHARE * present:
            return "It is an id or a name: nearly every row has a value of its own."
    if column.type == "number" and column.whole and column.unique >= ID_SHARE * present:
        if names_an_id(column.name):
            return "It is an id: nearly every row has a number of its own."
        if column.low is not None and column.high is not None and counts_up(column.low, column.high, present):
            return "It counts the rows."
    return ""
