"""Curves of several runs in one figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flowza.engine.figures.parts import GREY, POINTS, colour, dash, drawn, thinned
from flowza.engine.report import Figure, ReportTable


def overlaid(figures: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Figure]:
    """The same figure of several runs, laid over each other: one for each curve that at least two runs have.

    figures: (name of the run, a stored figure whose traces are curves). Guides are those of the first run.
    """
    found = []
    for curve in shared_curves(figures):
        parts = [
            (name, trace, figure) for name, figure in figures for trace in curves(figure) if trace["name"] == curve
        ]
        found.append(overlay(curve, parts))
    return found


def curves(figure: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [trace for trace in figure["data"] if trace.get("line", {}).get("color") != GREY]


def shared_curves(figures: Sequence[tuple[str, Mapping[str, Any]]]) -> list[str]:
    names = [trace["name"] for _, figure in figures for trace in curves(figure)]
    return [name for name in dict.fromkeys(names) if names.count(name) > 1]


def overlay(curve: str, parts: Sequence[tuple[str, Mapping[str, Any], Mapping[str, Any]]]) -> Figure:
    first = parts[0][2]
    data: list[dict[str, Any]] = []
    for place, (name, trace, _) in enumerate(parts):
        kept = thinned(len(trace["x"]), (POINTS - 2) // len(parts)).tolist()
        data.append(
            {
                **trace,
                "x": [trace["x"][index] for index in kept],
                "y": [trace["y"][index] for index in kept],
                "name": drawn(name),
                "line": {"color": colour(place), "dash": dash(place), "width": 2},
            }
        )
    data += [dict(trace) for trace in first["data"] if trace.get("line", {}).get("color") == GREY]
    rows: list[list[Any]] = []
    columns: list[str] = []
    for name, _, figure in parts:
        if table := figure["table"]:
            columns = ["Run", *table["columns"][1:]]
            # The first column says which curve a row belongs to.
            rows += [[name, *row[1:]] for row in table["rows"] if drawn(row[0]) == curve]
    title = f"{first['title']} for {curve}"
    summary = " ".join(f"{name}: {figure['summary']}" for name, _, figure in parts)
    return Figure(first["id"], title, summary, data, dict(first["layout"]), ReportTable(title, columns, rows))
