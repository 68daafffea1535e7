"""Notes and frames: what people write and draw on the canvas beside the steps. No result depends on them."""

from __future__ import annotations

from typing import Any

from flowza.engine.errors import Problem

MAX_MARKS = 500
LONGEST = {"text": 10_000, "label": 200, "color": 30}
PLACE = ("x", "y", "width", "height")
MARK_FIELDS = {"note": ("text", "color", *PLACE), "frame": ("label", "color", *PLACE)}


def mark_problems(raw: dict[str, Any]) -> list[Problem]:
    """What is wrong with the notes and frames of graph JSON."""
    problems = []
    for what in MARK_FIELDS:
        items = raw.get(f"{what}s", [])
        if not isinstance(items, list) or len(items) > MAX_MARKS:
            problems.append(Problem(f"'{what}s' must be a list of at most {MAX_MARKS}.", field=f"{what}s"))
            continue
        found = [problem for place, item in enumerate(items) if (problem := mark_problem(what, item, place))]
        problems += found
        ids = [item["id"] for item in items] if not found else []
        if len(set(ids)) < len(ids):
            problems.append(Problem(f"Two {what}s have the same id.", field=f"{what}s", code="duplicate_id"))
    return problems


def mark_problem(what: str, item: Any, place: int) -> Problem | None:
    """What is wrong with one note or frame."""
    from flowza.engine.graph_shape import FORBIDDEN_IDS, NODE_ID

    where = f"{what}s.{place}"
    if not isinstance(item, dict):
        return Problem(f"A {what} must be an object.", field=where)
    id = item.get("id")
    if not isinstance(id, str) or not NODE_ID.fullmatch(id) or id in FORBIDDEN_IDS:
        hint = "Use letters, digits, '_', '-' and '.', at most 64."
        return Problem(f"A {what} needs a valid id.", field=f"{where}.id", hint=hint, code="bad_id")
    for name, value in item.items():
        if name == "id":
            continue
        if name not in MARK_FIELDS[what]:
            return Problem(f"There is no field '{str(name)[:60]}' in a {what}.", field=where, code="unknown_field")
        if name in PLACE:
            if not isinstance(value, int | float) or isinstance(value, bool) or abs(value) > 1e6:
                return Problem(f"'{name}' must be a number between -1000000 and 1000000.", field=where)
        elif not isinstance(value, str) or len(value) > LONGEST[name]:
            return Problem(f"'{name}' must be a text of at most {LONGEST[name]} characters.", field=where)
    return None
