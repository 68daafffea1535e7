"""Operations that mend a graph: a step put in, taken out or changed, columns dropped. Made for advice's buttons.

Each function gives the operations in the order in which they are to be done, or none where the graph does not let it be
done without a choice that only a person can make.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flowza.engine.catalogue import catalogue
from flowza.engine.column_names import named_columns, without_column
from flowza.engine.graph import Graph
from flowza.engine.graph_edges import Edge
from flowza.engine.node import Node, SourceNode

Op = dict[str, Any]
Ops = list[Op]
BELOW = 90
"""How much lower than its neighbours a new step lies, so that it covers none of them."""


# Single operations


def set_params(step: str, values: Mapping[str, Any], unset: Sequence[str] = ()) -> Op:
    return {"op": "set_params", "id": step, "set": dict(values), "unset": list(unset)}


def connect(source: str, source_port: str, target: str, target_port: str) -> Op:
    return {"op": "connect", "from": source, "from_port": source_port, "to": target, "to_port": target_port}


def disconnect(edge: Edge) -> Op:
    return {**connect(edge.source, edge.source_port, edge.target, edge.target_port), "op": "disconnect"}


def add_step(graph: Graph, kind: str, params: Mapping[str, Any], beside: Iterable[str]) -> Op:
    """A new step that lies between those beside it."""
    places = [graph.places.get(name, (0, 0)) for name in beside]
    x, y = (round(sum(place[axis] for place in places) / len(places)) for axis in (0, 1))
    return {"op": "add_node", "id": free_id(kind, graph), "kind": kind, "params": dict(params), "x": x, "y": y + BELOW}


def free_id(kind: str, graph: Graph) -> str:
    """The kind's name, numbered when steps have it already."""
    number = 1
    while (name := kind if number == 1 else f"{kind}_{number}") in graph.nodes:
        number += 1
    return name


# Steps put in, taken out, exchanged


def put_into(graph: Graph, edges: Sequence[Edge], kind: str, params: Mapping[str, Any]) -> Ops:
    """A step of one input and one output into wires that leave one port."""
    if not edges:
        return []
    cls, first = catalogue()[kind], edges[0]
    new = add_step(graph, kind, params, [first.source, *dict.fromkeys(edge.target for edge in edges)])
    return [
        new,
        *(disconnect(edge) for edge in edges),
        connect(first.source, first.source_port, new["id"], cls.inputs[0].name),
        *(connect(new["id"], cls.outputs[0].name, edge.target, edge.target_port) for edge in edges),
    ]


def put_behind(graph: Graph, step: str, kind: str, params: Mapping[str, Any]) -> Ops:
    """A step right behind another, for all that read from it."""
    return put_into(graph, graph.out_of(step), kind, params)


def put_before(graph: Graph, step: str, kind: str, params: Mapping[str, Any]) -> Ops:
    """A step right before another one, into its one wire with a dataset."""
    entering = [edge for edge in graph.into(step) if port_type(graph.nodes[step], edge.target_port) == "dataset"]
    return put_into(graph, entering, kind, params) if len(entering) == 1 else []


def port_type(node: Node, name: str) -> str:
    return next((port.type for port in node.inputs if port.name == name), "")


def taken_out(graph: Graph, step: str) -> Ops:
    """The step goes; what it read goes on to those that read from it."""
    entering = graph.into(step)
    if len(entering) != 1:
        return []
    source = entering[0]
    leaving = graph.out_of(step)
    return [
        {"op": "delete_node", "id": step},
        *(connect(source.source, source.source_port, edge.target, edge.target_port) for edge in leaving),
    ]


