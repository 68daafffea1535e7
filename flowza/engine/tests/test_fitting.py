"""What a template does to a table's columns, by what they hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from flowza.engine.fitting import Fitting, fitting, frame_facts
from flowza.engine.identifiers import is_id_like
from flowza.engine.templates import TEMPLATES

ROWS = 300


def base() -> pd.DataFrame:
    random = np.random.default_rng(5)
    return pd.DataFrame({"size": random.normal(0, 1, ROWS), "kind": random.choice(["a", "b"], ROWS)})


def fitted(frame: pd.DataFrame, target: str = "", keep: frozenset[str] = frozenset()) -> Fitting:
    facts = frame_facts(frame, target)
    return fitting(type(facts)(facts.rows, facts.columns, facts.target, keep))


def words(rows: int = ROWS) -> list[str]:
    random = np.random.default_rng(6)
    return [" ".join(random.choice(list("abcdefghijklmnop"), 8)) for _ in range(rows)]


REASONS: dict[str, tuple[list[Any], str]] = {
    "a row number": (list(range(1, ROWS + 1)), "It counts the rows."),
    "text that nobody shares": ([f"K{row:05d}" for row in range(ROWS)], "It is an id or a name"),
    "free text": (words(), "It is free text"),
    "one value": (["x"] * ROWS, "It has one value only."),
    "no value": ([None] * ROWS, "It has no values."),
}


@pytest.mark.parametrize("name", REASONS)
def test_a_column_that_tells_nothing_is_left_out_with_its_reason(name: str) -> None:
    values, reason = REASONS[name]
    found = fitted(base().assign(extra=values))
    assert [one.column for one in found.left_out] == ["extra"]
    assert found.left_out[0].reason.startswith(reason)
    assert found.steps[0] == ("leave_out", "select", {"mode": "drop", "columns": ["extra"]})
    kept = fitted(base().assign(extra=values), keep=frozenset({"extra"}))
    assert kept.dropped == []
    assert kept.left_out[0].kept


def test_a_number_is_an_id_by_its_name_or_because_it_counts() -> None:
    scattered = np.random.default_rng(7).permutation(10**6)[:ROWS]
    assert fitted(base().assign(customer_id=scattered)).dropped == ["customer_id"]
    assert fitted(base().assign(income=scattered)).dropped == []


def test_what_the_profile_says_is_what_the_values_say() -> None:
    for name, (values, _) in REASONS.items():
        if name in ("a row number", "text that nobody shares"):
            assert is_id_like(pd.Series(values, name="extra"))


def test_a_value_that_is_there_or_missing_tells_something() -> None:
    flag = pd.Series(["x" if row % 3 else None for row in range(ROWS)], dtype="str")
    found = fitted(base().assign(flag=flag))
    assert found.dropped == []
    assert dict(found.filled) == {"flag": 100}


def test_the_target_is_never_left_out_and_its_spellings_are_brought_together() -> None:
    answer = pd.Series(np.resize(["Yes", "yes", "NO", "no "], ROWS), dtype="str")
    found = fitted(base().assign(answer=answer), "answer")
    assert found.cleaned == ("answer",)
    assert fitted(base().assign(number=range(ROWS)), "number").dropped == []


def test_a_table_of_nothing_but_ids_keeps_them() -> None:
    frame = pd.DataFrame({"key": [f"K{row}" for row in range(ROWS)], "same": 1, "answer": np.arange(ROWS) % 2})
    assert fitted(frame, "answer").dropped == ["same"]


def test_large_gaps_are_marked_and_tables_without_text_are_not_encoded() -> None:
    gaps = base()["size"].mask(np.arange(ROWS) % 5 > 0)
    graph = TEMPLATES["regression"].graph("d", "size", facts=frame_facts(base().assign(gaps=gaps), "size"))
    assert next(node["params"] for node in graph["nodes"] if node["kind"] == "impute") == {"indicator": True}
    numbers = base().drop(columns="kind").assign(more=gaps.fillna(0))
    plain = TEMPLATES["regression"].graph("d", "size", facts=frame_facts(numbers, "size"))
    kinds = [node["kind"] for node in plain["nodes"]]
    assert kinds == ["csv", "impute", "split", "normalise", "linear_regression", "evaluate"]


def test_dates_become_parts_and_many_levels_are_told() -> None:
    frame = base().assign(
        day=pd.date_range("2024-01-01", periods=ROWS).astype("datetime64[us]"),
        town=[f"town {row % 60}" for row in range(ROWS)],
    )
    found = fitted(frame)
    assert found.dates == ("day",)
    assert found.grouped == (("town", 60),)
