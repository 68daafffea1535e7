"""Operations on graph JSON: each is checked, done, and gives back the operations that undo it.

| operation | fields |
| --- | --- |
| `add_node` | id, kind, params?, label?, note?, version?, x?, y?, at? |
| `delete_node` | id; its connections go too |
| `connect`, `disconnect` | from, from_port, to, to_port; `connect` also at? |
| `set_params` | id, set {field: value}, unset [field] |
| `rename` | id, label; an empty one takes the kind's own name |
| `comment` | id, note |
| `move` | id, x, y |
| `add_note`, `edit_note`, `delete_note` | id, and text, x, y, width, height, color |
| `add_frame`, `edit_frame`, `delete_frame` | id, and label, x, y, width, height, color |
| `set_graph` | set {field: value}, unset [field]; fields seed, name, description |
| `order` | nodes?, edges?, notes?, frames?: the ids (for edges the four ends) in their order |

`at` is a place in the list: what is deleted and brought back stands where it stood. Order counts, because it is the
order of models in a comparison and of branches in the outline. Functions here never change the graph they are given.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from flowza.engine.edit_checks import EditError, check, find_edge, find_item
from flowza.engine.edit_difference import difference, normal_form
from flowza.engine.graph_shape import EDGE_FIELDS, MAX_BYTES

__all__ = ["EditError", "apply", "apply_all", "difference", "nodes_of", "normal_form", "replay", "targets"]

GraphJSON = dict[str, Any]
Op = dict[str, Any]
Done = tuple[GraphJSON, list[Op]]
Target = tuple[str, ...]

LISTS = {"node": "nodes", "note": "notes", "frame": "frames"}
BESIDE = ("op", "at")
"""Fields of an operation that are no part of what it adds."""


def apply(graph: GraphJSON, op: Op) -> Done:
    """The graph after one operation, and the operations that take it back, in their order. Raises EditError."""
    check(graph, op)
    return HANDLERS[op["op"]](graph, op)


def apply_all(graph: GraphJSON, ops: Sequence[Op], *, trusted: bool = False) -> Done:
    """All operations or none. Raises EditError, whose `index` says which one was refused.

    trusted: they lead to a graph that was validated as a whole, so only that their targets are there is checked.
    """
    inverses: list[list[Op]] = []
    for index, op in enumerate(ops):
        try:
            if not trusted:
                check(graph, op)
            graph, back = HANDLERS[op["op"]](graph, op)
        except EditError as error:
            error.index = index
            raise
        inverses.append(back)
    if ops and len(json.dumps(graph)) > MAX_BYTES:
        raise EditError("The workflow would be larger than 1 MB. Take something out first.", index=len(ops) - 1)
    return graph, [op for back in reversed(inverses) for op in back]


def replay(graph: GraphJSON, ops: Sequence[Op]) -> GraphJSON:
    """The graph after operations that were accepted before; nothing is checked but that their targets are there."""
    for op in ops:
        graph, _ = HANDLERS[op["op"]](graph, op)
    return graph


def targets(op: Op) -> list[Target]:
    """What an operation writes to: ("node", id), ("param", id, field), ("label", id), ("place", id), …"""
    do = op["op"]
    if do in ("connect", "disconnect"):
        return [("edge", *(op[name] for name in EDGE_FIELDS))]
    if do == "set_params":
        return [("param", op["id"], name) for name in fields_set(op)]
    if do == "set_graph":
        return [("graph", name) for name in fields_set(op)]
    if do == "order":
        return [("order", name) for name in op if name != "op"]
    if do in SINGLE:
        return [(SINGLE[do], op["id"])]
    verb, _, what = do.partition("_")
    if verb == "edit":
        return [(f"{what} field", op["id"], name) for name in fields_set(op)]
    return [(what, op["id"])]


SINGLE = {"rename": "label", "move": "place", "comment": "comment"}


def nodes_of(op: Op) -> list[str]:
    """The steps that an operation is about."""
    do = op["op"]
    if do in ("connect", "disconnect"):
        return [op["from"], op["to"]]
    return [op["id"]] if do in ("add_node", "delete_node", "set_params", *SINGLE) else []


def fields_set(op: Op) -> Iterator[str]:
    yield from op.get("set", {})
    yield from op.get("unset", [])


# Things in lists: steps, notes, frames


def inserted(graph: GraphJSON, name: str, item: Any, at: int | None) -> GraphJSON:
    items = list(graph.get(name, []))
    items.insert(len(items) if at is None else at, item)
    return {**graph, name: items}


def replaced(graph: GraphJSON, name: str, item: Mapping[str, Any]) -> GraphJSON:
    items = [item if one["id"] == item["id"] else one for one in graph[name]]
    return {**graph, name: items}


def add(graph: GraphJSON, op: Op) -> Done:
    what = op["op"].partition("_")[2]
    name = LISTS[what]
    if any(item["id"] == op["id"] for item in graph.get(name, [])):
        raise EditError(f"There is a {'step' if what == 'node' else what} '{op['id']}' already.", op["id"], "id")
    item = {field: value for field, value in op.items() if field not in BESIDE}
    return inserted(graph, name, item, op.get("at")), [{"op": f"delete_{what}", "id": op["id"]}]


def delete(graph: GraphJSON, op: Op) -> Done:
    what = op["op"].partition("_")[2]
    name = LISTS[what]
    place, item = find_item(graph, name, op["id"])
    back: list[Op] = [{"op": f"add_{what}", **item, "at": place}]
    result = {**graph, name: [one for one in graph[name] if one["id"] != op["id"]]}
    if what == "node":
        for index, edge in enumerate(graph["edges"]):
            if op["id"] in (edge["from"], edge["to"]):
                back.append({"op": "connect", **edge, "at": index})
        result["edges"] = [edge for edge in graph["edges"] if op["id"] not in (edge["from"], edge["to"])]
    return result, back


def edit(graph: GraphJSON, op: Op) -> Done:
    name = LISTS[op["op"].partition("_")[2]]
    _, item = find_item(graph, name, op["id"])
    changed, back = with_fields(item, op)
    return replaced(graph, name, changed), [{"op": op["op"], "id": op["id"], **back}]


def with_fields(values: Mapping[str, Any], op: Op) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values with an operation's `set` and `unset` done, and the two that take it back."""
    names = set(fields_set(op))
    kept = {name: value for name, value in values.items() if name not in op.get("unset", [])}
    back = {
        "set": {name: value for name, value in values.items() if name in names},
        "unset": sorted(names - set(values)),
    }
    return kept | op.get("set", {}), back


