"""Train: checks before the fit, the backward slice of the recipe, the fit, and what the model remembers."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from sklearn.base import clone

from flowza.engine.columns import column_type, column_types, quoted
from flowza.engine.errors import NodeError
from flowza.engine.evaluation import Evaluation, Fitted, first_sentence
from flowza.engine.model import (
    FittedParts,
    Holdout,
    Model,
    Predictions,
    RawColumn,
    RecipeStep,
    Signature,
    Task,
    predictions,
)
from flowza.engine.recipe import LearnedStep, StatelessStep, Step, TrainingRowsStep, row_number
from flowza.engine.table import Table

MAX_CATEGORIES = 1000


def train(
    table: Table,
    estimator: Any,
    *,
    node: str,
    name: str,
    task: Task,
    allows_missing: bool,
) -> Model:
    """Fit `estimator` (not fitted) on the table's training rows.

    Lets go of the table before the fit: a caller that holds it no more leaves its memory to the estimator. Raises
    NodeError when the rows, the target or the features cannot be learned from.
    """
    started = time.perf_counter()
    features = table.features
    if not features:
        raise NodeError(
            "There are no columns to learn from.",
            node=node,
            hint="Keep at least one column beside the target.",
        )
    if not len(table.train):
        raise NodeError("There are no training rows.", node=node, code="no_rows")
    refuse_in_sample_predictions(table, node)
    if table.target is not None and task != "clustering":
        check_target(table.train[table.target], task, node)
        refuse_features_from_target(table, node)
    # Folds learn from the whole table: which columns a selection takes is not known to them.
    described = table.described()
    lesson = lesson_of(table, features, task)
    del table
    check_features(lesson.features, allows_missing, node)
    fitted = fit(estimator, lesson.features, lesson.labels, node)
    parts = FittedParts(lesson.recipe, fitted)
    holdout = holdout_of(lesson, fitted, task)
    signature = signature_of(lesson, fitted, task)
    return Model(
        node=node,
        task=task,
        name=name,
        features=features,
        signature=signature,
        table=described,
        training_rows=len(lesson.features),
        estimator_template=estimator,
        parts=lambda: parts,
        load_holdout=lambda: holdout,
        baseline=None if lesson.labels is None else baseline_of(lesson.labels, signature, task),
        seconds=time.perf_counter() - started,
        notes=described.notes,
    )


@dataclass(frozen=True)
class Lesson:
    """What training takes from a table. features: (n, p), the training rows; labels: (n,), None for a clustering.

    asked and truth: features and target of the rows that the model is then asked about, which are the test rows or,
    without a Split, the training rows.
    """

    features: pd.DataFrame
    labels: pd.Series | None
    recipe: tuple[RecipeStep, ...]
    inputs: list[RawColumn]
    target_type: str | None
    positive: Any
    role: Literal["test", "train"] = "train"
    asked: pd.DataFrame | None = None
    truth: pd.Series | None = None


def lesson_of(table: Table, features: list[str], task: Task) -> Lesson:
    table, kept, raw_needed = sliced(table, features)
    part = table.train[features]
    target_type = None if table.target is None else column_type(table.train[table.target])
    inputs = raw_columns(table, raw_needed)
    common = (recipe_of(table, kept), inputs, target_type, table.positive)
    if task == "clustering":
        return Lesson(part, None, *common)
    labels = table.train[table.target]
    if table.roles is None:
        return Lesson(part, labels, *common, "train", part, labels)
    return Lesson(part, labels, *common, "test", table.test[features], table.test[table.target])


def fit(estimator: Any, features: pd.DataFrame, labels: pd.Series | None, node: str) -> Any:
    """Fit a clone. Raises NodeError with the estimator's own reason."""
    model = clone(estimator)
    try:
        return model.fit(features) if labels is None else model.fit(features, labels)
    except ValueError as error:
        raise NodeError(f"Training failed: {first_sentence(error)}", node=node, code="fit") from error


# Checks


