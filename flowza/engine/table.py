"""Table: what a dataset wire carries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from flowza.engine.columns import ColumnType, column_types, quoted
from flowza.engine.errors import NodeError
from flowza.engine.evaluation import Evaluation, FitMemo, Fitted, protected_columns, target_names
from flowza.engine.recipe import (
    Action,
    Lineage,
    LoadAction,
    Origin,
    RowStep,
    SplitAction,
    StatelessStep,
    Step,
    TargetAction,
    TrainingRowsStep,
    is_step,
    missing_columns,
)
from flowza.engine.source import Source
from flowza.engine.table_description import TableDescription, fit_key, rows_key
from flowza.engine.target_recipe import rarer_class, recoded_positive, recodes, sliced

Made = TypeVar("Made")
TRAIN, TEST = 0, 1
ROLE_NAMES = {TRAIN: "train", TEST: "test"}


@dataclass(frozen=True)
class Table:
    """One immutable dataset: source rows, the actions taken on them, and the columns these make.

    positions: int64, shape (rows,), places of the rows in the source; None means all of them. roles: int8, shape
    (rows,), TRAIN or TEST; None before a Split. anchor: the frame after the stateless steps that precede the first
    learned one; holds under every choice of training rows. seed: a table whose evaluation this one may go on from.
    """

    source: Source
    history: tuple[Action, ...]
    anchor: pd.DataFrame = field(repr=False)
    anchor_trace: tuple[Lineage, ...] = ()
    positions: np.ndarray | None = None
    roles: np.ndarray | None = None
    target: str | None = None
    positive: Any = None
    seed: Table | None = field(default=None, repr=False)
    memo: Callable[[str], Any] | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()
    _cache: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def load(cls, source: Source, origin: Origin) -> Table:
        return cls(source=source, history=(LoadAction(origin, source.key),), anchor=source.frame)

    # What it is

    @property
    def rows(self) -> int:
        return len(self.anchor)

    @property
    def program(self) -> tuple[Step, ...]:
        return tuple(action for action in self.history if is_step(action))  # type: ignore[misc]

    @property
    def train_mask(self) -> np.ndarray:
        return np.ones(self.rows, dtype=bool) if self.roles is None else self.roles == TRAIN

    @property
    def role_counts(self) -> dict[str, int] | None:
        if self.roles is None:
            return None
        train = int((self.roles == TRAIN).sum())
        return {"train": train, "test": self.rows - train}

    def has_learned(self) -> bool:
        return any(not isinstance(step, StatelessStep) for step in self.program)

    # What it holds

    @property
    def evaluation(self) -> Evaluation:
        """The columns, with learned steps fitted on the training rows. Computed once."""
        if "evaluation" not in self._cache:
            start = self.seed._evaluated() if self.seed is not None else None
            if start is None or start.done > len(self.program):
                start = self._start()
            program, target = self.program, self.target
            self._cache["evaluation"] = start.advanced(
                program, protected_columns(program, target), target_names(program, target), self._fit_memo()
            )
        found: Evaluation = self._cache["evaluation"]
        return found

    def _evaluated(self) -> Evaluation | None:
        if "evaluation" in self._cache:
            return self.evaluation
        return self.seed._evaluated() if self.seed is not None else None

    def _start(self) -> Evaluation:
        trace = list(self.anchor_trace)
        nothing: list[Fitted | None] = [None] * len(trace)
        if self.roles is None:
            return Evaluation(self.anchor, None, len(trace), nothing, trace)
        mask = self.train_mask
        return Evaluation(self.anchor[mask], self.anchor[~mask], len(trace), nothing, trace)

    def _fit_memo(self) -> FitMemo | None:
        if self.memo is None:
            return None
        memo = self.memo
        return lambda index: memo(self.fit_key(index))

    @cached_property
    def rows_key(self) -> str:
        return rows_key(self.source, self.positions, self.roles)

    def fit_key(self, index: int) -> str:
        return fit_key(self, index)

    @property
    def train(self) -> pd.DataFrame:
        return self.evaluation.train

    @property
    def test(self) -> pd.DataFrame:
        other = self.evaluation.other
        return self.train.iloc[:0] if other is None else other

    @property
    def frame(self) -> pd.DataFrame:
        """All rows in the source's order, present columns. Rows that only training dropped are absent."""
        evaluation = self.evaluation
        if evaluation.other is None or not len(evaluation.other):
            return evaluation.train
        both = pd.concat([evaluation.train, evaluation.other])
        order = pd.Index(self.anchor.index).get_indexer(both.index)
        return both.iloc[np.argsort(order, kind="stable")]

    @property
    def all_rows(self) -> pd.DataFrame:
        """Like `frame`, with the rows that only training drops: shape (rows, columns).

        Columns that a learned step had a hand in may differ from those of `frame`.
        """
        if not self.has_learned():
            return self.anchor
        history = tuple(action for action in self.history if not isinstance(action, TrainingRowsStep))
        return self.frame if len(history) == len(self.history) else self._next(history=history, seed=None).frame

    @property
    def columns(self) -> list[str]:
        return [str(name) for name in self.train.columns]

    def types(self) -> dict[str, ColumnType]:
        """Present column -> type."""
        return self.once("types", lambda: column_types(self.train))

    def once(self, name: str, make: Callable[[], Made]) -> Made:
        """What `make` gives, made once for this table."""
        if name not in self._cache:
            self._cache[name] = make()
        made: Made = self._cache[name]
        return made

    @property
    def features(self) -> list[str]:
        return [name for name in self.columns if name != self.target]

    def learned_columns(self) -> set[str]:
        """Present columns that a learned step had a hand in."""
        made: set[str] = set()
        state = self.evaluation
        for fitted, lineage in zip(state.fitted, state.trace, strict=True):
            touched = made | (set(fitted.columns) if fitted is not None else set())
            made = {name for name, sources in lineage.items() if touched.intersection(sources)}
        return made

    def raw_lineage(self) -> dict[str, frozenset[str]]:
        """For each present column the raw columns it was made from."""
        raw = {str(name): frozenset({str(name)}) for name in self.source.frame.columns}
        for lineage in self.evaluation.trace:
            raw = {
                name: frozenset().union(*(raw.get(source, frozenset()) for source in sources))
                for name, sources in lineage.items()
            }
        return raw

    # What can be done with it: each gives a new table

    def with_step(self, step: Step) -> Table:
        """Append a stateless, learned or training-rows step."""
        history = (*self.history, step)
        if isinstance(step, StatelessStep) and not self.has_learned():
            anchor = step.apply(self.anchor)
            names = [str(name) for name in anchor.columns]
            table = self._next(
                history=history,
                anchor=anchor,
                anchor_trace=(*self.anchor_trace, step.lineage(names)),
                seed=None,
            )
            return self._recoded_target(step, table._renamed_target(step, names))
        table = self._next(history=history, seed=self)
        if isinstance(step, StatelessStep) and self.target is not None:
            return self._recoded_target(step, table._renamed_target(step, None))
        return table

    def _recoded_target(self, step: StatelessStep, after: Table) -> Table:
        """`after`, with the positive class and the rows that its target has when the step gave it other values."""
        if self.target is None or after.target is None or not recodes(step, self.target):
            return after
        old, new = self.target_values(self.target, step.origin), after.target_values(after.target, step.origin)
        if new.equals(old):
            return after
        positive, note = recoded_positive(old, new, self.positive)
        # Which class is the positive one has no part in what is made of the columns, so these are kept.
        table = replace(after, positive=positive, notes=(*after.notes, *([note] if note else [])))
        present = new.notna().to_numpy()
        return table if present.all() else table._with_known_target(present, step.origin)

    def _with_known_target(self, present: np.ndarray, origin: Origin) -> Table:
        """Leave out the rows without a target: present is bool of shape (rows,)."""
        target, dropped = str(self.target), int((~present).sum())
        if not present.any():
            raise NodeError(
                f"Column '{target}' has no values, so it cannot be predicted.",
                node=origin.node,
                column=target,
                hint="Choose another column to predict.",
                code="target",
            )
        table = self._next(history=(*self.history, TargetAction(origin, target, self.positive, dropped)))
        if not dropped:
            return table
        positions = np.flatnonzero(present) if self.positions is None else self.positions[present]
        return table._next(
            notes=(*self.notes, left_out_note(dropped, target)),
            anchor=self.anchor[present],
            positions=positions.astype(np.int64),
            roles=None if self.roles is None else self.roles[present],
            seed=None,
        )

    def _renamed_target(self, step: StatelessStep, names: list[str] | None) -> Table:
        if self.target is None:
            return self
        target = self.target
        if step.effect == "rename":
            target = dict(step.arguments["names"]).get(target, target)
        if target not in (self.columns if names is None else names):
            raise NodeError(
                f"This step takes away '{target}', the column to predict.",
                node=step.origin.node,
                column=target,
                hint="Keep it here; a target is never used as a feature.",
                code="target",
            )
        return self if target == self.target else replace(self, target=target, _cache={})

    def with_rows(self, action: RowStep, kept: np.ndarray) -> Table:
        """Keep the rows where `kept` (bool, shape (rows,)) is true."""
        if kept.all():
            return self._next(history=(*self.history, action), seed=self)
        positions = np.flatnonzero(kept) if self.positions is None else self.positions[kept]
        return self._next(
            history=(*self.history, action),
            anchor=self.anchor[kept],
            positions=positions.astype(np.int64),
            roles=None if self.roles is None else self.roles[kept],
            seed=None,
        )

    def with_target(self, target: str, positive: Any, origin: Origin) -> Table:
        """Make `target` the column to predict; rows without it are dropped, learned steps learn again without it."""
        if self.target is not None:
            if self.target != target:
                raise NodeError(
                    f"This table predicts '{self.target}' already, so '{target}' cannot be its target.",
                    node=origin.node,
                    column=target,
                    hint="Choose the target in one place only.",
                    code="two_targets",
                )
            if positive is None or positive == self.positive:
                return self
        values = self.target_values(target, origin)
        present = values.notna().to_numpy()
        table = self._next(target=target, seed=None)
        if present.any():
            table = replace(table, positive=positive_class(values[present], positive, target, origin))
        return table._with_known_target(present, origin)

    def target_values(self, target: str, origin: Origin) -> pd.Series:
        """The target column as it is before any learning, shape (rows,)."""
        values = self.unlearned(target)
        if values is not None:
            return values
        frame = self.all_rows
        if target not in frame.columns:
            raise missing_columns([target], frame, origin.node)
        return frame[target]

    def unlearned(self, name: str) -> pd.Series | None:
        """A column as stateless steps alone make it, shape (rows,); None when there is none or it is a learned one."""
        later = self.program[len(self.anchor_trace) :]
        needed = protected_columns(later, name)[0] if later else frozenset({name})
        frame = self.anchor
        if not needed.issubset(str(column) for column in frame.columns):
            return None
        for step in sliced(later, {name}):
            frame = step.apply(frame)
        return frame[name] if name in frame.columns else None

    def with_roles(self, roles: np.ndarray, action: SplitAction | None) -> Table:
        """Give each row a role (int8, shape (rows,)); every learned step learns again on the training rows."""
        history = self.history if action is None else (*self.history, action)
        return self._next(history=history, roles=roles.astype(np.int8), seed=None)

    def described(self) -> TableDescription:
        """What is needed to make this table again; keeps no frame alive."""
        return TableDescription(
            self.source.released(),
            self.history,
            self.positions,
            self.roles,
            self.target,
            self.positive,
            self.notes,
            self.memo,
        )

    def _next(self, **changes: Any) -> Table:
        return replace(self, _cache={}, **changes)


def left_out_note(rows: int, target: str) -> str:
    return f"{rows:,} {'row' if rows == 1 else 'rows'} without '{target}' {'was' if rows == 1 else 'were'} left out."


def positive_class(values: pd.Series, chosen: Any, target: str, origin: Origin) -> Any:
    """The class that metrics speak of: the chosen one, else of two classes the rarer (of equals the later in order)."""
    unique = values.unique()
    if chosen is not None:
        for value in unique.tolist() if len(unique) <= 1000 else []:
            if value == chosen or str(value) == str(chosen):
                return value
        raise NodeError(
            f"'{chosen}' is not among the values of '{target}'.",
            node=origin.node,
            column=target,
            hint=f"Its values are {quoted(map(str, sorted(unique.tolist(), key=str)), 8)}.",
            code="positive",
        )
    return rarer_class(values)
