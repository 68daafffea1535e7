"""Graphs: parsed and validated as a whole; what is accepted can be ordered and run."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as declared
from difflib import get_close_matches
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Any

from flowza.engine.catalogue import catalogue, find
from flowza.engine.errors import GraphError, Problem
from flowza.engine.marks import mark_problems
from flowza.engine.node import Node, Port
from flowza.engine.params import finite, parse_params

FORMAT = 1
MAX_NODES = 500
MAX_EDGES = 5000
MAX_DEPTH = 32
MAX_BYTES = 1_000_000
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
NODE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
FORBIDDEN_IDS = frozenset({"__proto__", "constructor", "prototype"})
GRAPH_FIELDS = frozenset({"format", "seed", "nodes", "edges", "name", "description", "notes", "frames"})
NODE_FIELDS = frozenset({"id", "kind", "version", "params", "label", "x", "y", "note"})
EDGE_FIELDS = ("from", "from_port", "to", "to_port")


@dataclass(frozen=True)
class Edge:
    source: str
    source_port: str
    target: str
    target_port: str


@dataclass(frozen=True)
class Graph:
    """A valid graph. `order` lists node ids so that each comes after those it reads from; `places` where they lie."""

    nodes: Mapping[str, Node]
    edges: tuple[Edge, ...]
    order: tuple[str, ...]
    seed: int = 0
    places: Mapping[str, tuple[float, float]] = declared(default_factory=dict, compare=False)

    @cached_property
    def _entering(self) -> dict[str, list[Edge]]:
        found: dict[str, list[Edge]] = {name: [] for name in self.nodes}
        for edge in self.edges:
            found[edge.target].append(edge)
        return found

    @cached_property
    def _leaving(self) -> dict[str, list[Edge]]:
        found: dict[str, list[Edge]] = {name: [] for name in self.nodes}
        for edge in self.edges:
            found[edge.source].append(edge)
        return found

    def into(self, node: str) -> list[Edge]:
        return self._entering[node]

    def out_of(self, node: str) -> list[Edge]:
        return self._leaving[node]

    def ancestors(self, node: str) -> set[str]:
        """The nodes that `node` depends on."""
        found: set[str] = set()
        waiting = [node]
        while waiting:
            for edge in self.into(waiting.pop()):
                if edge.source not in found:
                    found.add(edge.source)
                    waiting.append(edge.source)
        return found

    def descendants(self, node: str) -> set[str]:
        found: set[str] = set()
        waiting = [node]
        while waiting:
            for edge in self.out_of(waiting.pop()):
                if edge.target not in found:
                    found.add(edge.target)
                    waiting.append(edge.target)
        return found

    def until(self, node: str) -> Graph:
        """The part that is needed for `node`."""
        if node not in self.nodes:
            raise GraphError([Problem(f"There is no step '{node}'.", node=node, code="unknown_node")])
        keep = self.ancestors(node) | {node}
        return Graph(
            {name: self.nodes[name] for name in self.nodes if name in keep},
            tuple(edge for edge in self.edges if edge.target in keep),
            tuple(name for name in self.order if name in keep),
            self.seed,
            {name: place for name, place in self.places.items() if name in keep},
        )


def parse(raw: Any, *, complete: bool = True) -> Graph:
    """Validate graph JSON. Raises GraphError with every problem found.

    complete: also ask that it can run (not empty, inputs connected). An editor's draft is parsed with `complete=False`.
    """
    problems = shape_problems(raw)
    if problems:
        raise GraphError(problems)
    nodes, problems = parse_nodes(raw["nodes"])
    known = {item["id"] for item in raw["nodes"] if isinstance(item, dict) and isinstance(item.get("id"), str)}
    edges, more = parse_edges(raw["edges"], nodes, known)
    problems += more
    if not problems and complete:
        problems += incomplete(nodes, edges)
    order: tuple[str, ...] = ()
    if not problems:
        order, problems = ordered(nodes, edges)
    if problems:
        raise GraphError(problems)
    places = {item["id"]: (item.get("x", 0), item.get("y", 0)) for item in raw["nodes"]}
    return Graph(nodes, tuple(edges), order, raw.get("seed", 0), places)


def dataset_references(raw: Mapping[str, Any]) -> list[str]:
    """The stored datasets that a graph's parameters name, without repeats."""
    return list(dict.fromkeys(reference for _, reference in named_datasets(raw)))