def check_target(labels: pd.Series, task: Task, node: str) -> None:
    kind = column_type(labels)
    name = str(labels.name)
    if task == "regression":
        if kind not in ("number", "flag"):
            raise NodeError(
                f"'{name}' holds {kind}, and this step estimates a number.",
                node=node,
                column=name,
                hint="Choose a numeric column to predict, or a classification step.",
                code="target_type",
            )
        return
    if kind == "date":
        raise NodeError(f"'{name}' holds dates, which cannot be classes.", node=node, column=name, code="target_type")
    if kind == "number" and not (labels == labels.round()).all():
        raise NodeError(
            f"'{name}' holds numbers with decimals, so it is not a set of classes.",
            node=node,
            column=name,
            hint="Use a regression step, or make classes of it first.",
            code="target_type",
        )
    if labels.nunique() < 2:
        raise NodeError(
            f"'{name}' has only one class in the training rows ({labels.iloc[0]!r}), so there is nothing to learn.",
            node=node,
            column=name,
            hint="Check filters before this step, or choose another column.",
            code="one_class",
        )


def check_features(features: pd.DataFrame, allows_missing: bool, node: str) -> None:
    for name, kind in column_types(features).items():
        if kind in ("text", "date", "other"):
            present = features[name].dropna()
            example = f" (row {row_number(present.index[0])}: {str(present.iloc[0])[:40]!r})" if len(present) else ""
            hint = "Encode it with One-hot or Ordinal" if kind == "text" else "Take it apart with Date parts"
            raise NodeError(
                f"Column '{name}' has {kind}{example}; a model needs numbers.",
                node=node,
                column=str(name),
                hint=f"{hint}, or drop it before training.",
                code="not_numeric",
            )
    if allows_missing:
        return
    missing = [str(name) for name, dtype in features.dtypes.items() if dtype.kind == "f" and features[name].hasnans]
    if not missing:
        return
    first = missing[0]
    gaps = features[first].isna().to_numpy()
    row = row_number(features.index[gaps.argmax().item()])
    raise NodeError(
        f"{quoted(missing)} {'has' if len(missing) == 1 else 'have'} missing values"
        f" ({int(gaps.sum())} in '{first}', first in row {row}), which this model cannot take.",
        node=node,
        column=first,
        hint="Fill them with Impute or remove the rows with Drop nulls.",
        code="missing_values",
    )


def refuse_features_from_target(table: Table, node: str) -> None:
    raw = table.raw_lineage()
    forbidden = raw[str(table.target)]
    guilty = [name for name in table.features if raw[name] & forbidden]
    if guilty:
        raise NodeError(
            f"{quoted(guilty)} {'is' if len(guilty) == 1 else 'are'} computed from the target '{table.target}'"
            f" (both from {quoted(sorted(forbidden & raw[guilty[0]]))}), so the model would be told the answer.",
            node=node,
            column=guilty[0],
            hint="Drop it before training.",
            code="computed_from_target",
        )


def refuse_in_sample_predictions(table: Table, node: str) -> None:
    """A model's answers for rows that it learned from know the truth of these rows."""
    if not table.source.in_sample:
        return
    raw, predicted = table.raw_lineage(), frozenset(table.source.predicted)
    guilty = [name for name in table.features if raw[name] & predicted]
    if guilty:
        raise NodeError(
            f"{quoted(guilty)} {'holds' if len(guilty) == 1 else 'hold'} answers of a model for rows that it"
            " was trained on, so a model that learns from them would be told the truth in part.",
            node=node,
            column=guilty[0],
            hint="Drop it before training.",
            code="in_sample",
        )


# The backward slice


def sliced(table: Table, features: list[str]) -> tuple[Table, list[int], list[str]]:
    """What the features need: the table (evaluated again where a learned step must leave columns away), the indices of
    the steps of its program that stay, and the raw columns, in the source's order."""
    state = table.evaluation
    kept, narrowed, raw = backward(table.program, state, features)
    if narrowed:
        program = {index: replace(step, columns=columns) for index, (step, columns) in narrowed.items()}
        steps = iter(program.get(index, step) for index, step in enumerate(table.program))
        history = tuple(next(steps) if action in table.program else action for action in table.history)
        table = replace(table.described(), source=table.source, history=history).table()
        kept, _, raw = backward(table.program, table.evaluation, features)
    order = [str(name) for name in table.source.frame.columns]
    return table, kept, [name for name in order if name in raw]


