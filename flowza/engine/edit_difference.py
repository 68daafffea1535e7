"""From one graph to another as operations; and the one way to write a graph, for comparing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flowza.engine.graph_shape import EDGE_FIELDS, FORMAT

Op = dict[str, Any]
EMPTY = {"label": "", "note": ""}
SETTINGS = ("seed", "name", "description")


def normal_form(graph: Mapping[str, Any]) -> dict[str, Any]:
    """The graph with everything said that may be left out, and nothing empty. Two graphs that a person cannot tell
    apart have the same one. The order of steps and connections stays: it is seen in the outline and in comparisons.
    """
    result = {name: value for name, value in graph.items() if value not in ("", [])}
    result |= {"format": FORMAT, "seed": graph.get("seed", 0)}
    result["nodes"] = [normal_node(node) for node in graph.get("nodes", [])]
    result["edges"] = [{name: edge[name] for name in EDGE_FIELDS} for edge in graph.get("edges", [])]
    return result


def normal_node(node: Mapping[str, Any]) -> dict[str, Any]:
    filled = {"params": {}, "x": 0, "y": 0} | dict(node)
    return {name: value for name, value in filled.items() if name not in EMPTY or value}


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Op]:
    """Operations that make `new` of `old`, up to the normal form of both. Both must be valid graphs."""
    as_given = by_id(new, "nodes")
    old, new = normal_form(old), normal_form(new)
    return [
        *setting_ops(old, new),
        *gone_ops(old, new),
        *node_ops(old, new, as_given),
        *mark_ops(old, new),
        *edge_ops(old, new),
        *order_ops(old, new),
    ]


def setting_ops(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Op]:
    change = field_change(
        {name: old[name] for name in SETTINGS if name in old}, {n: new[n] for n in SETTINGS if n in new}
    )
    if change:
        yield {"op": "set_graph", **change}


def field_change(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """`set` and `unset` between two objects; empty when they are equal."""
    given = {name: value for name, value in new.items() if name not in old or not same(old[name], value)}
    gone = [name for name in old if name not in new]
    return {"set": given, "unset": gone} if given or gone else {}


def same(one: Any, other: Any) -> bool:
    """Equal as JSON: 1, 1.0 and true are three things."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and bool(one == other)


def by_id(graph: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {item["id"]: item for item in graph.get(name, [])}


def becomes_another(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether a step of the same id is not the same step: of another kind, or of another version of it."""
    return old["kind"] != new["kind"] or old.get("version") != new.get("version")


def remade(old: Mapping[str, Any], new: Mapping[str, Any]) -> set[str]:
    """Steps that go, or go and come back as another."""
    before, after = by_id(old, "nodes"), by_id(new, "nodes")
    return {id for id, node in before.items() if id not in after or becomes_another(node, after[id])}


def gone_ops(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Op]:
    removed = remade(old, new)
    wanted = wires_of(new)
    for edge in old["edges"]:
        if ends_of(edge) not in wanted and edge["from"] not in removed and edge["to"] not in removed:
            yield {"op": "disconnect", **edge}
    for node in old["nodes"]:
        if node["id"] in removed:
            yield {"op": "delete_node", "id": node["id"]}


def node_ops(old: Mapping[str, Any], new: Mapping[str, Any], as_given: Mapping[str, Any]) -> Iterator[Op]:
    before, removed = by_id(old, "nodes"), remade(old, new)
    for node in new["nodes"]:
        was = before.get(node["id"])
        if was is None or node["id"] in removed:
            yield {"op": "add_node", **as_given[node["id"]]}
            continue
        if change := field_change(was["params"], node["params"]):
            yield {"op": "set_params", "id": node["id"], **change}
        if was.get("label") != node.get("label"):
            yield {"op": "rename", "id": node["id"], "label": node.get("label", "")}
        if was.get("note") != node.get("note"):
            yield {"op": "comment", "id": node["id"], "note": node.get("note", "")}
        if not same([was["x"], was["y"]], [node["x"], node["y"]]):
            yield {"op": "move", "id": node["id"], "x": node["x"], "y": node["y"]}


def mark_ops(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Op]:
    for what in ("note", "frame"):
        before, after = by_id(old, f"{what}s"), by_id(new, f"{what}s")
        for id in before:
            if id not in after:
                yield {"op": f"delete_{what}", "id": id}
        for id, item in after.items():
            if id not in before:
                yield {"op": f"add_{what}", **item}
            elif change := field_change(before[id], item):
                yield {"op": f"edit_{what}", "id": id, **change}


def edge_ops(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Op]:
    removed, known = remade(old, new), wires_of(old)
    for edge in new["edges"]:
        if ends_of(edge) not in known or edge["from"] in removed or edge["to"] in removed:
            yield {"op": "connect", **edge}


def order_ops(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Op]:
    """The order of each list, where what stayed and what came behind it do not give the new one."""
    removed = remade(old, new)
    orders: Op = {}
    for name in ("nodes", "notes", "frames"):
        wanted = list(by_id(new, name))
        gone = removed if name == "nodes" else set()
        if not in_order([id for id in by_id(old, name) if id not in gone], wanted):
            orders[name] = wanted
    kept = [ends_of(edge) for edge in old["edges"] if not {edge["from"], edge["to"]} & removed]
    if not in_order(kept, [ends_of(edge) for edge in new["edges"]]):
        orders["edges"] = [list(ends_of(edge)) for edge in new["edges"]]
    if orders:
        yield {"op": "order", **orders}


def in_order(old: Sequence[Any], wanted: Sequence[Any]) -> bool:
    """Whether `wanted` is what stayed of the old ones, in their order, and behind it the new ones in theirs."""
    known = set(wanted)
    stayed = [one for one in old if one in known]
    there = set(stayed)
    return [*stayed, *(one for one in wanted if one not in there)] == list(wanted)


def ends_of(edge: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(edge[name] for name in EDGE_FIELDS)


def wires_of(graph: Mapping[str, Any]) -> set[tuple[str, ...]]:
    return {ends_of(edge) for edge in graph["edges"]}
