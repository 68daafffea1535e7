"""Figure of clusters: rows on the plane that shows most of their differences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from flowza.engine.figures.parts import POINTS, axis, dots, drawn_rows, rounded
from flowza.engine.report import Figure, ReportTable
from flowza.engine.sentences import in_100


def clusters_figure(
    points: np.ndarray, centres: np.ndarray, clusters: np.ndarray, names: Sequence[str], shares: Sequence[float]
) -> Figure:
    """points: rows on the plane, shape (n, 2); centres: (k, 2); clusters: (n,) places in `names`.

    shares: of the rows' variance along the two axes.
    """
    rows = drawn_rows(len(points), max(POINTS - len(centres), 1))
    data = []
    for index, name in enumerate(names):
        part = rows[clusters[rows] == index]
        data.append(dots(points[part, 0], points[part, 1], name, index))
    data.append(
        {
            **dots(centres[:, 0], centres[:, 1], "centres", 0),
            "marker": {"symbol": "x", "size": 12, "color": "#808080", "line": {"width": 1}},
        }
    )
    titles = [f"Component {index} ({in_100(share)} % of the variance)" for index, share in enumerate(shares, 1)]
    layout = {"xaxis": axis(titles[0]), "yaxis": axis(titles[1]), "showlegend": True}
    summary = (
        f"The plane shows {in_100(min(1.0, sum(shares)))} % of the variance of the rows;"
        f" {len(rows):,} of {len(points):,} rows are drawn."
    )
    table = ReportTable(
        "Centres on the plane",
        ["Cluster", *titles],
        [[name, *rounded(centre)] for name, centre in zip(names, centres, strict=True)],
    )
    return Figure("clusters", "Clusters on a plane", summary, data, layout, table)
