"""Operations that were made on an older graph, brought to the present one.

Disjoint targets merge. The same field of the same step, set to different values, is a clash; so is a step that is gone,
or one that is to be deleted and was changed meanwhile. Places on the canvas never clash: the last one counts, because
nothing that a person said is lost by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flowza.engine.edit_checks import name_of
from flowza.engine.edit_difference import same
from flowza.engine.edit_words import title_of
from flowza.engine.edits import GraphJSON, Op, Target, nodes_of, targets
from flowza.engine.marks import PLACE

ABSENT = None
HARMLESS = ("place", "order")


@dataclass(frozen=True)
class Clash:
    """A target that others changed. `before` is what it was when the operation was made, `theirs` what it is now,
    `mine` what the operation wants; None means that it is not there.
    """

    index: int
    target: Target
    node: str
    field: str
    reason: str
    before: Any
    theirs: Any
    mine: Any


def rebase(base: GraphJSON, now: GraphJSON, ops: Sequence[Op]) -> tuple[list[tuple[int, Op]], list[Clash]]:
    """The operations that are still to be done, each with its index, and the clashes.

    What others did already in the same way is left out.
    """
    kept: list[tuple[int, Op]] = []
    clashes: list[Clash] = []
    gone = ids_of(base) - ids_of(now)
    only_places = all(op["op"] == "move" for op in ops)
    for index, op in enumerate(ops):
        if is_done(base, now, op) or (op["op"] == "move" and op["id"] in gone and not only_places):
            continue
        found = clashes_of(base, now, op, index, gone)
        clashes += found
        kept += [] if found else [(index, op)]
    return kept, clashes


def ids_of(graph: Mapping[str, Any]) -> set[str]:
    return {item["id"] for item in graph["nodes"]}


def is_done(base: GraphJSON, now: GraphJSON, op: Op) -> bool:
    """Whether others did this since: adding, deleting, connecting or disconnecting the same."""
    if op["op"].partition("_")[0] not in ("add", "delete", "connect", "disconnect"):
        return False
    target = targets(op)[0]
    then, present = value_at(base, target), value_at(now, target)
    return not same(then, present) and same(present, wanted(op, target))


def clashes_of(base: GraphJSON, now: GraphJSON, op: Op, index: int, gone: set[str]) -> list[Clash]:
    for id in nodes_of(op):
        if id in gone:
            reason = f"'{name_of(base, id)}' was deleted meanwhile."
            return [Clash(index, ("node", id), id, "", reason, value_at(base, ("node", id)), None, op)]
    found = []
    for target in targets(op):
        if target[0] in HARMLESS or (target[0].endswith(" field") and target[2] in PLACE):
            continue
        before, theirs, mine = value_at(base, target), value_at(now, target), wanted(op, target)
        if op["op"].startswith("delete_"):
            before, theirs = with_wires(base, target, before), with_wires(now, target, theirs)
        if not same(before, theirs) and not same(theirs, mine):
            node = target[1] if target[0] in ("node", "param", "label", "comment") else ""
            field = target[2] if target[0] == "param" else ""
            reason = words_of(now, base, target, op)
            found.append(Clash(index, target, node, field, reason, before, theirs, mine))
    return found


def words_of(now: GraphJSON, base: GraphJSON, target: Target, op: Op) -> str:
    kind = target[0]
    name = name_of(base, target[1]) if kind in ("node", "param", "label", "comment") else ""
    if op["op"] == "delete_node":
        return f"'{name}' was changed meanwhile, so it was not deleted."
    if op["op"] == "add_node":
        return f"Another step got the id '{target[1]}' meanwhile."
    if kind == "param":
        return f"'{title_of(base, target[1], target[2])}' of '{name}' was changed meanwhile."
    if kind in ("label", "comment"):
        return f"The {'name' if kind == 'label' else 'note'} of '{name}' was changed meanwhile."
    if kind == "edge":
        source, end = (name_of(base if id in ids_of(base) else now, id) for id in (target[1], target[3]))
        return f"The connection from '{source}' to '{end}' was changed meanwhile."
    what = {"graph": "The workflow's setting", "note": "The note", "note field": "The note"}.get(kind, "The frame")
    return f"{what} '{target[1]}' was changed meanwhile."


# What stands at a target


def value_at(graph: GraphJSON, target: Target) -> Any:
    """The value at a target in a graph; None when it is not there."""
    kind, id = target[0], target[1]
    if kind == "edge":
        return any((e["from"], e["from_port"], e["to"], e["to_port"]) == target[1:] for e in graph["edges"]) or ABSENT
    if kind == "graph":
        return graph.get(id, ABSENT)
    what = kind.partition(" ")[0] if kind in ("note", "frame", "note field", "frame field") else "node"
    item = next((item for item in graph.get(f"{what}s", []) if item["id"] == id), None)
    if item is None:
        return ABSENT
    if kind == "param":
        return item.get("params", {}).get(target[2], ABSENT)
    if kind in ("label", "comment"):
        return item.get("label" if kind == "label" else "note", "")
    if kind.endswith("field"):
        return item.get(target[2], ABSENT)
    return meaning(item)


def meaning(item: Mapping[str, Any]) -> dict[str, Any]:
    """A step, note or frame without its place, and without what is empty."""
    return {name: value for name, value in item.items() if name not in ("x", "y") and value not in ("", {})}


def with_wires(graph: GraphJSON, target: Target, value: Any) -> Any:
    if target[0] != "node" or value is ABSENT:
        return value
    wires = [edge for edge in graph["edges"] if target[1] in (edge["from"], edge["to"])]
    # By name: a database may give an edge's parts back in another order.
    return [value, sorted((edge["from"], edge["from_port"], edge["to"], edge["to_port"]) for edge in wires)]


def wanted(op: Op, target: Target) -> Any:
    """What the operation makes of the target."""
    do = op["op"]
    if do in ("connect", "disconnect"):
        return True if do == "connect" else ABSENT
    if do.startswith("delete_"):
        return ABSENT
    if do.startswith("add_"):
        return meaning({name: value for name, value in op.items() if name not in ("op", "at")})
    if do == "rename":
        return op["label"]
    if do == "comment":
        return op["note"]
    return op.get("set", {}).get(target[-1], ABSENT)
