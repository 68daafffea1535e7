"""A graph as a drawing: cards in layers from left to right, wires between them. The template makes it SVG.

Layers by the longest path; wires over several layers get a place of their own in each (a dummy); twelve barycentre
sweeps lower the number of crossings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flowza.engine.catalogue import CATEGORIES, find

SWEEPS = 12
Wires = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Size:
    """Measures of a drawing in units of its view box."""

    width: int
    height: int
    gap_x: int
    gap_y: int
    margin: int
    label_length: int = 0

    @property
    def middle(self) -> int:
        """Height of the ports."""
        return self.height // 2


LARGE = Size(width=164, height=62, gap_x=36, gap_y=22, margin=12, label_length=22)
SMALL = Size(width=22, height=12, gap_x=12, gap_y=6, margin=3)


@dataclass(frozen=True)
class Card:
    """One step. `output` and `input` are types of wires: dataset, model or report; `input` is "" without a wire."""

    id: str
    x: float
    y: float
    output: str
    category: str
    label: str
    short_label: str
    told: str
    has_output: bool
    input: str = ""


@dataclass(frozen=True)
class Wire:
    path: str
    type: str


@dataclass(frozen=True)
class Drawing:
    """What a template needs to draw a graph."""

    size: Size
    width: float
    height: float
    cards: Sequence[Card]
    wires: Sequence[Wire]


def drawing(graph: Mapping[str, Any], size: Size = LARGE, told: Mapping[str, str] | None = None) -> Drawing:
    """The drawing of graph JSON. told: step -> a few words on its card."""
    nodes = {str(node["id"]): node for node in graph.get("nodes", [])}
    edges = [edge for edge in graph.get("edges", []) if edge["from"] in nodes and edge["to"] in nodes]
    wires = list(dict.fromkeys((str(edge["from"]), str(edge["to"])) for edge in edges))
    places = placed(list(nodes), wires, size)
    sources = {source for source, _ in wires}
    cards = [card(node, places[name], size, (told or {}).get(name, ""), sources) for name, node in nodes.items()]
    outputs = {card.id: card.output for card in cards}
    entering = {target: outputs[source] for source, target in wires}
    cards = [replace(card, input=entering.get(card.id, "")) for card in cards]
    drawn = [Wire(path_of(places[source], places[target], size), outputs[source]) for source, target in wires]
    width = max((card.x + size.width for card in cards), default=0) + size.margin
    height = max((card.y + size.height for card in cards), default=0) + size.margin
    return Drawing(size, width, height, cards, drawn)


def card(node: Mapping[str, Any], place: tuple[float, float], size: Size, told: str, sources: set[str]) -> Card:
    cls = find(str(node.get("kind")))
    label = str(node.get("label") or (cls.label if cls else node.get("kind")))
    output = cls.outputs[0].type if cls and cls.outputs else "report"
    return Card(
        id=str(node["id"]),
        x=place[0],
        y=place[1],
        output=output,
        category=CATEGORIES.get(cls.category, "") if cls else "",
        label=label,
        short_label=shortened(label, size.label_length),
        told=shortened(told, size.label_length + 5),
        has_output=node["id"] in sources,
    )


def shortened(text: str, length: int) -> str:
    return text if len(text) <= length else text[: max(length - 1, 0)].rstrip() + "…"


def path_of(source: tuple[float, float], target: tuple[float, float], size: Size) -> str:
    """A curve from the right edge of one card to the left edge of another."""
    x1, y1 = source[0] + size.width, source[1] + size.height / 2
    x2, y2 = target[0], target[1] + size.height / 2
    bend = max((x2 - x1) / 2, size.gap_x / 2)
    return f"M{x1:g} {y1:g}C{x1 + bend:g} {y1:g} {x2 - bend:g} {y2:g} {x2:g} {y2:g}"


# Where cards lie


def placed(names: Sequence[str], wires: Wires, size: Size) -> dict[str, tuple[float, float]]:
    """Step -> (x, y) of its card's corner."""
    depth = depths(names, wires)
    layers = ordered_layers(names, wires, depth)
    tallest = max((len(layer) for layer in layers), default=0)
    step = size.height + size.gap_y
    places: dict[str, tuple[float, float]] = {}
    for column, layer in enumerate(layers):
        top = size.margin + (tallest - len(layer)) * step / 2
        for row, name in enumerate(layer):
            if name in depth:
                places[name] = (size.margin + column * (size.width + size.gap_x), top + row * step)
    return places


def depths(names: Sequence[str], wires: Wires) -> dict[str, int]:
    """Length of the longest way from a source to each step. A circle, which no stored graph has, is cut."""
    into: dict[str, list[str]] = {name: [] for name in names}
    out: dict[str, list[str]] = {name: [] for name in names}
    for source, target in wires:
        into[target].append(source)
        out[source].append(target)
    missing = {name: len(sources) for name, sources in into.items()}
    found: dict[str, int] = {}
    # After the sources and what follows from them, whatever is left lies in a circle or behind one.
    for first in (*(name for name in names if not into[name]), *names):
        waiting = [first]
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            found[name] = max((found[source] + 1 for source in into[name] if source in found), default=0)
            for target in out[name]:
                missing[target] -= 1
                if not missing[target]:
                    waiting.append(target)
    return found


def ordered_layers(names: Sequence[str], wires: Wires, depth: Mapping[str, int]) -> list[list[str]]:
    """Names and dummies of each layer from top to bottom, with few crossings."""
    layers: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for name in names:
        layers[depth[name]].append(name)
    before: dict[str, list[str]] = {}
    after: dict[str, list[str]] = {}
    for number, (source, target) in enumerate(wires):
        last = source
        for column in range(depth[source] + 1, depth[target]):
            dummy = f"\0{number}/{column}"
            layers[column].append(dummy)
            before.setdefault(dummy, []).append(last)
            after.setdefault(last, []).append(dummy)
            last = dummy
        before.setdefault(target, []).append(last)
        after.setdefault(last, []).append(target)
    for sweep in range(SWEEPS):
        neighbours, order = (before, layers[1:]) if sweep % 2 == 0 else (after, layers[-2::-1])
        rank = {name: row for layer in layers for row, name in enumerate(layer)}
        for layer in order:
            layer.sort(key=lambda name: barycentre(neighbours.get(name, []), rank, rank[name]))
            rank.update((name, row) for row, name in enumerate(layer))
    return layers


def barycentre(neighbours: Sequence[str], rank: Mapping[str, int], own: int) -> float:
    return sum(rank[name] for name in neighbours) / len(neighbours) if neighbours else float(own)
