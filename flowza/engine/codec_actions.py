"""What was done with a table, as JSON and back."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd

from flowza.engine.catalogue import find
from flowza.engine.columns import Selector
from flowza.engine.errors import StoreError
from flowza.engine.node import LearnedNode
from flowza.engine.params import parse_params
from flowza.engine.recipe import (
    Action,
    LearnedStep,
    LoadAction,
    Origin,
    RowStep,
    SplitAction,
    StatelessStep,
    TargetAction,
    TrainingRowsStep,
    function_name,
)

OPERATIONS = "flowza.engine.operations."


def action_to_json(action: Action) -> dict[str, Any]:
    common = {"type": type(action).__name__, "origin": vars(action.origin)}
    match action:
        case LoadAction():
            return {**common, "key": action.key}
        case LearnedStep():
            return {**common, "name": action.name, "columns": columns_to_json(action)}
        case TargetAction():
            return {
                **common,
                "target": action.target,
                "positive": plain(action.positive),
                "dropped": action.dropped,
            }
        case SplitAction():
            return {**common, "arguments": dict(action.arguments)}
        case StatelessStep():
            extra: dict[str, Any] = {
                "effect": action.effect,
                "makes": list(action.makes),
                "columnwise": action.columnwise,
            }
        case RowStep():
            extra = {"only": action.only}
        case TrainingRowsStep():
            extra = {}
    called = {
        "function": function_name(action.function),
        "arguments": dict(action.arguments),
        "reads": list(action.reads),
    }
    return {**common, **called, **extra}


def columns_to_json(step: LearnedStep) -> dict[str, Any]:
    chosen = step.columns
    return {"types": list(chosen.types)} if isinstance(chosen, Selector) else {"names": list(chosen)}


def action_from_json(stored_action: dict[str, Any], seed: int) -> Action:
    values = dict(stored_action)
    kind = values.pop("type")
    origin = Origin(**values.pop("origin"))
    if kind == "LoadAction":
        return LoadAction(origin, values["key"])
    if kind == "TargetAction":
        return TargetAction(origin, values["target"], values["positive"], values["dropped"])
    if kind == "SplitAction":
        return SplitAction(origin, values["arguments"])
    if kind == "LearnedStep":
        return learned_step(origin, values["name"], values["columns"], seed)
    function, arguments, reads = operation(values["function"]), values["arguments"], tuple(values["reads"])
    if kind == "StatelessStep":
        return StatelessStep(
            origin, function, arguments, values["effect"], reads, tuple(values["makes"]), values["columnwise"]
        )
    if kind == "RowStep":
        return RowStep(origin, function, arguments, reads, values["only"])
    if kind == "TrainingRowsStep":
        return TrainingRowsStep(origin, function, arguments, reads)
    raise StoreError(f"Unknown action '{kind}'.")


def operation(name: str) -> Callable[..., pd.DataFrame]:
    """A plain function of `flowza.engine.operations`, and of nowhere else."""
    module, _, function = name.partition(":")
    if not module.startswith(OPERATIONS) or not function.isidentifier():
        raise StoreError(f"'{name}' is not an operation.")
    found: Callable[..., pd.DataFrame] = getattr(importlib.import_module(module), function)
    return found


def made_node(origin: Origin) -> Any:
    cls = find(origin.kind)
    if cls is None:
        raise StoreError(f"There is no kind of step '{origin.kind}' any more.")
    params, problems = parse_params(cls.Params, json.loads(origin.params), origin.node)
    if params is None:
        raise StoreError(problems[0].message)
    return cls(origin.node, params)


def learned_step(origin: Origin, name: str, columns: dict[str, Any], seed: int) -> LearnedStep:
    node = made_node(origin)
    if not isinstance(node, LearnedNode):
        raise StoreError(f"'{origin.kind}' does not learn.")
    step = next((step for step in node.learned_steps(seed) if step.name == name), None)
    if step is None:
        raise StoreError(f"'{origin.kind}' has no part '{name}' any more.")
    chosen = Selector(tuple(columns["types"])) if "types" in columns else tuple(columns["names"])
    return replace(step, columns=chosen)


def plain(value: Any) -> Any:
    """A numpy scalar as the Python value it holds."""
    return value.item() if hasattr(value, "item") else value
