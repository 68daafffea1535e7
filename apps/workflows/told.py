"""What the steps of a graph were told: every parameter by step and field, so that two can be laid side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.workflows.steps import described, said_of
from flowza.engine.catalogue import find
from flowza.engine.graph import dataset_fields
from flowza.engine.params import Params, parse_params

SEED = ("", "seed")
PRESENT = ""
"""The field that says whether a step is there at all."""

Place = tuple[str, str]
"""(step, field); the workflow's own seed has the step ""."""


@dataclass(frozen=True)
class Setting:
    """One parameter of one step. `value` compares, `words` are read; `step` is what the step is called."""

    step: str
    label: str
    value: Any
    words: str


def settings_of(graph: Mapping[str, Any], datasets: Mapping[str, str] | None = None) -> dict[Place, Setting]:
    """All parameters of a graph's steps, defaults too.

    datasets: reference -> name, for a page that tells which stored tables the steps read; left out, they are not told,
    because with a run stands which data it really read.
    """
    seed = graph.get("seed", 0)
    found: dict[Place, Setting] = {}
    for node in graph.get("nodes", []):
        found |= settings_of_step(node, datasets)
    return found | {SEED: Setting("Workflow", "Seed", seed, str(seed))}


def settings_of_step(node: Mapping[str, Any], datasets: Mapping[str, str] | None = None) -> dict[Place, Setting]:
    name, cls = str(node["id"]), find(str(node.get("kind")))
    label = str(node.get("label") or (cls.label if cls else node.get("kind")))
    kind = cls.label if cls else str(node.get("kind"))
    found = {(name, PRESENT): Setting(label, "", str(node.get("kind")), kind)}
    raw = node.get("params") or {}
    params = parse_params(cls.Params, raw, name)[0] if cls else None
    if cls is None or params is None:
        # A step or a parameter that this Flowza does not know any more is told as it was written.
        return found | {(name, key): Setting(label, str(key), value, str(value)) for key, value in raw.items()}
    values = params.model_dump(mode="json")
    for key, info in cls.Params.model_fields.items():
        words = words_of(params, key)
        if key in dataset_fields(cls):
            if datasets is None:
                continue
            words = datasets.get(values[key], words)
        found[name, key] = Setting(label, info.title or key, values[key], words)
    return found


def words_of(params: Params, name: str) -> str:
    """A parameter's value as people read it, also when it is off or empty."""
    value, info = getattr(params, name), type(params).model_fields[name]
    if isinstance(value, bool):
        return "on" if value else "off"
    choices: Mapping[Any, str] = described(info).get("choices") or {}
    if isinstance(value, str) and value in choices:
        return choices[value]
    if value in ("", None, [], ()):
        return "empty"
    said = said_of(value, info, described(info), {})
    return said.words if said is not None else str(value)


def differing(every: Sequence[Mapping[Place, Setting]]) -> list[Place]:
    """The places whose values are not the same in all, in the order of the first that has them.

    Of a step that some do not have, its presence is the difference, and what those that have it say differently.
    """
    places = list(dict.fromkeys(place for settings in every for place in settings))
    found = []
    for place in places:
        there = [settings[place].value for settings in every if place in settings]
        partly = len(there) < len(every)
        if any(value != there[0] for value in there[1:]) or (partly and place[1] == PRESENT):
            found.append(place)
    return found


def title_of(place: Place, every: Sequence[Mapping[Place, Setting]]) -> str:
    """`Split: Test share`; of a step's presence `Split`, of its kind `Random forest / Logistic regression`."""
    there = [settings[place] for settings in every if place in settings]
    if there[0].label:
        return f"{there[0].step}: {there[0].label}"
    return " / ".join(list(dict.fromkeys(setting.step for setting in there))[:2])


def words_at(place: Place, settings: Mapping[Place, Setting]) -> str | None:
    """What a run says at this place; None where it has no such step."""
    setting = settings.get(place)
    return None if setting is None else setting.words
