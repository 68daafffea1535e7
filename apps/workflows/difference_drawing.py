"""Two graphs as one drawing: what came is green with a plus, what went red with a minus and dashed, what says something
else amber with a pencil.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.workflows.drawing import Card, Size, Wire, drawing
from apps.workflows.graph_comparison import State

MARKS: Mapping[State, str] = {
    "added": "M-4 0h8M0 -4v8",
    "removed": "M-4 0h8",
    "changed": "M-4 4l0.7 -2.7L1.8 -3.8a1.3 1.3 0 0 1 2 2L-1.3 3.3ZM0.8 -2.8l2 2",
}
"""Paths of a plus, a minus and a pencil around the origin."""
WORDS: Mapping[State, str] = {"added": "added", "removed": "removed", "changed": "changed", "same": "as before"}


@dataclass(frozen=True)
class MarkedCard:
    """mark: path of the sign of what became of it; "" for what is as before."""

    card: Card
    state: State
    words: str
    mark: str


@dataclass(frozen=True)
class MarkedWire:
    """x, y: its middle, where the mark stands."""

    wire: Wire
    state: State
    mark: str
    x: float
    y: float


@dataclass(frozen=True)
class DifferenceDrawing:
    size: Size
    width: float
    height: float
    cards: Sequence[MarkedCard]
    wires: Sequence[MarkedWire]


def difference_drawing(
    before: Mapping[str, Any], after: Mapping[str, Any], states: Mapping[str, State], told: Mapping[str, str]
) -> DifferenceDrawing:
    """states: step -> what became of it, for those that are not the same. told: step -> a few words on its card."""
    both = united(before, after)
    drawn = drawing(both, told=told)
    places = {card.id: card for card in drawn.cards}
    size = drawn.size
    cards = []
    for card in drawn.cards:
        state = states.get(card.id, "same")
        cards.append(MarkedCard(card, state, WORDS[state], MARKS.get(state, "")))
    was, now = pairs(before), pairs(after)
    wires = []
    for pair, wire in zip(pairs(both), drawn.wires, strict=True):
        source, target = places[pair[0]], places[pair[1]]
        state = wire_state(was.get(pair), now.get(pair))
        middle = (source.x + size.width + target.x) / 2, (source.y + target.y + size.height) / 2
        wires.append(MarkedWire(wire, state, MARKS.get(state, ""), *middle))
    return DifferenceDrawing(size, drawn.width, drawn.height, cards, wires)


def united(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """A graph with the steps and wires of both; a step that both have as the second says it."""
    now = {node["id"] for node in after["nodes"]}
    kept = [edge for edge in before["edges"] if edge not in after["edges"]]
    return {
        "nodes": [*after["nodes"], *(node for node in before["nodes"] if node["id"] not in now)],
        "edges": [*after["edges"], *kept],
    }


def pairs(graph: Mapping[str, Any]) -> dict[tuple[str, str], set[tuple[str, str]]]:
    """(source, target) -> the ports that are connected, in the order of `drawing`."""
    found: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for edge in graph["edges"]:
        found.setdefault((edge["from"], edge["to"]), set()).add((edge["from_port"], edge["to_port"]))
    return found


def wire_state(was: set[tuple[str, str]] | None, now: set[tuple[str, str]] | None) -> State:
    if was is None:
        return "added"
    if now is None:
        return "removed"
    return "same" if was == now else "changed"
