"""What the nodes that make tables declare, so that forms and documentation can be made of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest

from flowza.engine.catalogue import CATEGORIES, catalogue
from flowza.engine.node import Node
from flowza.engine.params import Params

KINDS = [
    kind for kind, cls in catalogue().items() if cls.category in {"sources", "rows", "columns", "prepare", "split"}
]
ICONS = Path(__file__).parents[3] / "scripts" / "icons.txt"


def fields(params: type[Params]) -> list[tuple[str, Any, dict[str, Any]]]:
    """Name, field and description of each parameter, also of those inside lists."""
    found = []
    for name, info in params.model_fields.items():
        extra = info.json_schema_extra
        described = extra.get("flowza") if isinstance(extra, dict) else None
        assert isinstance(described, dict), f"{name} is not declared with param()"
        found.append((name, info, described))
        for part in get_args(info.annotation):
            if isinstance(part, type) and issubclass(part, Params):
                found += fields(part)
    return found


def literal_values(annotation: Any) -> list[str]:
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    return [value for part in get_args(annotation) for value in literal_values(part)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_node_says_what_it_is(kind: str) -> None:
    cls: type[Node] = catalogue()[kind]
    assert cls.category in CATEGORIES and cls.label and cls.summary.endswith((".", "…"))
    assert cls.__doc__ and cls.icon in ICONS.read_text().split()
    cls(kind, cls.Params())


@pytest.mark.parametrize("kind", KINDS)
def test_every_parameter_has_a_label_and_a_choice_for_each_value(kind: str) -> None:
    for name, info, described in fields(catalogue()[kind].Params):
        assert described["label"], name
        values = literal_values(info.annotation)
        assert values == [] or values == list(described["choices"]), name
        for other in described.get("shown_when", {}):
            assert any(other == field for field, _, _ in fields(catalogue()[kind].Params)), f"{name} depends on {other}"
