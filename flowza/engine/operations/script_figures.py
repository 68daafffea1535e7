"""Figures that exported notebooks draw; their source is printed into them."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from flowza.engine.operations.scripts import answers_of


def confusion_figure(model: Any, features: pd.DataFrame, truth: pd.Series) -> go.Figure:
    """How often each class was answered as each."""
    answers = pd.Series(answers_of(model, features)[0], index=truth.index)
    counts = pd.crosstab(truth.astype("str"), answers.astype("str"))
    cells = go.Heatmap(
        z=counts.to_numpy().tolist(),
        x=counts.columns.tolist(),
        y=counts.index.tolist(),
        texttemplate="%{z}",
        colorscale="Blues",
        showscale=False,
    )
    axes = {"xaxis": {"title": "answered", "type": "category"}, "yaxis": {"title": "actual", "type": "category"}}
    return go.Figure(cells, {"title": f"{truth.name}: answered and actual", **axes})


def predicted_figure(model: Any, features: pd.DataFrame, truth: pd.Series) -> go.Figure:
    """Predicted beside actual numbers; on the line they are equal."""
    answers = answers_of(model, features)[0].tolist()
    ends = [float(truth.min()), float(truth.max())]
    points = go.Scatter(x=truth.tolist(), y=answers, mode="markers", name="rows")
    line = go.Scatter(x=ends, y=ends, mode="lines", name="equal")
    axes = {"xaxis": {"title": f"actual {truth.name}"}, "yaxis": {"title": "predicted"}}
    return go.Figure([points, line], {"title": f"{truth.name}: predicted and actual", **axes})


def scores_figure(scores: dict[str, float]) -> go.Figure:
    """One bar for each score."""
    return go.Figure(go.Bar(x=list(scores), y=list(scores.values())), {"title": "Means over the folds"})
