"""Advice: what is wrong or risky in a graph before it runs.

Three levels: note (worth knowing), warning (the result may mislead), error (it will not run, or the model is told the
answer). Thresholds are set so that honest data stays quiet: Iris reaches an AUC of 1.0 with a single column.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flowza.engine import mending
from flowza.engine.advice_errors import error_mends
from flowza.engine.advice_item import Advice, Mend
from flowza.engine.advice_steps import advice_on_steps
from flowza.engine.advice_training import advice_on_training, training_wires
from flowza.engine.dry_run import DryRun
from flowza.engine.graph import Graph, incomplete
from flowza.engine.node import LearnedNode
from flowza.engine.row_nodes import SplitNode
from flowza.engine.train_node import TrainNode

if TYPE_CHECKING:
    from flowza.engine.vanished import KnownColumns

__all__ = ["Advice", "Mend", "advise", "open_inputs"]


def advise(graph: Graph, dry: DryRun | None = None, data: KnownColumns | None = None) -> list[Advice]:
    """Advice on a graph; with a dry run also on what its data shows. Worst first, then in the graph's order.

    data: the columns that the sources have and had, for guesses at what a missing one is called now.
    """
    from flowza.engine.vanished import told_of, vanished  # it makes advice, too

    found = [*advice_on_shape(graph)]
    if dry is not None:
        gone = vanished(graph, dry, data)
        found += gone
        found += [
            Advice(
                "error", name, error.code, error.message, error.column, error.hint, error_mends(graph, dry, name, error)
            )
            for name, error in dry.errors.items()
            if not told_of(gone, name, error.code)
        ]
        found += advice_on_steps(graph, dry)
        # Of several models on the same rows the first is advised.
        known: set[tuple[str, str, str]] = set()
        looked_at: set[tuple[int, str]] = set()
        for name, table in dry.trained.items():
            node = graph.nodes[name]
            look = (id(table), node.task if isinstance(node, TrainNode) else "")
            if look in looked_at:
                continue
            looked_at.add(look)
            for advice in advice_on_training(graph, dry, name, table):
                said = (advice.code, advice.column, advice.message)
                if said not in known:
                    found.append(advice)
                    known.add(said)
    levels = {"error": 0, "warning": 1, "note": 2}
    order = {name: place for place, name in enumerate(graph.order)}
    return sorted(dict.fromkeys(found), key=lambda advice: (levels[advice.level], order.get(advice.node, -1)))


def open_inputs(graph: Graph) -> list[Advice]:
    """What keeps the graph from running at all: no steps, or inputs that nothing is connected to."""
    found = []
    for problem in incomplete(dict(graph.nodes), list(graph.edges)):
        ops = mending.filled_input(graph, problem.node, problem.field) if problem.node else []
        mends = (Mend(f"Connect '{graph.nodes[ops[0]['from']].label}'", tuple(ops)),) if ops else ()
        found.append(Advice("error", problem.node, problem.code, problem.message, mend=problem.hint, mends=mends))
    return found


# The graph alone


def advice_on_shape(graph: Graph) -> Iterator[Advice]:
    around = neighbourhoods(graph)
    for name, node in graph.nodes.items():
        place = around[name]
        if isinstance(node, LearnedNode) and place.split_after:
            yield Advice(
                "note",
                name,
                "fit_before_split",
                f"'{node.label}' stands before the split: it learns again from training rows alone, so nothing leaks.",
            )
        if isinstance(node, SplitNode) and not place.training_after:
            yield Advice("note", name, "no_model", "No model is trained behind this split.", mend="Add a train step.")
        if isinstance(node, TrainNode) and node.task != "clustering" and not place.split_before:
            for later in sorted(later for later in graph.descendants(name) if graph.nodes[later].kind == "evaluate"):
                report = graph.nodes[later].label
                yield Advice(
                    "warning",
                    later,
                    "no_split",
                    f"'{report}' measures '{node.label}' on the rows it learned from, which flatters it.",
                    mend="Put a Train/test split before the model.",
                    mends=split_before(graph, name),
                )


@dataclass
class Neighbourhood:
    """What there is before and after a step, however far."""

    split_before: bool = False
    split_after: bool = False
    training_after: bool = False


def neighbourhoods(graph: Graph) -> dict[str, Neighbourhood]:
    """Step -> its neighbourhood: one walk along the wires and one against them."""
    found = {name: Neighbourhood() for name in graph.nodes}
    for name in graph.order:
        found[name].split_before = any(
            found[edge.source].split_before or isinstance(graph.nodes[edge.source], SplitNode)
            for edge in graph.into(name)
        )
    for name in reversed(graph.order):
        for edge in graph.out_of(name):
            after, later = graph.nodes[edge.target], found[edge.target]
            found[name].split_after |= later.split_after or isinstance(after, SplitNode)
            found[name].training_after |= later.training_after or isinstance(after, TrainNode)
    return found


def split_before(graph: Graph, model: str) -> tuple[Mend, ...]:
    """A split in the wire to a model, and to all models that learn from the same table."""
    ops = mending.put_into(graph, training_wires(graph, model), "split", {})
    return (Mend("Put a Train/test split before the model", tuple(ops)),) if ops else ()
