"""Advice on what single steps do to the rows and columns of the data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from flowza.engine import mending
from flowza.engine.advice_item import Advice, Mend
from flowza.engine.columns import quoted
from flowza.engine.dry_run import DryRun
from flowza.engine.graph import Graph
from flowza.engine.identifiers import is_id_like
from flowza.engine.node import Node
from flowza.engine.table import Table

LOSS = 0.05
"""From this share of rows on, filling gaps is better than dropping their rows."""
MANY_LEVELS, KEPT = 50, 20
FEWEST_DAYS = 20
BIRTHS = re.compile(r"(?i)birth|born|dob|geburt|geboren")


def advice_on_steps(graph: Graph, dry: DryRun) -> Iterator[Advice]:
    for name, node in graph.nodes.items():
        before = table_before(graph, dry, name)
        if before is None:
            continue
        if node.kind == "drop_nulls":
            yield from advice_on_lost_rows(graph, dry, node, before)
        elif node.kind == "one_hot":
            yield from advice_on_many_levels(graph, dry, node, before)
        elif node.kind == "split":
            yield from advice_on_time(graph, node, before)


def table_before(graph: Graph, dry: DryRun, name: str) -> Table | None:
    return next((dry.tables[edge.source] for edge in graph.into(name) if edge.source in dry.tables), None)


# Rows lost


def advice_on_lost_rows(graph: Graph, dry: DryRun, node: Node, before: Table) -> Iterator[Advice]:
    after = dry.tables.get(node.id)
    if after is None or node.params.how == "all" or not before.rows:
        return
    lost = before.rows - after.rows
    if lost < LOSS * before.rows:
        return
    said = f"{lost / before.rows:.0%} of the rows" if dry.sampled else f"{lost:,} of {before.rows:,} rows"
    yield Advice(
        "warning",
        node.id,
        "rows_lost",
        f"Drops {said}. Fill them instead.",
        mend="Put Impute in its place.",
        mends=filling(graph, node),
    )


def filling(graph: Graph, node: Node) -> tuple[Mend, ...]:
    """Gaps are filled instead; where a later step fills them anyway, the rows need only stay."""
    later = [graph.nodes[name] for name in graph.descendants(node.id)]
    if any(one.kind == "impute" and not one.params.columns for one in later):
        ops = mending.taken_out(graph, node.id)
        return (Mend("Keep the rows: Impute fills them", tuple(ops)),) if ops else ()
    ops = mending.exchanged(graph, node.id, "impute", {})
    return (Mend("Fill them instead (Impute)", tuple(ops)),) if ops else ()


# Levels


def advice_on_many_levels(graph: Graph, dry: DryRun, node: Node, before: Table) -> Iterator[Advice]:
    types = before.types()
    named = list(node.params.columns) or [name for name, kind in types.items() if kind == "text"]
    for column in named:
        if types.get(column) != "text" or column == before.target:
            continue
        values = before.train[column]
        levels = values.nunique()
        if levels <= MANY_LEVELS or is_id_like(values):
            continue
        least, keep = "at least " if dry.sampled else "", node.params.keep
        does = f"keeps the {keep} most frequent and puts the others together"
        if keep >= levels:
            does = "makes a column of each"
        yield Advice(
            "note",
            node.id,
            "many_levels",
            f"'{column}' has {least}{levels:,} levels; '{node.label}' {does}.",
            column,
            "Numbers (Ordinal) suit trees; a column that tells nothing can be dropped.",
            level_mends(graph, node, column, bool(values.isna().any())),
        )


def level_mends(graph: Graph, node: Node, column: str, gaps: bool) -> tuple[Mend, ...]:
    mends = []
    if node.params.keep > KEPT:
        ops = [mending.set_params(node.id, {"keep": KEPT})]
        mends.append(Mend(f"Keep the {KEPT} most frequent", tuple(ops)))
    ordinal: dict[str, Any] = {"columns": [column], **({"missing": "number"} if gaps else {})}
    for label, kind, params in (
        (f"Make numbers of '{column}' (Ordinal)", "ordinal", ordinal),
        (f"Drop '{column}'", "select", {"mode": "drop", "columns": [column]}),
    ):
        if ops := instead(graph, node, column, kind, params):
            mends.append(Mend(label, tuple(ops)))
    return tuple(mends)


def instead(graph: Graph, node: Node, column: str, kind: str, params: Mapping[str, Any]) -> list[mending.Op]:
    """Another step does the column before this one, which lets go of it."""
    if list(node.params.columns) == [column]:
        return mending.exchanged(graph, node.id, kind, params)
    put = mending.put_before(graph, node.id, kind, params)
    return [*put, *mending.let_go(node, [column])] if put else []


# Time


def advice_on_time(graph: Graph, node: Node, before: Table) -> Iterator[Advice]:
    """A random split of rows that have a date lets a model learn from days after those that it is tested on."""
    if not node.params.shuffle:
        return
    frame = before.source.frame
    dates = [
        str(name)
        for name in frame.columns
        if frame[name].dtype.kind == "M" and not BIRTHS.search(str(name)) and frame[name].nunique() >= FEWEST_DAYS
    ]
    if not dates:
        return
    verb = "says" if len(dates) == 1 else "say"
    yield Advice(
        "note",
        node.id,
        "time_order",
        f"{quoted(dates, 3)} {verb} when a row happened, and this split is random: if the model is to foretell, "
        "train on the past and test on the future.",
        dates[0],
        "Use a Time split.",
        tuple(mend for column in dates[:3] for mend in by_time(graph, node, before, column, len(dates) > 1)),
    )


def by_time(graph: Graph, node: Node, before: Table, column: str, several: bool) -> Iterator[Mend]:
    given = {name: getattr(node.params, name) for name in ("target", "positive", "test_share")}
    default = type(node.params)()
    params = {"column": column} | {name: value for name, value in given.items() if value != getattr(default, name)}
    label = "Train on the past, test on the future" + (f" (by '{column}')" if several else "")
    if before.unlearned(column) is not None:
        ops = mending.exchanged(graph, node.id, "time_split", params)
    else:
        # An earlier step takes the dates away, so the new split stands right behind the data.
        sources = mending.sources_behind(graph, node.id)
        out = mending.taken_out(graph, node.id)
        put = mending.put_behind(graph, sources[0], "time_split", params) if len(sources) == 1 else []
        ops = [*out, *put] if out and put else []
    if ops:
        yield Mend(label, tuple(ops))
