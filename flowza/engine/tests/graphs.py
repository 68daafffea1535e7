"""Small graphs for tests: built from pairs of kind and parameters, run in memory on given frames."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from flowza.engine.context import Context, DatasetSource
from flowza.engine.errors import NodeError, Problem
from flowza.engine.graph import parse
from flowza.engine.operations.parquet import digest, write_parquet

Step = tuple[str, dict[str, Any]]
DATA = "data"


def chain(*steps: Step, seed: int = 0) -> dict[str, Any]:
    """A graph of steps one behind the other, joined at ports that fit; ids are kinds, numbered when repeated."""
    from flowza.engine.catalogue import catalogue

    nodes: list[dict[str, Any]] = []
    edges: list[dict[str, str]] = []
    for kind, params in steps:
        name = kind if all(node["id"] != kind for node in nodes) else f"{kind}_{len(nodes)}"
        if nodes:
            cls = catalogue()[kind]
            before = next(
                node for node in reversed(nodes) if catalogue()[node["kind"]].outputs[0].type == cls.inputs[0].type
            )
            edges.append(edge(before["id"], catalogue()[before["kind"]].outputs[0].name, name, cls.inputs[0].name))
        nodes.append({"id": name, "kind": kind, "params": params})
    return {"format": 1, "seed": seed, "nodes": nodes, "edges": edges}


def edge(source: str, source_port: str, target: str, target_port: str) -> dict[str, str]:
    return {"from": source, "from_port": source_port, "to": target, "to_port": target_port}


class Frames:
    """Resources whose datasets are frames, written as Parquet files into a folder."""

    def __init__(self, folder: Path, frames: Mapping[str, pd.DataFrame]) -> None:
        self.sources: dict[str, DatasetSource] = {}
        for name, frame in frames.items():
            path = folder / f"{name}.parquet"
            write_parquet(frame, path)
            self.sources[name] = DatasetSource(name, path, "parquet", digest(path), {})

    def dataset(self, reference: str) -> DatasetSource:
        if reference not in self.sources:
            raise NodeError(f"There is no dataset '{reference}'.")
        return self.sources[reference]


def evaluate(raw: dict[str, Any], resources: Frames, logs: list[str] | None = None) -> dict[str, Any]:
    """Run a graph in memory: node id -> output."""
    graph = parse(raw)
    outputs: dict[str, Any] = {}
    said = [] if logs is None else logs
    for name in graph.order:
        node = graph.nodes[name]
        inputs: dict[str, list[Any]] = {port.name: [] for port in node.inputs}
        for wire in graph.into(name):
            inputs[wire.target_port].append(outputs[wire.source])
        context = Context(resources, seed=graph.seed, log=lambda text, level: said.append(text))
        (outputs[name],) = node.run(inputs, context).values()
    return outputs


class AnyDataset(Frames):
    """Resources that have a file under every name; only its digest is asked for."""

    def __init__(self) -> None:
        self.source = DatasetSource("any", Path("/nowhere"), "parquet", "d", {})

    def dataset(self, reference: str) -> Any:
        return self.source


def assert_says_where(problem: Problem) -> None:
    assert problem.node or problem.field, problem
    assert problem.message.strip().endswith((".", "!", "?", ")")), problem
    assert len(problem.message) < 1000
    assert len(problem.field) <= 200
    json.dumps(problem.as_dict()).encode("utf-8", errors="strict")
