"""Content keys change if and only if something that matters changes."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from flowza.engine.cache import node_keys
from flowza.engine.catalogue import catalogue
from flowza.engine.graph import parse
from flowza.engine.params import parse_params
from flowza.engine.table import Table
from flowza.engine.tests import contract
from flowza.engine.tests.contract import Case, frames
from flowza.engine.tests.graphs import DATA
from flowza.engine.tests.tables import people

KINDS = sorted(catalogue())
PARAMS = [(kind, name) for kind in KINDS for name in catalogue()[kind].Params.model_fields]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def data(folder: Path) -> tuple[pd.DataFrame, Any]:
    frame = people()
    return frame, frames(folder / "data", frame, more=frame.iloc[:50])


OTHER_VALUES: dict[tuple[str, str], dict[str, Any]] = {
    ("csv", "dataset"): {"dataset": "more"},
    ("showcase", "name"): {"name": "wine"},
    ("select", "mode"): {"mode": "keep"},
    ("filter", "conditions"): {"conditions": [{"column": "age", "operator": ">", "value": "1"}]},
    ("rename", "names"): {"names": [{"column": "age", "name": "years"}]},
    ("formula", "expression"): {"expression": "age * 2"},
    ("cast", "date_format"): {"date_format": "%d.%m.%Y"},
    ("date_parts", "parts"): {"parts": ["hour"]},
    ("date_parts", "since"): {"since": "1999-09-09"},
    ("ordinal", "levels"): {"levels": ["b", "a"], "columns": ["city"]},
}


def other_value(kind: str, name: str) -> dict[str, Any]:
    if (kind, name) in OTHER_VALUES:
        return OTHER_VALUES[kind, name]
    info = catalogue()[kind].Params.model_fields[name]
    choices = contract.other_choices(info.annotation, info.default)
    if choices:
        return {name: choices[-1]}
    candidates: list[Any] = [7, 0.5, 0.25, "other", ["other"]]
    for value in candidates:
        if value != info.default and not parse_params(catalogue()[kind].Params, {name: value}, "n")[1]:
            return {name: value}
    raise AssertionError(f"no other value known for {kind}.{name}")


def key_of(graph: dict[str, Any], resources: Any, name: str = "tested") -> str:
    return node_keys(parse(graph), resources)[name]


def changed_params(graph: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
    nodes = [
        {**node, "params": {**node["params"], **params}} if node["id"] == "tested" else node for node in graph["nodes"]
    ]
    return {**graph, "nodes": nodes}


@pytest.mark.parametrize(("kind", "name"), PARAMS)
def test_another_parameter_gives_another_key(kind: str, name: str, data: tuple[pd.DataFrame, Any]) -> None:
    graph = contract.graph_of(Case(kind), data[0])
    changed = changed_params(graph, other_value(kind, name))
    assert key_of(graph, data[1]) != key_of(changed, data[1])


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_changes_with_what_matters_and_with_nothing_else(
    kind: str, data: tuple[pd.DataFrame, Any], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame, resources = data
    graph = contract.graph_of(Case(kind), frame)
    key = key_of(graph, resources)
    assert key == key_of(contract.graph_of(Case(kind), frame), resources)
    assert key == key_of(drawn_elsewhere(graph), resources, "n-tested"), "ids, labels, places and notes do not matter"
    said = changed_params(graph, {name: default_of(kind, name) for name in silent_params(graph, kind)})
    assert key == key_of(said, resources), "a default that is said does not matter"
    assert key != key_of({**graph, "seed": 1}, resources)
    if kind != "showcase":
        source = resources.sources[DATA]
        other = frames(folder / "other", frame)
        other.sources[DATA] = dataclasses.replace(source, digest="another")
        assert key != key_of(graph, other)
        other.sources[DATA] = dataclasses.replace(source, path=Path("/elsewhere"), name="Another name")
        assert key == key_of(graph, other), "where a file lies and what it is called do not matter"
    monkeypatch.setattr(catalogue()[kind], "version", catalogue()[kind].version + 1)
    assert key != key_of(graph, resources)


def drawn_elsewhere(graph: dict[str, Any]) -> dict[str, Any]:
    nodes = [
        {**node, "id": f"n-{node['id']}", "label": "Another", "note": "Why", "x": 7, "y": -3} for node in graph["nodes"]
    ]
    edges = [{**edge, "from": f"n-{edge['from']}", "to": f"n-{edge['to']}"} for edge in graph["edges"]]
    return {**graph, "nodes": nodes[::-1], "edges": edges[::-1], "name": "Another"}


def silent_params(graph: dict[str, Any], kind: str) -> list[str]:
    said = next(node["params"] for node in graph["nodes"] if node["id"] == "tested")
    return [name for name in catalogue()[kind].Params.model_fields if name not in said]


def default_of(kind: str, name: str) -> Any:
    return catalogue()[kind].Params().model_dump(mode="json")[name]


def test_library_versions_are_in_every_key(data: tuple[pd.DataFrame, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    frame, resources = data
    graph = contract.graph_of(Case("logistic_regression"), frame)
    before = node_keys(parse(graph), resources)
    table: Table = contract.outcome(Case("target_encode"), frame, resources, Path())
    fit, source = table.fit_key(0), table.source.key
    monkeypatch.setattr("flowza.engine.versions.library_versions", lambda: {"scikit-learn": "99.0"})
    after = node_keys(parse(graph), resources)
    assert not set(before.values()) & set(after.values())
    assert table.fit_key(0) != fit
    assert contract.outcome(Case("csv"), frame, resources, Path()).source.key != source


def test_the_seed_is_in_the_key_of_what_a_step_learned(data: tuple[pd.DataFrame, Any], folder: Path) -> None:
    graph = contract.graph_of(Case("target_encode"), data[0])
    one = contract.perform(graph, data[1], folder).output("tested")
    other = contract.perform({**graph, "seed": 9}, data[1], folder).output("tested")
    assert one.fit_key(0) != other.fit_key(0)
