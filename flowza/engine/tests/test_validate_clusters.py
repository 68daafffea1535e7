from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from flowza.engine.errors import NodeError
from flowza.engine.tests.modelling import linear, metric, report, separable, split, step, table_of, train


def groups(rows: int = 90) -> pd.DataFrame:
    random = np.random.default_rng(0)
    centres = np.array([[0, 0], [10, 0], [0, 10]])[np.arange(rows) % 3]
    frame = pd.DataFrame(centres + random.normal(size=(rows, 2)), columns=["a", "b <i>"])
    return frame.assign(kind=[f"kind {number}" for number in np.arange(rows) % 3])


@pytest.mark.parametrize("rows", [90, 6000])
def test_the_report_tells_sizes_centres_and_typical_values(rows: int) -> None:
    table = step(table_of(groups(rows), None), "select", columns=["a", "b <i>"])
    model = train(step(table, "normalise"), "kmeans", n_clusters=3)
    made = report("cluster_report", model)
    assert (metric(made, "silhouette").value or 0) > 0.7
    assert metric(made, "inertia").value == pytest.approx(model.estimator.inertia_)
    sizes, typical, centres = made.tables
    assert [row[1] for row in sizes.rows] == [rows // 3] * 3
    assert sorted(round(row[1], -1) for row in typical.rows) == [0, 0, 10]
    assert [row[1:] for row in centres.rows] == pytest.approx(model.estimator.cluster_centers_, rel=1e-5)
    (figure,) = made.figures
    go.Figure(data=figure.data, layout=figure.layout)
    assert sum(len(trace["x"]) for trace in figure.data) <= 500


def test_a_target_that_the_clustering_did_not_see_is_set_against_the_clusters() -> None:
    table = table_of(groups(), "kind")
    made = report("cluster_report", train(split(table, every=10), "kmeans", n_clusters=3))
    table_of_kinds = made.tables[-1]
    assert table_of_kinds.columns == ["Cluster", "kind 0", "kind 1", "kind 2"]
    assert sum(sum(row[1:]) for row in table_of_kinds.rows) == 81
    assert any("training rows" in note.text for note in made.notes)


@pytest.mark.parametrize(("rows", "columns", "clusters"), [(1, 1, 1), (2, 1, 2), (5, 1, 2), (5, 3, 5)])
def test_few_rows_and_columns_are_enough(rows: int, columns: int, clusters: int) -> None:
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.normal(size=(rows, columns)), columns=[f"x{place}" for place in range(columns)])
    made = report("cluster_report", train(table_of(frame, None), "kmeans", n_clusters=clusters))
    assert metric(made, "clusters").value == clusters


def test_a_model_that_predicts_is_refused() -> None:
    with pytest.raises(NodeError, match="makes no groups"):
        report("cluster_report", train(table_of(separable())))
    with pytest.raises(NodeError, match="groups rows"):
        report("cross_validate", train(table_of(linear(), None), "kmeans"))
