"""Statements that learn: transformers, the Pipeline they form, models, and explicit steps where no Pipeline will do."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sklearn.compose import make_column_selector

from flowza.engine.columns import Selector
from flowza.engine.export.frames import State, formula, stateless, write_state
from flowza.engine.export.layout import layout
from flowza.engine.export.outline import Outline, TailStep
from flowza.engine.export.writer import Writer
from flowza.engine.operations.formula import apply_formula
from flowza.engine.operations.scripts import change_columns, learn
from flowza.engine.recipe import LearnedStep, StatelessStep, TrainingRowsStep


@dataclass(frozen=True)
class Learned:
    """How a script calls what was learned from a table.

    train, test: expressions of (features, labels) as the object named `fitted` takes them; labels may be empty, test
    None. prepare: name of the function that does explicit steps; empty when a Pipeline does them.
    """

    state: State
    outline: Outline
    fitted: str
    train: tuple[str, str]
    test: tuple[str, str] | None
    prepare: str = ""


def features_of(writer: Writer, outline: Outline, frame: str) -> str:
    return frame if outline.target is None else f"{frame}.drop(columns=[{writer.target(outline.target)}])"


def labels_of(writer: Writer, outline: Outline, frame: str) -> str:
    return "" if outline.target is None else f"{frame}[{writer.target(outline.target)}]"


def given(*arguments: str) -> str:
    return ", ".join(argument for argument in arguments if argument)


# Pipelines


def write_model(writer: Writer, node: str, estimator: Any, outline: Outline, state: State, supervised: bool) -> Learned:
    """Define and fit a model on the training rows of the state."""
    write_state(writer, state)
    name = writer.names.variable(node)
    made = writer.literals.constructor(estimator)
    if not outline.in_pipeline:
        return write_explicit_model(writer, node, name, made, outline, state, supervised)
    steps = pipeline_steps(writer, outline)
    value = pipeline(writer, [*steps, f'("{estimator_name(estimator)}", {made})']) if steps else made
    train = (features_of(writer, outline, state.train), labels_of(writer, outline, state.train))
    fit = f"{name}.fit({given(*train)})" if steps or supervised else f"{name}.fit({train[0]})"
    writer.add(node, f"{name} = {value}", *fitted_on_one_thread(writer, estimator, fit))
    if steps and (state.parts is None or not supervised):
        # What fit_transform makes of training rows may differ from transform, in the last digit or by design.
        prepared = writer.claimed("prepared", f"prepared {node}")
        writer.add(node, f"{prepared} = {name}[:-1].fit_transform({given(*train)})")
        return Learned(state, outline, f"{name}[-1]", (prepared, train[1]), None)
    test = None
    if state.parts is not None:
        test = (features_of(writer, outline, state.parts[1]), labels_of(writer, outline, state.parts[1]))
    return Learned(state, outline, name, train, test)


def whole_model(learned: Learned) -> str:
    """The model with all its steps, of what a Pipeline does."""
    return learned.fitted.removesuffix("[-1]")


def estimator_name(estimator: Any) -> str:
    return "cluster" if getattr(estimator, "_estimator_type", "") == "clusterer" else "model"


def fitted_on_one_thread(writer: Writer, estimator: Any, fit: str) -> list[str]:
    """k-means adds up a centre's rows in changing order when it has several threads."""
    if type(estimator).__name__ != "KMeans":
        return [fit]
    writer.imported("threadpoolctl", "threadpool_limits")
    return [f'with threadpool_limits(limits=1, user_api="openmp"):\n    {fit}']


def pipeline(writer: Writer, steps: Sequence[str]) -> str:
    writer.imported("sklearn.pipeline", "Pipeline")
    return f"Pipeline([{', '.join(steps)}])"


