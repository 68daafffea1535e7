"""Which of some columns may be another one under a new name."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from difflib import SequenceMatcher

SIMILAR = 0.6
SAME_TYPE = 0.15
NEW = 0.1
TYPE_WORDS = {"integer": "number", "flag": "number", "category": "text"}


def likely_names(
    name: str,
    candidates: Mapping[str, str],
    *,
    type_: str = "",
    new: Collection[str] = (),
) -> list[str]:
    """The candidates (name -> type) that `name` may be called now, the likeliest first.

    Names count as similar from a ratio of 0.6 on (difflib, without case and punctuation), or when one holds all words
    of the other. Among similar ones the same type and `new` names are preferred. Without a similar one, a name that
    is the only new one of the same type is the guess.
    """
    wanted = plain_type(type_)
    scores = {}
    for candidate, kind in candidates.items():
        alike = similarity(name, candidate)
        if alike >= SIMILAR:
            fits = SAME_TYPE if wanted and plain_type(kind) == wanted else 0
            scores[candidate] = alike + fits + (NEW if candidate in new else 0)
    if scores:
        return sorted(scores, key=lambda candidate: -scores[candidate])
    fresh = [one for one, kind in candidates.items() if one in new and (not wanted or plain_type(kind) == wanted)]
    return fresh if len(fresh) == 1 else []


def similarity(one: str, other: str) -> float:
    """From 0 to 1; at least 0.7 when all words of one name are among those of the other."""
    ratio = SequenceMatcher(None, plain(one), plain(other)).ratio()
    words, others = set(words_of(one)), set(words_of(other))
    return max(ratio, 0.7) if words and others and (words <= others or others <= words) else ratio


def plain(name: str) -> str:
    return "".join(words_of(name))


def words_of(name: str) -> list[str]:
    """`PassengerAge_years` -> passenger, age, years."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return re.findall(r"[^\W_]+", spaced.casefold())


def plain_type(type_: str) -> str:
    """The types that a step treats alike under one word."""
    return TYPE_WORDS.get(type_, type_)
