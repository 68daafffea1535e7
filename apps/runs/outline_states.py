"""For the editor: which steps are still as they were in a run, so that what it made of them holds."""

from __future__ import annotations

from typing import Any


def unchanged(now: dict[str, Any], then: dict[str, Any]) -> set[str]:
    """The steps that are told the same, and read from the same, as in the other graph; so with all before them."""
    before, after = told(then), told(now)
    same = {name for name, saying in after.items() if before.get(name) == saying}
    while loose := {name for name in same if any(source not in same for _, source, _ in after[name][2])}:
        same -= loose
    return same


def told(graph: dict[str, Any]) -> dict[str, tuple[str, Any, list[tuple[str, str, str]]]]:
    """Step -> kind, parameters, inputs."""
    return {
        node["id"]: (
            node["kind"],
            node.get("params") or {},
            sorted(
                (edge["to_port"], edge["from"], edge["from_port"])
                for edge in graph["edges"]
                if edge["to"] == node["id"]
            ),
        )
        for node in graph["nodes"]
    }
