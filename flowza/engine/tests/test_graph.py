"""Graphs from outside: every bad one is refused, naming the node or the field."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pytest

from flowza.engine.cache import node_keys
from flowza.engine.errors import GraphError, Problem
from flowza.engine.graph import parse
from flowza.engine.graph_shape import MAX_BYTES, MAX_DEPTH, MAX_EDGES, MAX_NODES
from flowza.engine.tests.graphs import DATA, AnyDataset, assert_says_where, chain, edge

SOURCE = ("csv", {"dataset": DATA})


def refusals(raw: Any) -> list[Problem]:
    """Why a graph is refused; each reason names a node or a field and is a sentence."""
    with pytest.raises(GraphError) as caught:
        parse(raw)
    for problem in caught.value.problems:
        assert_says_where(problem)
    return caught.value.problems


def small() -> dict[str, Any]:
    return chain(SOURCE, ("impute", {}), ("split", {"target": "answer"}), ("baseline_classifier", {}), ("evaluate", {}))


def node(graph: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(item for item in graph["nodes"] if item["id"] == name)
    return found


def test_a_good_graph_is_ordered_sources_first() -> None:
    graph = parse(small())
    assert graph.order == ("csv", "impute", "split", "baseline_classifier", "evaluate")
    backwards = small()
    backwards["nodes"].reverse()
    assert parse(backwards).order == graph.order


# Each line of the list of bad graphs: what is done to a good one, and the node, field and code that are named.


def ring(graph: dict[str, Any]) -> None:
    graph["nodes"] += [{"id": "a", "kind": "impute"}, {"id": "b", "kind": "impute"}]
    graph["edges"] += [edge("a", "table", "b", "table"), edge("b", "table", "a", "table")]


def second_edge(graph: dict[str, Any]) -> None:
    graph["nodes"].append({"id": "more", "kind": "csv"})
    graph["edges"].append(edge("more", "table", "impute", "table"))


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


Change = Callable[[dict[str, Any]], Any]
BAD: dict[str, tuple[Change, str, str, str]] = {
    "a circle": (ring, "a", "", "cycle"),
    "an unknown kind": (lambda g: node(g, "impute").update(kind="inpute"), "impute", "kind", "unknown_kind"),
    "no kind": (lambda g: node(g, "impute").pop("kind"), "impute", "kind", "unknown_kind"),
    "a kind that is a number": (lambda g: node(g, "impute").update(kind=3), "impute", "kind", "unknown_kind"),
    "a wire from nowhere": (
        lambda g: g["edges"].append(edge("x", "table", "impute", "table")),
        "",
        "edges.4",
        "dangling",
    ),
    "a wire to nowhere": (lambda g: g["edges"].append(edge("csv", "table", "x", "table")), "", "edges.4", "dangling"),
    "two wires on one input": (second_edge, "impute", "table", "occupied"),
    "the same wire twice": (lambda g: g["edges"].append(g["edges"][0]), "impute", "table", "duplicate_edge"),
    "an unknown output": (lambda g: g["edges"][0].update(from_port="rows"), "csv", "rows", "unknown_port"),
    "an unknown input": (lambda g: g["edges"][0].update(to_port="rows"), "impute", "rows", "unknown_port"),
    "a model into a table": (
        lambda g: (
            g["nodes"].append({"id": "x", "kind": "impute"})
            or g["edges"].append(edge("baseline_classifier", "model", "x", "table"))
        ),
        "x",
        "table",
        "port_type",
    ),
    "an id twice": (lambda g: g["nodes"].append({"id": "csv", "kind": "csv"}), "csv", "id", "duplicate_id"),
    "no id": (lambda g: node(g, "impute").pop("id"), "", "nodes.1.id", "bad_id"),
    "an empty id": (lambda g: node(g, "impute").update(id=""), "", "nodes.1.id", "bad_id"),
    "an id with a slash": (lambda g: node(g, "impute").update(id="../x"), "", "nodes.1.id", "bad_id"),
    "an id of 65 letters": (lambda g: node(g, "impute").update(id="x" * 65), "", "nodes.1.id", "bad_id"),
    "an id with a line end": (lambda g: node(g, "impute").update(id="impute\n"), "", "nodes.1.id", "bad_id"),
    "the id __proto__": (lambda g: node(g, "impute").update(id="__proto__"), "", "nodes.1.id", "bad_id"),
    "the id constructor": (lambda g: node(g, "impute").update(id="constructor"), "", "nodes.1.id", "bad_id"),
    "a parameter of a wrong type": (
        lambda g: node(g, "split")["params"].update(test_share="0.2"),
        "split",
        "test_share",
        "param",
    ),
    "a number for a text": (lambda g: node(g, "split")["params"].update(target=3), "split", "target", "param"),
    "a parameter beyond its bounds": (
        lambda g: node(g, "split")["params"].update(test_share=1),
        "split",
        "test_share",
        "param",
    ),
    "a choice that is not there": (
        lambda g: node(g, "impute")["params"].update(numbers="mode"),
        "impute",
        "numbers",
        "param",
    ),
    "an unknown parameter": (lambda g: node(g, "split")["params"].update(colour=1), "split", "colour", "unknown_param"),
    "the parameter __proto__": (
        lambda g: node(g, "split")["params"].update(__proto__={}),
        "split",
        "__proto__",
        "unknown_param",
    ),
    "parameters that are a list": (lambda g: node(g, "split").update(params=[]), "split", "", "params"),
    "NaN": (lambda g: node(g, "split")["params"].update(test_share=math.nan), "split", "nodes.2", "graph"),
    "1e999": (lambda g: node(g, "split")["params"].update(test_share=json.loads("1e999")), "split", "nodes.2", "graph"),
    "a place at infinity": (lambda g: node(g, "split").update(x=math.inf), "split", "nodes.2", "graph"),
    "a place beyond all screens": (lambda g: node(g, "split").update(x=1e7), "split", "x", "graph"),
    "a whole number of 400 digits": (lambda g: node(g, "split").update(x=10**400), "split", "x", "graph"),
    "a NUL in a parameter": (lambda g: node(g, "split")["params"].update(target="a\x00b"), "split", "nodes.2", "graph"),
    "a NUL in an id": (lambda g: node(g, "split").update(id="a\x00b"), "", "nodes.2", "graph"),
    "half a surrogate": (lambda g: node(g, "split").update(label="\ud800"), "split", "nodes.2", "graph"),
    "a surrogate in a field's name": (lambda g: g.update({"\udfff": 1}), "", "graph", "graph"),
    "a NUL in a wire": (lambda g: g["edges"][0].update(to="a\x00"), "", "edges.0", "graph"),
    "nesting": (lambda g: g.update(notes=deep(MAX_DEPTH + 2)), "", "graph", "too_deep"),
    "nesting beyond recursion": (lambda g: g.update(notes=deep(20_000)), "", "graph", "too_deep"),
    "501 nodes": (
        lambda g: g.update(nodes=[{"id": f"n{i}", "kind": "csv"} for i in range(MAX_NODES + 1)]),
        "",
        "nodes",
        "too_many",
    ),
    "5001 wires": (lambda g: g.update(edges=[g["edges"][0]] * (MAX_EDGES + 1)), "", "edges", "too_many"),
    "more than 1 MB": (lambda g: g.update(description="x" * MAX_BYTES), "", "graph", "too_large"),
    "a wire to itself": (
        lambda g: g["edges"].append(edge("impute", "table", "impute", "table")),
        "impute",
        "edges.4",
        "self_edge",
    ),
    "a version to come": (lambda g: node(g, "split").update(version=99), "split", "version", "version"),
    "a version that is a text": (lambda g: node(g, "split").update(version="1"), "split", "version", "version"),
    "a format to come": (lambda g: g.update(format=2), "", "format", "graph"),
    "a negative seed": (lambda g: g.update(seed=-1), "", "seed", "graph"),
    "a seed of 33 bits": (lambda g: g.update(seed=2**32), "", "seed", "graph"),
    "a seed that is true": (lambda g: g.update(seed=True), "", "seed", "graph"),
    "an unknown field": (lambda g: g.update(colour=1), "", "colour", "unknown_field"),
    "an unknown field of a step": (lambda g: node(g, "split").update(colour=1), "split", "colour", "graph"),
    "an unknown field of a wire": (lambda g: g["edges"][0].update(colour=1), "", "edges.0", "graph"),
    "a label of a megabyte": (lambda g: node(g, "split").update(label="x" * 5000), "split", "label", "graph"),
    "a step that is a list": (lambda g: g["nodes"].append([]), "", "nodes.5", "graph"),
    "a wire that is a text": (lambda g: g["edges"].append("a-b"), "", "edges.4", "graph"),
    "steps that are an object": (lambda g: g.update(nodes={}), "", "nodes", "graph"),
    "no steps at all": (lambda g: g.update(nodes=[], edges=[]), "", "nodes", "empty"),
    "an open input": (lambda g: g["edges"].pop(0), "impute", "table", "open_input"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_graph_is_refused_naming_node_and_field(name: str) -> None:
    change, where, field, code = BAD[name]
    graph = small()
    change(graph)
    first = refusals(graph)[0]
    assert (first.node, first.field, first.code) == (where, field, code)


@pytest.mark.parametrize(
    "raw", [None, 1, "x", [], True, {}, {"nodes": []}, {"edges": []}, {"nodes": None, "edges": None}]
)
def test_what_is_no_graph_is_refused(raw: Any) -> None:
    refusals(raw)


def test_all_problems_are_told_at_once() -> None:
    graph = small()
    node(graph, "split")["params"].update(test_share=7, colour=1)
    node(graph, "impute")["kind"] = "nothing"
    assert len(refusals(graph)) == 3


def test_a_draft_may_be_empty_or_have_open_inputs() -> None:
    assert parse({"nodes": [], "edges": []}, complete=False).order == ()
    assert parse({"nodes": [{"id": "a", "kind": "impute"}], "edges": []}, complete=False).order == ("a",)


def test_500_nodes_are_accepted() -> None:
    graph = {"nodes": [{"id": f"n{place}", "kind": "csv"} for place in range(MAX_NODES)], "edges": []}
    assert len(parse(graph).order) == MAX_NODES


def test_nesting_as_deep_as_allowed_is_not_refused_for_its_depth() -> None:
    codes = [problem.code for problem in refusals({**small(), "notes": deep(MAX_DEPTH - 2)})]
    assert codes
    assert "too_deep" not in codes


def test_notes_and_frames_have_ids_places_and_text() -> None:
    notes = [{"id": "n1", "text": "Ask Ann", "x": 1, "y": 2.5, "width": 200, "color": "yellow"}]
    assert parse({**small(), "notes": notes, "frames": [{"id": "f1", "label": "Clean"}]}).order
    for bad in (5, [5], [{"id": "n 1"}], [{"id": "n", "text": 1}], [{"id": "n", "x": "1"}], [{"id": "n", "html": ""}]):
        assert refusals({**small(), "notes": bad})
    assert refusals({**small(), "frames": [{"id": "f"}, {"id": "f"}]})


def test_a_long_chain_is_ordered_and_keyed_without_recursion() -> None:
    graph = chain(SOURCE, *[("rename", {})] * (MAX_NODES - 1))
    parsed = parse(graph)
    assert len(node_keys(parsed, AnyDataset())) == MAX_NODES
    assert len(parsed.ancestors(parsed.order[-1])) == MAX_NODES - 1
