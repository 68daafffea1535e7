"""Random graphs: refused with a place, or ordered, keyed and run without anything but failures in words."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from flowza.engine.cache import node_keys
from flowza.engine.catalogue import catalogue
from flowza.engine.errors import GraphError, NodeError
from flowza.engine.graph import Graph, parse
from flowza.engine.tests.contract import NEEDS, assert_for_people, perform
from flowza.engine.tests.graphs import DATA, AnyDataset, Frames, assert_says_where, chain, edge
from flowza.engine.tests.tables import people

SOURCE = ("csv", {"dataset": DATA})


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    with threadpool_limits(limits=1, user_api="openmp"):
        yield


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None), max_size=12)
    | st.sampled_from(["csv", "split", "table", "nodes", "__proto__", "\x00", "\ud800", 1e308, 10**400]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FUZZ = settings(deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))


@settings(FUZZ, max_examples=300)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "format": json_values,
            "seed": json_values,
            "nodes": st.lists(json_values, max_size=3) | json_values,
            "edges": st.lists(json_values, max_size=3) | json_values,
            "notes": json_values,
        },
    )
    | json_values
)
def test_any_json_is_a_graph_or_refused(raw: Any) -> None:
    accepted_or_refused(raw)


node_items = st.fixed_dictionaries(
    {"id": st.sampled_from(["a", "b", "c", "d", "", "__proto__"]), "kind": st.sampled_from([*catalogue(), "none"])},
    optional={
        "version": st.sampled_from([1, 1, 2, 0, "1", None]),
        "params": st.dictionaries(
            st.sampled_from(["target", "columns", "dataset", "method", "keep", "folds", "name", "mode", "C", "by"]),
            st.sampled_from(["answer", "age", ["age"], ["city"], "data", 3, 0.5, True, None, "drop", "", [], -1, {}]),
            max_size=3,
        ),
        "x": json_values,
        "label": json_values,
    },
)
edge_items = st.fixed_dictionaries(
    {
        "from": st.sampled_from(["a", "b", "c", "d", "e"]),
        "from_port": st.sampled_from(["table", "table", "model", "report", "x"]),
        "to": st.sampled_from(["a", "b", "c", "d"]),
        "to_port": st.sampled_from(["table", "table", "model", "models"]),
    }
)


@settings(FUZZ, max_examples=400)
@given(
    st.fixed_dictionaries(
        {"nodes": st.lists(node_items, max_size=5), "edges": st.lists(edge_items, max_size=6)},
        optional={"seed": st.integers(-1, 2**33)},
    )
)
def test_any_steps_and_wires_are_a_graph_or_refused(raw: Any) -> None:
    accepted_or_refused(raw)


def accepted_or_refused(raw: Any, complete: bool = False) -> Graph | None:
    try:
        graph = parse(raw, complete=complete)
    except GraphError as error:
        assert error.problems
        for problem in error.problems:
            assert_says_where(problem)
        return None
    places = {name: place for place, name in enumerate(graph.order)}
    assert set(places) == set(graph.nodes)
    assert all(places[wire.source] < places[wire.target] for wire in graph.edges)
    try:
        assert len(node_keys(graph, AnyDataset())) == len(graph.nodes)
    except NodeError as error:
        assert error.node in graph.nodes
    return graph


@pytest.fixture(scope="module")
def table() -> Iterator[Frames]:
    with tempfile.TemporaryDirectory() as folder:
        frame = people(40).drop(columns=["joined"])
        yield Frames(Path(folder), {DATA: frame, "other": frame.iloc[:0], "text": frame[["city", "answer"]]})


# Steps that may follow one another, with parameters that are right or nearly so.
step_items = st.tuples(
    st.sampled_from([kind for kind, cls in catalogue().items() if cls.role != "source"]),
    st.dictionaries(
        st.sampled_from(["target", "columns", "method", "keep", "mode", "test_share", "n_clusters", "folds", "k"]),
        st.sampled_from(
            [
                "answer",
                "amount",
                "city",
                ["age"],
                ["age"],
                ["city"],
                ["children"],
                ["nothing"],
                "drop",
                "k_best",
                0.5,
                2,
                "no",
            ]
        ),
        max_size=1,
    ),
)


def accepted_params(kind: str, params: dict[str, Any]) -> dict[str, Any]:
    """Those that the kind knows, and takes one by one."""
    from flowza.engine.params import parse_params

    cls = catalogue()[kind]
    needed = NEEDS[kind](people(40)) if kind in NEEDS else {}
    return needed | {
        name: value for name, value in params.items() if not parse_params(cls.Params, {name: value}, "n")[1]
    }


@pytest.mark.slow
@settings(FUZZ, max_examples=200)
@given(
    st.sampled_from([DATA] * 9 + ["other", "text", "gone"]),
    st.sampled_from(["answer"] * 5 + ["amount", "amount", "", "nothing"]),
    st.sampled_from([[], [("impute", {})], [("impute", {}), ("one_hot", {})]]),
    st.lists(step_items, min_size=1, max_size=5),
    st.randoms(use_true_random=False),
)
def test_a_graph_that_is_accepted_runs_or_fails_in_words(
    table: Frames, dataset: str, target: str, before: list[Any], steps: list[Any], random: Any
) -> None:
    raw = wired(dataset, target, before + steps, random)
    graph = accepted_or_refused(raw, complete=True)
    if graph is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        ran = perform(raw, table, Path(folder))
    states = ran.states()
    assert set(states) == set(graph.nodes)
    if ran.error is None:
        assert set(states.values()) == {"done"}
    else:
        assert_for_people(ran)
        assert states[ran.error["node"]] == "failed"
        assert set(states.values()) <= {"done", "failed", "skipped"}


def wired(dataset: str, target: str, steps: list[Any], random: Any) -> dict[str, Any]:
    """A graph of the steps, each joined to earlier outputs of the types that it takes; wires may be missing."""
    nodes: list[dict[str, Any]] = [{"id": "n0", "kind": "csv", "params": {"dataset": dataset, "target": target}}]
    edges: list[dict[str, str]] = []
    for place, (kind, params) in enumerate(steps, 1):
        cls = catalogue()[kind]
        given = {catalogue()[item["kind"]].outputs[0].type for item in nodes}
        if not given.issuperset(port.type for port in cls.inputs) and random.random() < 0.8:
            continue
        for port in cls.inputs:
            fitting = [item["id"] for item in nodes if catalogue()[item["kind"]].outputs[0].type == port.type]
            for source in fitting[-2:] if port.many else [random.choice(fitting)] if fitting else []:
                leaving = catalogue()[next(item["kind"] for item in nodes if item["id"] == source)].outputs[0].name
                edges.append(edge(source, leaving, f"n{place}", port.name))
        nodes.append({"id": f"n{place}", "kind": kind, "params": accepted_params(kind, params)})
    return {"nodes": nodes, "edges": edges}


MUTATED = chain(SOURCE, ("impute", {}), ("one_hot", {}), ("split", {"target": "answer"}), ("xgboost_classifier", {}))


@pytest.mark.slow
@settings(FUZZ, max_examples=600)
@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 2), json_values), min_size=1, max_size=3))
def test_a_good_graph_with_anything_changed_is_a_graph_or_refused(changes: list[tuple[int, int, Any]]) -> None:
    raw = json.loads(json.dumps(MUTATED))
    for place, how, value in changes:
        spots = list(places_of(raw))
        holder, name = spots[place % len(spots)]
        if how == 0 and isinstance(holder, dict):
            holder.pop(name)
        elif how == 1 and isinstance(holder, list):
            holder.append(value)
        else:
            holder[name] = value
        if not places_of(raw):
            break
    accepted_or_refused(raw)


def places_of(value: Any) -> list[tuple[Any, Any]]:
    items = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    return [(value, name) for name, _ in items] + [spot for _, child in items for spot in places_of(child)]
