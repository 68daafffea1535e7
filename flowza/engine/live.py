"""Live rows: what a step makes of a sample, for somebody who is editing it.

Only the step and what it reads from is run, on at most `SAMPLE_ROWS` rows of each source: chosen at random over the
whole table by the workflow's seed, shown in the table's order (also of a table in the order of time). Nothing is
trained and nothing is stored. A learned step before a Split is shown as the Split's training rows teach it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from flowza.engine.columns import column_type
from flowza.engine.context import Resources
from flowza.engine.dry_run import SAMPLE_ROWS, DryRun, dry_run
from flowza.engine.errors import NodeError, Problem
from flowza.engine.graph import Graph, incomplete, parse
from flowza.engine.live_learned import Learned, learned_at
from flowza.engine.live_words import changes, what_is_shown
from flowza.engine.node import Node, SourceNode
from flowza.engine.operations.profile import profile_column
from flowza.engine.preview import json_cell
from flowza.engine.preview_memory import PreviewMemory
from flowza.engine.table import ROLE_NAMES, Table
from flowza.engine.train_node import TrainNode

ROWS_SHOWN = 50
COLUMNS_SHOWN = 50
CELL_LENGTH = 400
Shown = Literal["made", "taken_in", "learned_from", "nothing"]


@dataclass(frozen=True)
class LiveRows:
    """What a step makes of the sample, as JSON values.

    shown: what the rows are: those that the step makes, those that come in (it makes no table), those that its model
    would learn from, or none. rows: of the sample. sources: for each source behind the step [id, rows of the
    sample, rows in all]. columns: those of the window, each {name, type, kind, missing, unique, profile} (`type` as
    `operations/profile.py` says it, `kind` as parameters do). column_count: those that `find` leaves. said: what
    the step did, in sentences. learned: what it learned. error: why there are no rows; `node` names the guilty step.
    unsure: whether the whole data may not have that error.
    """

    step: str
    shown: Shown
    rows: int = 0
    sources: list[list[Any]] = field(default_factory=list)
    column_count: int = 0
    all_columns: int = 0
    window: int = 1
    columns: list[dict[str, Any]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    cells: list[list[Any]] = field(default_factory=list)
    roles: list[str] | None = None
    role_counts: dict[str, int] | None = None
    target: str | None = None
    said: list[str] = field(default_factory=list)
    learned: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    unsure: bool = False

    def as_dict(self) -> dict[str, Any]:
        return dict(vars(self))


def live_rows(
    raw: dict[str, Any],
    step: str,
    resources: Resources,
    *,
    rows: int = SAMPLE_ROWS,
    window: int = 1,
    find: str = "",
    memory: PreviewMemory | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> LiveRows:
    """What `step` of this graph JSON makes of the sample: ROWS_SHOWN rows of the `window`-th COLUMNS_SHOWN columns.

    find: only columns whose names hold this text, in any case. Raises GraphError for JSON that is no graph or lacks
    the step, Cancelled.
    """
    whole = parse(raw, complete=False)
    part = whole.until(step)
    if problems := incomplete(dict(part.nodes), list(part.edges)):
        return LiveRows(step, "nothing", error=unfinished(problems[0]))
    node = part.nodes[step]
    shown, place = what_is_shown(part, node)
    if place is None:
        return LiveRows(step, "nothing")
    split = next_split(whole, place) if shown != "learned_from" else None
    only = set(part.nodes) | ({split} | whole.ancestors(split) if split else set())
    dry = dry_run(whole, resources, rows, only=only, memory=memory, cancelled=cancelled)
    if failure := failure_before(part, dry):
        return failed(step, part, dry, *failure)
    table = dry.trained[place] if shown == "learned_from" else dry.tables[place]
    learned = learned_at(whole, table, place, dry.tables.get(split) if split else None, split, node)
    return filled(step, shown, table, learned, part, dry, window, find)


def unfinished(problem: Problem) -> dict[str, Any]:
    return {
        "message": problem.message,
        "node": problem.node,
        "column": "",
        "hint": problem.hint,
        "code": problem.code,
    }


def next_split(graph: Graph, place: str) -> str | None:
    """The first Split behind a step that is not behind one itself."""
    from flowza.engine.row_nodes import SplitNode

    if isinstance(graph.nodes[place], SplitNode):
        return None
    later = graph.descendants(place)
    return next((name for name in graph.order if name in later and isinstance(graph.nodes[name], SplitNode)), None)


def failure_before(part: Graph, dry: DryRun) -> tuple[NodeError, bool] | None:
    """The first error on the way to the step, and whether the whole data may not have it."""
    for name in part.order:
        if name in dry.errors:
            return dry.errors[name], False
        if name in dry.unsure:
            return dry.unsure[name], True
        node = part.nodes[name]
        if not node.answers_at_once:
            return fetched_later(node), False
        if not is_there(node, part, dry):
            return broken(node), False
    return None


def is_there(node: Node, part: Graph, dry: DryRun) -> bool:
    if isinstance(node, TrainNode):
        return node.id in dry.trained
    if any(port.type != "dataset" for port in (*node.inputs, *node.outputs)):
        return not part.out_of(node.id)
    return node.id in dry.tables


def fetched_later(node: Node) -> NodeError:
    return NodeError(
        f"'{node.label}' is fetched from the internet when the workflow runs, so there are no rows to show yet.",
        node=node.id,
        hint="Run the workflow to see them.",
        code="later",
    )


def broken(node: Node) -> NodeError:
    if node.inputs and any(port.type != "dataset" for port in (*node.inputs, *node.outputs)):
        return NodeError(
            f"What '{node.label}' makes depends on a trained model, so it is known when the workflow has run.",
            node=node.id,
            hint="Run the workflow to see it.",
            code="later",
        )
    return NodeError(
        "Flowza could not look at this step on the sample.",
        node=node.id,
        hint="Run the workflow: the run says more.",
        code="bug",
    )


def failed(step: str, part: Graph, dry: DryRun, error: NodeError, unsure: bool) -> LiveRows:
    guilty = error.node if error.node in part.nodes else step
    return LiveRows(
        step, "nothing", sources=sources_of(part, dry), error={**error.as_dict(), "node": guilty}, unsure=unsure
    )


def sources_of(part: Graph, dry: DryRun) -> list[list[Any]]:
    return [
        [name, len(dry.tables[name].source.frame), dry.totals[name]]
        for name in part.order
        if isinstance(part.nodes[name], SourceNode) and name in dry.totals
    ]


def filled(
    step: str, shown: Shown, table: Table, learned: Learned, part: Graph, dry: DryRun, window: int, find: str
) -> LiveRows:
    frame = learned.frame
    names = [str(name) for name in frame.columns]
    wanted = [name for name in names if find.casefold() in name.casefold()] if find else names
    window = min(max(1, window), max(1, -(-len(wanted) // COLUMNS_SHOWN)))
    chosen = wanted[(window - 1) * COLUMNS_SHOWN : window * COLUMNS_SHOWN]
    head = frame[chosen].iloc[:ROWS_SHOWN]
    return LiveRows(
        step=step,
        shown=shown,
        rows=len(frame),
        sources=sources_of(part, dry),
        column_count=len(wanted),
        all_columns=len(names),
        window=window,
        columns=[facts(frame[name], name) for name in chosen],
        numbers=[int(label) + 1 for label in head.index],
        cells=[
            [cell(value) for value in row]
            for row in head.astype(object).where(head.notna(), None).itertuples(index=False, name=None)
        ],
        roles=roles_of(table, head),
        role_counts=table.role_counts if shown != "learned_from" else counts_after(table),
        target=table.target,
        said=[*dry.said.get(step, ()), *changes(step, part, dry, frame, table.notes)],
        learned=gaps_first(learned.as_dict(), step, part, dry),
    )


def gaps_first(learned: dict[str, Any] | None, step: str, part: Graph, dry: DryRun) -> dict[str, Any] | None:
    """What was learned of columns with missing values stands first: there it makes a difference."""
    before = next((dry.tables[edge.source] for edge in part.into(step) if edge.source in dry.tables), None)
    if learned is None or before is None:
        return learned
    gaps = {str(name) for name, has in before.frame.isna().any().items() if has}
    return learned | {"columns": sorted(learned["columns"], key=lambda column: column[0] not in gaps)}


def facts(column: pd.Series, name: str) -> dict[str, Any]:
    # Sums of numbers near the limits of float64 are infinite, which JSON has no word for.
    with np.errstate(all="ignore"):
        found = dict(vars(profile_column(column, name)))
    found |= {key: json_cell(found[key]) for key in ("mean", "spread")}
    return {
        "name": name,
        "type": found["type"],
        "kind": column_type(column),
        "missing": found["missing"],
        "unique": found["unique"],
        "profile": found,
    }


def roles_of(table: Table, head: pd.DataFrame) -> list[str] | None:
    if table.roles is None:
        return None
    places = pd.Index(table.anchor.index).get_indexer(head.index)
    return [ROLE_NAMES[int(role)] for role in table.roles[places]]


def counts_after(table: Table) -> dict[str, int] | None:
    """Rows of each role, without training rows that a step removed from training alone."""
    return None if table.roles is None else {"train": len(table.train), "test": len(table.test)}


def cell(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    found = json_cell(value)
    return found[:CELL_LENGTH] if isinstance(found, str) else found