def exchanged(graph: Graph, step: str, kind: str, params: Mapping[str, Any]) -> Ops:
    """Another step in the place of one, with the same wires."""
    entering, cls = graph.into(step), catalogue()[kind]
    if len(entering) != 1:
        return []
    new = add_step(graph, kind, params, [step]) | {"y": graph.places.get(step, (0, 0))[1]}
    return [
        new,
        {"op": "delete_node", "id": step},
        connect(entering[0].source, entering[0].source_port, new["id"], cls.inputs[0].name),
        *(connect(new["id"], cls.outputs[0].name, edge.target, edge.target_port) for edge in graph.out_of(step)),
    ]


# Columns


def columns_dropped(graph: Graph, step: str, columns: Sequence[str], raw: Mapping[str, Sequence[str]]) -> Ops:
    """Leave columns of the data away before `step`, by a Select / drop that is there or a new one behind the source.

    raw: source step -> its columns. No operations where another step cannot do without one of the columns.
    """
    sources = [name for name in graph.order if name in raw and (name == step or name in graph.ancestors(step))]
    sources = [name for name in sources if set(columns) <= set(raw[name])]
    if len(sources) != 1:
        return []
    (source,) = sources
    if set(columns) & set(targets_of(graph, source)):
        return []
    edges = [edge for edge in graph.out_of(source) if step in {edge.target, *graph.descendants(edge.target)}]
    there = drop_step(graph, source)
    passed = {name for edge in edges for name in (edge.target, *graph.descendants(edge.target)) if name != there}
    released = [op for name in graph.order if name in passed for op in let_go(graph.nodes[name], columns)]
    if any(column in still_named(graph, passed) for column in columns):
        return []
    if there is not None:
        known = list(graph.nodes[there].params.columns)
        return [set_params(there, {"columns": [*known, *(name for name in columns if name not in known)]}), *released]
    return [*put_into(graph, edges, "select", {"mode": "drop", "columns": list(columns)}), *released]


def drop_step(graph: Graph, source: str) -> str | None:
    """A Select / drop right behind the source that drops columns by name; all that follows reads from it."""
    leaving = graph.out_of(source)
    if len(leaving) != 1:
        return None
    node = graph.nodes[leaving[0].target]
    return node.id if node.kind == "select" and node.params.mode == "drop" and node.params.columns else None


def let_go(node: Node, columns: Sequence[str]) -> Ops:
    """Lists of columns without those that are dropped, as long as others are left in them: empty means all."""
    values: dict[str, Any] = {}
    params = node.params
    for column in columns:
        shorter = without_column(params, column)
        if shorter and all(shorter.values()):
            values |= shorter
            params = params.model_copy(update=shorter)
    return [set_params(node.id, values)] if values else []


def still_named(graph: Graph, steps: Iterable[str]) -> set[str]:
    """Columns that steps cannot do without."""
    found: set[str] = set()
    for name in steps:
        params = graph.nodes[name].params
        for named in named_columns(params):
            shorter = without_column(params, named.column)
            if not (shorter and all(shorter.values())):
                found.add(named.column)
    return found


def targets_of(graph: Graph, source: str) -> list[str]:
    """The columns that steps from a source on say are to be predicted."""
    names = [source, *graph.descendants(source)]
    return [str(target) for name in names if (target := getattr(graph.nodes[name].params, "target", ""))]


def sources_behind(graph: Graph, step: str) -> list[str]:
    return [name for name in graph.order if name in graph.ancestors(step) and isinstance(graph.nodes[name], SourceNode)]


# Open inputs


def filled_input(graph: Graph, step: str, port: str) -> Ops:
    """A wire into an open input, where one step alone can be meant: the one whose output nobody reads, or the only."""
    wanted = port_type(graph.nodes[step], port)
    later = graph.descendants(step) | {step}
    giving = [
        (name, out.name)
        for name, node in graph.nodes.items()
        if name not in later
        for out in node.outputs
        if out.type == wanted
    ]
    ends = [(name, out) for name, out in giving if not graph.out_of(name)]
    chosen = ends if len(ends) == 1 else giving
    return [connect(*chosen[0], step, port)] if len(chosen) == 1 else []
