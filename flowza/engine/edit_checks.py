"""What an operation on a graph may not do, and the sentence that says why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from flowza.engine.catalogue import find
from flowza.engine.errors import Problem
from flowza.engine.graph import make_node, node_shape
from flowza.engine.graph_edges import Edge, edge_problem
from flowza.engine.graph_shape import EDGE_FIELDS, MAX_DEPTH, MAX_EDGES, MAX_NODES, has_nul, too_deep
from flowza.engine.marks import MARK_FIELDS, MAX_MARKS, mark_problem
from flowza.engine.node import Node
from flowza.engine.params import finite, parse_params
from flowza.engine.ports import Port


class EditError(Exception):
    """An operation that is refused. `reason` is a sentence; `node`, `field` and `index` say where, if known."""

    def __init__(self, reason: str, node: str = "", field: str = "", index: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.node = node
        self.field = field
        self.index = index


NODE_ADDED = {"kind", "params", "label", "note", "version", "x", "y", "at"}
EDGE = set(EDGE_FIELDS)
SETTING = {"set", "unset"}
GRAPH_SETTINGS = {"seed", "name", "description"}
# operation -> fields that it must have, fields that it may have
FIELDS: dict[str, tuple[set[str], set[str]]] = {
    "add_node": ({"id", "kind"}, NODE_ADDED),
    "delete_node": ({"id"}, set()),
    "connect": (EDGE, {"at"}),
    "disconnect": (EDGE, set()),
    "set_params": ({"id"}, SETTING),
    "rename": ({"id", "label"}, set()),
    "comment": ({"id", "note"}, set()),
    "move": ({"id", "x", "y"}, set()),
    "set_graph": (set(), SETTING),
    "order": (set(), {"nodes", "edges", "notes", "frames"}),
} | {
    f"{verb}_{what}": fields
    for what in ("note", "frame")
    for verb, fields in (
        ("add", ({"id"}, set(MARK_FIELDS[what]) | {"at"})),
        ("edit", ({"id"}, SETTING)),
        ("delete", ({"id"}, set())),
    )
}


def check(graph: Mapping[str, Any], op: Any) -> None:
    """Raises EditError when the operation cannot be done on this graph."""
    check_shape(op)
    if found := CHECKS.get(op["op"]):
        found(graph, op)


def check_shape(op: Any) -> None:
    if not isinstance(op, dict):
        raise EditError("An operation must be an object.", field="op")
    do = op.get("op")
    if not isinstance(do, str) or do not in FIELDS:
        close = get_close_matches(str(do)[:60], FIELDS, n=1)
        hint = f" Did you mean '{close[0]}'?" if close else ""
        raise EditError(f"There is no operation '{printable(do)}'.{hint}", field="op")
    if too_deep(op, MAX_DEPTH):
        raise EditError(f"The operation is nested deeper than {MAX_DEPTH} levels.", field="op")
    if has_nul(op):
        raise EditError("Text may not hold NUL characters or broken surrogates.", field="op")
    if not finite(op):
        raise EditError("Numbers may not be NaN or infinite.", field="op")
    needed, more = FIELDS[do]
    if missing := sorted(needed - set(op)):
        raise EditError(f"The operation '{do}' needs '{missing[0]}'.", field=missing[0])
    if unknown := sorted(set(op) - needed - more - {"op"}):
        raise EditError(f"The operation '{do}' has no field '{unknown[0][:60]}'.", field=unknown[0][:60])
    check_types(op)


def check_types(op: Mapping[str, Any]) -> None:
    for name in ("id", *EDGE_FIELDS):
        if not isinstance(op.get(name, ""), str):
            raise EditError(f"'{name}' must be a text.", field=name)
    for name in ("label", "note"):
        if not isinstance(op.get(name, ""), str) or len(op.get(name, "")) > 2000:
            raise EditError(f"'{name}' must be a text of at most 2000 characters.", node=op.get("id", ""), field=name)
    at = op.get("at", 0)
    if not isinstance(at, int) or isinstance(at, bool) or not 0 <= at <= MAX_EDGES:
        raise EditError("'at' must be a whole number from 0 up.", field="at")
    if not isinstance(op.get("set", {}), dict):
        raise EditError("'set' must be an object.", node=op.get("id", ""), field="set")
    unset = op.get("unset", [])
    if not isinstance(unset, list) or any(not isinstance(name, str) for name in unset):
        raise EditError("'unset' must be a list of names.", node=op.get("id", ""), field="unset")
    if both := sorted(set(unset) & set(op.get("set", {}))):
        raise EditError(f"'{both[0][:60]}' cannot be set and unset at once.", node=op.get("id", ""), field="unset")


# Finding


def find_item(graph: Mapping[str, Any], name: str, id: str) -> tuple[int, dict[str, Any]]:
    """Place and item in one of the graph's lists. Raises EditError when it is not there."""
    for place, item in enumerate(graph.get(name, [])):
        if item["id"] == id:
            return place, item
    word = "step" if name == "nodes" else name.removesuffix("s")
    raise EditError(f"There is no {word} '{id[:64]}'. It may have been deleted.", id[:64], "id")


