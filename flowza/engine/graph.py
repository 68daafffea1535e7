"""Graphs: parsed and validated as a whole; what is accepted can be ordered and run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as declared
from difflib import get_close_matches
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Any

from flowza.engine.catalogue import catalogue, find
from flowza.engine.errors import GraphError, Problem
from flowza.engine.graph_edges import Edge, parse_edges
from flowza.engine.graph_shape import FORBIDDEN_IDS, NODE_FIELDS, NODE_ID, shape_problems
from flowza.engine.node import Node
from flowza.engine.params import parse_params


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
