"""Whether metrics of two runs compare: only those measured on the same rows do, and otherwise the reason is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from apps.accounts.templatetags.flowza import number
from apps.runs.models import RunInput

Measured = Mapping[str, Any]
"""What flowza.engine.measured.MeasuredRows.as_dict gives."""

ROLES = {"test": "test rows", "train": "training rows", "folds": "folds", "clustered": "rows"}
SPLIT_WORDS = {
    "seed": "seed",
    "test_size": "test share",
    "column": "column that tells the time",
    "shuffle": "order by lot",
    "stratify": "stratified by",
    "folds": "folds",
    "method": "how rows are divided",
}


def differences(
    one: Measured | None, other: Measured | None, data: Sequence[RunInput], other_data: Sequence[RunInput]
) -> list[str]:
    """Why metrics of `other` do not compare with those of `one`, in words; [] where they do. data: what each read."""
    if one is None or other is None:
        return ["it is not known which rows were measured"]
    if one["digest"] == other["digest"]:
        return []
    return [
        *subject_differences(one, other),
        *data_differences(one, other, data, other_data),
        *row_differences(one, other),
    ] or ["the rows are not the same"]


def subject_differences(one: Measured, other: Measured) -> list[str]:
    found = []
    if one["target"] != other["target"] or one["task"] != other["task"]:
        return [f"it predicts '{other['target']}' instead of '{one['target']}'"]
    if one["positive"] != other["positive"]:
        found.append(f"the positive class is '{other['positive']}' instead of '{one['positive']}'")
    if one["role"] != other["role"]:
        found.append(f"it was measured on {ROLES[other['role']]} instead of {ROLES[one['role']]}")
    return found


def data_differences(
    one: Measured, other: Measured, data: Sequence[RunInput], other_data: Sequence[RunInput]
) -> list[str]:
    if one["source"] == other["source"]:
        return []
    old, new = ([str(read) for read in inputs] for inputs in (data, other_data))
    if old and new and old != new:
        return [f"it read {', '.join(new)} instead of {', '.join(old)}"]
    return ["it read other data"]


def row_differences(one: Measured, other: Measured) -> list[str]:
    """Why the rows of the same data differ. The split and the row steps are compared as they were, not guessed."""
    found = []
    if one["split"] != other["split"]:
        found.append(split_words(one["split"], other["split"]))
    if one["row_steps"] != other["row_steps"] and one["positions"] != other["positions"]:
        counts = "" if one["rows"] == other["rows"] else f" ({number(other['rows'])} instead of {number(one['rows'])})"
        found.append(f"its steps keep other rows{counts}")
    if not found and one["source"] == other["source"]:
        if one["positions"] != other["positions"]:
            counts = f"{number(other['rows'])} instead of {number(one['rows'])}"
            found.append(f"other rows were left for it to measure ({counts})")
        elif one["truth"] != other["truth"]:
            clustered = one["role"] == "clustered"
            seen = "the columns or their scales" if clustered else f"the values of '{one['target']}'"
            found.append(f"{seen} are not the same")
    return found


def split_words(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    if not one or not other:
        return "it has no Split" if not other else "it has a Split and the other has none"
    if one.get("column") != other.get("column"):
        return f"the rows were divided {way_of(other)} instead of {way_of(one)}"
    changed = [
        f"{SPLIT_WORDS.get(name, name)} {said(other.get(name))} instead of {said(one.get(name))}"
        for name in dict.fromkeys((*one, *other))
        if one.get(name) != other.get(name) and name != "fold_seed"
    ]
    return f"the rows were divided differently ({', '.join(changed)})"


def way_of(split: Mapping[str, Any]) -> str:
    """By what rows become training or test rows: time, or a lot that may keep the shares of a column's values."""
    if split.get("column"):
        return f"by the time in '{split['column']}'"
    return "by lot" if split.get("shuffle", True) else "in their order"


def said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "nothing" if value is None else str(value)
