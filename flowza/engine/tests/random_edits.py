"""Random operations that a person could make on a graph, for walks through many states."""

from __future__ import annotations

from random import Random
from typing import Any

from flowza.engine.catalogue import catalogue, find
from flowza.engine.edits import EditError, apply

GraphJSON = dict[str, Any]
Op = dict[str, Any]
KINDS = ("showcase", "csv", "impute", "normalise", "one_hot", "split", "filter", "logistic_regression", "compare")
SETTINGS: dict[str, list[Any]] = {
    "test_share": [0.1, 0.2, 0.3, 0.25],
    "name": ["titanic", "iris", "wine"],
    "target": ["", "survived", "sex"],
    "positive": ["", "yes"],
    "columns": [[], ["age"], ["age", "fare"]],
}


def random_op(random: Random, graph: GraphJSON, tag: str) -> Op:
    """One operation that holds on the graph. tag: keeps the ids of two windows apart."""
    for _ in range(200):
        op = candidate(random, graph, tag)
        try:
            apply(graph, op)
        except EditError:
            continue
        return op
    return {"op": "set_graph", "set": {"seed": random.randrange(9)}}


def candidate(random: Random, graph: GraphJSON, tag: str) -> Op:
    ids = [item["id"] for item in graph["nodes"]]
    do = random.choice(
        ["add", "connect", "connect", "disconnect", "set", "set", "set", "rename", "move", "delete", "note", "other"]
    )
    new = f"{tag}{random.randrange(10_000)}"
    at = {"at": random.randrange(8)} if random.random() < 0.2 else {}
    if do == "add" or not ids:
        where = {"x": random.randrange(900), "y": random.randrange(900)} if random.random() < 0.8 else {}
        return {"op": "add_node", "id": new, "kind": random.choice(KINDS), "params": {}, **where, **at}
    step = random.choice(ids)
    if do == "connect":
        source = random.choice(graph["nodes"])
        target = random.choice(graph["nodes"])
        return {"op": "connect", **ends(random, source, target), **at}
    if do == "disconnect" and graph["edges"]:
        return {"op": "disconnect", **random.choice(graph["edges"])}
    if do == "set":
        return setting(random, next(item for item in graph["nodes"] if item["id"] == step))
    if do == "rename":
        return {"op": "rename", "id": step, "label": random.choice(["", "Clean", "Again", "Ä ö"])}
    if do == "move":
        return {"op": "move", "id": step, "x": random.randrange(900), "y": random.random() * 900}
    if do == "delete":
        return {"op": "delete_node", "id": step}
    return mark_or_graph(random, graph, step, new)


def ends(random: Random, source: GraphJSON, target: GraphJSON) -> dict[str, str]:
    outputs, inputs = catalogue()[source["kind"]].outputs, catalogue()[target["kind"]].inputs
    return {
        "from": source["id"],
        "from_port": random.choice([port.name for port in outputs]),
        "to": target["id"],
        "to_port": random.choice([port.name for port in inputs] or ["table"]),
    }


def setting(random: Random, item: GraphJSON) -> Op:
    cls = find(item["kind"])
    known = [name for name in SETTINGS if cls is not None and name in cls.Params.model_fields]
    name = random.choice(known or ["target"])
    if name in item.get("params", {}) and random.random() < 0.3:
        return {"op": "set_params", "id": item["id"], "unset": [name]}
    return {"op": "set_params", "id": item["id"], "set": {name: random.choice(SETTINGS[name])}}


def mark_or_graph(random: Random, graph: GraphJSON, step: str, new: str) -> Op:
    what = random.choice(["note", "frame"])
    text = {"note": "text", "frame": "label"}[what]
    known = [item["id"] for item in graph.get(f"{what}s", [])]
    choice = random.choice(["add", "edit", "delete", "seed", "order", "comment"])
    if choice == "seed":
        return {"op": "set_graph", "set": {"seed": random.randrange(9)}, "unset": []}
    if choice == "order":
        ids = [item["id"] for item in graph["nodes"]]
        return {"op": "order", "nodes": random.sample(ids, len(ids))}
    if choice == "comment":
        return {"op": "comment", "id": step, "note": random.choice(["", "Ask Ann"])}
    if choice == "add" or not known:
        return {"op": f"add_{what}", "id": new, text: "See here", "x": 1, "y": 2}
    id = random.choice(known)
    if choice == "edit":
        return {"op": f"edit_{what}", "id": id, "set": {text: random.choice(["One", "Two"]), "x": random.randrange(9)}}
    return {"op": f"delete_{what}", "id": id}
