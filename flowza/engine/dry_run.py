"""A dry run: the steps that make tables, on a sample of each source, in memory; models are checked, not trained."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

import numpy as np

from flowza.engine.context import Context, Resources
from flowza.engine.errors import Cancelled, NodeError
from flowza.engine.graph import Graph, incomplete
from flowza.engine.node import Node, SourceNode, apply_target
from flowza.engine.preview_memory import Kept, PreviewMemory, preview_keys
from flowza.engine.source import Source
from flowza.engine.table import Table
from flowza.engine.train_node import TrainNode
from flowza.engine.training import check_features, check_target, refuse_features_from_target, sliced

SAMPLE_ROWS = 2000
# What fails on some of the rows may work on all of them.
SAMPLE_DEPENDENT = frozenset({"no_rows", "one_class", "too_few_rows", "stratify", "positive", "rare_class", "fit"})


@dataclass
class DryRun:
    """What came out: a table for each step that makes one, an error for each step that could not.

    unsure: errors that the whole data may not have. trained: for each train node the table it would learn from.
    said: what each step logged. totals: how many rows each source has in all. sampled: whether a source was cut to
    the sample.
    """

    tables: dict[str, Table] = field(default_factory=dict)
    trained: dict[str, Table] = field(default_factory=dict)
    errors: dict[str, NodeError] = field(default_factory=dict)
    unsure: dict[str, NodeError] = field(default_factory=dict)
    said: dict[str, tuple[str, ...]] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)
    sampled: bool = False


def dry_run(
    graph: Graph,
    resources: Resources,
    rows: int = SAMPLE_ROWS,
    *,
    only: Collection[str] | None = None,
    memory: PreviewMemory | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> DryRun:
    """Run what makes tables on at most `rows` rows of each source (chosen by the seed, order kept).

    only: the steps to look at, with all that they read from. memory: what earlier dry runs made. Raises Cancelled
    between two steps when `cancelled` says so.
    """
    names = [name for name in graph.order if only is None or name in only]
    keys = preview_keys(graph, names, resources, rows) if memory is not None else {}
    walk = Walk(graph, resources, rows, PreviewMemory() if memory is None else memory, keys)
    for name in names:
        if cancelled is not None and cancelled():
            raise Cancelled
        walk.visit(name)
    return walk.found


def finished_steps(graph: Graph) -> set[str]:
    """The steps that have all their inputs, and whose inputs have theirs."""
    open_steps = {problem.node for problem in incomplete(dict(graph.nodes), list(graph.edges))}
    behind = set().union(*(graph.descendants(name) for name in open_steps if name)) if open_steps else set()
    return set(graph.nodes) - open_steps - behind


def is_looked_at(node: Node) -> bool:
    """Whether a dry run can do the step: it makes a table of tables, or learns from one."""
    return isinstance(node, TrainNode) or all(port.type == "dataset" for port in (*node.inputs, *node.outputs))


@dataclass
class Walk:
    """One dry run on its way through the graph."""

    graph: Graph
    resources: Resources
    rows: int
    memory: PreviewMemory
    keys: Mapping[str, str]
    found: DryRun = field(default_factory=DryRun)

    def visit(self, name: str) -> None:
        node, found = self.graph.nodes[name], self.found
        sources = {edge.source for edge in self.graph.into(name)}
        if not is_looked_at(node) or not node.answers_at_once or not sources <= found.tables.keys():
            return
        try:
            # Numeric overflow is no news: what it gives (infinity, NaN) is refused in words where it matters.
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                self.take(node, self.made(node))
        except NodeError as error:
            guilty = error.node if error.node in self.graph.nodes else name
            unsure = found.sampled and error.code in SAMPLE_DEPENDENT
            (found.unsure if unsure else found.errors).setdefault(guilty, error)
        except MemoryError:
            raise
        except Exception:  # a mistake of ours must not keep people from editing; the run will tell
            logging.getLogger(__name__).exception("The dry run of a '%s' step failed.", node.kind)

    def take(self, node: Node, kept: Kept) -> None:
        found = self.found
        found.said[node.id] = kept.said
        if isinstance(node, TrainNode):
            found.trained[node.id] = kept.table
            return
        found.tables[node.id] = kept.table
        if kept.total is not None:
            found.totals[node.id] = kept.total
            found.sampled = found.sampled or kept.total > len(kept.table.source.frame)

    def made(self, node: Node) -> Kept:
        key = self.keys.get(node.id)
        known = self.memory.get(key)
        if known is not None:
            return known
        said: list[str] = []
        context = Context(self.resources, seed=self.graph.seed, log=lambda text, level: said.append(text))
        total = None
        if isinstance(node, SourceNode):
            table, total = sample(node, context, self.rows)
        elif isinstance(node, TrainNode):
            table = checked_training(node, self.inputs(node)["table"][0])
        else:
            made = node.run(self.inputs(node), context)
            (table,) = (output for output in made.values() if isinstance(output, Table))
        table.evaluation  # noqa: B018 - computed here, so that its errors are found
        kept = Kept(table, tuple(said), total)
        self.memory.put(key, kept)
        return kept

    def inputs(self, node: Node) -> dict[str, list[Table]]:
        inputs: dict[str, list[Table]] = {port.name: [] for port in node.inputs}
        for edge in self.graph.into(node.id):
            inputs[edge.target_port].append(self.found.tables[edge.source])
        return inputs


def sample(node: SourceNode, context: Context, rows: int) -> tuple[Table, int]:
    """Some rows of a source as a source of its own, in their order and with their labels; and the number of all."""
    chosen = node.sample(context, rows)
    part = chosen.frame
    for notice in chosen.notices:
        context.log(notice, "warning")
    key = f"sample-{rows}-{context.seed}-{node.source_key(context)}"
    source = Source(key, lambda: part, frame=part, name=node.id)
    table = Table.load(source, node.origin)
    try:
        return node.targeted(table), chosen.total
    except NodeError as error:
        if error.code != "positive" or chosen.total == len(part):
            raise
        # The positive class is so rare that no row of it came into the sample.
        params = node.params.model_copy(update={"positive": ""})
        return type(node)(node.id, params).targeted(table), chosen.total


def checked_training(node: TrainNode, table: Table) -> Table:
    """The table as the train node would use it, after the checks that come before a fit."""
    if node.task != "clustering":
        table = apply_target(node, table)
        if table.target is None:
            raise node.error(
                "Nobody has said which column to predict.",
                hint="Choose the target at the data source, at the Split or here.",
                code="no_target",
            )
        check_target(table.train[table.target], node.task, node.id)
        refuse_features_from_target(table, node.id)
    features = table.features
    if not features:
        raise node.error("There are no columns to learn from.", hint="Keep at least one column beside the target.")
    check_features(table.train[features], node.allows_missing, node.id)
    table, _, _ = sliced(table, features)
    return table
