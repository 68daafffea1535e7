"""Steps of a graph as people read them: what each is, what it was told, where its input comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from apps.workflows.outline import passes_through
from flowza.engine.catalogue import CATEGORIES
from flowza.engine.graph import Graph
from flowza.engine.node import Node
from flowza.engine.params import Params

MOST_NAMES = 4
LONGEST = 60
NOTHING: tuple[Any, ...] = ("", None, [], (), "auto")
"""Values that say nothing on a card."""


@dataclass(frozen=True)
class Said:
    """One thing that a step was told: a label and a value in words.

    speaks_alone: short of room, the words will do. needs_label: with room, the label stands before them.
    """

    label: str
    words: str
    speaks_alone: bool = False
    needs_label: bool = True

    def __str__(self) -> str:
        return self.words if self.speaks_alone else f"{self.label} {self.words}"


@dataclass(frozen=True)
class Step:
    """One step of a workflow in the order of execution. `number` counts from 1."""

    number: int
    id: str
    kind: str
    icon: str
    label: str
    kind_label: str
    category: str
    output: str
    summary: str
    told: Sequence[Said]
    inputs: Sequence[str]
    follows: bool = False
    """Whether it reads from the step directly before it and from nothing else."""
    movable: bool = False
    """Whether it stands in a chain, so that it can change places with its neighbours."""

    @property
    def brief(self) -> str:
        return " · ".join(map(str, self.told[:2]))


def steps_of(graph: Graph, raw: Mapping[str, Any], datasets: Mapping[str, str]) -> list[Step]:
    """All steps. datasets: reference -> name."""
    labels = labels_of(graph, raw)
    order = outline_order(graph)
    return [
        step_of(number, graph, graph.nodes[name], labels, datasets, before)
        for number, (name, before) in enumerate(zip(order, ["", *order], strict=False), start=1)
    ]


def labels_of(graph: Graph, raw: Mapping[str, Any]) -> dict[str, str]:
    """Step -> what it is called on the page."""
    return {node["id"]: node.get("label") or graph.nodes[node["id"]].label for node in raw["nodes"]}


def outline_order(graph: Graph) -> list[str]:
    """The steps so that each comes after those it reads from, and a chain stays together."""
    waiting = {name: len({edge.source for edge in graph.into(name)}) for name in graph.nodes}
    ready = [name for name in reversed(list(graph.nodes)) if not waiting[name]]
    found: list[str] = []
    while ready:
        name = ready.pop()
        found.append(name)
        # The last one put on is taken first: a branch is followed to its end before the next begins.
        for after in reversed(list(dict.fromkeys(edge.target for edge in graph.out_of(name)))):
            waiting[after] -= 1
            if not waiting[after]:
                ready.append(after)
    return found


def step_of(
    number: int, graph: Graph, node: Node, labels: Mapping[str, str], datasets: Mapping[str, str], before: str
) -> Step:
    sources = [edge.source for edge in graph.into(node.id)]
    return Step(
        number=number,
        id=node.id,
        kind=node.kind,
        icon=node.icon,
        label=labels[node.id],
        kind_label=node.label,
        category=CATEGORIES[node.category],
        output=node.outputs[0].type if node.outputs else "report",
        summary=node.summary,
        told=told(node.params, datasets),
        inputs=[labels[source] for source in sources],
        follows=sources == [before],
        movable=passes_through(type(node)),
    )


def told(params: Params, datasets: Mapping[str, str]) -> list[Said]:
    """What was chosen: what differs from the defaults first, then the plain parameters as they are."""
    changed: list[Said] = []
    plain: list[Said] = []
    defaults = {name: info.get_default(call_default_factory=True) for name, info in type(params).model_fields.items()}
    for name, info in type(params).model_fields.items():
        value = getattr(params, name)
        differs = value != defaults[name]
        extra = described(info)
        if (
            value in ("", None, [], (), "auto")
            or not is_shown(params, extra)
            or (extra.get("advanced") and not differs)
        ):
            continue
        said = said_of(value, info, extra, datasets)
        if said is not None:
            (changed if differs else plain).append(said)
    return changed + plain


def said_of_value(params: Params, name: str, value: Any) -> str:
    """A field's value in words, also when it is on, off or empty."""
    info = type(params).model_fields[name]
    if isinstance(value, bool):
        return "on" if value else "off"
    if value in ("", None, [], ()):
        return "empty"
    said = said_of(value, info, described(info), {})
    return said.words if said is not None else str(value)


def described(info: FieldInfo) -> dict[str, Any]:
    """What `param` says of a field beyond pydantic's own."""
    extra = info.json_schema_extra
    found = extra.get("flowza") if isinstance(extra, dict) else None
    return dict(found) if isinstance(found, dict) else {}


def is_shown(params: Params, extra: Mapping[str, Any]) -> bool:
    """Whether the field matters with the other fields as they are."""
    for other, values in (extra.get("shown_when") or {}).items():
        value = getattr(params, other)
        chosen = value if isinstance(value, list | tuple) else [value]
        if not set(chosen) & set(values):
            return False
    return True


def said_of(value: Any, info: FieldInfo, extra: Mapping[str, Any], datasets: Mapping[str, str]) -> Said | None:
    label = info.title or ""
    if extra.get("dataset"):
        return Said(label, datasets.get(value, str(value)), speaks_alone=True, needs_label=False)
    if isinstance(value, bool):
        return Said(label, lowered(label), speaks_alone=True, needs_label=False) if value else None
    if choices := extra.get("choices"):
        chosen = value if isinstance(value, list | tuple) else [value]
        words = listed(choices.get(one, str(one)) for one in chosen)
        return Said(label, words, speaks_alone=isinstance(value, str))
    if isinstance(value, list | tuple):
        return Said(label, listed(record(one) if isinstance(one, BaseModel | dict) else str(one) for one in value))
    unit = f" {extra['unit']}" if extra.get("unit") else ""
    words = f"{value:g}" if isinstance(value, float) else str(value)
    return Said(label, cut(words) + unit)


def record(value: BaseModel | Mapping[str, Any]) -> str:
    """A condition or the like: its values in a row, choices by their labels."""
    if not isinstance(value, BaseModel):
        return cut(" ".join(str(one) for one in value.values() if one not in ("", None)))
    words = []
    for name, info in type(value).model_fields.items():
        one = getattr(value, name)
        if one not in ("", None):
            words.append(str((described(info).get("choices") or {}).get(one, one)))
    return cut(" ".join(words))


def listed(words: Iterable[str]) -> str:
    every = list(words)
    shown = ", ".join(cut(word) for word in every[:MOST_NAMES])
    return shown if len(every) <= MOST_NAMES else f"{shown} and {len(every) - MOST_NAMES} more"


def lowered(text: str) -> str:
    return text[:1].lower() + text[1:]


def cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