def backward(
    program: tuple[Step, ...], state: Evaluation, features: list[str]
) -> tuple[list[int], dict[int, tuple[LearnedStep, tuple[str, ...]]], set[str]]:
    needed = set(features)
    kept: list[int] = []
    narrowed: dict[int, tuple[LearnedStep, tuple[str, ...]]] = {}
    for index in reversed(range(len(program))):
        step, lineage, fitted = program[index], state.trace[index], state.fitted[index]
        before = {source for name in needed for source in lineage[name]}
        if isinstance(step, TrainingRowsStep):
            continue
        if isinstance(step, StatelessStep):
            if step.effect != "select" and any(lineage[name] != (name,) or name in step.reads for name in needed):
                kept.append(index)
                before |= set(step.reads) if step.effect == "map" else set()
        elif fitted is not None and fitted.transformer is not None and before.intersection(fitted.columns):
            kept.append(index)
            if not step.columnwise:
                before |= set(fitted.columns)
            elif not before.issuperset(fitted.columns):
                narrowed[index] = (step, tuple(name for name in fitted.columns if name in before))
        needed = before
    return kept[::-1], narrowed, needed


def recipe_of(table: Table, kept: list[int]) -> tuple[RecipeStep, ...]:
    steps: list[RecipeStep] = []
    for index in kept:
        step, fitted = table.program[index], table.evaluation.fitted[index]
        if isinstance(fitted, Fitted):
            steps.append(fitted)
        elif isinstance(step, StatelessStep):
            steps.append(step)
    return tuple(steps)


# What the model remembers


def signature_of(lesson: Lesson, estimator: Any, task: Task) -> Signature:
    """From the training rows' raw columns, after row steps."""
    classes = None
    if task == "classification":
        classes = [value.item() if hasattr(value, "item") else value for value in estimator.classes_]
    target = None if lesson.labels is None else str(lesson.labels.name)
    return Signature(lesson.inputs, target, lesson.target_type, classes, lesson.positive)


def raw_columns(table: Table, names: list[str]) -> list[RawColumn]:
    """Described once for a table, however many models learn from it."""

    def describe() -> dict[str, RawColumn]:
        frame, labels = table.source.frame, table.train.index
        whole = len(labels) == len(frame)
        # One column at a time: the rows of all together would be a copy of the data.
        return {str(name): raw_column(frame[name] if whole else frame[name].loc[labels]) for name in frame.columns}

    known = table.once("raw_columns", describe)
    return [known[name] for name in names]


def raw_column(values: pd.Series) -> RawColumn:
    kind = column_type(values)
    nulls = bool(values.isna().any())
    name, dtype = str(values.name), str(values.dtype)
    if kind == "text":
        levels = values.dropna().unique().tolist()
        return RawColumn(name, kind, dtype, nulls, sorted(levels, key=str) if len(levels) <= MAX_CATEGORIES else None)
    if kind in ("number", "date", "flag") and values.notna().any():
        low, high = values.min(), values.max()
        if kind == "date":
            return RawColumn(name, kind, dtype, nulls, None, low.isoformat(), high.isoformat())
        return RawColumn(name, kind, dtype, nulls, None, float(low), float(high))
    return RawColumn(name, kind, dtype, nulls)


def holdout_of(lesson: Lesson, estimator: Any, task: Task) -> Holdout | None:
    if lesson.asked is None or lesson.truth is None:
        return None
    if not len(lesson.asked):
        empty = np.array([])
        return Holdout(lesson.role, lesson.truth, Predictions(empty, None, empty))
    return Holdout(lesson.role, lesson.truth, predictions(estimator, lesson.asked, task))


def baseline_of(labels: pd.Series, signature: Signature, task: Task) -> dict[str, Any]:
    """The answer that knows only the training target: mean, or most frequent class with the class shares."""
    if task == "regression":
        return {"value": float(labels.mean()), "probabilities": None}
    counts = labels.value_counts()
    shares = [float(counts.get(value, 0)) / len(labels) for value in signature.classes or []]
    return {"value": (signature.classes or [])[int(np.argmax(shares))], "probabilities": shares}
