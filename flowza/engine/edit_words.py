"""What a batch of operations did, in words for the history and for the undo button."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flowza.engine.catalogue import find
from flowza.engine.edit_checks import name_of

Op = Mapping[str, Any]


def words_for(before: Mapping[str, Any], after: Mapping[str, Any], ops: Sequence[Op]) -> str:
    """Such as "Added 'Impute'". before, after: the graph without and with the operations."""
    for kinds, say in SAYINGS:
        if chosen := [op for op in ops if op["op"] in kinds]:
            return say(before, after, chosen)
    return "Changed nothing"


def added(before: Mapping[str, Any], after: Mapping[str, Any], ops: Sequence[Op]) -> str:
    gone = [op["id"] for op in ops if op["op"] == "delete_node"]
    new = [op["id"] for op in ops if op["op"] == "add_node"]
    if gone and new:
        return f"Replaced {listed([name_of(before, id) for id in dict.fromkeys(gone)])}"
    if new:
        return f"Added {listed([name_of(after, id) for id in new])}"
    return f"Deleted {listed([name_of(before, id) for id in gone])}"


def set_params(before: Mapping[str, Any], after: Mapping[str, Any], ops: Sequence[Op]) -> str:
    steps = list(dict.fromkeys(op["id"] for op in ops))
    fields = [name for op in ops for name in (*op.get("set", {}), *op.get("unset", []))]
    if len(steps) == 1 and len(set(fields)) == 1:
        return f"Changed '{title_of(after, steps[0], fields[0])}' of '{name_of(after, steps[0])}'"
    return f"Changed {listed([name_of(after, id) for id in steps])}"


def title_of(graph: Mapping[str, Any], step: str, field: str) -> str:
    """A field's label on the form."""
    item = next((item for item in graph["nodes"] if item["id"] == step), None)
    cls = find(item["kind"]) if item else None
    info = cls.Params.model_fields.get(field) if cls else None
    return (info.title if info else None) or field


def rewired(before: Mapping[str, Any], after: Mapping[str, Any], ops: Sequence[Op]) -> str:
    ends = list(dict.fromkeys(op["to"] for op in ops))
    if len(ops) == 1:
        source, end = name_of(before, ops[0]["from"]), name_of(before, ops[0]["to"])
        done, word = ("Connected", "to") if ops[0]["op"] == "connect" else ("Disconnected", "from")
        return f"{done} '{source}' {word} '{end}'" if done == "Connected" else f"{done} '{end}' {word} '{source}'"
    if len(ends) == 1:
        return f"Changed the input of '{name_of(before, ends[0])}'"
    return f"Changed the inputs of {listed([name_of(before, id) for id in ends])}"


def of_steps(verb: str) -> Callable[[Mapping[str, Any], Mapping[str, Any], Sequence[Op]], str]:
    return lambda before, after, ops: (
        f"{verb} {listed([name_of(before, id) for id in dict.fromkeys(op['id'] for op in ops)])}"
    )


def fixed(words: str) -> Callable[[Mapping[str, Any], Mapping[str, Any], Sequence[Op]], str]:
    return lambda before, after, ops: words


def listed(names: Sequence[str]) -> str:
    if len(names) <= 2:
        return " and ".join(f"'{name}'" for name in names)
    return f"{len(names)} steps"


# Operations in the order of what a person would call the batch after; the rest goes with it.
SAYINGS = (
    (("add_node", "delete_node"), added),
    (("connect", "disconnect"), rewired),
    (("set_params",), set_params),
    (("rename",), of_steps("Renamed")),
    (("comment",), of_steps("Changed the note of")),
    (("set_graph",), fixed("Changed the workflow's settings")),
    (("add_note",), fixed("Added a note")),
    (("edit_note",), fixed("Changed a note")),
    (("delete_note",), fixed("Deleted a note")),
    (("add_frame",), fixed("Added a frame")),
    (("edit_frame",), fixed("Changed a frame")),
    (("delete_frame",), fixed("Deleted a frame")),
    (("move",), of_steps("Moved")),
    (("order",), fixed("Changed the order of steps")),
)
