"""The shape of graph JSON: sizes, fields and characters, before any of it is understood."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from flowza.engine.errors import Problem
from flowza.engine.marks import mark_problems
from flowza.engine.params import finite

FORMAT = 1
MAX_NODES = 500
MAX_EDGES = 5000
MAX_DEPTH = 32
MAX_BYTES = 1_000_000
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
NODE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
FORBIDDEN_IDS = frozenset({"__proto__", "constructor", "prototype"})
GRAPH_FIELDS = frozenset({"format", "seed", "nodes", "edges", "name", "description", "notes", "frames"})
NODE_FIELDS = frozenset({"id", "kind", "version", "params", "label", "x", "y", "note"})
EDGE_FIELDS = ("from", "from_port", "to", "to_port")


def shape_problems(raw: Any) -> list[Problem]:
    if not isinstance(raw, dict):
        return [Problem("A workflow must be a JSON object with 'nodes' and 'edges'.", field="graph")]
    if too_deep(raw, MAX_DEPTH):
        return [Problem(f"The workflow is nested deeper than {MAX_DEPTH} levels.", field="graph", code="too_deep")]
    # First, because later problems repeat names, which have to be text that can be sent.
    if problems := misplaced(raw, has_nul, "Text may not hold NUL characters or broken surrogates."):
        return problems
    problems = [
        Problem(
            f"There is no field '{str(name)[:60]}' in a workflow.",
            field=str(name)[:60] or "graph",
            code="unknown_field",
        )
        for name in raw
        if name not in GRAPH_FIELDS
    ]
    if raw.get("format", FORMAT) != FORMAT or isinstance(raw.get("format"), bool):
        problems.append(Problem(f"Only workflows of format {FORMAT} are known.", field="format"))
    seed = raw.get("seed", 0)
    if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed < 2**32:
        problems.append(Problem("The seed must be a whole number from 0 to 4294967295.", field="seed"))
    for name, words, limit in (("nodes", "steps", MAX_NODES), ("edges", "connections", MAX_EDGES)):
        value = raw.get(name)
        if not isinstance(value, list):
            problems.append(Problem(f"'{name}' must be a list.", field=name))
        elif len(value) > limit:
            problems.append(
                Problem(f"{len(value)} {words} are more than the {limit} allowed.", field=name, code="too_many")
            )
    if not problems:
        problems += misplaced(raw, lambda value: not finite(value), "Numbers may not be NaN or infinite.")
    problems += [
        Problem(f"'{name}' must be a text.", field=name)
        for name in ("name", "description")
        if not isinstance(raw.get(name, ""), str)
    ]
    problems += mark_problems(raw)
    if not problems and len(json.dumps(raw)) > MAX_BYTES:
        problems.append(Problem("The workflow is larger than 1 MB.", field="graph", code="too_large"))
    return problems


def misplaced(raw: dict[str, Any], is_bad: Callable[[Any], bool], message: str) -> list[Problem]:
    """A problem for each step, connection or field of a graph that holds what it must not."""
    problems = []
    for name, value in raw.items():
        if is_bad(name):
            problems.append(Problem(message, field="graph"))
        if not is_bad(value):
            continue
        if name not in ("nodes", "edges") or not isinstance(value, list):
            problems.append(Problem(message, field="graph" if is_bad(name) else str(name)[:60] or "graph"))
            continue
        for position, item in enumerate(value):
            if is_bad(item):
                node = item.get("id", "") if isinstance(item, dict) else ""
                known = isinstance(node, str) and NODE_ID.fullmatch(node)
                problems.append(Problem(message, node=node if known else "", field=f"{name}.{position}"))
    return problems


def too_deep(value: Any, levels: int) -> bool:
    """Whether JSON is nested deeper than `levels`; walks level by level, so it cannot recurse too deep itself."""
    layer = [value]
    for _ in range(levels):
        layer = [
            child
            for item in layer
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
        ]
        if not layer:
            return False
    return True


def has_nul(value: Any) -> bool:
    """Whether a text in it, or a key, holds NUL or half a surrogate pair, which no database takes."""
    if isinstance(value, str):
        return UNSTORABLE.search(value) is not None
    if isinstance(value, dict):
        return any(has_nul(key) or has_nul(item) for key, item in value.items())
    return isinstance(value, list) and any(has_nul(item) for item in value)
