"""Where a model version comes from: data, workflow version, run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from apps.accounts.models import User
from apps.registry.models import ModelVersion
from apps.runs.models import RunInput
from flowza.engine.showcase import SHOWCASES


@dataclass(frozen=True)
class Origin:
    """A table that the model was made from. `address` is "" for one that is gone."""

    name: str
    note: str
    address: str


def origins(version: ModelVersion, user: User) -> list[Origin]:
    """The tables that the steps before the model's registration read, in the order of the graph. One query."""
    if version.run is None:
        return []
    read: dict[str, list[RunInput]] = {}
    inputs = RunInput.objects.for_user(user).filter(run=version.run).known_to(user.pk)
    for one in inputs.select_related("version__dataset"):
        read.setdefault(one.node_id, []).append(one)
    found = []
    for node in before(version.run.version.graph, version.node_id):
        if node["kind"] == "showcase":
            showcase = SHOWCASES.get(node.get("params", {}).get("name", ""))
            address = reverse("datasets:showcase", args=[showcase.slug]) if showcase else ""
            found.append(Origin(showcase.title if showcase else "OpenML", "showcase data", address))
        found += [stored(one, one.readable) for one in read.get(node["id"], ())]
    return list(dict.fromkeys(found))


def stored(read: RunInput, seen: bool) -> Origin:
    """A data version that the run read; what it was called and numbered is known also when it is gone, or when the
    person may not read it any more (seen).
    """
    note = f"data version {read.number}"
    if not seen:
        return Origin(read.name, f"{note}, no access", "")
    if read.version is None:
        return Origin(read.name, f"{note}, deleted since", "")
    dataset = read.version.dataset
    if dataset.deleted:
        return Origin(dataset.name, f"{note}, in the bin", reverse("datasets:bin"))
    return Origin(dataset.name, note, f"{dataset.get_absolute_url()}?version={read.number}")


def before(graph: Mapping[str, Any], node_id: str) -> Iterator[dict[str, Any]]:
    """Nodes of the graph JSON from which wires lead to this node, and the node itself."""
    wanted, waiting = {node_id}, [node_id]
    while waiting:
        here = waiting.pop()
        sources = {edge["from"] for edge in graph.get("edges", []) if edge["to"] == here} - wanted
        wanted |= sources
        waiting += sources
    return (node for node in graph.get("nodes", []) if node["id"] in wanted)