def named_datasets(raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(step, reference) for each parameter of graph JSON that names a stored dataset."""
    for item in raw.get("nodes", []):
        cls = find(str(item.get("kind")))
        for name in dataset_fields(cls) if cls else []:
            value = item.get("params", {}).get(name)
            if isinstance(value, str) and value:
                yield str(item["id"]), value


def dataset_fields(cls: type[Node]) -> list[str]:
    fields = []
    for name, info in cls.Params.model_fields.items():
        extra = info.json_schema_extra
        described = extra.get("flowza") if isinstance(extra, dict) else None
        if isinstance(described, dict) and described.get("dataset"):
            fields.append(name)
    return fields


# Shape


def shape_problems(raw: Any) -> list[Problem]:
    if not isinstance(raw, dict):
        return [Problem("A workflow must be a JSON object with 'nodes' and 'edges'.", field="graph")]
    if too_deep(raw, MAX_DEPTH):
        return [Problem(f"The workflow is nested deeper than {MAX_DEPTH} levels.", field="graph", code="too_deep")]
    # First, because later problems repeat names, which have to be text that can be sent.
    if problems := misplaced(raw, has_nul, "Text may not hold NUL characters or broken surrogates."):
        return problems
    problems = [
        Problem(
            f"There is no field '{str(name)[:60]}' in a workflow.",
            field=str(name)[:60] or "graph",
            code="unknown_field",
        )
        for name in raw
        if name not in GRAPH_FIELDS
    ]
    if raw.get("format", FORMAT) != FORMAT or isinstance(raw.get("format"), bool):
        problems.append(Problem(f"Only workflows of format {FORMAT} are known.", field="format"))
    seed = raw.get("seed", 0)
    if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed < 2**32:
        problems.append(Problem("The seed must be a whole number from 0 to 4294967295.", field="seed"))
    for name, words, limit in (("nodes", "steps", MAX_NODES), ("edges", "connections", MAX_EDGES)):
        value = raw.get(name)
        if not isinstance(value, list):
            problems.append(Problem(f"'{name}' must be a list.", field=name))
        elif len(value) > limit:
            problems.append(
                Problem(f"{len(value)} {words} are more than the {limit} allowed.", field=name, code="too_many")
            )
    if not problems:
        problems += misplaced(raw, lambda value: not finite(value), "Numbers may not be NaN or infinite.")
    problems += [
        Problem(f"'{name}' must be a text.", field=name)
        for name in ("name", "description")
        if not isinstance(raw.get(name, ""), str)
    ]
    problems += mark_problems(raw)
    if not problems and len(json.dumps(raw)) > MAX_BYTES:
        problems.append(Problem("The workflow is larger than 1 MB.", field="graph", code="too_large"))
    return problems


def misplaced(raw: dict[str, Any], is_bad: Callable[[Any], bool], message: str) -> list[Problem]:
    """A problem for each step, connection or field of a graph that holds what it must not."""
    problems = []
    for name, value in raw.items():
        if is_bad(name):
            problems.append(Problem(message, field="graph"))
        if not is_bad(value):
            continue
        if name not in ("nodes", "edges") or not isinstance(value, list):
            problems.append(Problem(message, field="graph" if is_bad(name) else str(name)[:60] or "graph"))
            continue
        for position, item in enumerate(value):
            if is_bad(item):
                node = item.get("id", "") if isinstance(item, dict) else ""
                known = isinstance(node, str) and NODE_ID.fullmatch(node)
                problems.append(Problem(message, node=node if known else "", field=f"{name}.{position}"))
    return problems


def too_deep(value: Any, levels: int) -> bool:
    """Whether JSON is nested deeper than `levels`; walks level by level, so it cannot recurse too deep itself."""
    layer = [value]
    for _ in range(levels):
        layer = [
            child
            for item in layer
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
        ]
        if not layer:
            return False
    return True


def has_nul(value: Any) -> bool:
    """Whether a text in it, or a key, holds NUL or half a surrogate pair, which no database takes."""
    if isinstance(value, str):
        return UNSTORABLE.search(value) is not None
    if isinstance(value, dict):
        return any(has_nul(key) or has_nul(item) for key, item in value.items())
    return isinstance(value, list) and any(has_nul(item) for item in value)


# Nodes


def parse_nodes(items: list[Any]) -> tuple[dict[str, Node], list[Problem]]:
    nodes: dict[str, Node] = {}
    problems: list[Problem] = []
    seen: set[str] = set()
    for position, item in enumerate(items):
        problem = node_shape(item, position)
        if problem is not None:
            problems.append(problem)
            continue
        name = item["id"]
        if name in seen:
            problems.append(Problem(f"Two steps have the id '{name}'.", node=name, field="id", code="duplicate_id"))
            continue
        seen.add(name)
        node, more = make_node(item)
        problems += more
        if node is not None:
            nodes[name] = node
    return nodes, problems


def node_shape(item: Any, position: int) -> Problem | None:
    if not isinstance(item, dict):
        return Problem(f"Step {position + 1} must be an object.", field=f"nodes.{position}")
    name = item.get("id")
    if not isinstance(name, str) or not NODE_ID.fullmatch(name) or name in FORBIDDEN_IDS:
        return Problem(
            f"Step {position + 1} has no valid id.",
            field=f"nodes.{position}.id",
            hint="Use letters, digits, '_', '-' and '.', at most 64.",
            code="bad_id",
        )
    for field in item:
        if field not in NODE_FIELDS:
            return Problem(f"There is no field '{str(field)[:60]}' in a step.", node=name, field=str(field)[:60])
    for field in ("label", "note"):
        value = item.get(field, "")
        if not isinstance(value, str) or len(value) > 2000:
            return Problem(f"'{field}' must be a text of at most 2000 characters.", node=name, field=field)
    for field in ("x", "y"):
        value = item.get(field, 0)
        if not isinstance(value, int | float) or isinstance(value, bool) or abs(value) > 1e6:
            return Problem(f"'{field}' must be a number between -1000000 and 1000000.", node=name, field=field)
    return None


def make_node(item: dict[str, Any]) -> tuple[Node | None, list[Problem]]:
    name, kind = item["id"], item.get("kind")
    cls = find(kind) if isinstance(kind, str) else None
    if cls is None:
        close = get_close_matches(str(kind)[:60], catalogue(), n=1)
        hint = f"Did you mean '{close[0]}'?" if close else "Choose one of the catalogue's kinds."
        return None, [
            Problem(
                f"There is no kind of step '{str(kind)[:60]}'.",
                node=name,
                field="kind",
                hint=hint,
                code="unknown_kind",
            )
        ]
    version = item.get("version", cls.version)
    if not isinstance(version, int) or isinstance(version, bool) or not 1 <= version <= cls.version:
        return None, [
            Problem(
                f"'{cls.label}' is known up to step version {cls.version}.",
                node=name,
                field="version",
                code="version",
            )
        ]
    params, problems = parse_params(cls.Params, item.get("params", {}), name)
    return (None if params is None else cls(name, params)), problems


# Edges


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


# Whole


def incomplete(nodes: dict[str, Node], edges: list[Edge]) -> list[Problem]:
    if not nodes:
        return [Problem("The workflow has no steps yet.", field="nodes", hint="Add a data source first.", code="empty")]
    filled = {(edge.target, edge.target_port) for edge in edges}
    return [
        Problem(
            f"'{node.label}' has nothing connected to '{port.label}'.",
            node=name,
            field=port.name,
            hint=f"Connect a step that gives a {port.type}.",
            code="open_input",
        )
        for name, node in nodes.items()
        for port in node.inputs
        if not port.optional and (name, port.name) not in filled
    ]


def ordered(nodes: dict[str, Node], edges: list[Edge]) -> tuple[tuple[str, ...], list[Problem]]:
    sorter: TopologicalSorter[str] = TopologicalSorter({name: set() for name in nodes})
    for edge in edges:
        sorter.add(edge.target, edge.source)
    try:
        return tuple(sorter.static_order()), []
    except CycleError as error:
        circle = list(dict.fromkeys(error.args[1]))
        return (), [
            Problem(
                f"The steps {', '.join(repr(name) for name in circle[:6])} form a circle.",
                node=circle[0],
                hint="Remove one of their connections.",
                code="cycle",
            )
        ]
