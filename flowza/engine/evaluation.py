"""Make a program's columns: fit learned steps on the training rows, apply them to the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from sklearn import config_context
from sklearn.base import clone

from flowza.engine.columns import quoted
from flowza.engine.errors import NodeError
from flowza.engine.recipe import LearnedStep, Lineage, StatelessStep, Step, TrainingRowsStep, row_number

FitMemo = Callable[[int], Any]


@dataclass(frozen=True)
class Fitted:
    """What a learned step learned. `columns` are those it was fitted on, in order; transformer None when there were
    none.
    """

    step: LearnedStep
    columns: tuple[str, ...]
    transformer: Any

    def apply(self, frame: pd.DataFrame) -> pd.DataFrame:
        if self.transformer is None:
            return frame
        if not len(frame):
            # Transformers refuse to work on no rows: types do not depend on values, so one made-up row shows them.
            return self.apply(blank_row(frame)).iloc[:0].set_axis(frame.index)
        with config_context(transform_output="pandas"), np.errstate(all="ignore"):
            made = self.transformer.transform(frame[list(self.columns)])
        return join_columns(made, frame, self.columns, self.step)


def blank_row(frame: pd.DataFrame) -> pd.DataFrame:
    """One row of zeros and empty texts under the frame's columns and dtypes."""
    columns: dict[str, pd.Series] = {}
    for name, dtype in frame.dtypes.items():
        blank = np.zeros(1, dtype)[0] if isinstance(dtype, np.dtype) and dtype.kind in "biufM" else None
        columns[str(name)] = pd.Series(["" if isinstance(dtype, pd.StringDtype) else blank], dtype=dtype)
    return pd.DataFrame(columns)


@dataclass
class Evaluation:
    """The columns of a table under one choice of training rows.

    train: rows with the role train (all rows without a Split), other: the remaining rows (None without a Split). Both
    keep the source's index. `done` counts the steps of the program applied so far; `fitted` and `trace` have one
    entry for each of them.
    """

    train: pd.DataFrame
    other: pd.DataFrame | None
    done: int = 0
    fitted: list[Fitted | None] = field(default_factory=list)
    trace: list[Lineage] = field(default_factory=list)

    def advanced(
        self,
        program: tuple[Step, ...],
        protected: list[frozenset[str]],
        targets: list[str | None],
        memo: FitMemo | None,
    ) -> Evaluation:
        """Apply the steps after `done`; this evaluation itself is not changed.

        protected and targets: those of `protected_columns` and `target_names`.
        """
        state = Evaluation(self.train, self.other, self.done, list(self.fitted), list(self.trace))
        # Numbers near the limits of float64 give infinity or NaN, which later steps refuse in words.
        with np.errstate(all="ignore"):
            state._advance(program, protected, targets, memo)
        return state

    def _advance(
        self,
        program: tuple[Step, ...],
        protected: list[frozenset[str]],
        targets: list[str | None],
        memo: FitMemo | None,
    ) -> None:
        for index in range(self.done, len(program)):
            step = program[index]
            if isinstance(step, LearnedStep):
                fit_learned(self, step, protected[index], targets[index], memo(index) if memo else None)
            elif isinstance(step, TrainingRowsStep):
                keep_training_rows(self, step)
            else:
                self.train = step.apply(self.train)
                self.other = None if self.other is None else step.apply(self.other)
                self.fitted.append(None)
                self.trace.append(step.lineage([str(name) for name in self.train.columns]))
            self.done = index + 1


def fit_learned(
    state: Evaluation, step: LearnedStep, protected: frozenset[str], target: str | None, known: Any
) -> None:
    """Fit one step on the training part (or take what is known of it) and apply it to both parts."""
    columns = step.chosen(state.train, protected)
    before = [str(name) for name in state.train.columns]
    if not columns:
        state.fitted.append(Fitted(step, (), None))
        state.trace.append({name: (name,) for name in before})
        return
    if not len(state.train):
        raise NodeError("There are no rows to learn from.", node=step.origin.node, code="no_rows")
    refuse_missing(state.train, columns, step)
    labels = state.train[target] if target is not None and target in state.train.columns else None
    if known is None or step.cross_fitted:
        transformer, made = fit_transform(step, state.train[columns], labels)
    else:
        transformer = known
        with config_context(transform_output="pandas"):
            made = transformer.transform(state.train[columns])
    fitted = Fitted(step, tuple(columns), transformer)
    state.train = join_columns(made, state.train, fitted.columns, step)
    if state.other is not None:
        state.other = fitted.apply(state.other) if len(state.other) else state.train.iloc[:0]
    state.fitted.append(fitted)
    state.trace.append(learned_lineage(fitted, [str(name) for name in made.columns], before))


