"""What the contract suite runs: for every kind of the catalogue graphs it works in, and tables that are hard on it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import numpy as np
import pandas as pd

from flowza.engine.cache import DirectoryStore, node_keys
from flowza.engine.catalogue import catalogue
from flowza.engine.codec import decode
from flowza.engine.columns import column_types
from flowza.engine.context import Context
from flowza.engine.errors import NodeError
from flowza.engine.execute import Executor
from flowza.engine.graph import Graph, parse
from flowza.engine.model import Model
from flowza.engine.node import Node
from flowza.engine.report import Report
from flowza.engine.table import Table
from flowza.engine.tests.graphs import DATA, Frames, edge
from flowza.engine.tests.tables import AMOUNT, CLASS
from flowza.engine.train_node import TrainNode

# Cases


@dataclass(frozen=True)
class Case:
    """One kind with parameters. Those that a kind cannot do without are made from the frame's columns."""

    kind: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def cls(self) -> type[Node]:
        return catalogue()[self.kind]

    def __str__(self) -> str:
        said = "-".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.kind}[{said}]" if said else self.kind


Need = Callable[[pd.DataFrame], dict[str, Any]]


def bracketed(name: str) -> str:
    return "[" + name.replace("]", "]]") + "]"


def features(frame: pd.DataFrame) -> list[str]:
    return [str(name) for name in frame.columns if name not in (CLASS, AMOUNT)]


def date_columns(frame: pd.DataFrame) -> list[str]:
    return [name for name, kind in column_types(frame).items() if kind == "date"]


# What a kind needs to do something at all, on any frame.
NEEDS: dict[str, Need] = {
    "csv": lambda frame: {"dataset": DATA},
    "showcase": lambda frame: {"name": "iris"},
    "cast": lambda frame: {"columns": features(frame)[:1], "to": "text"},
    "date_parts": lambda frame: {"columns": date_columns(frame) or features(frame)[:1]},
    "filter": lambda frame: {"conditions": [{"column": features(frame)[0], "operator": "is not missing"}]},
    "formula": lambda frame: {
        "name": "made",
        "expression": f"if({bracketed(features(frame)[0])} == {bracketed(features(frame)[0])}, 1, 2)",
    },
    "rename": lambda frame: {"names": [{"column": features(frame)[0], "name": "renamed"}]},
    "select": lambda frame: {"mode": "drop", "columns": features(frame)[:1]},
    "sample": lambda frame: {"fraction": 0.6},
    "time_split": lambda frame: {"column": (date_columns(frame) or features(frame))[0]},
    "random_forest_classifier": lambda frame: {"n_estimators": 8},
    "random_forest_regressor": lambda frame: {"n_estimators": 8},
    "xgboost_classifier": lambda frame: {"n_estimators": 6},
    "xgboost_regressor": lambda frame: {"n_estimators": 6},
    "kmeans": lambda frame: {"n_init": 2},
    "cross_validate": lambda frame: {"folds": 2},
    "compare": lambda frame: {"folds": 2},
}
MODELS = {"cluster_report": ["kmeans"], "compare": ["logistic_regression", "random_forest_classifier"]}
WITHOUT_GAPS = {"columns": ["age", "children"], "k": 1}
# What another choice needs beside it.
BESIDE: dict[tuple[str, str, Any], dict[str, Any]] = {
    ("showcase", "name", "openml"): {"openml_name": "adult"},
    ("cast", "to", "date"): {"columns": ["city"], "on_error": "missing"},
    ("cast", "to", "number"): {"columns": ["city"], "on_error": "missing"},
    ("select_features", "method", "k_best"): WITHOUT_GAPS,
    ("select_features", "score", "mutual_info"): {**WITHOUT_GAPS, "method": "k_best"},
    ("select_features", "task", "regression"): {**WITHOUT_GAPS, "method": "k_best", "target": AMOUNT},
    ("target_encode", "task", "regression"): {"target": AMOUNT},
}


def variants(kind: str) -> Iterator[Case]:
    """The kind as it is, and with each other choice of its parameters."""
    yield Case(kind)
    for name, info in catalogue()[kind].Params.model_fields.items():
        if name in ("target", "positive") or (kind == "showcase" and name == "name"):
            continue
        choices = other_choices(info.annotation, info.default)
        for value in choices[1::4] if name == "rank_by" else choices:  # they differ in the order of the rows alone
            yield Case(kind, {**BESIDE.get((kind, name, value), {}), name: value})


def other_choices(annotation: Any, default: Any) -> list[Any]:
    if annotation is bool:
        return [not default]
    if get_origin(annotation) is Literal:
        return [value for value in get_args(annotation) if value != default]
    return []


