"""Templates: finished workflows that run as they are on a showcase dataset, and on any table of the same kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from flowza.engine.fitting import Step, TableFacts, fitting


@dataclass(frozen=True)
class Template:
    """A workflow to start from. `graph` gives its graph for a showcase dataset or for a dataset reference.

    build: makes the graph from the source and the steps that prepare its columns.
    """

    slug: str
    title: str
    description: str
    task: Literal["classification", "regression", "clustering", "cleaning"]
    showcase: str
    build: Callable[[list[Step], list[Step]], dict[str, Any]]

    @property
    def needs_target(self) -> bool:
        return self.task in ("classification", "regression")

    def graph(
        self, dataset: str | None = None, target: str = "", positive: str = "", facts: TableFacts | None = None
    ) -> dict[str, Any]:
        """Graph JSON. Without a dataset it reads the template's showcase data, whose target is known.

        facts: of the dataset; the template is then fitted to its columns. Raises ValueError when a target is needed and
        not given.
        """
        if dataset is None:
            return self.fitted([("data", "showcase", {"name": self.showcase})], None)
        if self.needs_target and not target:
            raise ValueError(f"The template '{self.slug}' needs the column to predict.")
        params: dict[str, Any] = {"dataset": dataset}
        if self.needs_target:
            params |= {"target": target} | ({"positive": positive} if positive else {})
        return self.fitted([("data", "csv", params)], facts)

    def fitted(self, source: list[Step], facts: TableFacts | None) -> dict[str, Any]:
        """Graph JSON on a source, fitted to the columns of its table; a cleaning does all by its own steps."""
        if facts is None or self.task == "cleaning":
            return self.build(source, PREPARE)
        found = fitting(facts)
        return self.build(source, [*found.steps, *found.prepare])


# Building graphs


def line(steps: Sequence[Step], ports: dict[str, str] | None = None) -> dict[str, Any]:
    """A graph of steps one behind the other, each (id, kind, params)."""
    return graph_of(steps, [(one[0], other[0]) for one, other in pairwise(steps)])


def graph_of(steps: Sequence[Step], wires: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """A graph from steps and pairs of ids; ports follow from the kinds. Laid out by distance from the source."""
    from flowza.engine.catalogue import catalogue

    kinds = {name: catalogue()[kind] for name, kind, _ in steps}
    edges = []
    for source, target in wires:
        leaving = kinds[source].outputs[0]
        entering = next(port for port in kinds[target].inputs if port.type == leaving.type)
        edges.append({"from": source, "from_port": leaving.name, "to": target, "to_port": entering.name})
    places = layout([name for name, _, _ in steps], wires)
    nodes = [
        {"id": name, "kind": kind, "params": params, "x": places[name][0], "y": places[name][1]}
        for name, kind, params in steps
    ]
    return {"format": 1, "seed": 0, "nodes": nodes, "edges": edges}


def layout(names: Sequence[str], wires: Sequence[tuple[str, str]]) -> dict[str, tuple[int, int]]:
    """Left to right by the longest way from a source; side by side in the order given."""
    depth = dict.fromkeys(names, 0)
    for _ in names:
        for source, target in wires:
            depth[target] = max(depth[target], depth[source] + 1)
    places: dict[str, tuple[int, int]] = {}
    for column in range(max(depth.values()) + 1):
        here = [name for name in names if depth[name] == column]
        for row, name in enumerate(here):
            places[name] = (80 + 240 * column, 200 + 140 * row - 70 * (len(here) - 1))
    return places


PREPARE: list[Step] = [("fill", "impute", {}), ("encode", "one_hot", {})]


def classification(source: list[Step], prepare: list[Step]) -> dict[str, Any]:
    rest: list[Step] = [
        ("split", "split", {}),
        ("scale", "normalise", {}),
        ("model", "logistic_regression", {}),
        ("evaluate", "evaluate", {}),
    ]
    return line([*source, *prepare, *rest])


def boosted_classification(source: list[Step], prepare: list[Step]) -> dict[str, Any]:
    before: list[Step] = [*source, *prepare, ("scale", "normalise", {}), ("split", "split", {})]
    ends: list[Step] = [
        ("evaluate", "evaluate", {}),
        ("register", "register_model", {}),
        ("export", "export_model", {}),
    ]
    steps: list[Step] = [*before, ("model", "xgboost_classifier", {}), *ends]
    wires = [(one[0], other[0]) for one, other in zip(before, steps[1:], strict=False)]
    return graph_of(steps, [*wires, *(("model", name) for name, _, _ in ends)])


def regression(source: list[Step], prepare: list[Step]) -> dict[str, Any]:
    rest: list[Step] = [
        ("split", "split", {}),
        ("scale", "normalise", {}),
        ("model", "linear_regression", {"method": "ridge"}),
        ("evaluate", "evaluate", {}),
    ]
    return line([*source, *prepare, *rest])


def data_cleaning(source: list[Step], prepare: list[Step]) -> dict[str, Any]:
    rest: list[Step] = [
        ("empty_rows", "drop_nulls", {"how": "all"}),
        ("fill", "impute", {}),
        ("scale", "normalise", {}),
        ("export", "export_dataset", {"name": "cleaned"}),
    ]
    return line([*source, *rest])


def model_comparison(source: list[Step], prepare: list[Step]) -> dict[str, Any]:
    before: list[Step] = [*source, *prepare, ("split", "split", {}), ("scale", "normalise", {})]
    models: list[Step] = [
        ("logistic", "logistic_regression", {}),
        ("forest", "random_forest_classifier", {}),
        ("boosted", "xgboost_classifier", {}),
    ]
    wires = [(one[0], other[0]) for one, other in pairwise(before)]
    wires += [("scale", name) for name, _, _ in models] + [(name, "compare") for name, _, _ in models]
    return graph_of([*before, *models, ("compare", "compare", {})], wires)


def clustering(source: list[Step], prepare: list[Step]) -> dict[str, Any]:
    rest: list[Step] = [
        ("scale", "normalise", {}),
        ("model", "kmeans", {}),
        ("report", "cluster_report", {}),
    ]
    return line([*source, *prepare, *rest])


TEMPLATES: dict[str, Template] = {
    template.slug: template
    for template in (
        Template(
            "classification",
            "Predict a category",
            "Fill gaps, encode text, split, train a logistic regression and see how good it is.",
            "classification",
            "titanic",
            classification,
        ),
        Template(
            "boosted-classification",
            "Predict a category with boosted trees",
            "Train XGBoost, evaluate it, keep it in the registry and take it away as a file.",
            "classification",
            "breast-cancer",
            boosted_classification,
        ),
        Template(
            "regression",
            "Estimate a number",
            "Fill gaps, encode text, split, fit a ridge regression and look at its errors.",
            "regression",
            "diabetes",
            regression,
        ),
        Template(
            "data-cleaning",
            "Clean a table",
            "Drop empty rows, fill gaps, bring numbers to one scale and download the result.",
            "cleaning",
            "housing",
            data_cleaning,
        ),
        Template(
            "model-comparison",
            "Compare three models",
            "Logistic regression, random forest and XGBoost on the same folds, side by side.",
            "classification",
            "wine",
            model_comparison,
        ),
        Template(
            "clustering",
            "Find groups",
            "Bring columns to one scale, group the rows with k-means and see what makes each group.",
            "clustering",
            "iris",
            clustering,
        ),
    )
}