# Connections


def connect(graph: GraphJSON, op: Op) -> Done:
    edge = {name: op[name] for name in EDGE_FIELDS}
    return inserted(graph, "edges", edge, op.get("at")), [{"op": "disconnect", **edge}]


def disconnect(graph: GraphJSON, op: Op) -> Done:
    place, edge = find_edge(graph, op)
    edges = graph["edges"][:place] + graph["edges"][place + 1 :]
    return {**graph, "edges": edges}, [{"op": "connect", **edge, "at": place}]


# One step


def set_params(graph: GraphJSON, op: Op) -> Done:
    _, item = find_item(graph, "nodes", op["id"])
    params, back = with_fields(item.get("params", {}), op)
    return replaced(graph, "nodes", {**item, "params": params}), [{"op": "set_params", "id": op["id"], **back}]


def rename(graph: GraphJSON, op: Op) -> Done:
    return with_text(graph, op, "label")


def comment(graph: GraphJSON, op: Op) -> Done:
    return with_text(graph, op, "note")


def with_text(graph: GraphJSON, op: Op, field: str) -> Done:
    _, item = find_item(graph, "nodes", op["id"])
    changed = {name: value for name, value in item.items() if name != field}
    if op[field]:
        changed[field] = op[field]
    return replaced(graph, "nodes", changed), [{"op": op["op"], "id": op["id"], field: item.get(field, "")}]


def move(graph: GraphJSON, op: Op) -> Done:
    _, item = find_item(graph, "nodes", op["id"])
    back = {"op": "move", "id": op["id"], "x": item.get("x", 0), "y": item.get("y", 0)}
    return replaced(graph, "nodes", {**item, "x": op["x"], "y": op["y"]}), [back]


# The whole graph


def set_graph(graph: GraphJSON, op: Op) -> Done:
    changed, back = with_fields(graph, op)
    return changed, [{"op": "set_graph", **back}]


def order(graph: GraphJSON, op: Op) -> Done:
    result, back = dict(graph), dict[str, Any](op="order")
    for name in (name for name in op if name != "op"):
        wanted = {key_of(one): place for place, one in enumerate(op[name])}
        items = list(graph.get(name, []))
        back[name] = [list(ends(one)) if name == "edges" else one["id"] for one in items]
        # What was added meanwhile is not named; it stays behind the others.
        result[name] = sorted(items, key=lambda one: wanted.get(ends(one) if "from" in one else one["id"], len(wanted)))
    return result, [back]


def key_of(named: Any) -> Any:
    return tuple(named) if isinstance(named, list) else named


def ends(edge: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(edge[name] for name in EDGE_FIELDS)


HANDLERS: dict[str, Callable[[GraphJSON, Op], Done]] = {
    "add_node": add,
    "delete_node": delete,
    "connect": connect,
    "disconnect": disconnect,
    "set_params": set_params,
    "rename": rename,
    "comment": comment,
    "move": move,
    "add_note": add,
    "edit_note": edit,
    "delete_note": delete,
    "add_frame": add,
    "edit_frame": edit,
    "delete_frame": delete,
    "set_graph": set_graph,
    "order": order,
}