def find_edge(graph: Mapping[str, Any], op: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
    # From the end, where most of what is taken back stands.
    edges, (source, source_port, target, target_port) = graph["edges"], (op[name] for name in EDGE_FIELDS)
    for place in range(len(edges) - 1, -1, -1):
        edge = edges[place]
        if (
            edge["to"] == target
            and edge["from"] == source
            and (edge["from_port"], edge["to_port"]) == (source_port, target_port)
        ):
            return place, edge
    find_item(graph, "nodes", op["from"])
    find_item(graph, "nodes", op["to"])
    names = name_of(graph, op["from"]), name_of(graph, op["to"])
    raise EditError(f"'{names[0]}' is not connected to '{names[1]}' there.", op["to"], op["to_port"][:60])


def name_of(graph: Mapping[str, Any], id: str) -> str:
    """What people call a step: its own label or its kind's."""
    item = next((item for item in graph["nodes"] if item["id"] == id), None)
    if item is None:
        return id[:64]
    cls = find(item["kind"])
    return str(item.get("label") or (cls.label if cls else item["kind"]))


def printable(value: Any) -> str:
    return str(value)[:60].encode("utf-8", "replace").decode()


def refuse(problem: Problem | None) -> None:
    if problem is not None:
        text = f"{problem.message} {problem.hint}".strip()
        raise EditError(text, problem.node, problem.field)


# Checks of single operations


def check_add_node(graph: Mapping[str, Any], op: Mapping[str, Any]) -> None:
    if len(graph["nodes"]) >= MAX_NODES:
        raise EditError(f"A workflow has at most {MAX_NODES} steps.", field="nodes")
    item = {name: value for name, value in op.items() if name not in ("op", "at")}
    shape = node_shape(item, len(graph["nodes"]))
    if shape is not None and shape.code == "bad_id":
        raise EditError(f"A step needs a valid id. {shape.hint}", field="id")
    refuse(shape)
    _, problems = make_node(item)
    refuse(problems[0] if problems else None)


def check_set_params(graph: Mapping[str, Any], op: Mapping[str, Any]) -> None:
    _, item = find_item(graph, "nodes", op["id"])
    cls = find(item["kind"])
    if cls is None:
        raise EditError(f"The kind '{item['kind'][:60]}' is not known any more.", op["id"], "kind")
    left = {name: value for name, value in item.get("params", {}).items() if name not in op.get("unset", [])}
    for name in op.get("unset", []):
        if name not in cls.Params.model_fields and name not in item.get("params", {}):
            raise EditError(f"There is no parameter '{name[:60]}'.", op["id"], name[:60])
    _, problems = parse_params(cls.Params, left | op.get("set", {}), op["id"])
    mine = [problem for problem in problems if problem.field in op.get("set", {})]
    refuse(next(iter([*mine, *problems]), None))


def check_move(graph: Mapping[str, Any], op: Mapping[str, Any]) -> None:
    find_item(graph, "nodes", op["id"])
    refuse(node_shape({name: op[name] for name in ("id", "x", "y")}, 0))


def check_connect(graph: Mapping[str, Any], op: Mapping[str, Any]) -> None:
    """Types of ports, a free place, no circle."""
    if len(graph["edges"]) >= MAX_EDGES:
        raise EditError(f"A workflow has at most {MAX_EDGES} connections.", field="edges")
    source, target = (node_at(graph, op[end]) for end in ("from", "to"))
    names = name_of(graph, op["from"]), name_of(graph, op["to"])
    if op["from"] == op["to"]:
        raise EditError(f"'{names[0]}' cannot be connected to itself.", op["to"], op["to_port"][:60])
    leaving, entering = port(source.outputs, op["from_port"]), port(target.inputs, op["to_port"])
    if leaving is None or entering is None:
        edge = Edge(*(op[name] for name in EDGE_FIELDS))
        known = {op["from"], op["to"]}
        nodes = {op["from"]: source(op["from"], None), op["to"]: target(op["to"], None)}
        refuse(edge_problem(edge, nodes, known, 0))
        return
    if leaving.type != entering.type:
        words = f"'{names[1]}' takes a {entering.type}, '{names[0]}' gives a {leaving.type}."
        raise EditError(words, op["to"], op["to_port"])
    check_free(graph, op, entering, names)
    if comes_after(graph, op["from"], op["to"]):
        words = f"'{names[0]}' comes after '{names[1]}', so it cannot feed it: the steps would form a circle."
        raise EditError(words, op["to"], op["to_port"])


def check_free(graph: Mapping[str, Any], op: Mapping[str, Any], entering: Port, names: tuple[str, str]) -> None:
    for edge in graph["edges"]:
        if edge["to"] != op["to"] or edge["to_port"] != op["to_port"]:
            continue
        if (edge["from"], edge["from_port"]) == (op["from"], op["from_port"]):
            raise EditError(f"'{names[0]}' is connected to '{names[1]}' already.", op["to"], op["to_port"])
        if not entering.many:
            has = name_of(graph, edge["from"])
            words = f"'{names[1]}' has its {entering.type} from '{has}' already. Disconnect that one first."
            raise EditError(words, op["to"], op["to_port"])


def node_at(graph: Mapping[str, Any], id: str) -> type[Node]:
    _, item = find_item(graph, "nodes", id)
    cls = find(item["kind"])
    if cls is None:
        raise EditError(f"The kind '{item['kind'][:60]}' is not known any more.", id, "kind")
    return cls


def port(ports: tuple[Port, ...], name: str) -> Port | None:
    return next((one for one in ports if one.name == name), None)


def comes_after(graph: Mapping[str, Any], later: str, earlier: str) -> bool:
    """Whether `later` is `earlier` or depends on it."""
    if later == earlier:
        return True
    # Most new wires lead to a step that nothing reads from yet, or come from one that reads from nothing.
    leaves, enters = (any(edge[end] == id for edge in graph["edges"]) for end, id in (("from", earlier), ("to", later)))
    return leaves and enters and later in followers(graph, earlier)


def followers(graph: Mapping[str, Any], step: str) -> set[str]:
    """The steps that depend on a step."""
    after: dict[str, list[str]] = {}
    for edge in graph["edges"]:
        after.setdefault(edge["from"], []).append(edge["to"])
    seen: set[str] = set()
    waiting = [step]
    while waiting:
        new = [name for name in after.get(waiting.pop(), []) if name not in seen]
        seen.update(new)
        waiting += new
    return seen


# Notes, frames, the graph's own fields


def check_mark(graph: Mapping[str, Any], op: Mapping[str, Any]) -> None:
    verb, _, what = op["op"].partition("_")
    if verb == "add":
        if len(graph.get(f"{what}s", [])) >= MAX_MARKS:
            raise EditError(f"A workflow has at most {MAX_MARKS} {what}s.", field=f"{what}s")
        item = {name: value for name, value in op.items() if name not in ("op", "at")}
    else:
        _, old = find_item(graph, f"{what}s", op["id"])
        if "id" in {*op.get("set", {}), *op.get("unset", [])}:
            raise EditError(f"The id of a {what} stays as it is.", op["id"], "id")
        item = {name: value for name, value in old.items() if name not in op.get("unset", [])} | op.get("set", {})
    refuse(mark_problem(what, item, 0))


def check_set_graph(graph: Mapping[str, Any], op: Mapping[str, Any]) -> None:
    given = op.get("set", {})
    for name in (*given, *op.get("unset", [])):
        if name not in GRAPH_SETTINGS:
            raise EditError(f"A workflow has no setting '{name[:60]}'.", field=name[:60])
    seed = given.get("seed", 0)
    if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed < 2**32:
        raise EditError("The seed must be a whole number from 0 to 4294967295.", field="seed")
    for name in ("name", "description"):
        if not isinstance(given.get(name, ""), str):
            raise EditError(f"'{name}' must be a text.", field=name)


def check_order(graph: Mapping[str, Any], op: Mapping[str, Any]) -> None:
    for name in (name for name in op if name != "op"):
        given = op[name]
        if not isinstance(given, list) or len(given) > MAX_EDGES:
            raise EditError(f"'{name}' must be a list.", field=name)
        for one in given:
            ends = isinstance(one, list) and len(one) == 4 and all(isinstance(end, str) for end in one)
            if not (ends if name == "edges" else isinstance(one, str)):
                what = "the four ends of connections" if name == "edges" else "ids"
                raise EditError(f"'{name}' must list {what}.", field=name)


CHECKS: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any]], None]] = {
    "add_node": check_add_node,
    "set_params": check_set_params,
    "move": check_move,
    "connect": check_connect,
    "set_graph": check_set_graph,
    "order": check_order,
} | {f"{verb}_{what}": check_mark for verb in ("add", "edit") for what in ("note", "frame")}
