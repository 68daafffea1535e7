"""Cluster report: how large the groups are, how far apart, and what sets them apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.decomposition import PCA

from flowza.engine.columns import column_type
from flowza.engine.context import Context
from flowza.engine.figures.clusters import clusters_figure
from flowza.engine.figures.parts import rounded, text_of
from flowza.engine.measured import measured_clusters
from flowza.engine.model import Model
from flowza.engine.node import Inputs, Node, Output
from flowza.engine.operations.metrics import clustering_metrics
from flowza.engine.ports import MODEL_IN, REPORT_OUT
from flowza.engine.report import Figure, Note, Report, ReportTable
from flowza.engine.sentences import Subject, described
from flowza.engine.table import Table

SHOWN_COLUMNS = 50
SAMPLE = 2000
LARGEST = 1e100  # whose square, summed over rows, is still a number


class ClusterReport(Node):
    """Sizes, silhouette, centres and a drawing of a clustering's training rows."""

    kind = "cluster_report"
    version = 2
    label = "Cluster report"
    category = "validate"
    icon = "chart-scatter"
    summary = "Shows how large the groups of a clustering are, how far apart, and what sets them apart."
    role = "validate"
    inputs = (MODEL_IN,)
    outputs = (REPORT_OUT,)
    uses_openmp = True

    def run(self, inputs: Inputs, context: Context) -> dict[str, Output]:
        model: Model = inputs["model"][0]
        if model.task != "clustering":
            raise self.error(
                f"{model.name} predicts '{model.target}' and makes no groups.",
                hint="Use Evaluate.",
                code="no_clusters",
            )
        table = model.table.table()
        features = table.train[model.features].to_numpy(np.float64)
        estimator = model.estimator
        if np.abs(features).max() > LARGEST:
            raise self.error(
                "Some values are too large to measure distances between rows.",
                hint="Normalise the columns before the clustering, or leave out outliers.",
                code="too_large",
            )
        centres = np.asarray(estimator.cluster_centers_, dtype=np.float64)
        clusters = np.asarray(estimator.predict(table.train[model.features]), dtype=np.int64)
        values = clustering_metrics(features, clusters, centres, context.seed)
        names = [f"Cluster {place}" for place in range(len(centres))]
        tables = [
            sizes_table(clusters, names),
            averages_table(model, table, clusters, names),
            centres_table(model, centres, names),
        ]
        notes = [Note("note", text) for text in model.notes]
        if table.roles is not None:
            notes.append(Note("note", "The report is about the training rows; the test rows were not looked at."))
        if len(features) > SAMPLE:
            notes.append(Note("note", f"The silhouette is that of {SAMPLE:,} rows chosen by lot."))
        if table.target is not None:
            tables.append(target_table(table, clusters, names))
        alone = {"inertia": one_group_inertia(features)}
        metrics = described(values, alone, Subject("clustering", ""), len(features))
        figures = [plane_figure(features, centres, clusters, names, context.seed)]
        title = f"{model.name}: {len(centres)} clusters of {len(features):,} rows"
        measured = measured_clusters(model, table.train[model.features], context.seed)
        return {"report": Report(title, metrics, tables, figures, notes, measured)}


def one_group_inertia(features: np.ndarray) -> float:
    """Squared distances of the rows to their mean: what the inertia is if nothing is grouped."""
    return float(((features - features.mean(axis=0)) ** 2).sum())


def sizes_table(clusters: np.ndarray, names: list[str]) -> ReportTable:
    sizes = np.bincount(clusters, minlength=len(names)).tolist()
    rows = [[name, size, size / len(clusters)] for name, size in zip(names, sizes, strict=True)]
    return ReportTable("Sizes", ["Cluster", "Rows", "Share"], rows)


def averages_table(model: Model, table: Table, clusters: np.ndarray, names: list[str]) -> ReportTable:
    """What the rows of each cluster look like in the columns as they came in: mean, or most frequent value."""
    raw = table.source.frame.loc[table.train.index, [column.name for column in model.signature.inputs]]
    shown = list(raw.columns[:SHOWN_COLUMNS])
    rows = []
    for place, name in enumerate(names):
        part = raw[clusters == place]
        rows.append([name, *(typical(part[column]) for column in shown)])
    title = "Typical values (mean, or most frequent) in the columns as they came in"
    return ReportTable(title + cut(len(shown), raw.shape[1]), ["Cluster", *map(str, shown)], rows)


def typical(values: pd.Series) -> float | str | None:
    present = values.dropna()
    if not len(present):
        return None
    if column_type(values) in ("number", "flag"):
        return rounded([present.mean()])[0]
    return text_of(present.mode().iloc[0])


def centres_table(model: Model, centres: np.ndarray, names: list[str]) -> ReportTable:
    shown = model.features[:SHOWN_COLUMNS]
    rows = [[name, *rounded(centre[: len(shown)])] for name, centre in zip(names, centres, strict=True)]
    title = "Centres, in the columns that the clustering saw" + cut(len(shown), len(model.features))
    return ReportTable(title, ["Cluster", *shown], rows)


def cut(shown: int, count: int) -> str:
    return "" if shown == count else f" (the first {shown} of {count})"


def target_table(table: Table, clusters: np.ndarray, names: list[str]) -> ReportTable:
    """How the column to predict, which the clustering did not see, is spread over the clusters."""
    target = table.train[str(table.target)]
    groups = [target[clusters == place] for place in range(len(names))]
    title = f"'{table.target}', which the clustering did not see, in each cluster"
    levels = sorted(target.unique().tolist(), key=str)
    if len(levels) > 20:
        return ReportTable(
            title,
            ["Cluster", "Typical value"],
            [[name, typical(group)] for name, group in zip(names, groups, strict=True)],
        )
    rows = [
        [name, *(int((group == level).sum()) for level in levels)] for name, group in zip(names, groups, strict=True)
    ]
    return ReportTable(title, ["Cluster", *map(text_of, levels)], rows)


def plane_figure(
    features: np.ndarray, centres: np.ndarray, clusters: np.ndarray, names: list[str], seed: int
) -> Figure:
    """Rows on their first two principal components, found on at most 2,000 rows."""
    rows = np.arange(len(features))
    if len(rows) > SAMPLE:
        rows = np.sort(np.random.default_rng(seed).choice(rows, SAMPLE, replace=False))
    part = features[rows]
    components = min(2, *part.shape)
    plane = PCA(components, random_state=seed).fit(part) if len(part) > 1 else None
    if plane is None:
        return clusters_figure(np.zeros((1, 2)), np.zeros((len(centres), 2)), clusters, names, [0.0, 0.0])
    shares = np.nan_to_num(plane.explained_variance_ratio_).tolist()
    points, middles = plane.transform(part), plane.transform(centres)
    flat = 2 - components
    return clusters_figure(
        np.pad(points, ((0, 0), (0, flat))),
        np.pad(middles, ((0, 0), (0, flat))),
        clusters[rows],
        names,
        [*shares, *[0.0] * flat],
    )