CASES = [case for kind in sorted(catalogue()) for case in variants(kind)]
EXTRA = [
    Case("evaluate", {"model": "linear_regression"}),
    Case("evaluate", {"model": "xgboost_classifier"}),
    Case("cross_validate", {"model": "xgboost_regressor"}),
    Case("predict", {"model": "kmeans"}),
    Case("predict", {"model": "xgboost_classifier"}),
    Case("register_model", {"model": "xgboost_regressor"}),
    Case("ordinal", {"columns": ["city"], "levels": ["Hof", "Kiel", "Ulm", "Bonn"]}),
    Case("filter", {"conditions": [{"column": "age", "operator": ">", "value": "35"}], "combine": "or"}),
    Case("formula", {"name": "ratio", "expression": "income / (age + 1)"}),
]
ALL = [*CASES, *EXTRA]


def target_of(case: Case) -> str:
    """The column to predict that suits the case."""
    if "target" in case.params:
        return str(case.params["target"])
    cls = catalogue()[case.params["model"]] if "model" in case.params else case.cls
    return AMOUNT if issubclass(cls, TrainNode) and cls.task == "regression" else CLASS


def graph_of(case: Case, frame: pd.DataFrame, seed: int = 0) -> dict[str, Any]:
    """A graph that ends in the case's node, whose id is `tested`."""
    params = {**NEEDS.get(case.kind, dict)(frame)} if case.kind in NEEDS else {}
    params |= {name: value for name, value in case.params.items() if name not in ("model", "target")}
    builder = Builder()
    if case.cls.role == "source":
        builder.add("tested", case.kind, params)
        return builder.graph(seed)
    target = target_of(case)
    known = target in frame.columns and bool(frame[target].notna().any())
    builder.add("data", "csv", {"dataset": DATA, **({"target": target} if known else {})})
    table = "data"
    if any(port.type == "model" for port in case.cls.inputs) or issubclass(case.cls, TrainNode):
        table = prepared(builder, frame, target)
    wires = []
    for port in case.cls.inputs:
        if port.type == "dataset":
            wires.append((table if issubclass(case.cls, TrainNode) else "data", "table", port.name))
        else:
            for model in (
                [case.params["model"]] if "model" in case.params else MODELS.get(case.kind, ["logistic_regression"])
            ):
                builder.add(model, model, NEEDS[model](frame) if model in NEEDS else {}, (table, "table", "table"))
                wires.append((model, "model", port.name))
    builder.add("tested", case.kind, params, *wires)
    return builder.graph(seed)


def prepared(builder: Builder, frame: pd.DataFrame, target: str) -> str:
    """The steps that most tables need before a model: other target and dates left out, gaps filled, text encoded."""
    gone = [name for name in (CLASS, AMOUNT) if name in frame.columns and name != target] + date_columns(frame)
    steps: list[tuple[str, dict[str, Any]]] = [("select", {"mode": "drop", "columns": gone})] if gone else []
    last = "data"
    for kind, params in [*steps, ("impute", {}), ("one_hot", {}), ("split", {})]:
        builder.add(kind, kind, params, (last, "table", "table"))
        last = kind
    return last


class Builder:
    def __init__(self) -> None:
        self.nodes: list[dict[str, Any]] = []
        self.edges: list[dict[str, str]] = []

    def add(self, name: str, kind: str, params: dict[str, Any], *wires: tuple[str, str, str]) -> None:
        self.nodes.append({"id": name, "kind": kind, "params": params})
        self.edges += [edge(source, port, name, into) for source, port, into in wires]

    def graph(self, seed: int = 0) -> dict[str, Any]:
        return {"format": 1, "seed": seed, "nodes": self.nodes, "edges": self.edges}


# Running


@dataclass
class Ran:
    """What a run said and left behind."""

    graph: Graph
    store: DirectoryStore
    events: list[dict[str, Any]]
    finished: dict[str, Any]

    @property
    def error(self) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self.finished["error"]
        return found

    @property
    def logs(self) -> list[str]:
        return [event["text"] for event in self.events if event["event"] == "log"]

    def states(self) -> dict[str, str]:
        return {event["node"]: event["state"] for event in self.events if event["event"] == "node"}

    def manifest(self, name: str) -> dict[str, Any]:
        found = [event["manifest"] for event in self.events if event.get("node") == name and event.get("manifest")]
        return dict(found[-1])

    def output(self, name: str) -> Any:
        return decode(self.manifest(name), self.store)


