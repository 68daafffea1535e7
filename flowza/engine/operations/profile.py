"""What the columns of a table hold: counts, spread, most frequent values and a small histogram of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from flowza.engine.operations.csv_cells import folded
from flowza.engine.operations.parquet import column_kind

BARS = 16
LEVELS = 10
LEVEL_LENGTH = 80
CASE_GROUPS, CASE_LEVELS = 50, 10_000
"""Groups of spellings that are told, and how many distinct texts are compared at most: labels have few."""
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
HUGE = 1e150
"""Beyond this, squares and sums of a column are those of its values divided by the largest: they would not fit."""


@dataclass(frozen=True)
class ColumnProfile:
    """One column. Numbers are Python's own, dates ISO text, so that JSON holds all of it.

    low, high, mean, spread (standard deviation, n-1), quantiles (5, 25, 50, 75, 95 %): numbers; of dates
    low, high and quantiles only. levels: the most frequent values with their counts, most frequent first.
    bars: counts of equally wide bins from low to high, or of the levels.
    case_variants: groups of texts that differ only by case or by spaces around them (`Yes`, `YES`, `yes `), at most
    CASE_GROUPS groups; in each the most frequent spelling stands first.
    """

    name: str
    type: str
    rows: int
    missing: int
    unique: int
    low: float | str | None = None
    high: float | str | None = None
    mean: float | None = None
    spread: float | None = None
    quantiles: tuple[float | str, ...] = ()
    levels: tuple[tuple[str, int], ...] = ()
    bars: tuple[int, ...] = ()
    case_variants: tuple[tuple[str, ...], ...] = ()

    @property
    def missing_share(self) -> float:
        return self.missing / self.rows if self.rows else 0.0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def profile(frame: pd.DataFrame) -> list[ColumnProfile]:
    """One profile per column, in the frame's order."""
    return [profile_column(frame[name], str(name)) for name in frame.columns]


def profile_column(column: pd.Series, name: str) -> ColumnProfile:
    """The profile of one column of any of our types."""
    kind = column_kind(column)
    if kind in ("integer", "number"):
        return _numbers(column, name, kind)
    if kind == "date":
        return _dates(column, name)
    return _words(column, name, kind)


def _numbers(column: pd.Series, name: str, kind: str) -> ColumnProfile:
    values = column.to_numpy(dtype="float64", na_value=np.nan)
    present = values[np.isfinite(values)]
    if present.size == 0:
        return ColumnProfile(name, kind, len(column), len(column), 0)
    ordered = np.sort(present)
    # Sorted values make the count of distinct ones and the quantiles nearly free.
    unique = 1 + int(np.count_nonzero(ordered[1:] != ordered[:-1]))
    largest = float(max(abs(ordered[0]), abs(ordered[-1])))
    scale = largest if largest > HUGE else 1.0
    scaled = present / scale
    spread = float(scaled.std(ddof=1)) * scale if present.size > 1 else None
    return ColumnProfile(
        name,
        kind,
        len(column),
        len(column) - present.size,
        unique,
        low=_plain(ordered[0]),
        high=_plain(ordered[-1]),
        mean=float(scaled.mean()) * scale,
        spread=spread if spread is not None and np.isfinite(spread) else None,
        quantiles=tuple(_plain(value * scale) for value in _quantiles(ordered / scale)),
        bars=_bars(ordered, unique),
    )


def _dates(column: pd.Series, name: str) -> ColumnProfile:
    moments = column.dropna()
    if moments.empty:
        return ColumnProfile(name, "date", len(column), len(column), 0)
    zone = getattr(column.dtype, "tz", None)
    plain = moments.dt.tz_convert("UTC").dt.tz_localize(None) if zone else moments
    ordered = np.sort(plain.astype("datetime64[us]").to_numpy().astype("int64"))
    unique = 1 + int(np.count_nonzero(np.diff(ordered)))
    marks = np.array([ordered[0], *_quantiles(ordered), ordered[-1]]).astype("int64").astype("datetime64[us]")
    low, *quantiles, high = (_iso(moment) for moment in marks)
    return ColumnProfile(
        name,
        "date",
        len(column),
        len(column) - len(moments),
        unique,
        low=low,
        high=high,
        quantiles=tuple(quantiles),
        bars=_bars(ordered.astype("float64"), unique),
    )


def _words(column: pd.Series, name: str, kind: str) -> ColumnProfile:
    missing = int(column.isna().sum())
    cells = column if kind == "boolean" else column.astype("str")
    counted = pc.value_counts(pa.array(cells, from_pandas=True).drop_null())
    counts = counted.field("counts").to_numpy()
    words = counted.field("values")
    # By falling count, ties in order of first appearance.
    top = np.argsort(-counts, kind="stable")[:LEVELS]
    levels = tuple((_word(words[int(position)].as_py()), int(counts[position])) for position in top)
    return ColumnProfile(
        name,
        kind,
        len(column),
        missing,
        len(counts),
        levels=levels,
        bars=tuple(count for _, count in levels),
        case_variants=case_variants(words.to_pylist(), counts.tolist()) if kind == "text" else (),
    )


def case_variants(words: Sequence[str], counts: Sequence[int]) -> tuple[tuple[str, ...], ...]:
    """Groups of distinct texts that are the same without case and outer spaces, the most frequent text first.

    words: distinct texts, counts: how often each stands in the column. Empty for columns of many texts.
    """
    if len(words) > CASE_LEVELS:
        return ()
    groups: dict[str, list[tuple[int, str]]] = {}
    for word, count in zip(words, counts, strict=True):
        groups.setdefault(folded(word), []).append((-count, word))
    several = [sorted(group) for group in groups.values() if len(group) > 1]
    return tuple(tuple(word for _, word in group) for group in several[:CASE_GROUPS])


def _bars(ordered: npt.NDArray[Any], unique: int) -> tuple[int, ...]:
    """Counts in at most BARS equally wide bins; few whole values get a bin each."""
    low, high = float(ordered[0]), float(ordered[-1])
    if unique == 1 or not np.isfinite(high - low):
        return (int(ordered.size),)
    bins = BARS
    if high - low < BARS and bool((ordered == np.floor(ordered)).all()):
        bins = int(high - low) + 1
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, bins + 1)
    if not (np.diff(edges) > 0).all():
        return (int(ordered.size),)
    below = np.searchsorted(ordered, edges[1:-1], side="left")
    return tuple(int(count) for count in np.diff([0, *below, ordered.size]))


def _quantiles(ordered: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Values at QUANTILES of sorted values, linearly between neighbours."""
    result: npt.NDArray[Any] = np.interp(np.array(QUANTILES) * (ordered.size - 1), np.arange(ordered.size), ordered)
    return result


def _plain(value: Any) -> float:
    number = float(value)
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _iso(moment: np.datetime64) -> str:
    text = str(moment.astype("datetime64[s]"))
    return text.removesuffix("T00:00:00").replace("T", " ")


def _word(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= LEVEL_LENGTH else text[:LEVEL_LENGTH] + "…"
