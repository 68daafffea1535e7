"""What is different in a run since the last run of the same workflow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from apps.runs.models import Run, RunInput
from apps.workflows.told import PRESENT, SEED, differing, settings_of

Kind = Literal["added", "removed", "changed", "wires", "data", "seed", "extent", "name"]
ICONS: Mapping[str, str] = {
    "added": "plus",
    "removed": "minus",
    "changed": "adjustments",
    "wires": "arrows-shuffle",
    "data": "database",
    "seed": "dice-5",
    "extent": "player-skip-forward",
    "name": "typography",
}


@dataclass(frozen=True)
class Change:
    """One difference. `node`: the step, "" for the workflow; old and new in words, "" where there is none."""

    kind: Kind
    what: str
    old: str = ""
    new: str = ""
    node: str = ""

    @property
    def icon(self) -> str:
        return ICONS[self.kind]


def previous_of(run: Run) -> Run | None:
    """The run of the same workflow before this one."""
    earlier = Run.objects.filter(version__workflow=run.version.workflow_id, pk__lt=run.pk)
    return earlier.select_related("version").order_by("-pk").first()


def changes(before: Run, after: Run) -> list[Change]:
    """What `after` does that `before` did not, and the other way round; the same graph on the same data gives []."""
    found = data_changes(list(before.inputs.all()), list(after.inputs.all()))
    if before.version_id != after.version_id:
        found += graph_changes(before.version.graph, after.version.graph)
    if before.until != after.until:
        old, new = (f"up to '{one.until}'" if one.until else "all steps" for one in (before, after))
        found.append(Change("extent", "How far it ran", old, new))
    return found


def graph_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Steps added and removed, parameters old and new, wires, seed."""
    old, new = settings_of(before), settings_of(after)
    found: list[Change] = []
    absent: set[str] = set()
    for place in differing((old, new)):
        node, field = place
        if place == SEED:
            found.append(Change("seed", "Seed", old[place].words, new[place].words))
        elif field == PRESENT and place not in old:
            found.append(Change("added", f"{new[place].step} was added", node=node))
            absent.add(node)
        elif field == PRESENT and place not in new:
            found.append(Change("removed", f"{old[place].step} was removed", node=node))
            absent.add(node)
        elif place in old and place in new:
            what = f"{new[place].step}: {new[place].label}" if field else new[place].step
            found.append(Change("changed", what, old[place].words, new[place].words, node))
    return found + name_changes(before, after) + wire_changes(before, after, absent)


def name_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    old, new = labels_of(before), labels_of(after)
    both = [node for node in new if node in old]
    return [Change("name", "Name of a step", old[node], new[node], node) for node in both if old[node] != new[node]]


def wire_changes(before: Mapping[str, Any], after: Mapping[str, Any], but: set[str]) -> list[Change]:
    """Steps that read from others than before; `but`: steps that only one of the graphs has."""
    old, new = inputs_of(before), inputs_of(after)
    was, now = labels_of(before), labels_of(after)
    found = []
    for node in now:
        if node in but or node not in was or old.get(node, []) == new.get(node, []):
            continue
        words = [
            ", ".join(names.get(source, source) for source in sources) or "nothing"
            for names, sources in ((was, old.get(node, [])), (now, new.get(node, [])))
        ]
        found.append(Change("wires", f"{now[node]} reads from", words[0], words[1], node))
    return found


def labels_of(graph: Mapping[str, Any]) -> dict[str, str]:
    return {place[0]: setting.step for place, setting in settings_of(graph).items() if place[0] and not place[1]}


def inputs_of(graph: Mapping[str, Any]) -> dict[str, list[str]]:
    """Step -> the steps it reads from, by port."""
    found: dict[str, list[str]] = {}
    for edge in sorted(graph.get("edges", []), key=lambda one: (one["to"], one.get("to_port", ""), one["from"])):
        found.setdefault(edge["to"], []).append(edge["from"])
    return found


def data_changes(before: Sequence[RunInput], after: Sequence[RunInput]) -> list[Change]:
    """Steps that read another data version than before."""
    old = {one.node_id: one for one in before}
    found = []
    for one in after:
        was = old.get(one.node_id)
        if was is not None and (was.digest, was.number, was.name) != (one.digest, one.number, one.name):
            found.append(Change("data", "Data", str(was), str(one), one.node_id))
    return found
