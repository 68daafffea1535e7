"""Tables, steps and models for tests of training and validation."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd

from flowza.engine.catalogue import find
from flowza.engine.context import Context
from flowza.engine.model import Model
from flowza.engine.recipe import Origin, SplitAction
from flowza.engine.report import Metric, Report
from flowza.engine.source import Source
from flowza.engine.table import TEST, TRAIN, Table

LABELS: dict[str, tuple[Any, ...]] = {
    "text": ("yes", "no"),
    "text with spaces": (" rather yes ", "no, not <b>at all</b>"),
    "bool": (True, False),
    "int": (7, -3),
    "float": (1.0, 0.0),
}


def separable(rows: int = 240, seed: int = 0, labels: tuple[Any, ...] = ("yes", "no")) -> pd.DataFrame:
    """Numbers `a` and `b`, and labels in `y` that mostly follow from `a`."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame({"a": random.normal(size=rows), "b": random.normal(size=rows)})
    edges = np.linspace(-1, 1, len(labels) + 1)[1:-1] if len(labels) > 2 else [0.4]
    places = np.digitize(-(frame["a"] + random.normal(scale=0.5, size=rows)), edges)
    frame["y"] = [labels[place] for place in places]
    return frame


def linear(rows: int = 240, seed: int = 0) -> pd.DataFrame:
    """Numbers `a` and `b`, and a number `y` that mostly follows from `a`."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame({"a": random.normal(size=rows), "b": random.normal(size=rows)})
    return frame.assign(y=3 * frame["a"] + random.normal(scale=0.5, size=rows))


def table_of(frame: pd.DataFrame, target: str | None = "y", positive: Any = None, key: str = "k") -> Table:
    origin = Origin("csv", "csv", 1)
    table = Table.load(Source(key, lambda: frame, frame=frame), origin)
    return table if target is None else table.with_target(target, positive, origin)


def split(table: Table, every: int = 4) -> Table:
    """Each `every`-th row is a test row."""
    roles = np.where(np.arange(table.rows) % every == 0, TEST, TRAIN).astype(np.int8)
    return table.with_roles(roles, SplitAction(Origin("split", "split", 1), {"every": every}))


def context(seed: int = 0, log: list[str] | None = None) -> Context:
    class Nothing:
        def dataset(self, reference: str) -> Any:
            raise AssertionError(reference)

    said = [] if log is None else log
    return Context(Nothing(), seed=seed, log=lambda text, level: said.append(f"{level}: {text}"))


def run(kind: str, inputs: dict[str, list[Any]], id: str = "", log: list[str] | None = None, **params: Any) -> Any:
    cls = find(kind)
    assert cls is not None, kind
    (output,) = cls(id or kind, cls.Params(**params)).run(inputs, context(log=log)).values()
    return output


def step(table: Table, kind: str, **params: Any) -> Table:
    made: Table = run(kind, {"table": [table]}, **params)
    return made


def train(table: Table, kind: str = "logistic_regression", id: str = "", **params: Any) -> Model:
    model: Model = run(kind, {"table": [table]}, id, **params)
    return model


def report(kind: str, *models: Model, **params: Any) -> Report:
    """The report of a validate step, after checks that hold for every report."""
    port = "models" if kind == "compare" else "model"
    made: Report = run(kind, {port: list(models)}, **params)
    stored = json.loads(json.dumps(made.as_dict(), allow_nan=False))
    assert Report.from_dict(stored).as_dict() == stored
    assert all(metric.sentence.endswith(".") and metric.label for metric in made.metrics)
    for table in [*made.tables, *(figure.table for figure in made.figures if figure.table)]:
        assert all(len(row) == len(table.columns) for row in table.rows), table.title
    return made


def metric(made: Report, name: str) -> Metric:
    (found,) = [metric for metric in made.metrics if metric.name == name]
    return found
