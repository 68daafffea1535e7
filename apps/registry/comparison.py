"""Versions of one model side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from apps.registry.models import ModelVersion


@dataclass(frozen=True)
class Cell:
    """One version's value of a metric. `best`: no other version shown is better, and one is worse."""

    value: float | None
    baseline: float | None
    sentence: str
    best: bool = False


@dataclass(frozen=True)
class Line:
    label: str
    main: bool
    cells: list[Cell]


@dataclass(frozen=True)
class Comparison:
    """`alike`: all versions were measured on rows that look the same, so that their metrics may be compared."""

    lines: list[Line]
    alike: bool


def compared(versions: Sequence[ModelVersion]) -> Comparison:
    """A line per metric, in the order in which the newest version has them; a cell per version."""
    found = [{metric["name"]: metric for metric in version.metrics} for version in versions]
    names = list(dict.fromkeys(name for metrics in found for name in metrics))
    rows = {name: [metrics.get(name) for metrics in found] for name in names}
    alike = all(same_rows(metrics) for metrics in rows.values())
    return Comparison([line_of(metrics, alike) for metrics in rows.values()], alike)


def same_rows(metrics: Sequence[dict[str, Any] | None]) -> bool:
    """Whether a metric was measured on as many rows of the same role, on which the Baseline does as well."""
    places = {(metric["rows"], metric["role"], metric["baseline"]) for metric in metrics if metric is not None}
    return len(places) <= 1


def line_of(metrics: Sequence[dict[str, Any] | None], alike: bool) -> Line:
    known = [metric for metric in metrics if metric is not None]
    values = [metric["value"] for metric in known if metric["value"] is not None]
    best = None
    if alike and len(set(values)) > 1:
        best = max(values) if known[0]["higher_is_better"] else min(values)
    cells = [
        Cell(None, None, "")
        if metric is None
        else Cell(metric["value"], metric["baseline"], metric["sentence"], best is not None and metric["value"] == best)
        for metric in metrics
    ]
    return Line(known[0]["label"], any(metric["main"] for metric in known), cells)
