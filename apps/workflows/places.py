"""Where steps lie on the canvas when others come between them, and all of them laid out anew."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

from apps.workflows.drawing import Size, placed
from flowza.engine.edit_checks import find_item, followers

GraphJSON = dict[str, Any]
Op = dict[str, Any]

STEP_X, STEP_Y = 240, 140
"""From one card to the next."""
CARD_X, CARD_Y = 200, 100
"""Closer than this, two cards would touch."""
FIRST = (80, 200)
CANVAS = Size(width=180, height=90, gap_x=60, gap_y=50, margin=80)


def place_of(graph: GraphJSON, step: str) -> tuple[float, float]:
    _, item = find_item(graph, "nodes", step)
    return item.get("x", 0), item.get("y", 0)


def place_beside(graph: GraphJSON, step: str | None) -> tuple[float, float]:
    """A free place below a step; without a step, below everything."""
    if step is not None:
        x, y = place_of(graph, step)
        return free_place(graph, x, y + STEP_Y)
    if not graph["nodes"]:
        return FIRST
    x = min(item.get("x", 0) for item in graph["nodes"])
    return x, max(item.get("y", 0) for item in graph["nodes"]) + STEP_Y


def free_place(graph: GraphJSON, x: float, y: float) -> tuple[float, float]:
    places = [(item.get("x", 0), item.get("y", 0)) for item in graph["nodes"]]
    while any(abs(x - other) < CARD_X and abs(y - beside) < CARD_Y for other, beside in places):
        y += STEP_Y
    return x, y


def room_after(graph: GraphJSON, step: str, *, inserts: bool) -> tuple[list[Op], tuple[float, float]]:
    """The place right of a step, and the moves that make it free when a step is put into a wire."""
    x, y = place_of(graph, step)
    if not inserts:
        return [], free_place(graph, x + STEP_X, y)
    behind = followers(graph, step)
    items = [item for item in graph["nodes"] if item["id"] in behind]
    shift = max(0, x + 2 * STEP_X - min(item.get("x", 0) for item in items))
    moves = [
        {"op": "move", "id": item["id"], "x": item.get("x", 0) + shift, "y": item.get("y", 0)}
        for item in (items if shift else [])
    ]
    return moves, (x + STEP_X, y)


def places_swapped(graph: GraphJSON, one: str, other: str) -> list[Op]:
    places = {step: place_of(graph, step) for step in (one, other)}
    return [
        {"op": "move", "id": one, "x": places[other][0], "y": places[other][1]},
        {"op": "move", "id": other, "x": places[one][0], "y": places[one][1]},
    ]


def tidied(graph: GraphJSON, steps: Set[str] | None = None) -> list[Op]:
    """Moves that lay steps out in layers from left to right with few crossings of wires.

    steps: only these, which stay where their upper left corner was; left out, all of them.
    """
    items = [item for item in graph["nodes"] if steps is None or item["id"] in steps]
    if not items:
        return []
    ids = {item["id"] for item in items}
    wires = list(dict.fromkeys((edge["from"], edge["to"]) for edge in graph["edges"]))
    places = placed(
        [item["id"] for item in items], [(one, other) for one, other in wires if one in ids and other in ids], CANVAS
    )
    if steps is not None:
        places = moved_to(places, min(item.get("x", 0) for item in items), min(item.get("y", 0) for item in items))
    return [{"op": "move", "id": id, "x": x, "y": y} for id, (x, y) in places.items() if (x, y) != place_of(graph, id)]


def moved_to(places: Mapping[str, tuple[float, float]], left: float, top: float) -> dict[str, tuple[float, float]]:
    """The same places with their upper left corner somewhere else."""
    across = left - min(x for x, _ in places.values())
    down = top - min(y for _, y in places.values())
    return {id: (x + across, y + down) for id, (x, y) in places.items()}


def with_places(graph: GraphJSON) -> GraphJSON:
    """The graph as it is drawn: steps that nobody has put anywhere lie where a tidy layout has them."""
    if not any(is_placeless(item) for item in graph["nodes"]):
        return graph
    places = {op["id"]: {"x": op["x"], "y": op["y"]} for op in tidied(graph)}
    nodes = [{**item, **places.get(item["id"], {})} if is_placeless(item) else item for item in graph["nodes"]]
    return {**graph, "nodes": nodes}


def is_placeless(item: GraphJSON) -> bool:
    return "x" not in item and "y" not in item
