"""Figures of estimated numbers: estimates beside the truth, residuals."""

from __future__ import annotations

import numpy as np

from flowza.engine.figures.parts import POINTS, axis, dots, drawn_rows, guide, rounded
from flowza.engine.report import Figure, ReportTable
from flowza.engine.sentences import in_100, number


def predicted_actual_figure(actual: np.ndarray, predicted: np.ndarray, target: str) -> Figure:
    rows = drawn_rows(len(actual), POINTS - 2)
    low = float(min(actual[rows].min(), predicted[rows].min()))
    high = float(max(actual[rows].max(), predicted[rows].max()))
    data = [
        dots(actual[rows], predicted[rows], "rows", 0),
        guide([low, high], [low, high], "exactly right"),
    ]
    layout = {
        "xaxis": axis(f"True {target}"),
        "yaxis": axis(f"Estimated {target}"),
        "showlegend": True,
    }
    over = float((predicted > actual).mean())
    summary = f"{in_100(over)} of 100 estimates are too high, {in_100(float((predicted < actual).mean()))} too low."
    table = ReportTable(
        "Means of ten groups of rows, from the lowest true value to the highest",
        ["Rows", f"True {target}", f"Estimated {target}"],
        [[len(part), *rounded([actual[part].mean(), predicted[part].mean()])] for part in tenths(actual)],
    )
    return Figure("predicted_actual", "Estimated and true values", summary + shown(rows, actual), data, layout, table)


def residual_figure(actual: np.ndarray, predicted: np.ndarray, target: str) -> Figure:
    residuals = actual - predicted
    rows = drawn_rows(len(actual), POINTS - 2)
    ends = [float(predicted[rows].min()), float(predicted[rows].max())]
    data = [dots(predicted[rows], residuals[rows], "rows", 0), guide(ends, [0, 0], "exactly right")]
    layout = {
        "xaxis": axis(f"Estimated {target}"),
        "yaxis": axis("Residual (true − estimated)"),
        "showlegend": True,
    }
    low, middle, high = np.quantile(residuals, [0.05, 0.5, 0.95])
    summary = (
        f"Half of the residuals lie below {number(float(middle))};"
        f" nine of ten lie between {number(float(low))} and {number(float(high))}."
    )
    quantiles = (0, 0.05, 0.25, 0.5, 0.75, 0.95, 1)
    values = rounded(np.quantile(residuals, quantiles))
    table = ReportTable(
        "Residuals",
        ["Share of rows below", "Residual"],
        [[f"{share:.0%}", value] for share, value in zip(quantiles, values, strict=True)],
    )
    return Figure("residuals", "Residuals", summary + shown(rows, actual), data, layout, table)


def tenths(values: np.ndarray) -> list[np.ndarray]:
    """Places of the rows in at most ten groups of about equal size, by rising value."""
    order = np.argsort(values, kind="stable")
    return [part for part in np.array_split(order, 10) if len(part)]


def shown(rows: np.ndarray, values: np.ndarray) -> str:
    return "" if len(rows) == len(values) else f" Drawn: {len(rows)} of {len(values):,} rows."
