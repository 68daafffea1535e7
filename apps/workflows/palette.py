"""The kinds of steps that may be added at one place of a graph, and why the others may not."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from apps.workflows.outline import fitting_ports
from flowza.engine.catalogue import CATEGORIES, catalogue
from flowza.engine.edits import EditError
from flowza.engine.node import Node


@dataclass(frozen=True)
class Offer:
    """A kind of step. `refusal` says why it does not fit here; "" when it does."""

    kind: str
    label: str
    summary: str
    icon: str
    output: str
    refusal: str

    @property
    def words(self) -> str:
        """What a search looks at."""
        return f"{self.label} {self.summary} {self.kind.replace('_', ' ')}".lower()


def palette_groups(graph: dict[str, Any], after: str) -> list[tuple[str, list[Offer]]]:
    """Category -> the kinds of steps, with a refusal where one does not fit after the step `after`."""
    return [
        (CATEGORIES[category], [offer(graph, cls, after) for cls in found])
        for category, found in groupby(catalogue().values(), key=lambda cls: cls.category)
    ]


def kind_groups() -> list[tuple[str, list[Offer]]]:
    """Category -> all kinds of steps, wherever they may be put."""
    return [
        (CATEGORIES[category], [offer_of(cls, "") for cls in found])
        for category, found in groupby(catalogue().values(), key=lambda cls: cls.category)
    ]


def offer(graph: dict[str, Any], cls: type[Node], after: str) -> Offer:
    return offer_of(cls, refusal(graph, cls, after))


def offer_of(cls: type[Node], refusal: str) -> Offer:
    output = cls.outputs[0].type if cls.outputs else "report"
    return Offer(cls.kind, cls.label, cls.summary, cls.icon, output, refusal)


def refusal(graph: dict[str, Any], cls: type[Node], after: str) -> str:
    if not cls.inputs:
        return ""
    if not after:
        return f"Takes a {cls.inputs[0].type}: add a source first."
    try:
        fitting_ports(graph, after, cls)
    except EditError as error:
        return error.reason
    return ""
