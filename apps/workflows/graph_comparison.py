"""Two graphs of a workflow beside each other: steps, their fields, wires, and what lies around them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from apps.workflows.told import PRESENT, SEED, Place, Setting, settings_of
from flowza.engine.catalogue import find
from flowza.engine.edit_checks import name_of
from flowza.engine.edit_difference import normal_form, same

State = Literal["added", "removed", "changed", "same"]
GraphJSON = Mapping[str, Any]
Wire = tuple[str, str, str, str]
MARK_WORDS = {"note": "Note", "frame": "Frame"}
MARK_TEXT = {"note": "text", "frame": "label"}


@dataclass(frozen=True)
class Row:
    """One field: before and after in words; None where there is no such field."""

    label: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class StepChange:
    """A step that only one of the graphs has, or that says something else in the other."""

    id: str
    label: str
    kind_label: str
    icon: str
    output: str
    state: State
    rows: Sequence[Row]


@dataclass(frozen=True)
class WireChange:
    words: str
    state: State


@dataclass(frozen=True)
class Comparison:
    """beside: what belongs to no step, such as the seed and notes. moved: how many cards lie elsewhere."""

    steps: Sequence[StepChange]
    wires: Sequence[WireChange]
    beside: Sequence[Row]
    moved: int
    reordered: bool

    @property
    def same(self) -> bool:
        return not (self.steps or self.wires or self.beside or self.moved or self.reordered)

    @property
    def states(self) -> dict[str, State]:
        return {step.id: step.state for step in self.steps}

    @property
    def counts(self) -> list[tuple[State, int]]:
        """How many steps are added, removed, changed."""
        order: tuple[State, ...] = ("added", "removed", "changed")
        return [(state, sum(step.state == state for step in self.steps)) for state in order]


def compare(before: GraphJSON, after: GraphJSON, datasets: Mapping[str, str]) -> Comparison:
    """datasets: reference -> name, for the steps that read stored tables."""
    old, new = normal_form(before), normal_form(after)
    was = places_of(old)
    return Comparison(
        steps=list(step_changes(old, new, datasets)),
        wires=list(wire_changes(old, new)),
        beside=list(rows_beside(old, new)),
        moved=sum(id in was and place != was[id] for id, place in places_of(new).items()),
        reordered=another_order(list(nodes_of(old)), list(nodes_of(new)))
        or another_order(list(wires_of(old)), list(wires_of(new))),
    )


# Steps


def step_changes(old: GraphJSON, new: GraphJSON, datasets: Mapping[str, str]) -> Iterator[StepChange]:
    """In the order of the new graph; those that are gone at the end."""
    was, now = nodes_of(old), nodes_of(new)
    # Most steps of a large workflow are as they were; their settings need no words.
    before, after = (
        settings_of({"nodes": [node for id, node in one.items() if told_otherwise(node, other.get(id))]}, datasets)
        for one, other in ((was, now), (now, was))
    )
    for id, node in now.items():
        if id not in was:
            yield changed_step(node, "added", [row_of(place, {}, after) for place in given_places(node, after)])
        elif rows := list(field_rows(was[id], node, before, after)):
            yield changed_step(node, "changed", rows)
    for id, node in was.items():
        if id not in now:
            yield changed_step(node, "removed", [row_of(place, before, {}) for place in given_places(node, before)])


def told_otherwise(node: GraphJSON, other: GraphJSON | None) -> bool:
    return other is None or node["kind"] != other["kind"] or not same(node["params"], other["params"])


def changed_step(node: GraphJSON, state: State, rows: Sequence[Row]) -> StepChange:
    cls = find(str(node["kind"]))
    kind = cls.label if cls else str(node["kind"])
    return StepChange(
        id=str(node["id"]),
        label=str(node.get("label") or kind),
        kind_label=kind,
        icon=cls.icon if cls else "help",
        output=cls.outputs[0].type if cls and cls.outputs else "report",
        state=state,
        rows=rows,
    )


def field_rows(
    was: GraphJSON, now: GraphJSON, before: Mapping[Place, Setting], after: Mapping[Place, Setting]
) -> Iterator[Row]:
    """The fields of a step that both graphs have and that do not say the same."""
    if was.get("label") != now.get("label"):
        yield Row("Name", was.get("label") or "the usual name", now.get("label") or "the usual name")
    if was["kind"] != now["kind"]:
        kind = (now["id"], PRESENT)
        yield Row("Kind of step", before[kind].words, after[kind].words)
        places = dict.fromkeys((*given_places(was, before), *given_places(now, after)))
    else:
        places = dict.fromkeys(place for found in (before, after) for place in found if place[0] == now["id"])
    for place in places:
        if place[1] != PRESENT and not alike(before.get(place), after.get(place)):
            yield row_of(place, before, after)
    if was.get("note") != now.get("note"):
        yield Row("Comment", was.get("note"), now.get("note"))


def alike(one: Setting | None, other: Setting | None) -> bool:
    return one is not None and other is not None and same(one.value, other.value)


def given_places(node: GraphJSON, settings: Mapping[Place, Setting]) -> list[Place]:
    """The parameters that somebody set: of a step that comes or goes the usual ones say nothing."""
    return [(node["id"], name) for name in node["params"] if (node["id"], name) in settings]


def row_of(place: Place, before: Mapping[Place, Setting], after: Mapping[Place, Setting]) -> Row:
    was, now = before.get(place), after.get(place)
    label = next(setting.label for setting in (now, was) if setting is not None)
    return Row(label, was.words if was else None, now.words if now else None)


def another_order(old: Sequence[Any], new: Sequence[Any]) -> bool:
    """Whether what both have stands in another order."""
    both = set(old) & set(new)
    return [one for one in old if one in both] != [one for one in new if one in both]


def nodes_of(graph: GraphJSON) -> dict[str, GraphJSON]:
    return {node["id"]: node for node in graph["nodes"]}


def places_of(graph: GraphJSON) -> dict[str, tuple[float, float]]:
    return {node["id"]: (node["x"], node["y"]) for node in graph["nodes"]}


# Wires, and what lies around


def wires_of(graph: GraphJSON) -> dict[Wire, GraphJSON]:
    return {(edge["from"], edge["from_port"], edge["to"], edge["to_port"]): edge for edge in graph["edges"]}


def wire_changes(old: GraphJSON, new: GraphJSON) -> Iterator[WireChange]:
    was, now = wires_of(old), wires_of(new)
    for wire in now:
        if wire not in was:
            yield WireChange(wire_words(new, wire), "added")
    for wire in was:
        if wire not in now:
            yield WireChange(wire_words(old, wire), "removed")


def wire_words(graph: GraphJSON, wire: Wire) -> str:
    """`Impute → Split`, with the input's name where a step has several."""
    source, _, target, port = wire
    cls = find(str(nodes_of(graph)[target]["kind"]))
    inputs = cls.inputs if cls else ()
    label = next((one.label for one in inputs if one.name == port), "") if len(inputs) > 1 else ""
    return f"{name_of(graph, source)} → {name_of(graph, target)}" + (f" ({label})" if label else "")


def rows_beside(old: GraphJSON, new: GraphJSON) -> Iterator[Row]:
    if old["seed"] != new["seed"]:
        yield Row(settings_of({"seed": 0})[SEED].label, str(old["seed"]), str(new["seed"]))
    for what, word in MARK_WORDS.items():
        was = {item["id"]: item for item in old.get(f"{what}s", [])}
        now = {item["id"]: item for item in new.get(f"{what}s", [])}
        for id in dict.fromkeys((*was, *now)):
            one, other = was.get(id), now.get(id)
            if one is None or other is None:
                yield Row(word, words_of_mark(what, one), words_of_mark(what, other))
            elif one != other:
                texts = words_of_mark(what, one), words_of_mark(what, other)
                yield Row(word, *texts) if texts[0] != texts[1] else Row(word, texts[0], "looks or lies otherwise")


def words_of_mark(what: str, item: GraphJSON | None) -> str | None:
    return None if item is None else str(item.get(MARK_TEXT[what]) or "without words")