def pipeline_steps(writer: Writer, outline: Outline) -> list[str]:
    """`("name", transformer)` of each step of the tail; transformers are variables in their steps' sections."""
    found = []
    active = [item for item in outline.tail if item.columns or not isinstance(item.step, LearnedStep)]
    counts = Counter(item.step.origin.node for item in active)
    for item in active:
        variable = transformer_variable(writer, item, counts[item.step.origin.node] > 1)
        use = variable
        if variable in writer.fitted:
            use = f"{writer.imported('sklearn.base', 'clone')}({variable})"
        writer.fitted.add(variable)
        found.append(f'("{variable}", {use})')
    return found


def transformer_variable(writer: Writer, item: TailStep, several: bool) -> str:
    """The variable of a step's transformer; steps that are equal and work on equal columns share it.

    several: whether the node has more steps than this one.
    """
    step = item.step
    source = column_transformer(writer, item) if isinstance(step, LearnedStep) else function_transformer(writer, item)
    key = json.dumps([step.spec(), source], sort_keys=True, default=repr)
    if key not in writer.transformers:
        node = step.origin.node
        wish = f"{node} {step.name}" if several and isinstance(step, LearnedStep) else node
        name = writer.names.variable(wish)
        writer.transformers[key] = name
        writer.add(node, f"{name} = {source}")
    return writer.transformers[key]


def column_transformer(writer: Writer, item: TailStep) -> str:
    step = item.step
    if not isinstance(step, LearnedStep):
        raise AssertionError("only learned steps have transformers")
    writer.imported("sklearn.compose", "ColumnTransformer")
    inside = f'("{step.name}", {writer.literals.constructor(step.transformer)}, {columns_of(writer, item)})'
    return f'ColumnTransformer([{inside}], remainder="passthrough", verbose_feature_names_out=False)'


def columns_of(writer: Writer, item: TailStep) -> str:
    """A selector of dtypes where the step chose by type and the selector chooses the same, else names."""
    step = item.step
    open_columns = item.before.drop(columns=[name for name in item.protected if name in item.before.columns])
    if isinstance(step, LearnedStep) and isinstance(step.columns, Selector):
        selector = make_column_selector(dtype_include=step.columns.dtypes)
        if tuple(selector(open_columns)) == item.columns:
            return writer.literal(selector)
    return writer.literal(list(item.columns))


def function_transformer(writer: Writer, item: TailStep) -> str:
    """A stateless step between learned ones."""
    step = item.step
    if not isinstance(step, StatelessStep):
        raise AssertionError("only stateless steps are functions")
    writer.imported("sklearn.preprocessing", "FunctionTransformer")
    if step.function is apply_formula:
        return f"FunctionTransformer({formula_function(writer, step, item.before)})"
    name = writer.named(step.function)
    if step.effect != "map":
        arguments = without(dict(step.arguments), item.protected)
        return f"FunctionTransformer({name}, kw_args={writer.literal(arguments)})"
    given_arguments = f'{{"function": {name}, "columns": {writer.columns(step.reads)}, "arguments": '
    given_arguments += f"{writer.literal(dict(step.arguments))}}}"
    return f"FunctionTransformer({writer.named(change_columns)}, kw_args={given_arguments})"


