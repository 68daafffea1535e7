"""One metric over the runs of a workflow, as a figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apps.runs.run_table import Column, Line, MetricRow
from flowza.engine.figures.parts import GREY, axis, dots, drawn, rounded
from flowza.engine.report import Figure, ReportTable
from flowza.engine.sentences import number

MOST_POINTS = 500
MOST_IN_TABLE = 100
"""With more runs the chart has no table of its own: the page's table, which can be sorted and paged, has them all."""


def metric_figure(column: Column, lines: Sequence[Line]) -> Figure | None:
    """The metric of each run that has it, oldest first; runs that measured other rows are drawn apart."""
    key = column.key.removeprefix("m:")
    found = [(line, line.metrics[key]) for line in lines if key in line.metrics]
    known = [(line, metric) for line, metric in found if metric.value is not None]
    if len(known) < 2:
        return None
    known = sorted(known, key=lambda pair: pair[0].run.pk)[-MOST_POINTS:]
    letters = sorted({line.letter for line, _ in known})
    data = [trace(letter, place, known, len(letters) > 1) for place, letter in enumerate(letters)]
    if (base := baseline_trace(known)) is not None:
        data.append(base)
    runs = [run_words(line) for line, _ in known]
    layout = {
        "xaxis": axis("", type="category", categoryorder="array", categoryarray=runs),
        "yaxis": axis(column.label),
        "showlegend": True,
    }
    table = ReportTable(
        column.label,
        ["Run", column.label, "Baseline", "Test rows"],
        [
            [words, metric.value, metric.baseline, line.letter]
            for words, (line, metric) in zip(runs, known, strict=True)
        ],
    )
    shown = table if len(known) <= MOST_IN_TABLE else None
    return Figure("metric_over_runs", f"{column.label} over runs", summary(column, known), data, layout, shown)


def run_words(line: Line) -> str:
    return f"Run {line.run.pk}"


def trace(letter: str, place: int, known: Sequence[tuple[Line, MetricRow]], several: bool) -> dict[str, Any]:
    part = [(run_words(line), metric.value) for line, metric in known if line.letter == letter]
    name = f"test rows {letter}" if several and letter else "runs" if not several else "unknown rows"
    points = dots([], [], name, place)
    return points | {
        "mode": "lines+markers",
        "x": [words for words, _ in part],
        "y": rounded([value for _, value in part]),
        "line": {"color": points["marker"]["color"], "width": 1},
    }


def baseline_trace(known: Sequence[tuple[Line, MetricRow]]) -> dict[str, Any] | None:
    part = [(run_words(line), metric.baseline) for line, metric in known if metric.baseline is not None]
    if not part:
        return None
    return {
        "type": "scatter",
        "mode": "lines",
        "name": drawn("Baseline"),
        "x": [words for words, _ in part],
        "y": rounded([value for _, value in part]),
        "line": {"color": GREY, "dash": "dot", "width": 1},
    }


def summary(column: Column, known: Sequence[tuple[Line, MetricRow]]) -> str:
    values = {line.run.pk: float(metric.value) for line, metric in known if metric.value is not None}
    low, high = min(values.values()), max(values.values())
    words = f"{len(values)} runs, from {number(low)} to {number(high)}."
    letters = {line.letter for line, _ in known}
    if len(letters) > 1:
        return f"{words} They were measured on different rows, so only runs of one colour compare."
    if column.higher_is_better is None or low == high:
        return words
    best = max(values, key=values.__getitem__) if column.higher_is_better else min(values, key=values.__getitem__)
    return f"{words} The best is run {best}."
