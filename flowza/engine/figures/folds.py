"""Figures of repeated measurements: one value for each fold, and models beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flowza.engine.figures.parts import axis, colour, dots, drawn, guide, rounded
from flowza.engine.report import Figure, ReportTable


def folds_figure(label: str, values: Sequence[float | None], baseline: Sequence[float | None]) -> Figure:
    """values, baseline: one for each fold; None where the fold could not give it."""
    data, rows = [], []
    for index, (name, series) in enumerate((("model", values), ("Baseline", baseline))):
        present = [(fold, value) for fold, value in enumerate(series, 1) if value is not None]
        if present:
            data.append(dots([fold for fold, _ in present], [value for _, value in present], name, index))
    for fold, (value, other) in enumerate(zip(values, baseline, strict=True), 1):
        rows.append([fold, *(None if item is None else rounded([item])[0] for item in (value, other))])
    layout = {"xaxis": axis("Fold", dtick=1), "yaxis": axis(label), "showlegend": True}
    measured = [value for value in values if value is not None]
    summary = f"{label} of the folds lies between {min(measured):.3g} and {max(measured):.3g}."
    table = ReportTable(f"{label} of each fold", ["Fold", "Model", "Baseline"], rows)
    return Figure("folds", f"{label} of each fold", summary, data, layout, table)


@dataclass(frozen=True)
class Standing:
    """A model's mean over the folds and its 95 % interval."""

    name: str
    mean: float
    low: float
    high: float


def leaderboard_figure(label: str, standings: Sequence[Standing], baseline: float | None) -> Figure:
    """standings: best first."""
    places = list(range(len(standings)))
    means = [standing.mean for standing in standings]
    data = [
        {
            **dots(means, places, "mean and 95 % interval", 0),
            "error_x": {
                "type": "data",
                "symmetric": False,
                "array": rounded([standing.high - standing.mean for standing in standings]),
                "arrayminus": rounded([standing.mean - standing.low for standing in standings]),
                "color": colour(0),
            },
        }
    ]
    if baseline is not None:
        data.append(guide([baseline, baseline], [-0.5, len(standings) - 0.5], "Baseline"))
    layout = {
        "xaxis": axis(label),
        "yaxis": {
            "tickvals": places,
            "ticktext": [drawn(standing.name) for standing in standings],
            "range": [len(standings) - 0.5, -0.5],
            "automargin": True,
        },
        "showlegend": True,
    }
    best = standings[0]
    rows = [[standing.name, *rounded([standing.mean, standing.low, standing.high])] for standing in standings]
    table = ReportTable(label, ["Model", "Mean", "From", "To"], rows)
    summary = f"{best.name} comes first with {best.mean:.3g} ({best.low:.3g} to {best.high:.3g})."
    return Figure("leaderboard", f"{label} on the same folds", summary, data, layout, table)
