"""What previews made, kept in memory by preview keys, so that an edit of the last step computes the last step alone."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from flowza.engine.cache import node_key
from flowza.engine.context import Resources
from flowza.engine.errors import NodeError
from flowza.engine.graph import Graph
from flowza.engine.table import Table

MOST_BYTES = 192_000_000
MOST_FACTS = 5000


def preview_keys(graph: Graph, names: Iterable[str], resources: Resources, rows: int) -> dict[str, str]:
    """Node id -> key of what a preview on `rows` rows makes of it, for the nodes whose sources are there.

    A key space of its own: what was made of a sample is never taken for what a run makes. Ids are part of the
    keys, because errors and notes name the steps of one graph.
    """
    keys: dict[str, str] = {}
    for name in names:
        if any(edge.source not in keys for edge in graph.into(name)):
            continue
        try:
            keys[name] = f"preview-{rows}/{name}/{node_key(graph, name, keys, resources)}"
        except NodeError:
            continue
    return keys


@dataclass(frozen=True)
class Kept:
    """What a step made of the sample. said: what it logged. total: of a source, how many rows it has in all."""

    table: Table
    said: tuple[str, ...] = ()
    total: int | None = None


class PreviewMemory:
    """The tables used last, up to `most_bytes` by what their frames hold (shared frames count for each table).

    facts: what was found out about steps in few words; it stays when the tables go.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes = most_bytes
        self.held = 0
        self.facts = FactsMemory()
        self._kept: OrderedDict[str, tuple[Kept, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: str | None) -> Kept | None:
        found = None if key is None else self._kept.get(key)
        if key is None or found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def put(self, key: str | None, kept: Kept) -> None:
        if key is None or key in self._kept:
            return
        size = size_of(kept.table)
        self._kept[key] = (kept, size)
        self.held += size
        while self.held > self.most_bytes and self._kept:
            _, (_, gone) = self._kept.popitem(last=False)
            self.held -= gone

    def clear(self) -> None:
        self._kept.clear()
        self.held = 0


class FactsMemory:
    """Small things by key; of more than `most` those go that were not used for longest."""

    def __init__(self, most: int = MOST_FACTS) -> None:
        self.most = most
        self._known: OrderedDict[str, Any] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def get(self, key: str) -> Any | None:
        if key in self._known:
            self._known.move_to_end(key)
        return self._known.get(key)

    def put(self, key: str, fact: Any) -> None:
        self._known[key] = fact
        self._known.move_to_end(key)
        if len(self._known) > self.most:
            self._known.popitem(last=False)


def size_of(table: Table) -> int:
    """Bytes of the frames that a table keeps alive."""
    evaluation = table.evaluation
    frames = {id(frame): frame for frame in (table.anchor, evaluation.train, evaluation.other) if frame is not None}
    return sum(bytes_of(frame) for frame in frames.values())


def bytes_of(frame: pd.DataFrame) -> int:
    """What `DataFrame.memory_usage` adds up to, without an array for each column of numbers."""
    fixed, others = 0, 0
    for position, dtype in enumerate(frame.dtypes):
        if isinstance(dtype, np.dtype) and dtype.kind != "O":
            fixed += dtype.itemsize
        else:
            others += frame.iloc[:, position].memory_usage(index=False, deep=True)
    return (8 + fixed) * len(frame) + others
