"""What steps learned, in a few words: numbers short, lists cut."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

MOST_LEVELS = 5
LONGEST = 40


def shown(value: Any) -> str:
    """A learned value as people read it: four digits of a number, a text in quotes, `missing` for NaN."""
    if value is None or value != value:
        return "missing"
    if isinstance(value, str):
        return f"'{value}'" if len(value) <= LONGEST else f"'{value[:LONGEST]}…'"
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        return str(value)
    number = float(value)
    if number.is_integer() and abs(number) < 1e15:
        return f"{number:.0f}" if abs(number) < 10_000 else f"{number:,.0f}"  # years have no separator
    return f"{number:.4g}"


def listed(values: Iterable[Any], most: int = MOST_LEVELS) -> str:
    """The first of them, and how many more there are; texts that are words already stand as they are."""
    words = [value if type(value) is str else shown(value) for value in values]
    cut = [word if len(word) <= LONGEST else f"{word[:LONGEST]}…" for word in words[:most]]
    more = len(words) - most
    return ", ".join(cut) + (f" and {more:,} more" if more > 0 else "")
