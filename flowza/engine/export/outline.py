"""What a table's history comes to in a script: what is done to the frame at once, and what a Pipeline learns.

Rows, target and split are decided on the frame, whatever steps were drawn before them, because learned steps learn
again behind them. From the first learned step on, steps that make columns form the tail, fitted on the training rows.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from flowza.engine.evaluation import Fitted, protected_columns
from flowza.engine.recipe import (
    Action,
    LearnedStep,
    LoadAction,
    RowStep,
    SplitAction,
    StatelessStep,
    Step,
    TargetAction,
    TrainingRowsStep,
    is_step,
)
from flowza.engine.table import Table
from flowza.engine.target_recipe import sliced

SAMPLE_ROWS = 20


@dataclass(frozen=True)
class Entry:
    """One action on the frame. side: steps of the tail that make the columns it looks at, done on the side."""

    action: Action
    side: tuple[StatelessStep, ...] = ()

    @property
    def key(self) -> str:
        return json.dumps([self.action.spec(), [step.spec() for step in self.side]], sort_keys=True, default=repr)


@dataclass(frozen=True)
class TailStep:
    """A step that a Pipeline does. columns: those a learned step works on; before: columns and dtypes it is given."""

    step: Step
    columns: tuple[str, ...]
    before: pd.DataFrame
    protected: frozenset[str]


@dataclass(frozen=True)
class Outline:
    """entries: what is done to the frame. tail: what is learned. labels: steps of the tail that make the target.

    sample: a few rows of the source that all steps keep, to learn columns and dtypes from.
    """

    entries: tuple[Entry, ...]
    tail: tuple[TailStep, ...]
    labels: tuple[StatelessStep, ...]
    target: str | None
    columns: tuple[str, ...]
    sample: pd.DataFrame

    @property
    def features(self) -> list[str]:
        return [name for name in self.columns if name != self.target]

    @property
    def in_pipeline(self) -> bool:
        """Whether the tail fits a scikit-learn Pipeline: it drops no rows and leaves the target alone."""
        alone = frozenset() if self.target is None else frozenset({self.target})
        for item in self.tail:
            if isinstance(item.step, TrainingRowsStep) or item.protected != alone:
                return False
            if isinstance(item.step, StatelessStep) and item.step.effect != "select" and alone & set(item.step.reads):
                return False
        return not self.labels


def outline_of(table: Table) -> Outline:
    program = table.program
    start = next((index for index, step in enumerate(program) if not isinstance(step, StatelessStep)), len(program))
    entries: list[Entry] = []
    passed: list[Step] = []
    seen = 0
    target: str | None = None
    for action in table.history:
        if is_step(action):
            seen += 1
            target = renamed(target, action)
            if seen > start:
                passed.append(action)  # type: ignore[arg-type]
                continue
        elif isinstance(action, TargetAction):
            target = action.target
        entries.append(Entry(action, side_of(action, passed, target)))
    sample = table.source.frame.loc[table.anchor.index[:SAMPLE_ROWS]]
    labels = sliced(passed, {table.target}) if table.target is not None else ()
    return Outline(tuple(entries), tail_of(table, start), labels, table.target, tuple(table.columns), sample)


def renamed(target: str | None, action: Action) -> str | None:
    if target is None or not isinstance(action, StatelessStep) or action.effect != "rename":
        return target
    name: str = dict(action.arguments["names"]).get(target, target)
    return name


def side_of(action: Action, passed: Sequence[Step], target: str | None) -> tuple[StatelessStep, ...]:
    if isinstance(action, RowStep):
        return sliced(passed, set(action.reads))
    if isinstance(action, SplitAction):
        looked_at = {action.arguments.get("column"), target} - {None}
        return sliced(passed, {str(name) for name in looked_at})
    if isinstance(action, TargetAction):
        return sliced(passed, {str(target)})
    return ()


def tail_of(table: Table, start: int) -> tuple[TailStep, ...]:
    """The steps from the first learned one on, with the columns that each is given, seen on a few rows."""
    if start == len(table.program):
        return ()
    fitted = table.evaluation.fitted
    frame = table.anchor.iloc[:SAMPLE_ROWS]
    protected = protected_columns(table.program, table.target)
    tail: list[TailStep] = []
    for index in range(start, len(table.program)):
        step, learned = table.program[index], fitted[index]
        columns = learned.columns if isinstance(learned, Fitted) else ()
        tail.append(TailStep(step, columns, frame.iloc[:0], protected[index]))
        if isinstance(learned, Fitted):
            frame = learned.apply(frame) if len(frame) else frame
        elif isinstance(step, StatelessStep):
            frame = step.apply(frame)
    return tuple(tail)


def source_of(outline: Outline) -> LoadAction:
    action = outline.entries[0].action
    if not isinstance(action, LoadAction):
        raise AssertionError("a table's history begins with its source")
    return action


__all__ = ["Entry", "LearnedStep", "Outline", "TailStep", "outline_of", "sliced", "source_of"]
