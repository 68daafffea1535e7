"""The catalogue: kind -> node class, found by walking `flowza.engine.nodes`."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from functools import cache

from flowza.engine import nodes
from flowza.engine.node import Node

CATEGORIES = {
    "sources": "Sources",
    "rows": "Rows",
    "columns": "Columns",
    "combine": "Combine",
    "prepare": "Prepare",
    "split": "Split",
    "train": "Train",
    "validate": "Validate",
    "look": "Look",
    "deliver": "Deliver",
}


@cache
def catalogue() -> dict[str, type[Node]]:
    """All kinds, by category in palette order, then by label."""
    found = sorted(set(node_classes()), key=lambda cls: (list(CATEGORIES).index(cls.category), cls.label))
    kinds = {cls.kind: cls for cls in found}
    if len(kinds) != len(found):
        raise AssertionError("two node classes share a kind")
    return kinds


@cache
def aliases() -> dict[str, str]:
    """Former kind -> present kind, so that old files keep loading."""
    return {old: cls.kind for cls in catalogue().values() for old in cls.replaces}


def find(kind: str) -> type[Node] | None:
    return catalogue().get(aliases().get(kind, kind))


def node_classes() -> Iterator[type[Node]]:
    for info in pkgutil.walk_packages(nodes.__path__, prefix=f"{nodes.__name__}."):
        if info.ispkg:
            continue
        module = importlib.import_module(info.name)
        for _, cls in inspect.getmembers(module, inspect.isclass):
            if issubclass(cls, Node) and cls.__module__ == module.__name__ and "kind" in cls.__dict__:
                yield cls
