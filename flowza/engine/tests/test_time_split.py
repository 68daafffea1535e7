"""Time split: earlier rows are for training, the latest ones for testing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from flowza.engine.errors import NodeError
from flowza.engine.job import Job
from flowza.engine.tests.exported import export_all
from flowza.engine.tests.graphs import DATA, Frames, chain
from flowza.engine.tests.node_cases import run, table_of


def sales(rows: int = 200) -> pd.DataFrame:
    random = np.random.default_rng(7)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 400, rows), unit="D")
    size = random.normal(0, 1, rows)
    return pd.DataFrame({"day": days.astype("datetime64[us]"), "size": size, "price": 3 * size + random.random(rows)})


def by_time(frame: pd.DataFrame, **params: Any) -> Any:
    return run("time_split", table_of(frame), {"column": "day", **params})


def test_every_training_row_is_earlier_than_every_test_row() -> None:
    split = by_time(sales())
    assert split.train["day"].max() < split.test["day"].min()
    assert len(split.test) == pytest.approx(40, abs=2)
    assert by_time(sales(), test_share=0.5).role_counts["test"] == pytest.approx(100, abs=3)


def test_rows_of_one_moment_stay_on_one_side() -> None:
    frame = table_of(day=[3, 1, 2, 3, 1, 3, 3, 3])
    split = run("time_split", frame, {"column": "day"})
    assert split.test.index.tolist() == [0, 3, 5, 6, 7]
    with pytest.raises(NodeError, match="has the same value in all rows"):
        run("time_split", table_of(day=[3, 3, 3]), {"column": "day"})


def test_rows_without_a_time_are_training_rows_and_are_counted() -> None:
    frame = sales(50)
    frame.loc[[4, 9], "day"] = pd.NaT
    said: list[str] = []
    split = run("time_split", table_of(frame), {"column": "day"}, log=lambda text, level: said.append(text))
    assert {4, 9} <= set(split.train.index)
    assert "2 rows have no 'day' and stay with the training rows." in said


def test_a_column_that_does_not_tell_a_time_is_refused_in_a_sentence() -> None:
    with pytest.raises(NodeError, match="Nobody has said which column tells the time"):
        run("time_split", table_of(sales()))
    with pytest.raises(NodeError, match="'city' holds text, which has no order in time"):
        run("time_split", table_of(city=["a", "b"]), {"column": "city"})
    with pytest.raises(NodeError, match="'when' is not in the table"):
        by_time(sales(), column="when")


def test_a_date_that_was_taken_apart_before_is_refused_with_the_way_out() -> None:
    parts = run("date_parts", table_of(sales()), {"columns": ["day"]})
    with pytest.raises(NodeError, match="'day' is not in the table") as refused:
        run("time_split", parts, {"column": "day"})
    assert refused.value.hint.startswith("Put this step before the one that takes it away")


def test_what_a_learned_step_makes_is_no_time_and_what_it_scales_is_read_as_it_was() -> None:
    encoded = run("one_hot", table_of(city=["a", "b", "a"], age=[1.0, 5.0, 3.0]))
    with pytest.raises(NodeError, match="made by a step that learns"):
        run("time_split", encoded, {"column": "city_a"})
    scaled = run("normalise", table_of(year=[2020, 2023, 2021, 2022], age=[1.0, 2.0, 3.0, 9.0]))
    split = run("time_split", scaled, {"column": "year", "test_share": 0.25})
    assert split.test.index.tolist() == [1]
    assert split.train["year"].mean() == pytest.approx(0)


def test_the_script_divides_by_time_as_the_run_does(tmp_path: Path) -> None:
    source = ("csv", {"dataset": DATA, "target": "price"})
    split = ("time_split", {"column": "day", "test_share": 0.3})
    parts = ("date_parts", {"columns": ["day"]})
    ends: list[tuple[str, dict[str, Any]]] = [("linear_regression", {}), ("evaluate", {})]
    graphs = {
        "first": chain(source, split, parts, *ends),
        "behind a learned step": chain(source, ("normalise", {"columns": ["size"]}), split, parts, *ends),
        "behind a formula": chain(
            source,
            ("normalise", {"columns": ["size"]}),
            ("formula", {"name": "when", "expression": "days_between(day, date('2030-01-01'))"}),
            ("time_split", {"column": "when"}),
            parts,
            *ends,
        ),
    }
    sources = Frames(tmp_path, {DATA: sales()}).sources
    jobs = {name: Job(graph, tmp_path / name, datasets=sources) for name, graph in graphs.items()}
    for exported in export_all(jobs, tmp_path / "scripts").values():
        assert exported.refusal == ""
        exported.check()
