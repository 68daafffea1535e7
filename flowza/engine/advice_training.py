"""Advice on the rows that a model would learn from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from flowza.engine import mending
from flowza.engine.advice_item import Advice, Level, Mend
from flowza.engine.columns import quoted
from flowza.engine.dry_run import DryRun
from flowza.engine.graph import Graph
from flowza.engine.graph_edges import Edge
from flowza.engine.identifiers import is_id_like
from flowza.engine.node import SourceNode
from flowza.engine.row_nodes import SplitNode
from flowza.engine.strength import is_copy, shares_a_word, single_strength
from flowza.engine.table import Table
from flowza.engine.train_node import TrainNode

STRONG, DETERMINING = 0.95, 0.999
SMALL_CLASS, IMBALANCE, MOST_NAMED = 5, 0.1, 5
REPEATED_ROWS, REPEATED_SHARE = 5, 0.05


def advice_on_training(graph: Graph, dry: DryRun, name: str, table: Table) -> Iterator[Advice]:
    raw = raw_features(table)
    constant = [column for column in raw.columns if raw[column].nunique(dropna=False) <= 1]
    if constant:
        verb = "holds" if len(constant) == 1 else "hold"
        yield Advice(
            "note",
            name,
            "constant",
            f"{quoted(constant)} {verb} one value only and cannot help.",
            constant[0],
            "Drop it." if len(constant) == 1 else "Drop them.",
            dropping(graph, dry, name, constant),
        )
    for column in raw.columns:
        if is_id_like(raw[column]):
            yield Advice(
                "warning",
                name,
                "id_like",
                f"'{column}' looks like an id: nearly every row has a value of its own, which a model learns by heart.",
                column,
                f"Drop '{column}'.",
                dropping(graph, dry, name, [column]),
            )
    node = graph.nodes[name]
    if table.target is None or not isinstance(node, TrainNode) or node.task == "clustering":
        return
    labels = table.train[table.target]
    regression = node.task == "regression"
    for column in raw.columns:
        if column not in constant:
            mends = dropping(graph, dry, name, [column])
            yield from advice_on_strength(name, raw[column], labels, table, regression, mends)
    if not regression:
        yield from advice_on_classes(graph, name, table, labels)
    if table.roles is not None:
        yield from advice_on_duplicates(graph, name, table)


def raw_features(table: Table) -> pd.DataFrame:
    """The raw columns behind the features, training rows only."""
    lineage = table.raw_lineage()
    needed = set().union(*(lineage[name] for name in table.features)) if table.features else set()
    frame = table.source.frame
    return frame.loc[table.train.index, [name for name in frame.columns if name in needed]]


def dropping(graph: Graph, dry: DryRun, name: str, columns: Sequence[str]) -> tuple[Mend, ...]:
    raw = {
        source: dry.tables[source].columns
        for source, node in graph.nodes.items()
        if isinstance(node, SourceNode) and source in dry.tables
    }
    ops = mending.columns_dropped(graph, name, columns, raw)
    return (Mend(f"Drop {quoted(columns)}", tuple(ops)),) if ops else ()


def advice_on_strength(
    name: str, feature: pd.Series, labels: pd.Series, table: Table, regression: bool, mends: tuple[Mend, ...] = ()
) -> Iterator[Advice]:
    column, target = str(feature.name), str(table.target)
    if is_copy(feature, labels, regression):
        yield Advice(
            "error",
            name,
            "equals_target",
            f"'{column}' says the same as '{target}', so the model would be told the answer.",
            column,
            f"Drop '{column}'.",
            mends,
        )
        return
    strength = single_strength(feature, labels, table.positive, regression)
    if strength < STRONG:
        return
    telling = shares_a_word(column, target)
    level: Level = "warning" if strength >= DETERMINING and telling else "note"
    yield Advice(
        level,
        name,
        "strong_feature",
        f"'{column}' alone nearly tells '{target}' ({strength:.3f} of 1). Is it known when the prediction is made?",
        column,
        f"Drop '{column}' if it is only known afterwards.",
        mends,
    )


def advice_on_classes(graph: Graph, name: str, table: Table, labels: pd.Series) -> Iterator[Advice]:
    counts = labels.value_counts()
    small = counts[counts < SMALL_CLASS]
    if len(small):
        yield Advice(
            "warning",
            name,
            "small_class",
            f"{quoted(map(str, small.index))} of '{table.target}' {'has' if len(small) == 1 else 'have'} under "
            f"{SMALL_CLASS} training rows, too few to learn from.",
            str(table.target),
            "Merge rare classes, or leave them out.",
            without_classes(graph, name, str(table.target), [str(label) for label in small.index], len(counts)),
        )
    share = float(counts.min() / counts.sum())
    for earlier in sorted(graph.ancestors(name)):
        node = graph.nodes[earlier]
        if isinstance(node, SplitNode) and share < IMBALANCE and getattr(node.params, "stratify", None) == "no":
            yield Advice(
                "warning",
                earlier,
                "unstratified",
                f"The rarest class of '{table.target}' is {share:.1%} of the rows, and the split is not stratified.",
                str(table.target),
                "Stratify the split.",
                (Mend("Stratify the split", (mending.set_params(earlier, {}, ["stratify"]),)),),
            )


def without_classes(graph: Graph, name: str, target: str, small: list[str], classes: int) -> tuple[Mend, ...]:
    """A filter before the model, where classes are few and two at least stay."""
    if len(small) > MOST_NAMED or classes - len(small) < 2:
        return ()
    conditions = [{"column": target, "operator": "!=", "value": label} for label in small]
    ops = mending.put_into(graph, training_wires(graph, name), "filter", {"conditions": conditions})
    return (Mend(f"Leave out the rows of {quoted(small)}", tuple(ops)),) if ops else ()


def training_wires(graph: Graph, model: str) -> list[Edge]:
    """The wires from the step that a model learns from to all models that learn from it."""
    return [
        edge
        for own in graph.into(model)
        for edge in graph.out_of(own.source)
        if isinstance(graph.nodes[edge.target], TrainNode)
    ]


def advice_on_duplicates(graph: Graph, name: str, table: Table) -> Iterator[Advice]:
    """The same row on both sides, beyond what chance and few distinct combinations explain."""
    frame = table.source.frame
    train, test = frame.loc[table.train.index], frame.loc[table.test.index]
    if not len(test) or not len(train):
        return
    known = pd.util.hash_pandas_object(train, index=False)
    repeated = pd.util.hash_pandas_object(test, index=False).isin(known)
    share = float(repeated.mean())
    if repeated.sum() < REPEATED_ROWS or share < REPEATED_SHARE:
        return
    if few_combinations(train, known) or share < 3 * chance_of_repeat(train, len(train)):
        return
    split = next((earlier for earlier in graph.order if isinstance(graph.nodes[earlier], SplitNode)), name)
    yield Advice(
        "warning",
        split,
        "duplicates",
        f"{share:.0%} of the test rows are also training rows, so the test flatters the model.",
        mend="Drop duplicates before the split.",
        mends=without_duplicates(graph, split),
    )


def without_duplicates(graph: Graph, split: str) -> tuple[Mend, ...]:
    """Duplicates go right behind the data, where nothing was learned yet."""
    sources = mending.sources_behind(graph, split)
    ops = mending.put_behind(graph, sources[0], "drop_duplicates", {}) if len(sources) == 1 else []
    return (Mend("Drop duplicates behind the data", tuple(ops)),) if ops else ()


def few_combinations(rows: pd.DataFrame, hashes: pd.Series) -> bool:
    """Whether rows repeat because there are few different ones, and no column that tells cases apart."""
    distinct = rows[~hashes.duplicated().to_numpy()]
    return len(distinct) < 0.5 * len(rows) and max(distinct.nunique()) < 0.5 * len(distinct)


def chance_of_repeat(train: pd.DataFrame, rows: int) -> float:
    """Chance that a fresh row equals one of `rows`, were the columns independent."""
    same = 1.0
    for column in train.columns:
        shares = train[column].value_counts(normalize=True, dropna=False).to_numpy()
        same *= float((shares**2).sum())
    return 1 - (1 - same) ** rows