def without(arguments: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
    """Arguments of a selection whose frame lacks the target."""
    return {
        key: [item for item in value if item not in names] if isinstance(value, list) else value
        for key, value in arguments.items()
    }


def formula_function(writer: Writer, step: StatelessStep, sample: pd.DataFrame) -> str:
    name = writer.names.variable(f"add {step.arguments['name']}")
    body = layout(f"return {formula(writer, step, 'frame', sample)}", "    ")
    writer.add(step.origin.node, f"def {name}(frame):\n{body}")
    return name


# Explicit steps


def write_explicit_model(
    writer: Writer, node: str, name: str, made: str, outline: Outline, state: State, supervised: bool
) -> Learned:
    """Where steps drop training rows or make the target, both parts go through them one by one."""
    prepare = write_prepare(writer, node, outline, state)
    train, test = writer.names.variable(f"{node} train"), writer.names.variable(f"{node} test")
    parts = f"{state.parts[0]}, {state.parts[1]}" if state.parts else f"{state.frame}, {state.frame}.iloc[:0]"
    features = features_of(writer, outline, train)
    labels = labels_of(writer, outline, train)
    writer.add(
        node,
        f"{train}, {test} = {prepare}({parts})",
        f"{name} = {made}",
        f"{name}.fit({given(features, labels if supervised else '')})",
    )
    held = (features_of(writer, outline, test), labels_of(writer, outline, test)) if state.parts else None
    return Learned(state, outline, name, (features, labels), held, prepare)


def write_prepare(writer: Writer, node: str, outline: Outline, state: State) -> str:
    """A function that fits each step on the training rows and applies it to both parts; gives its name."""
    name = writer.names.variable(f"prepare {node}")
    lines = [line for item in outline.tail for line in explicit_lines(writer, item, outline)]
    body = "\n".join(layout(line, "    ") for line in [*lines, "return train, test"])
    docstring = '    """Fit each step on the training rows and apply it to both parts."""'
    writer.add(node, f"def {name}(train, test):\n{docstring}\n{body}")
    return name


def explicit_lines(writer: Writer, item: TailStep, outline: Outline) -> list[str]:
    step = item.step
    if isinstance(step, TrainingRowsStep):
        function = writer.named(step.function)
        kept = f"{function}(train[{writer.columns(step.reads)}]{writer.arguments(step.arguments)}).index"
        return [f"train = train.loc[train.index.isin({kept})]"]
    if isinstance(step, StatelessStep):
        return [f"train, test = ({stateless(writer, step, 'part', item.before)} for part in (train, test))"]
    if not item.columns:
        return []
    columns = columns_of(writer, item)
    if columns.startswith("make_column_selector"):
        hidden = [name for name in item.before.columns if name in item.protected]
        columns += f"(train.drop(columns={writer.columns(hidden)}))" if hidden else "(train)"
    known = outline.target is not None and outline.target in item.before.columns
    labels = f"train[{writer.target(outline.target)}]" if known and outline.target is not None else ""
    arguments = given(writer.literals.constructor(step.transformer), columns, "train", "test", labels)
    return [f"train, test = {writer.named(learn)}({arguments})"]


# Tables


def write_table(writer: Writer, node: str, outline: Outline, state: State) -> str:
    """Write a whole table, all rows in their order and with the target; gives its variable or expression."""
    write_state(writer, state)
    if not outline.tail:
        if state.parts is None:
            return state.frame
        writer.imports.module("pandas", "pd")
        name = writer.names.variable(f"{node} table")
        writer.add(node, f"{name} = {state.whole}")
        return name
    name = writer.names.variable(f"{node} table")
    writer.imports.module("pandas", "pd")
    if not outline.in_pipeline:
        prepare = write_prepare(writer, node, outline, state)
        parts = f"{state.parts[0]}, {state.parts[1]}" if state.parts else f"{state.frame}, {state.frame}.iloc[:0]"
        writer.add(node, f"{name} = pd.concat({prepare}({parts})).sort_index()")
        return name
    preparation = writer.names.variable(f"{node} preparation")
    steps = pipeline_steps(writer, outline)
    if not steps:
        writer.add(node, f"{name} = {state.whole}")
        return name
    train = (features_of(writer, outline, state.train), labels_of(writer, outline, state.train))
    writer.add(node, f"{preparation} = {pipeline(writer, steps)}")
    learned = f"{preparation}.fit_transform({given(*train)})"
    if state.parts is None:
        writer.add(node, f"{name} = {learned}")
    else:
        test = features_of(writer, outline, state.parts[1])
        writer.add(node, f"{name} = pd.concat([{learned}, {preparation}.transform({test})]).sort_index()")
    put_target_back(writer, node, name, outline, state)
    return name


def put_target_back(writer: Writer, node: str, name: str, outline: Outline, state: State) -> None:
    if outline.target is None:
        return
    place = outline.columns.index(outline.target)
    target = writer.target(outline.target)
    writer.add(node, f"{name}.insert({place}, {target}, {state.whole}[{target}])")
