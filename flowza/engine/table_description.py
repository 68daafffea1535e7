"""TableDescription: a table without its frames, and the content keys of rows and of what was learned."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from flowza.engine.evaluation import protected_columns, target_names
from flowza.engine.recipe import (
    Action,
    Lineage,
    StatelessStep,
    Step,
    is_step,
    specification,
)
from flowza.engine.source import Source
from flowza.engine.versions import ground

if TYPE_CHECKING:
    from flowza.engine.table import Table


@dataclass(frozen=True)
class TableDescription:
    """A table without its frames: what the store keeps and what a model remembers of its training table."""

    source: Source
    history: tuple[Action, ...]
    positions: np.ndarray | None = None
    roles: np.ndarray | None = None
    target: str | None = None
    positive: Any = None
    notes: tuple[str, ...] = ()
    memo: Callable[[str], Any] | None = None

    @property
    def program(self) -> tuple[Step, ...]:
        return tuple(action for action in self.history if is_step(action))  # type: ignore[misc]

    @cached_property
    def rows_key(self) -> str:
        return rows_key(self.source, self.positions, self.roles)

    def fit_key(self, index: int) -> str:
        return fit_key(self, index)

    def table(self) -> Table:
        """Make the table: source rows by position, then the stateless steps before the first learned one.

        Steps are row-wise, so the order of choosing rows and making columns does not matter.
        """
        from flowza.engine.table import Table

        frame = self.source.frame
        anchor = frame if self.positions is None else frame.iloc[self.positions]
        trace: list[Lineage] = []
        for action in self.history:
            if not is_step(action):
                continue
            if not isinstance(action, StatelessStep):
                break
            anchor = action.apply(anchor)
            trace.append(action.lineage([str(name) for name in anchor.columns]))
        return Table(
            self.source,
            self.history,
            anchor,
            tuple(trace),
            self.positions,
            self.roles,
            self.target,
            self.positive,
            memo=self.memo,
            notes=self.notes,
        )


def rows_key(source: Source, positions: np.ndarray | None, roles: np.ndarray | None) -> str:
    """Content key of a table's rows and their roles, however they were chosen."""
    digest = hashlib.blake2b(source.key.encode(), digest_size=16)
    for name, array in (("positions", positions), ("roles", roles)):
        if array is not None:
            digest.update(f"/{name}/{array.dtype}/".encode())
            digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def fit_key(table: Table | TableDescription, index: int) -> str:
    """Content key of what step `index` of a program learned: its work, all work before it, rows, roles and target."""
    program = table.program
    target = [
        target_names(program, table.target)[index],
        sorted(protected_columns(program, table.target)[index]),
        repr(table.positive),
    ]
    text = json.dumps([ground(), table.rows_key, target, specification(program[: index + 1])])
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
