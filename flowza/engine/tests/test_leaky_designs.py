"""Leaky designs are warned of, refused, or cannot do harm."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from flowza.engine.errors import NodeError
from flowza.engine.tests.customers import (
    MODEL,
    SOURCE,
    SPLIT,
    TARGET,
    Steps,
    advice_on,
    customers,
    encoded,
    serious,
    told,
)
from flowza.engine.tests.graphs import DATA, Frames, chain, edge, evaluate


def churn_with(**columns: Any) -> Callable[[], pd.DataFrame]:
    def make() -> pd.DataFrame:
        frame = customers()
        made = {name: value(frame) if callable(value) else value for name, value in columns.items()}
        return frame.assign(**made)

    return make


def twice(frame: pd.DataFrame, share: float) -> pd.DataFrame:
    more = frame.sample(frac=share, random_state=1)
    return pd.concat([frame, more], ignore_index=True).sample(frac=1, random_state=2).reset_index(drop=True)


def oversampled() -> pd.DataFrame:
    frame = customers(300)
    return pd.concat([frame, frame, frame, frame], ignore_index=True)


def prices(rows: int = 500) -> pd.DataFrame:
    random = np.random.default_rng(5)
    size = random.normal(90, 25, rows).round(1)
    price = (size * 3000 + random.normal(0, 40_000, rows)).round()
    return pd.DataFrame({"size": size, "rooms": random.integers(1, 6, rows), "price": price})


PRICED: Steps = [("csv", {"dataset": DATA, "target": "price"}), SPLIT, ("linear_regression", {}), ("evaluate", {})]
LEAKS: dict[str, tuple[dict[str, Any], Callable[[], pd.DataFrame], str, str]] = {
    "the answer as 0 and 1": (
        encoded(),
        churn_with(left=lambda frame: (frame["churned"] == "yes").astype(int)),
        "equals_target",
        "left",
    ),
    "the answer in other words": (
        encoded(),
        churn_with(state=lambda frame: frame["churned"].map({"yes": "gone", "no": "here"})),
        "equals_target",
        "state",
    ),
    "the answer as true and false": (
        encoded(),
        churn_with(flag=lambda frame: frame["churned"] == "yes"),
        "equals_target",
        "flag",
    ),
    "a renamed copy of the answer": (
        encoded(("rename", {"names": [{"column": "left", "name": "colour"}]})),
        churn_with(left=lambda frame: frame["churned"]),
        "equals_target",
        "left",
    ),
    "the price in cents": (
        chain(*PRICED),
        lambda: prices().assign(cents=lambda f: f["price"] * 100),
        "equals_target",
        "cents",
    ),
    "the price with tax": (
        chain(*PRICED),
        lambda: prices().assign(gross=lambda f: f["price"] * 1.19 + 2),
        "equals_target",
        "gross",
    ),
    "a reason that only those who left have": (
        encoded(("impute", {})),
        churn_with(churn_reason=lambda f: np.where(f["churned"] == "yes", f["spend"].rank() % 4, -1).astype(float)),
        "strong_feature",
        "churn_reason",
    ),
    "a number that counts up": (encoded(), churn_with(customer=np.arange(600)), "id_like", "customer"),
    "a number named id": (
        encoded(),
        churn_with(customer_id=np.random.default_rng(1).permutation(10**6)[:600]),
        "id_like",
        "customer_id",
    ),
    "a text that nobody shares": (
        encoded(),
        churn_with(mail=[f"a{place}@example.org" for place in range(600)]),
        "id_like",
        "mail",
    ),
    "rows recorded twice": (encoded(), lambda: twice(customers(), 0.3), "duplicates", ""),
    "rows multiplied before the split": (encoded(), oversampled, "duplicates", ""),
    "a test on the rows that were learned from": (
        chain(TARGET, ("one_hot", {}), MODEL, ("evaluate", {})),
        customers,
        "no_split",
        "",
    ),
    "classes of three rows": (
        encoded(),
        churn_with(churned=["a"] * 400 + ["b"] * 197 + ["c"] * 3),
        "small_class",
        "churned",
    ),
    "a rare class, not stratified": (
        chain(TARGET, ("one_hot", {}), ("split", {"stratify": "no"}), MODEL),
        churn_with(churned=["a"] * 570 + ["b"] * 30),
        "unstratified",
        "churned",
    ),
}


@pytest.mark.parametrize("name", LEAKS)
def test_a_leaky_design_is_warned_of(name: str, tmp_path: Path) -> None:
    graph, make, code, column = LEAKS[name]
    found = serious(advice_on(graph, make(), tmp_path))
    assert code in {advice.code for advice in found}, found
    first = told(found, code)[0]
    assert first.column == column
    assert first.mend


# Leaky designs that the engine refuses, which the dry run tells beforehand

NUMBERS = ("select", {"mode": "drop", "columns": ["plan"]})
REFUSED: dict[str, tuple[dict[str, Any], Callable[[], pd.DataFrame], str, str]] = {
    "a feature that the target is computed from": (
        chain(
            SOURCE,
            ("formula", {"name": "dear", "expression": "if(spend > 20, 'yes', 'no')"}),
            ("select", {"mode": "drop", "columns": ["plan", "churned"]}),
            ("split", {"target": "dear"}),
            MODEL,
        ),
        customers,
        "computed_from_target",
        "spend",
    ),
    "a feature that is computed from the target": (
        chain(
            TARGET, NUMBERS, ("formula", {"name": "hint", "expression": "if(churned == 'yes', calls, 0)"}), SPLIT, MODEL
        ),
        customers,
        "computed_from_target",
        "hint",
    ),
    "a feature that is computed from the target in two steps": (
        chain(
            TARGET,
            NUMBERS,
            ("formula", {"name": "one", "expression": "if(churned == 'yes', calls, 0)"}),
            ("formula", {"name": "two", "expression": "one + calls"}),
            ("select", {"mode": "drop", "columns": ["one"]}),
            SPLIT,
            MODEL,
        ),
        customers,
        "computed_from_target",
        "two",
    ),
    "a second split": (chain(TARGET, NUMBERS, SPLIT, ("split", {}), MODEL), customers, "split_twice", ""),
    "rows chosen by what was learned from all of them": (
        chain(
            TARGET,
            NUMBERS,
            ("normalise", {}),
            ("filter", {"conditions": [{"column": "spend", "operator": "<", "value": "2"}]}),
            SPLIT,
            MODEL,
        ),
        customers,
        "rows_before_split",
        "spend",
    ),
    "the last rows as test of a sorted table": (
        chain(TARGET, NUMBERS, ("split", {"shuffle": False}), MODEL),
        lambda: customers().sort_values("churned").iloc[:330].reset_index(drop=True),
        "one_class",
        "churned",
    ),
    "two targets": (chain(TARGET, NUMBERS, ("split", {"target": "calls"}), MODEL), customers, "two_targets", "calls"),
    "target encoding before the target is known": (
        chain(SOURCE, ("target_encode", {}), ("split", {"target": "churned"}), MODEL),
        customers,
        "no_target",
        "",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_leaky_design_is_refused_and_the_dry_run_says_so(name: str, tmp_path: Path) -> None:
    graph, make, code, column = REFUSED[name]
    errors = [advice for advice in advice_on(graph, make(), tmp_path) if advice.level == "error"]
    assert [(advice.code, advice.column) for advice in errors] == [(code, column)]
    with pytest.raises(NodeError) as caught:
        run_all(graph, make(), tmp_path)
    assert caught.value.code == code


def run_all(graph: dict[str, Any], frame: pd.DataFrame, folder: Path) -> dict[str, Any]:
    return evaluate(graph, Frames(folder, {DATA: frame}))


def test_answers_of_a_model_on_its_own_rows_are_refused_as_features(tmp_path: Path) -> None:
    graph = chain(TARGET, NUMBERS, SPLIT, MODEL)
    graph["nodes"] += [
        {"id": "predict", "kind": "predict"},
        {"id": "narrow", "kind": "select", "params": {"mode": "drop", "columns": ["plan", "prediction"]}},
        {"id": "second", "kind": "logistic_regression", "params": {"target": "churned"}},
    ]
    graph["edges"] += [
        edge("logistic_regression", "model", "predict", "model"),
        edge("csv", "table", "predict", "table"),
        edge("predict", "table", "narrow", "table"),
        edge("narrow", "table", "second", "table"),
    ]
    with pytest.raises(NodeError) as caught:
        run_all(graph, customers(), tmp_path)
    assert caught.value.code == "in_sample"


# Leaky designs that cannot do harm


def test_naming_the_target_among_the_columns_to_scale_leaves_it_alone(tmp_path: Path) -> None:
    steps: Steps = [PRICED[0], ("normalise", {"columns": ["size", "price"]}), SPLIT, ("linear_regression", {})]
    outputs = run_all(chain(*steps), prices(), tmp_path)
    table = outputs["split"]
    assert table.frame["price"].tolist() == prices()["price"].tolist()
    assert outputs["linear_regression"].features == ["size", "rooms"]


def test_encoding_the_target_leaves_it_alone(tmp_path: Path) -> None:
    steps: Steps = [("one_hot", {"columns": ["plan", "churned"]}), SPLIT, MODEL]
    outputs = run_all(chain(TARGET, *steps), customers(), tmp_path)
    assert outputs["split"].frame["churned"].tolist() == customers()["churned"].tolist()
    assert not [name for name in outputs["logistic_regression"].features if "churned" in name]


def test_scaling_before_the_split_learns_from_training_rows(tmp_path: Path) -> None:
    before = run_all(chain(TARGET, NUMBERS, ("normalise", {}), SPLIT), customers(), tmp_path)["split"]
    after = run_all(chain(TARGET, NUMBERS, SPLIT, ("normalise", {})), customers(), tmp_path)["normalise"]
    pd.testing.assert_frame_equal(before.frame, after.frame)


def test_a_model_is_never_given_its_target(tmp_path: Path) -> None:
    late = chain(SOURCE, ("one_hot", {"columns": ["plan"]}), SPLIT, ("logistic_regression", {"target": "churned"}))
    model = run_all(late, customers(), tmp_path)["logistic_regression"]
    assert "churned" not in model.features
    assert "churned" not in [column.name for column in model.signature.inputs]
