"""Where clients' rows enter, and which columns they bring."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from flowza.engine.context import DatasetSource
from flowza.engine.dry_run import dry_run
from flowza.engine.endpoint_input import EndpointInput, endpoint_inputs
from flowza.engine.graph import parse


class NoDatasets:
    def dataset(self, reference: str) -> DatasetSource:
        raise AssertionError("showcase data needs no stored dataset")


def edge(source: str, target: str) -> dict[str, str]:
    return {"from": source, "from_port": "table", "to": target, "to_port": "table"}


def titanic(*steps: dict[str, Any]) -> dict[str, Any]:
    nodes = [
        {"id": "data", "kind": "showcase", "params": {"name": "titanic"}},
        *steps,
        {"id": "encode", "kind": "one_hot"},
        {"id": "split", "kind": "split"},
        {"id": "model", "kind": "logistic_regression"},
    ]
    names = [str(node["id"]) for node in nodes]
    return {"nodes": nodes, "edges": [edge(*pair) for pair in pairwise(names)]}


def inputs_of(raw: dict[str, Any]) -> list[EndpointInput]:
    return endpoint_inputs(dry_run(parse(raw), NoDatasets()))


def test_clients_send_the_raw_columns_without_the_target() -> None:
    assert inputs_of(titanic()) == [EndpointInput("data", ("class", "sex", "age"))]


def test_a_column_that_is_dropped_is_not_asked_for() -> None:
    select = {"id": "drop", "kind": "select", "params": {"mode": "drop", "columns": ["age"]}}
    assert [set(one.columns) for one in inputs_of(titanic(select))] == [{"class", "sex"}]


def test_row_steps_do_not_move_the_place_where_rows_enter() -> None:
    assert [one.step for one in inputs_of(titanic({"id": "rows", "kind": "drop_duplicates"}))] == ["data"]


def test_a_graph_without_a_model_asks_for_nothing() -> None:
    raw = titanic()
    raw["nodes"].pop()
    raw["edges"].pop()
    assert inputs_of(raw) == []
