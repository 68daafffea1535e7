"""What steps make of the column to predict: its values without anything learned, and its positive class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from flowza.engine.recipe import StatelessStep, Step


def sliced(steps: Sequence[Step], wanted: set[str]) -> tuple[StatelessStep, ...]:
    """The stateless steps that make the wanted columns, narrowed to them; learned steps have no hand in these."""
    kept: list[StatelessStep] = []
    needed = set(wanted)
    for step in reversed(steps):
        if not isinstance(step, StatelessStep) or step.effect == "select":
            continue
        if step.effect == "rename":
            names = {old: new for old, new in step.arguments["names"].items() if new in needed}
            if names:
                kept.append(replace(step, arguments={**step.arguments, "names": names}, reads=tuple(names)))
                needed = (needed - set(names.values())) | set(names)
        elif needed.intersection(step.makes) or (step.makes and needed.intersection(step.reads)):
            kept.append(step)
            needed = (needed - set(step.makes)) | set(step.reads)
        elif touched := tuple(name for name in step.reads if name in needed):
            kept.append(replace(step, reads=touched) if step.columnwise else step)
            needed |= set() if step.columnwise else set(step.reads)
    return tuple(kept[::-1])


def recodes(step: Step, target: str) -> bool:
    """Whether a step may give the target other values."""
    return isinstance(step, StatelessStep) and step.effect == "map" and target in (*step.reads, *step.makes)


def rarer_class(values: pd.Series) -> Any:
    """Of two classes the rarer (of equals the later in order); None where there are not two."""
    unique = values.dropna().unique()
    if len(unique) != 2:
        return None
    counts = values.value_counts()
    return min(sorted(unique.tolist(), key=str, reverse=True), key=lambda value: int(counts[value]))


def recoded_positive(before: pd.Series, after: pd.Series, positive: Any) -> tuple[Any, str]:
    """The positive class after a step gave the target other values, and a note where it had to be chosen anew.

    before, after: the target in the same rows, shape (rows,). What all rows of the old class became is the new one.
    """
    if positive is None:
        return rarer_class(after), ""
    became = after[(before == positive).to_numpy(dtype=bool)].dropna().unique().tolist()
    if len(became) == 1 and after.nunique() > 1:
        return became[0], ""
    rarer = rarer_class(after)
    lost = f"No single value of '{after.name}' stands for '{positive}', its positive class, any more"
    if rarer is None:
        return None, f"{lost}, so metrics are averages over its classes."
    return rarer, f"{lost}, so metrics speak of '{rarer}', the rarer one."