def fit_transform(step: LearnedStep, features: pd.DataFrame, labels: pd.Series | None) -> tuple[Any, pd.DataFrame]:
    transformer = clone(step.transformer)
    try:
        with config_context(transform_output="pandas"):
            if labels is None:
                return transformer, transformer.fit_transform(features)
            return transformer, transformer.fit_transform(features, labels)
    except NodeError as error:
        error.node = error.node or step.origin.node
        raise
    except ValueError as error:
        raise NodeError(
            f"This step could not learn from columns {quoted(features.columns)}: {first_sentence(error)}",
            node=step.origin.node,
            hint="Look at the values that come in, and at this step's settings.",
            code="fit",
        ) from error


def refuse_missing(frame: pd.DataFrame, columns: list[str], step: LearnedStep) -> None:
    if step.allows_missing:
        return
    for name in columns:
        missing = frame[name].isna()
        if missing.any():
            first = row_number(frame.index[missing.to_numpy().argmax().item()])
            raise NodeError(
                f"Column '{name}' has {int(missing.sum())} missing values (first in row {first}).",
                node=step.origin.node,
                column=name,
                hint="Fill them with Impute or drop these rows first.",
                code="missing_values",
            )


def keep_training_rows(state: Evaluation, step: TrainingRowsStep) -> None:
    kept = step.function(state.train[list(step.reads)], **step.arguments)
    state.train = state.train.loc[state.train.index.isin(kept.index)]
    state.fitted.append(None)
    state.trace.append({str(name): (str(name),) for name in state.train.columns})


def join_columns(made: pd.DataFrame, frame: pd.DataFrame, taken: tuple[str, ...], step: LearnedStep) -> pd.DataFrame:
    """Transformed columns first, then the rest: the order that scikit-learn's ColumnTransformer gives."""
    rest = frame.drop(columns=list(taken))
    clash = [str(name) for name in made.columns if name in rest.columns]
    if clash:
        one = len(clash) == 1
        raise NodeError(
            f"This step makes {'a column' if one else 'columns'} named {quoted(clash)},"
            f" but there {'is one' if one else 'are such'} already.",
            node=step.origin.node,
            column=clash[0],
            hint=f"Rename the {'column that is' if one else 'columns that are'} there.",
            code="name_clash",
        )
    return pd.concat([made, rest], axis=1)


def learned_lineage(fitted: Fitted, outputs: list[str], before: list[str]) -> Lineage:
    """Column after -> columns before, in the order after. Outputs of a step that mixes columns come from all inputs."""
    taken = set(fitted.columns)
    rest: Lineage = {name: (name,) for name in before if name not in taken}
    if not fitted.step.columnwise:
        kept = set(outputs) <= taken
        return {name: (name,) if kept else fitted.columns for name in outputs} | rest
    counts = fitted.step.outputs(fitted.transformer) if fitted.step.outputs else [1] * len(fitted.columns)
    if sum(counts) != len(outputs):
        raise AssertionError(f"{fitted.step.name}: {counts} outputs announced, {len(outputs)} made")
    sources = [name for name, count in zip(fitted.columns, counts, strict=True) for _ in range(count)]
    return {output: (source,) for output, source in zip(outputs, sources, strict=True)} | rest


def protected_columns(program: tuple[Step, ...], target: str | None) -> list[frozenset[str]]:
    """For each step, the columns before it that make the target: learned steps leave them alone.

    Walks the program backwards from the target through stateless steps; a learned step does not touch them.
    """
    wanted: frozenset[str] = frozenset() if target is None else frozenset({target})
    protected: list[frozenset[str]] = []
    for step in reversed(program):
        if isinstance(step, StatelessStep):
            wanted = frozenset(source for name in wanted for source in step.sources_of(name))
        protected.append(wanted)
    return protected[::-1]


def target_names(program: tuple[Step, ...], target: str | None) -> list[str | None]:
    """For each step, what the target is called before it: a later step may rename it."""
    names: list[str | None] = []
    for step in reversed(program):
        if target is not None and isinstance(step, StatelessStep) and step.effect == "rename":
            (target,) = step.sources_of(target)
        names.append(target)
    return names[::-1]


# What libraries say of data, and what it means for a person.
IN_WORDS = (
    ("No feature in X meets the variance threshold", "none of them varies more than asked for, so none would be left."),
    ("cannot be greater than the number of members in each class", "a class has fewer rows than there are folds."),
    ("greater than the number of samples", "there are fewer rows than folds."),
    ("contains infinity", "some values are too large to compute with."),
    ("infs or NaNs", "some values are too large to compute with."),
    ("Input data contains `inf`", "some values are too large to compute with."),
    ("contains NaN", "there are missing values."),
)


def first_sentence(error: Exception) -> str:
    """What an error says, as one sentence for people."""
    text = str(error).strip().split("\n")[0]
    for part, words in IN_WORDS:
        if part in text:
            return words
    text = text if len(text) <= 300 else text[:297] + "…"
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
