"""What mends an error that the dry run found."""

from __future__ import annotations

from flowza.engine import mending
from flowza.engine.advice_item import Mend
from flowza.engine.dry_run import DryRun
from flowza.engine.errors import NodeError
from flowza.engine.graph import Graph


def error_mends(graph: Graph, dry: DryRun, step: str, error: NodeError) -> tuple[Mend, ...]:
    """Ways to mend an error of a step; none where a person has to choose."""
    label, ops = "", list[mending.Op]()
    if error.code == "not_numeric":
        label, ops = numbers_made(graph, dry, step, error.column)
    elif error.code == "missing_values":
        label, ops = "Fill missing values (Impute)", mending.put_before(graph, step, "impute", {})
    elif error.code in ("computed_from_target", "in_sample"):
        dropped = {"mode": "drop", "columns": [error.column]}
        label, ops = f"Drop '{error.column}'", mending.put_before(graph, step, "select", dropped)
    elif error.code == "split_twice":
        label, ops = "Take this split out", mending.taken_out(graph, step)
    return (Mend(label, tuple(ops)),) if ops else ()


def numbers_made(graph: Graph, dry: DryRun, step: str, column: str) -> tuple[str, list[mending.Op]]:
    """Text becomes columns of 0 and 1, dates become their parts."""
    table = next((dry.tables[edge.source] for edge in graph.into(step) if edge.source in dry.tables), None)
    types = {} if table is None else table.types()
    if types.get(column) == "text":
        return "Encode text columns (One-hot)", mending.put_before(graph, step, "one_hot", {})
    dates = [name for name, kind in types.items() if kind == "date" and table is not None and name != table.target]
    if types.get(column) == "date":
        return "Take dates apart (Date parts)", mending.put_before(graph, step, "date_parts", {"columns": dates})
    return "", []
