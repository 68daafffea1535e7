"""What the learned steps behind a place show: as the training rows taught them, wherever the Split is drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

from flowza.engine.evaluation import Fitted
from flowza.engine.graph import Graph
from flowza.engine.node import LearnedNode, Node
from flowza.engine.recipe import StatelessStep
from flowza.engine.table import Table

By = Literal["", "training_rows", "split_behind", "all_rows", "all_rows_before_split"]


@dataclass(frozen=True)
class Learned:
    """The rows as shown, and what the step at the place learned.

    by: who taught the learned steps: the training rows of the Split before; those of the `split` behind; all rows,
    because there is no Split; all rows, although a Split follows that could not be looked at; or nobody (no learned
    steps). rows: how many rows taught. columns: [column, what was learned in words] of this place's own step.
    """

    frame: pd.DataFrame
    by: By = ""
    rows: int = 0
    split: str = ""
    columns: list[list[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any] | None:
        if not self.by:
            return None
        return {
            "by": self.by,
            "rows": self.rows,
            "split": self.split,
            "columns": self.columns,
            "notes": self.notes,
        }


def learned_at(graph: Graph, table: Table, place: str, after: Table | None, split: str | None, node: Node) -> Learned:
    """after: the table behind the Split `split` that follows the place; None when it could not be made."""
    if not table.has_learned():
        return Learned(table.frame)
    if table.roles is not None:
        return told(table.frame, table.evaluation.fitted, node, "training_rows", len(table.train))
    if split is None:
        return told(table.frame, table.evaluation.fitted, node, "all_rows", len(table.train))
    if after is None or not goes_on(table, after):
        return told(table.frame, table.evaluation.fitted, node, "all_rows_before_split", len(table.train), split)
    count = len(table.program)
    fitted = after.evaluation.fitted[:count]
    return told(as_taught(table, fitted), fitted, node, "split_behind", len(after.train), split)


def goes_on(table: Table, after: Table) -> bool:
    """Whether the program of `after` begins with that of `table`, on the same source."""
    return after.source.key == table.source.key and after.program[: len(table.program)] == table.program


def as_taught(table: Table, fitted: list[Fitted | None]) -> pd.DataFrame:
    """The rows of a table that has no roles, with what others taught its learned steps."""
    frame, program = table.anchor, table.program
    for index in range(len(table.anchor_trace), len(program)):
        step, known = program[index], fitted[index]
        if known is not None:
            frame = known.apply(frame)
        elif isinstance(step, StatelessStep):
            frame = step.apply(frame)
    return frame


def told(
    frame: pd.DataFrame, fitted: list[Fitted | None], node: Node, by: By, rows: int, split: str | None = None
) -> Learned:
    columns: list[list[str]] = []
    notes: list[str] = []
    if isinstance(node, LearnedNode):
        own = [one for one in fitted if one is not None and one.step.origin.node == node.id]
        for transformer in (one.transformer for one in own if one.transformer is not None):
            columns += [[name, words] for name, words in node.taught(transformer).items()]
            notes += node.learned_notes(transformer)
        if all(one.transformer is None for one in own):
            notes.append("No column that comes in is for this step, so it changes nothing.")
    return Learned(frame, by, rows, split or "", columns, notes)