def perform(
    graph: dict[str, Any],
    resources: Any,
    folder: Path,
    *,
    processes: int = 1,
    available: frozenset[str] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Ran:
    """Run a graph with a store in `folder`. A bug fails the test with its traceback."""
    parsed = parse(graph)
    store = DirectoryStore(folder / "store", available)
    outbox = folder / "outbox"
    outbox.mkdir(parents=True, exist_ok=True)
    events: list[dict[str, Any]] = []
    finished = Executor(parsed, store, resources, events.append, cancelled, outbox, processes).run()
    ran = Ran(parsed, store, events, finished)
    json.dumps(events, allow_nan=False)
    if ran.error is not None and ran.error["code"] == "bug":
        raise AssertionError(ran.logs[-1])
    return ran


def outcome(case: Case, frame: pd.DataFrame, resources: Any, outbox: Path, known: dict[str, Any] | None = None) -> Any:
    """The output of the case's node, run in memory; or its NodeError. Warnings are errors.

    known: outputs of other nodes by their keys, to be shared between cases.
    """
    parsed = parse(graph_of(case, frame))
    keys = node_keys(parsed, resources)
    outputs: dict[str, Any] = {}
    for name in parsed.order:
        if known is not None and name != "tested" and keys[name] in known:
            outputs[name] = known[keys[name]]
            continue
        node = parsed.nodes[name]
        inputs: dict[str, list[Any]] = {port.name: [] for port in node.inputs}
        for wire in parsed.into(name):
            inputs[wire.target_port].append(outputs[wire.source])
        context = Context(resources, seed=parsed.seed, outbox=outbox)
        context.key = keys[name]
        try:
            (outputs[name],) = node.run(inputs, context).values()
            if isinstance(outputs[name], Model):
                outputs[name].key = keys[name]
            if isinstance(outputs[name], Table):
                outputs[name].evaluation  # noqa: B018 - computed here, so that its errors are this node's
        except NodeError as error:
            assert name == "tested", error.message
            error.node = error.node or name
            return error
        if known is not None:
            known[keys[name]] = outputs[name]
    return outputs["tested"]


def assert_for_people(ran: Ran) -> None:
    """What a failed run says is a sentence that names the node, with nothing of the machine in it."""
    error = ran.error
    assert error is not None
    assert error["node"] in ran.graph.nodes
    text = error["message"]
    assert text[0].isupper() or not text[0].isalpha(), text
    assert text.endswith((".", "?", "!", "…")), text
    assert len(text) < 1000, text
    for said in (text, error["hint"], *ran.logs):
        for word in MACHINE:
            assert word not in said, said


MACHINE = (
    "Traceback",
    "object at 0x",
    "<class",
    "np.float64(",
    "dtype",
    "KeyError",
    "NoneType",
    "ndarray",
    "DataFrame",
)


def assert_same(one: Any, other: Any) -> None:
    """Equal outputs: frames, what was learned and answered, reports."""
    assert type(one) is type(other)
    if isinstance(one, NodeError):
        assert one.as_dict() == other.as_dict()
    elif isinstance(one, Table):
        pd.testing.assert_frame_equal(one.frame, other.frame)
        assert (one.target, one.positive, one.role_counts) == (other.target, other.positive, other.role_counts)
        pd.testing.assert_frame_equal(one.train, other.train)
    elif isinstance(one, Report):
        assert untimed(one) == untimed(other)
    else:
        assert_same_model(one, other)


def untimed(report: Report) -> dict[str, Any]:
    """The report without the seconds that training took and the bytes that files took (skops numbers its parts)."""
    said = copy.deepcopy(report.as_dict())
    for table in said["tables"]:
        gone = {place for place, name in enumerate(table["columns"]) if name in ("Seconds to train", "Bytes")}
        table["rows"] = [[cell for place, cell in enumerate(row) if place not in gone] for row in table["rows"]]
    return said


def assert_same_model(one: Any, other: Any) -> None:
    assert (one.task, one.features, one.signature, one.baseline) == (
        other.task,
        other.features,
        other.signature,
        other.baseline,
    )
    raw = one.table.source.frame
    assert_same_answers(one.predict(raw), other.predict(raw))
    assert (one.holdout is None) == (other.holdout is None)
    if one.holdout is not None:
        assert one.holdout.role == other.holdout.role
        pd.testing.assert_series_equal(one.holdout.truth, other.holdout.truth)
        assert_same_answers(one.holdout.predictions, other.holdout.predictions)


def assert_same_answers(one: Any, other: Any) -> None:
    np.testing.assert_array_equal(one.values, other.values)
    np.testing.assert_array_equal(one.index, other.index)
    assert (one.probabilities is None) == (other.probabilities is None)
    if one.probabilities is not None:
        np.testing.assert_array_equal(one.probabilities, other.probabilities)


def frames(folder: Path, frame: pd.DataFrame, **more: pd.DataFrame) -> Frames:
    folder.mkdir(exist_ok=True)
    return Frames(folder, {DATA: frame.reset_index(drop=True), **more})
