"""Nothing leaks: steps learn from training rows wherever they stand, and the target is nobody's feature."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from flowza.engine.catalogue import catalogue
from flowza.engine.errors import NodeError
from flowza.engine.evaluation import Fitted
from flowza.engine.graph import parse
from flowza.engine.node import LearnedNode
from flowza.engine.table import Table
from flowza.engine.tests.graphs import DATA, Frames, chain, evaluate

LEARNED = sorted(kind for kind, cls in catalogue().items() if issubclass(cls, LearnedNode))
SOURCE = ("csv", {"dataset": DATA})
SPLIT = ("split", {"target": "answer"})


def people(rows: int = 240, seed: int = 1) -> pd.DataFrame:
    """Numbers with gaps, text with gaps and rare levels, and a two-class answer."""
    random = np.random.default_rng(seed)
    age = random.normal(40, 12, rows)
    income = random.lognormal(3, 0.6, rows)
    city = random.choice(["Ulm", "Bonn", "Kiel", "Hof", "Jena"], rows, p=[0.4, 0.3, 0.2, 0.08, 0.02])
    answer = np.where(age + 8 * (city == "Ulm") + random.normal(0, 9, rows) > 44, "yes", "no")
    frame = pd.DataFrame(
        {
            "age": age,
            "income": income,
            "children": random.integers(0, 5, rows),
            "city": pd.Series(city, dtype="str"),
            "answer": pd.Series(answer, dtype="str"),
        }
    )
    frame.loc[random.choice(rows, 20, replace=False), "income"] = np.nan
    frame.loc[random.choice(rows, 10, replace=False), "city"] = np.nan
    return frame


def prepared(kind: str) -> list[tuple[str, dict[str, Any]]]:
    """What has to stand before a learned step so that it can work on `people`."""
    if kind == "impute":
        return []
    return [("drop_nulls", {})]


def training_rows_alone(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    return frame.loc[table.train.index].reset_index(drop=True)


def learned_states(table: Table) -> list[Fitted]:
    return [fitted for fitted in table.evaluation.fitted if isinstance(fitted, Fitted)]


def assert_learned_from_training_rows(split: Table, alone: Table, frame: pd.DataFrame) -> None:
    """Frames and what was learned equal those of the training rows without any other row."""
    columns = split.columns
    pd.testing.assert_frame_equal(split.train.reset_index(drop=True), alone.train[columns].reset_index(drop=True))
    others = frame.loc[split.test.index]
    for one, other in zip(learned_states(split), learned_states(alone), strict=True):
        assert one.columns == other.columns
        if one.transformer is not None and set(one.columns) <= set(others.columns):
            pd.testing.assert_frame_equal(one.apply(others), other.apply(others))


@pytest.mark.parametrize("kind", LEARNED)
@pytest.mark.parametrize("place", ["before", "after", "both"])
def test_a_learned_step_learns_from_training_rows_wherever_it_stands(kind: str, place: str, tmp_path: Path) -> None:
    frame = people()
    step: list[tuple[str, dict[str, Any]]] = [(kind, {})]
    first, second = step * (place != "after"), step * (place != "before")
    data = ("csv", {"dataset": DATA, "target": "answer"})
    graph = chain(data, *prepared(kind), *first, ("split", {}), *second)
    outputs = evaluate(graph, Frames(tmp_path, {DATA: frame}))
    split = outputs[graph["nodes"][-1]["id"]]
    alone_graph = chain(data, *prepared(kind), *first, *second)
    (tmp_path / "alone").mkdir()
    alone = evaluate(alone_graph, Frames(tmp_path / "alone", {DATA: training_rows_alone(split, frame)}))
    assert_learned_from_training_rows(split, alone[alone_graph["nodes"][-1]["id"]], frame)


@pytest.mark.parametrize("kind", LEARNED)
def test_test_rows_can_be_anything_without_changing_what_was_learned(kind: str, tmp_path: Path) -> None:
    frame = people()
    data = ("csv", {"dataset": DATA, "target": "answer"})
    graph = chain(data, *prepared(kind), (kind, {}), ("split", {"stratify": "no"}))
    first: Table = evaluate(graph, Frames(tmp_path, {DATA: frame}))["split"]
    changed = frame.copy()
    changed.loc[first.test.index, ["age", "income"]] = 1e6
    changed.loc[first.test.index, "city"] = "Atlantis"
    (tmp_path / "changed").mkdir()
    second: Table = evaluate(graph, Frames(tmp_path / "changed", {DATA: changed}))["split"]
    pd.testing.assert_frame_equal(first.train, second.train)


WITHOUT_TARGET = [kind for kind in LEARNED if not catalogue()[kind].needs_target]  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", WITHOUT_TARGET)
def test_a_target_named_late_is_not_touched_by_steps_before_it(kind: str, tmp_path: Path) -> None:
    frame = people().dropna().reset_index(drop=True)
    early = chain(("csv", {"dataset": DATA, "target": "answer"}), (kind, {}), ("split", {}))
    late = chain(SOURCE, (kind, {}), SPLIT)
    resources = Frames(tmp_path, {DATA: frame})
    one, other = evaluate(early, resources)["split"], evaluate(late, resources)["split"]
    pd.testing.assert_frame_equal(one.frame, other.frame)
    assert other.frame["answer"].tolist() == frame["answer"].tolist()


def test_a_step_that_learns_from_the_target_asks_for_it_first(tmp_path: Path) -> None:
    with pytest.raises(NodeError, match="not known here"):
        evaluate(chain(SOURCE, ("target_encode", {}), SPLIT), Frames(tmp_path, {DATA: people()}))


def test_target_encoding_of_noise_promises_nothing_on_training_rows(tmp_path: Path) -> None:
    random = np.random.default_rng(7)
    rows = 4000
    frame = pd.DataFrame(
        {
            "key": pd.Series(random.integers(0, 200, rows)).map("k{}".format).astype("str"),
            "answer": pd.Series(random.choice(["a", "b"], rows), dtype="str"),
        }
    )
    graph = chain(("csv", {"dataset": DATA, "target": "answer"}), ("target_encode", {}), ("split", {}))
    table: Table = evaluate(graph, Frames(tmp_path, {DATA: frame}))["split"]
    model = LogisticRegression().fit(table.train[["key"]], table.train["answer"])
    for part in (table.train, table.test):
        area = roc_auc_score(part["answer"], model.predict_proba(part[["key"]])[:, 1])
        assert 0.45 <= area <= 0.55


def test_shuffled_targets_cannot_be_predicted_behind_feature_selection(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    frame = pd.DataFrame(random.normal(size=(120, 200)), columns=[f"x{index}" for index in range(200)])
    frame["answer"] = pd.Series(random.choice(["a", "b"], 120), dtype="str")
    graph = chain(
        ("csv", {"dataset": DATA, "target": "answer"}),
        ("select_features", {"method": "k_best", "k": 10}),
        ("split", {}),
        ("logistic_regression", {}),
        ("cross_validate", {}),
    )
    report = evaluate(graph, Frames(tmp_path, {DATA: frame}))["cross_validate"]
    accuracy = next(metric.value for metric in report.metrics if metric.name == "accuracy")
    assert 0.3 <= accuracy <= 0.7


# Odd graphs


def refused(graph: dict[str, Any], frame: pd.DataFrame, folder: Path) -> NodeError:
    with pytest.raises(NodeError) as caught:
        evaluate(graph, Frames(folder, {DATA: frame}))
    return caught.value


def test_two_splits_on_one_path_are_refused(tmp_path: Path) -> None:
    error = refused(chain(SOURCE, SPLIT, ("split", {})), people(), tmp_path)
    assert error.code == "split_twice"


def test_two_targets_on_one_path_are_refused(tmp_path: Path) -> None:
    error = refused(chain(("csv", {"dataset": DATA, "target": "city"}), SPLIT), people(), tmp_path)
    assert error.code == "two_targets"


def test_a_feature_made_from_the_target_is_refused(tmp_path: Path) -> None:
    graph = chain(
        SOURCE,
        ("formula", {"name": "double", "expression": "income * 2"}),
        ("impute", {}),
        ("split", {"target": "double"}),
        ("select", {"mode": "drop", "columns": ["city", "answer"]}),
        ("linear_regression", {}),
    )
    frame = people().dropna().reset_index(drop=True)
    error = refused(graph, frame, tmp_path)
    assert (error.code, error.column) == ("computed_from_target", "income")
    assert "Drop it" in error.hint


def test_a_target_made_by_a_formula_is_never_asked_of_a_client(tmp_path: Path) -> None:
    graph = chain(
        SOURCE,
        ("formula", {"name": "log_income", "expression": "log(income)"}),
        ("select", {"mode": "keep", "columns": ["age", "children", "log_income"]}),
        ("split", {"target": "log_income"}),
        ("linear_regression", {}),
    )
    model = evaluate(graph, Frames(tmp_path, {DATA: people()}))["linear_regression"]
    assert [column.name for column in model.signature.inputs] == ["age", "children"]


def test_rows_chosen_by_a_learned_column_need_a_split_before(tmp_path: Path) -> None:
    condition = {"conditions": [{"column": "age", "operator": ">", "value": "0"}]}
    error = refused(chain(SOURCE, ("normalise", {}), ("filter", condition), SPLIT), people(), tmp_path)
    assert error.code == "rows_before_split"


def test_rows_chosen_by_a_learned_column_after_a_split_leave_test_rows_alone(tmp_path: Path) -> None:
    condition = {"conditions": [{"column": "age", "operator": ">", "value": "0"}]}
    graph = chain(SOURCE, SPLIT, ("normalise", {}), ("filter", condition))
    outputs = evaluate(graph, Frames(tmp_path, {DATA: people()}))
    before, after = outputs["normalise"], outputs["filter"]
    assert len(after.test) == len(before.test)
    assert (after.train["age"] > 0).all()
    assert (after.test["age"] <= 0).any()


def test_rows_are_chosen_behind_rows_that_only_training_drops(tmp_path: Path) -> None:
    by_learned = {"conditions": [{"column": "age", "operator": ">", "value": "0"}]}
    by_raw = {"conditions": [{"column": "children", "operator": ">", "value": "1"}]}
    graph = chain(SOURCE, SPLIT, ("normalise", {"columns": ["age"]}), ("filter", by_learned), ("filter", by_raw))
    frame = people()
    outputs = evaluate(graph, Frames(tmp_path, {DATA: frame}))
    before, after = outputs["normalise"], outputs["filter_4"]
    assert after.rows == (frame["children"] > 1).sum()
    assert len(after.test) == (before.test["children"] > 1).sum()
    assert (after.train[["age", "children"]] > [0, 1]).all(axis=None)


def test_a_step_that_learns_from_the_target_finds_it_under_its_earlier_name(tmp_path: Path) -> None:
    source = ("csv", {"dataset": DATA, "target": "answer"})
    renamed = ("rename", {"names": [{"column": "answer", "name": "reply"}]})
    frames = Frames(tmp_path, {DATA: people()})
    late = evaluate(chain(source, ("drop_nulls", {}), ("target_encode", {}), renamed, ("split", {})), frames)["split"]
    early = evaluate(chain(source, ("drop_nulls", {}), renamed, ("target_encode", {}), ("split", {})), frames)["split"]
    pd.testing.assert_frame_equal(late.frame, early.frame[late.columns])


def test_steps_that_learned_from_other_rows_have_other_keys(tmp_path: Path) -> None:
    double = ("formula", {"name": "age", "expression": "age * 2"})
    old = ("filter", {"conditions": [{"column": "age", "operator": ">", "value": "40"}]})
    learned = ("normalise", {"columns": ["age"]})
    frames = Frames(tmp_path, {DATA: people()})
    one = evaluate(chain(SOURCE, double, old, learned), frames)["normalise"]
    other = evaluate(chain(SOURCE, old, double, learned), frames)["normalise"]
    assert one.rows != other.rows
    assert one.fit_key(1) != other.fit_key(1)


def test_steps_that_leave_another_target_alone_have_other_keys(tmp_path: Path) -> None:
    def renamed(column: str) -> Table:
        name = ("rename", {"names": [{"column": column, "name": "goal"}]})
        graph = chain(SOURCE, ("normalise", {}), name, ("split", {"target": "goal"}))
        table: Table = evaluate(graph, Frames(tmp_path, {DATA: people()}))["split"]
        return table

    age, children = renamed("age"), renamed("children")
    assert learned_states(age)[0].columns != learned_states(children)[0].columns
    assert age.fit_key(0) != children.fit_key(0)


def test_a_filter_on_a_raw_column_after_a_split_acts_on_both_and_says_so(tmp_path: Path) -> None:
    condition = {"conditions": [{"column": "age", "operator": ">", "value": "40"}]}
    logs: list[str] = []
    outputs = evaluate(chain(SOURCE, SPLIT, ("filter", condition)), Frames(tmp_path, {DATA: people()}), logs)
    table = outputs["filter"]
    assert (table.frame["age"] > 40).all()
    assert any("of them test rows" in line for line in logs)


def test_the_split_equals_scikit_learns_with_the_same_seed(tmp_path: Path) -> None:
    from sklearn.model_selection import train_test_split

    frame = people()
    graph = chain(SOURCE, ("split", {"target": "answer", "stratify": "yes"}), seed=5)
    table = evaluate(graph, Frames(tmp_path, {DATA: frame}))["split"]
    train, test = train_test_split(frame, test_size=0.2, random_state=5, stratify=frame["answer"])
    assert table.train.index.tolist() == sorted(train.index)
    assert table.test.index.tolist() == sorted(test.index)


def test_predictions_on_training_rows_are_refused_as_features(tmp_path: Path) -> None:
    graph = chain(SOURCE, ("drop_nulls", {}), ("one_hot", {}), SPLIT, ("logistic_regression", {}))
    graph["nodes"] += [
        {"id": "predict", "kind": "predict", "params": {}},
        {"id": "again", "kind": "one_hot", "params": {}},
        {"id": "second", "kind": "logistic_regression", "params": {"target": "answer"}},
    ]
    wires = [("logistic_regression", "model", "predict", "model"), ("drop_nulls", "table", "predict", "table")]
    wires += [("predict", "table", "again", "table"), ("again", "table", "second", "table")]
    graph["edges"] += [dict(zip(("from", "from_port", "to", "to_port"), wire, strict=True)) for wire in wires]
    parse(graph)
    error = refused(graph, people(), tmp_path)
    assert error.code == "in_sample"


def test_a_model_asks_only_for_the_raw_columns_it_needs(tmp_path: Path) -> None:
    graph = chain(
        SOURCE,
        ("impute", {}),
        ("one_hot", {}),
        ("select", {"mode": "drop", "columns": ["income"]}),
        SPLIT,
        ("logistic_regression", {}),
    )
    frame = people()
    model = evaluate(graph, Frames(tmp_path, {DATA: frame}))["logistic_regression"]
    assert [column.name for column in model.signature.inputs] == ["age", "children", "city"]
    answers = model.predict(frame.drop(columns=["income", "answer"]))
    holdout = model.holdout
    picked = answers.probabilities[frame.index.get_indexer(holdout.truth.index)]
    np.testing.assert_array_equal(picked, holdout.predictions.probabilities)
