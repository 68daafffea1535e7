"""The columns that a step may choose from, kept by what stands before it: its own settings do not change them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from django.core.cache import cache

from apps.accounts.models import User
from apps.workflows.insight import SECONDS_KEPT, Column, insight, key_of, versions_of
from flowza.engine.graph import Graph


def columns_for(raw: dict[str, Any], graph: Graph, user: User, node: str) -> Sequence[Column] | None:
    """Name and type of the columns that come in, for a source those that it gives; None where they are not known."""
    part = before(raw, graph, node)
    text = f"{key_of(part, user, versions_of(part, user))}/{node}"
    key = f"columns:{hashlib.sha256(text.encode()).hexdigest()}"
    found: Sequence[Column] | None = cache.get(key)
    if found is None:
        found = insight(raw, user).columns.get(node)
        if found is not None:
            cache.set(key, found, SECONDS_KEPT)
    return found


def before(raw: dict[str, Any], graph: Graph, node: str) -> dict[str, Any]:
    """The part of the graph JSON that the step's columns come from."""
    steps = graph.ancestors(node) or {node}
    return {
        "seed": raw.get("seed", 0),
        "nodes": [item for item in raw["nodes"] if item["id"] in steps],
        "edges": [edge for edge in raw["edges"] if edge["from"] in steps and edge["to"] in {*steps, node}],
    }
