"""What a step did to the sample, in sentences."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import pandas as pd

from flowza.engine.columns import column_types, quoted
from flowza.engine.dry_run import DryRun, is_looked_at
from flowza.engine.graph import Graph
from flowza.engine.node import Node
from flowza.engine.row_nodes import SplitNode
from flowza.engine.train_node import TrainNode

MOST_COLUMNS_COMPARED = 300
LONGEST_NAME = 32


def what_is_shown(part: Graph, node: Node) -> tuple[Literal["made", "taken_in", "learned_from", "nothing"], str | None]:
    """What the rows at a step are, and which step's table holds them."""
    if isinstance(node, TrainNode):
        return "learned_from", node.id
    if is_looked_at(node):
        return "made", node.id
    datasets = {port.name for port in node.inputs if port.type == "dataset"}
    for edge in part.into(node.id):
        if edge.target_port in datasets:
            return "taken_in", edge.source
    return "nothing", None


def changes(step: str, part: Graph, dry: DryRun, frame: pd.DataFrame, notes: tuple[str, ...]) -> list[str]:
    """How the columns differ from those that came in; for a step that makes a table of one table."""
    sources = [edge.source for edge in part.into(step)]
    if step not in dry.tables or len(sources) != 1 or sources[0] not in dry.tables:
        return list(notes) if step in dry.tables and not sources else []
    before = dry.tables[sources[0]]
    new_notes = [note for note in notes if note not in before.notes]
    if isinstance(part.nodes[step], SplitNode):
        # What changed beside the roles is what steps before it learned again, which is said of them.
        return new_notes
    return [*new_notes, *differences(before.frame, frame)]


def differences(before: pd.DataFrame, after: pd.DataFrame) -> list[str]:
    said = []
    old, new = column_types(before), column_types(after)
    if added := [name for name in new if name not in old]:
        said.append(f"Added {counted(len(added), 'column')}: {named(added)}.")
    if gone := [name for name in old if name not in new]:
        said.append(f"Took away {counted(len(gone), 'column')}: {named(gone)}.")
    if typed := [name for name, kind in new.items() if old.get(name, kind) != kind]:
        said.append(f"Changed the type of {named(typed)}.")
    shared = [name for name in new if name in old][:MOST_COLUMNS_COMPARED]
    rows = after.index.intersection(before.index)
    if len(rows) == len(after):
        was, now = before.loc[rows, shared].isna().sum(), after[shared].isna().sum()
        less = (was - now).to_dict()
        said += missing_words({name: int(count) for name, count in less.items() if count})
    return said


def missing_words(less: dict[Any, int]) -> list[str]:
    """less: column -> how many missing values fewer there are now."""
    filled = {str(name): count for name, count in less.items() if count > 0}
    opened = {str(name): -count for name, count in less.items() if count < 0}
    said = []
    if filled:
        said.append(f"Filled {counted(sum(filled.values()), 'missing value')} in {named(filled)}.")
    if opened:
        said.append(f"Made {counted(sum(opened.values()), 'value')} missing in {named(opened)}.")
    return said


def counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def named(names: Iterable[str]) -> str:
    """Some of the names in quotes, long ones cut."""
    return quoted(name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…" for name in names)
