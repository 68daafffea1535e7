"""Figures of class answers: confusion matrix, ROC, precision and recall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from flowza.engine.figures.parts import POINTS, axis, drawn, guide, line, rounded, text_of, thinned
from flowza.engine.operations.metrics import threshold_counts
from flowza.engine.report import Figure, ReportTable

MOST_CLASSES = 20
MOST_CURVES = 8


def confusion_figure(counts: np.ndarray, labels: Sequence[Any], target: str) -> Figure:
    """counts: rows of class i answered as class j, shape (k, k). Of many classes the rarer are drawn as one."""
    names = [text_of(label) for label in labels]
    rows, summary = counts.sum(axis=1), confusion_summary(counts, names)
    if len(names) > MOST_CLASSES:
        shown = np.sort(np.argsort(-rows, kind="stable")[:MOST_CLASSES])
        place = np.full(len(names), MOST_CLASSES)
        place[shown] = np.arange(MOST_CLASSES)
        merged = np.zeros((MOST_CLASSES + 1, MOST_CLASSES + 1), dtype=np.int64)
        np.add.at(merged, (place[:, None], place[None, :]), counts)
        names, counts = [*(names[index] for index in shown), "all others"], merged
    totals = counts.sum(axis=1, keepdims=True)
    shares = counts / np.maximum(totals, 1)
    places = list(range(len(names)))
    ticks = {"tickvals": places, "ticktext": [drawn(name) for name in names]}
    data = {
        "type": "heatmap",
        "x": places,
        "y": places,
        "z": [rounded(row) for row in shares],
        "text": [[f"{count:,}" for count in row] for row in counts.tolist()],
        "texttemplate": "%{text}",
        "hovertemplate": "true %{y}, answered %{x}: %{text} rows<extra></extra>",
        "colorscale": [[0, "#e4edfc"], [1, "#2459b8"]],
        "zmin": 0,
        "zmax": 1,
        "colorbar": {"title": {"text": "share of the true class"}, "tickformat": ".0%"},
    }
    layout = {
        "xaxis": axis(f"Answered {target}", **ticks),
        "yaxis": axis(f"True {target}", autorange="reversed", **ticks),
    }
    table = ReportTable(
        "Rows by true class (down) and answer (across)",
        [f"True {target}", *names],
        [[name, *row] for name, row in zip(names, counts.tolist(), strict=True)],
    )
    return Figure("confusion_matrix", "Confusion matrix", summary, [data], layout, table)


def confusion_summary(counts: np.ndarray, names: Sequence[str]) -> str:
    right, total = int(np.trace(counts)), int(counts.sum())
    summary = f"{right:,} of {total:,} rows are answered rightly"
    wrong = counts.copy()
    np.fill_diagonal(wrong, 0)
    if not wrong.any():
        return summary + "."
    true, answer = divmod(int(wrong.argmax()), len(names))
    return (
        f"{summary}; the most frequent mistake is {names[answer]} where {names[true]} is true"
        f" ({int(wrong.max()):,} rows)."
    )


@dataclass(frozen=True)
class Curve:
    """Scores for one class. positive: which rows are of the class, bool; both shapes (n,), with rows of both kinds.
    summary: the area under the ROC curve, and the average precision."""

    name: str
    positive: np.ndarray
    scores: np.ndarray
    area: float
    average_precision: float

    @cached_property
    def points(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Thresholds, and how many rows of the class and of the others are taken at each; from nothing taken on."""
        thresholds, found, false = threshold_counts(self.positive, self.scores)
        return np.append(np.inf, thresholds), np.append(0, found), np.append(0, false)


def roc_figure(curves: Sequence[Curve]) -> Figure:
    drawings: list[Drawing] = []
    for curve in curves:
        thresholds, found, false = curve.points
        drawings.append(Drawing(curve.name, thresholds, false / false[-1], found / found[-1]))
    x, y = "Share of the others wrongly taken", "Share of the class found"
    areas = [curve.area for curve in curves]
    summary = f"The area under the curve for {curves[0].name} is {areas[0]:.2f}; chance has 0.50."
    if len(curves) > 1:
        summary = f"The areas under the curves lie between {min(areas):.2f} and {max(areas):.2f}; chance has 0.50."
    return curves_figure("roc", "ROC curve", summary, drawings, (x, y), guide([0, 1], [0, 1], "chance"))


def precision_recall_figure(curves: Sequence[Curve]) -> Figure:
    drawings: list[Drawing] = []
    for curve in curves:
        thresholds, found, false = curve.points
        precision = found[1:] / (found[1:] + false[1:])
        precision = np.append(precision[0], precision)
        drawings.append(Drawing(curve.name, thresholds, found / found[-1], precision))
    averages = [curve.average_precision for curve in curves]
    share = float(curves[0].positive.mean())
    summary = f"Average precision for {curves[0].name} is {averages[0]:.2f}; answers by chance have {share:.2f}."
    if len(curves) > 1:
        summary = f"The average precision of the classes lies between {min(averages):.2f} and {max(averages):.2f}."
    chance = guide([0, 1], [share, share], "chance") if len(curves) == 1 else None
    axes = ("Recall: share of the class found", "Precision: share of right answers")
    return curves_figure("precision_recall", "Precision and recall", summary, drawings, axes, chance)


@dataclass(frozen=True)
class Drawing:
    name: str
    thresholds: np.ndarray
    x: np.ndarray
    y: np.ndarray


def curves_figure(
    id: str,
    title: str,
    summary: str,
    drawings: Sequence[Drawing],
    axes: tuple[str, str],
    chance: dict[str, Any] | None,
) -> Figure:
    data, rows = [], []
    for index, drawing in enumerate(drawings):
        places = corners(drawing.x, drawing.y, (POINTS - 2) // len(drawings))
        x, y = drawing.x[places], drawing.y[places]
        data.append(line(x, y, drawing.name, index))
        for place in thinned(len(places), 11 if len(drawings) == 1 else 5).tolist():
            threshold = drawing.thresholds[places[place]]
            least = float(f"{threshold:.4g}") if np.isfinite(threshold) else None
            rows.append([drawing.name, least, *rounded([x[place], y[place]])])
    if chance is not None:
        data.append(chance)
    layout = {
        "xaxis": axis(axes[0], range=[0, 1], tickformat=".0%"),
        "yaxis": axis(axes[1], range=[0, 1.01], tickformat=".0%"),
        "showlegend": True,
    }
    table = ReportTable(title, ["Class", "Probability at least", *axes], rows)
    return Figure(id, title, summary, data, layout, table)


def corners(x: np.ndarray, y: np.ndarray, limit: int) -> np.ndarray:
    """Places of at most `limit` points of a curve, leaving out those on a straight level or upright stretch."""
    turn = np.ones(len(x), dtype=bool)
    if len(x) > 2:
        turn[1:-1] = ~(((x[1:-1] == x[:-2]) & (x[2:] == x[1:-1])) | ((y[1:-1] == y[:-2]) & (y[2:] == y[1:-1])))
    kept = np.flatnonzero(turn)
    chosen: np.ndarray = kept[thinned(len(kept), limit)]
    return chosen
