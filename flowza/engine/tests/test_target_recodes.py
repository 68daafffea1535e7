"""A step that gives the target other values: its positive class, its rows and what is chosen by it follow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from flowza.engine.job import Job
from flowza.engine.recipe import Origin
from flowza.engine.table import Table
from flowza.engine.tests.exported import export_all
from flowza.engine.tests.graphs import DATA, Frames, chain, evaluate
from flowza.engine.tests.node_cases import run, table_of

SPELLINGS = ["Yes", "no", "YES ", "No", "yes", "no", "no", "NO"]


def recoded(table: Table, expression: str, name: str = "left") -> Table:
    return run("formula", table, {"name": name, "expression": expression})


def leaving(positive: Any = None, target: Any = ("stay", "go", "stay", "stay", "go", "stay")) -> Table:
    table = table_of(pd.DataFrame({"age": np.arange(float(len(target))), "left": pd.Series(target)}))
    return table.with_target("left", positive, Origin("data", "csv", 1))


def test_the_new_label_of_the_positive_class_is_the_positive_class() -> None:
    assert leaving().positive == "go"
    assert recoded(leaving(), "if(left == 'go', 'gone', 'here')").positive == "gone"
    assert recoded(leaving(positive="stay"), "if(left == 'go', 1, 0)").positive == 0


def test_a_cast_of_the_target_keeps_its_positive_class() -> None:
    table = leaving(target=(0, 0, 1, 0))
    assert table.positive == 1
    assert run("cast", table, {"columns": ["left"], "to": "text"}).positive == "1"


def test_a_class_that_is_put_together_with_others_stays_positive() -> None:
    table = leaving("b", ("a", "b", "c", "c", "c", "b"))
    assert recoded(table, "if(left == 'a', 'first', 'other')").positive == "other"


def test_of_spellings_that_become_two_classes_the_rarer_is_positive() -> None:
    table = leaving(target=SPELLINGS)
    assert table.positive is None
    cleaned = recoded(table, "lower(trim(left))")
    assert (cleaned.positive, cleaned.notes) == ("yes", ())


def test_a_positive_class_that_is_taken_apart_is_chosen_anew_with_a_note() -> None:
    table = recoded(leaving(), "if(age > 3 and left == 'go', 'late', 'early')")
    assert table.positive == "late"
    assert table.notes == (
        "No single value of 'left' stands for 'go', its positive class, any more, so metrics speak of 'late', "
        "the rarer one.",
    )
    three = recoded(leaving(), "if(age < 2, 'soon', left)")
    assert three.positive is None
    assert "averages over its classes" in three.notes[0]


def test_a_recode_behind_a_learned_step_is_followed_too() -> None:
    table = run("normalise", leaving(), {"columns": ["age"]})
    assert recoded(table, "if(left == 'go', 'gone', 'here')").positive == "gone"


def test_rows_whose_target_a_recode_takes_away_are_left_out(tmp_path: Path) -> None:
    table = recoded(leaving(target=(1.0, 0.0, 2.0, 3.0)), "log(left)")
    assert table.rows == 3
    assert table.notes == ("1 row without 'left' was left out.",)
    behind = recoded(run("normalise", leaving(target=(1.0, 0.0, 2.0, 3.0)), {"columns": ["age"]}), "log(left)")
    assert behind.frame.index.tolist() == [0, 2, 3]


def test_a_split_is_stratified_by_the_values_that_the_target_has_now() -> None:
    random = np.random.default_rng(0)
    table = leaving(target=tuple(random.choice(["a", "b", "c"], 400, p=[0.1, 0.2, 0.7])))
    table = recoded(run("normalise", table, {"columns": ["age"]}), "if(left == 'a', 'rare', 'frequent')")
    split = run("split", table, {"stratify": "yes"})
    assert (split.test["left"] == "rare").mean() == pytest.approx((split.frame["left"] == "rare").mean(), abs=0.007)
    assert split.history[-1].spec()[-1]["stratify"] == "left"


@pytest.mark.parametrize("before", [[], [("normalise", {})]], ids=["raw", "behind a learned step"])
def test_evaluate_speaks_of_the_positive_class_of_a_recoded_target(
    before: list[tuple[str, dict[str, Any]]], tmp_path: Path
) -> None:
    random = np.random.default_rng(1)
    age = random.normal(0, 1, 300)
    answer = np.where(age + random.normal(0, 0.7, 300) > 0.8, "Yes", "no")
    answer[::3] = [text.upper() + " " for text in answer[::3]]
    frame = pd.DataFrame({"age": age, "left": pd.Series(answer, dtype="str")})
    clean = ("formula", {"name": "left", "expression": "lower(trim(left))"})
    graph = chain(
        ("csv", {"dataset": DATA, "target": "left", "positive": "Yes"}),
        *before,
        clean,
        ("split", {}),
        ("logistic_regression", {}),
        ("evaluate", {}),
    )
    made = evaluate(graph, Frames(tmp_path, {DATA: frame}))
    assert made["logistic_regression"].positive == "yes"
    names = [metric.name for metric in made["evaluate"].metrics]
    assert "auc" in names
    assert "f1" in names
    assert "f1_macro" not in names


def recoded_graphs() -> dict[str, dict[str, Any]]:
    source = {"dataset": DATA, "target": "left"}
    label = ("formula", {"name": "left", "expression": "if(left > 2, 'many', 'few')"})
    number = ("formula", {"name": "left", "expression": "log(left)"})
    learned = ("normalise", {"columns": ["age"]})
    return {
        "labels": chain(
            ("csv", source), learned, label, ("split", {}), ("logistic_regression", {}), ("evaluate", {}), seed=3
        ),
        "gaps": chain(
            ("csv", source), learned, number, ("split", {}), ("linear_regression", {}), ("evaluate", {}), seed=3
        ),
    }


def test_a_script_recodes_the_target_as_the_run_does(tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    age = random.normal(0, 1, 200)
    frame = pd.DataFrame({"age": age, "left": np.round(np.exp(age)).astype("int64")})
    sources = Frames(tmp_path, {DATA: frame}).sources
    jobs = {name: Job(graph, tmp_path / name, datasets=sources) for name, graph in recoded_graphs().items()}
    for exported in export_all(jobs, tmp_path / "scripts").values():
        assert exported.refusal == ""
        exported.check()
