"""Parts of figures: Plotly JSON made of plain values.

Fonts, grounds and grids are the page's, so that both themes fit. Colours are those of Okabe and Ito that stand out
on light and on dark; traces differ in dash or symbol too. A figure has at most 500 points.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

POINTS = 500
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#8A7400")
GREY = "#808080"
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
SYMBOLS = ("circle", "square", "diamond", "cross", "x", "triangle-up", "triangle-down", "star")
LONGEST = 40


def text_of(value: Any, limit: int = LONGEST) -> str:
    """A label as people read it."""
    text = str(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def drawn(value: Any) -> str:
    """A label inside a figure, where Plotly would read `<b>` and the like as markup."""
    return text_of(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def colour(index: int) -> str:
    return COLOURS[index % len(COLOURS)]


def dash(index: int) -> str:
    return DASHES[(index // len(COLOURS) + index) % len(DASHES)]


def rounded(values: Any) -> list[float]:
    """Numbers with six significant digits, as plain floats."""
    return [float(f"{value:.6g}") for value in np.asarray(values, dtype=np.float64).tolist()]


def thinned(count: int, limit: int) -> np.ndarray:
    """Places of at most `limit` of `count` points, evenly spread, first and last among them."""
    if count <= limit:
        return np.arange(count)
    return np.unique(np.linspace(0, count - 1, limit).round().astype(np.int64))


def drawn_rows(count: int, limit: int) -> np.ndarray:
    """Places of at most `limit` of `count` rows, by lot but always the same."""
    if count <= limit:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).choice(count, limit, replace=False))


def axis(title: str, **settings: Any) -> dict[str, Any]:
    return {"title": {"text": drawn(title)}, **settings}


def line(x: Any, y: Any, name: str, index: int, **settings: Any) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": drawn(name),
        "x": rounded(x),
        "y": rounded(y),
        "line": {"color": colour(index), "dash": dash(index), "width": 2},
        **settings,
    }


def guide(x: Sequence[float], y: Sequence[float], name: str) -> dict[str, Any]:
    """A thin dotted line to compare with."""
    return {
        **line(x, y, name, 0),
        "line": {"color": GREY, "dash": "dot", "width": 1},
        "hoverinfo": "skip",
    }


def dots(x: Any, y: Any, name: str, index: int) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": drawn(name),
        "x": rounded(x),
        "y": rounded(y),
        "marker": {
            "color": colour(index),
            "symbol": SYMBOLS[index % len(SYMBOLS)],
            "size": 6,
            "opacity": 0.7,
        },
    }
