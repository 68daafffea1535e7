"""Connections of a graph: each from an output to an input of its type, no input crowded."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from flowza.engine.errors import Problem
from flowza.engine.graph_shape import EDGE_FIELDS
from flowza.engine.node import Node
from flowza.engine.ports import Port


@dataclass(frozen=True)
class Edge:
    source: str
    source_port: str
    target: str
    target_port: str


def parse_edges(items: list[Any], nodes: dict[str, Node], known: set[str]) -> tuple[list[Edge], list[Problem]]:
    edges: list[Edge] = []
    problems: list[Problem] = []
    for position, item in enumerate(items):
        if not isinstance(item, dict) or any(not isinstance(item.get(name), str) for name in EDGE_FIELDS):
            problems.append(
                Problem("A connection needs from, from_port, to and to_port, all text.", field=f"edges.{position}")
            )
            continue
        if extra := [name for name in item if name not in EDGE_FIELDS]:
            problems.append(
                Problem(f"There is no field '{str(extra[0])[:60]}' in a connection.", field=f"edges.{position}")
            )
            continue
        edge = Edge(*(item[name] for name in EDGE_FIELDS))
        problem = edge_problem(edge, nodes, known, position)
        if problem is not None:
            problems.append(problem)
        elif edge.source in nodes and edge.target in nodes:
            edges.append(edge)
    return edges, problems + crowded(edges, nodes)


def edge_problem(edge: Edge, nodes: dict[str, Node], known: set[str], position: int) -> Problem | None:
    for end in (edge.source, edge.target):
        if end not in known:
            return Problem(
                f"A connection ends at '{end[:64]}', which does not exist.",
                field=f"edges.{position}",
                code="dangling",
            )
    if edge.source == edge.target:
        return Problem(
            "A step cannot be connected to itself.",
            node=edge.source,
            field=f"edges.{position}",
            code="self_edge",
        )
    source, target = nodes.get(edge.source), nodes.get(edge.target)
    if source is None or target is None:
        return None
    leaving = port_named(source.outputs, edge.source_port)
    if leaving is None:
        return unknown_port(source, edge.source_port, "output", source.outputs)
    entering = port_named(target.inputs, edge.target_port)
    if entering is None:
        return unknown_port(target, edge.target_port, "input", target.inputs)
    if leaving.type != entering.type:
        return Problem(
            f"'{target.label}' needs a {entering.type} at '{entering.label}', "
            f"but '{source.label}' gives a {leaving.type}.",
            node=edge.target,
            field=edge.target_port,
            code="port_type",
        )
    return None


def port_named(ports: tuple[Port, ...], name: str) -> Port | None:
    return next((port for port in ports if port.name == name), None)


def unknown_port(node: Node, name: str, side: str, ports: tuple[Port, ...]) -> Problem:
    names = ", ".join(port.name for port in ports) or "none"
    return Problem(
        f"'{node.label}' has no {side} '{name[:60]}'.",
        node=node.id,
        field=name[:60],
        hint=f"It has: {names}.",
        code="unknown_port",
    )


def crowded(edges: list[Edge], nodes: dict[str, Node]) -> list[Problem]:
    counts = Counter((edge.target, edge.target_port) for edge in edges)
    twice = [edge for edge, count in Counter(edges).items() if count > 1]
    problems = [
        Problem(
            "The same connection is there twice.",
            node=edge.target,
            field=edge.target_port,
            code="duplicate_edge",
        )
        for edge in twice
    ]
    for (name, port_name), count in counts.items():
        port = port_named(nodes[name].inputs, port_name)
        if count > 1 and port is not None and not port.many:
            problems.append(
                Problem(
                    f"'{nodes[name].label}' takes one connection at '{port.label}', not {count}.",
                    node=name,
                    field=port_name,
                    code="occupied",
                )
            )
    return problems
