"""What is different between two versions of a workflow, in words: all of it, where a batch's label says the most."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flowza.engine.edit_checks import name_of
from flowza.engine.edit_difference import difference
from flowza.engine.edit_words import SAYINGS, listed

Op = Mapping[str, Any]
GraphJSON = Mapping[str, Any]

BESIDE = {"move", "order"}
"""What is told only when nothing else has changed."""


def words_between(before: GraphJSON, after: GraphJSON) -> str:
    """`Added 'Impute'; changed 'Test share' of 'Split'`; "Nothing" when the two say the same."""
    ops = difference(before, after)
    found = list(sayings(before, after, ops))
    if not found:
        return "Nothing"
    return "; ".join([found[0], *(words[:1].lower() + words[1:] for words in found[1:])])


def sayings(before: GraphJSON, after: GraphJSON, ops: Sequence[Op]) -> Iterator[str]:
    """A few words for each kind of change, the weightiest first."""
    yield from step_sayings(before, after, ops)
    rest = [op for op in wires_said(before, ops) if op["op"] not in ("add_node", "delete_node")]
    if any(op["op"] not in BESIDE for op in ops):
        rest = [op for op in rest if op["op"] not in BESIDE]
    for kinds, say in SAYINGS:
        if chosen := [op for op in rest if op["op"] in kinds]:
            yield say(before, after, chosen)


def step_sayings(before: GraphJSON, after: GraphJSON, ops: Sequence[Op]) -> Iterator[str]:
    gone = [op["id"] for op in ops if op["op"] == "delete_node"]
    new = [op["id"] for op in ops if op["op"] == "add_node"]
    replaced = [id for id in new if id in gone]
    for verb, graph, ids in (
        ("Added", after, [id for id in new if id not in replaced]),
        ("Deleted", before, [id for id in gone if id not in replaced]),
        ("Replaced", before, replaced),
    ):
        if ids:
            yield f"{verb} {listed([name_of(graph, id) for id in ids])}"


def wires_said(before: GraphJSON, ops: Sequence[Op]) -> list[Op]:
    """The operations without those wires that only go with a step that came or went."""
    new = {op["id"] for op in ops if op["op"] == "add_node"}
    gone = {op["id"] for op in ops if op["op"] == "delete_node"}
    fed_by_new = {(op["to"], op["to_port"]) for op in ops if op["op"] == "connect" and op["from"] in new}
    fed_by_gone = {(edge["to"], edge["to_port"]) for edge in before.get("edges", []) if edge["from"] in gone}
    found = []
    for op in ops:
        if op["op"] in ("connect", "disconnect"):
            end = (op["to"], op["to_port"])
            of_step = {op["from"], op["to"]} & (new | gone)
            if of_step or end in (fed_by_new if op["op"] == "disconnect" else fed_by_gone):
                continue
        found.append(op)
    return found
