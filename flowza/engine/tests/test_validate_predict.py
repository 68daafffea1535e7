from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from flowza.engine.errors import NodeError
from flowza.engine.model import Model
from flowza.engine.table import Table
from flowza.engine.tests.modelling import LABELS, linear, run, separable, split, step, table_of, train


def predict(model: Model, table: Table, **params: Any) -> Table:
    made: Table = run("predict", {"model": [model], "table": [table]}, **params)
    return made


@pytest.mark.parametrize("labels", LABELS.values(), ids=list(LABELS))
def test_new_rows_get_an_answer_and_probabilities(labels: tuple[Any, ...]) -> None:
    model = train(step(split(table_of(separable(labels=labels))), "normalise"))
    new = separable(rows=20, seed=5).drop(columns="y").assign(name="someone")
    made = predict(model, table_of(new, None, key="new"))
    classes = sorted(labels)
    assert made.columns == ["a", "b", "name", "prediction", *(f"probability of {label}" for label in classes)]
    assert made.frame["prediction"].dtype == pd.Series(list(labels)).dtype
    by_hand = model.predict(new)
    assert made.frame["prediction"].tolist() == by_hand.values.tolist()
    assert (made.frame[[f"probability of {label}" for label in classes]].to_numpy() == by_hand.probabilities).all()
    assert made.source.frame.equals(made.described().table().frame)
    assert not made.source.in_sample
    assert made.target is None
    assert made.roles is None


def test_a_regressor_and_a_clustering_answer_in_one_column() -> None:
    frame = linear()
    made = predict(train(table_of(frame), "linear_regression"), table_of(frame, None, key="new"), name="estimate")
    assert made.columns == ["a", "b", "y", "estimate"]
    made = predict(train(table_of(frame, None), "kmeans"), table_of(frame, None, key="new"))
    assert made.types()["prediction"] == "number"
    assert set(made.frame["prediction"]) == {0, 1, 2}


def test_probabilities_can_be_left_out() -> None:
    frame = separable()
    made = predict(train(table_of(frame)), table_of(frame, None, key="new"), probabilities=False)
    assert made.columns == ["a", "b", "y", "prediction"]


def test_rows_that_the_model_learned_from_are_marked_and_refused_as_features() -> None:
    table = table_of(separable())
    made = predict(train(split(table)), table)
    assert made.frame["in_sample"].tolist() == [place % 4 != 0 for place in range(240)]
    assert made.source.in_sample
    assert made.source.predicted == ("prediction", "probability of no", "probability of yes")
    second = step(made, "select", columns=["prediction"], mode="drop")
    with pytest.raises(NodeError, match="'probability of no' and 'probability of yes' hold answers") as refusal:
        train(second, target="y")
    assert refusal.value.code == "in_sample"
    with pytest.raises(NodeError, match="hold answers"):
        train(step(second, "normalise"), target="y")
    cleaned = step(second, "select", columns=["probability of no", "probability of yes"], mode="drop")
    assert train(cleaned, target="y").features == ["a", "b", "in_sample"]


def test_answers_for_rows_that_were_not_learned_from_may_be_features() -> None:
    model = train(table_of(separable()))
    made = predict(model, table_of(separable(seed=9), None, key="new"), name="opinion", probabilities=True)
    made = step(made, "select", columns=["opinion"], mode="drop")
    assert "probability of yes" in train(made, target="y").features


def test_a_learned_step_that_the_model_holds_is_refused_before_predict() -> None:
    table = table_of(separable())
    prepared = step(table, "normalise")
    model = train(split(prepared))
    for wrong in (prepared, step(table_of(separable(), key="new"), "normalise")):
        with pytest.raises(NodeError, match="would be done twice") as refusal:
            predict(model, wrong)
        assert refusal.value.code == "learned_before_predict"
        assert "Remove it" in refusal.value.hint
    assert predict(model, table).rows == 240


def test_a_stateless_step_before_predict_is_refused_only_where_it_changes_what_the_model_reads() -> None:
    table = table_of(separable())
    added = step(table, "formula", expression="a * 2", name="c")
    assert predict(train(split(added)), added).rows == 240
    changed = step(table, "formula", expression="a * 2", name="a")
    with pytest.raises(NodeError, match="would be done twice"):
        predict(train(split(changed)), changed)


def test_missing_columns_and_other_types_are_refused_by_name() -> None:
    frame = separable()
    model = train(table_of(frame))
    with pytest.raises(NodeError, match="lack the column 'b'"):
        predict(model, table_of(frame[["a"]], None, key="new"))
    with pytest.raises(NodeError, match=r"'b' has text \(row 1: 'x'\), and the model was trained on number"):
        predict(model, table_of(frame.assign(b="x"), None, key="new"))
    with pytest.raises(NodeError, match="'b' has missing values, which the model never saw"):
        predict(model, table_of(frame.assign(b=np.nan), None, key="new"))


def test_a_column_without_any_value_takes_the_type_of_training() -> None:
    frame = separable().assign(city=["Oslo", "Rome"] * 120)
    model = train(step(table_of(frame), "one_hot", columns=["city"]))
    made = predict(model, table_of(frame.assign(city=np.nan), None, key="new"))
    assert made.frame["prediction"].isin(["yes", "no"]).all()


def test_an_empty_table_gives_an_empty_table_with_the_same_types() -> None:
    frame = separable()
    model = train(table_of(frame))
    full, empty = (predict(model, table_of(rows, None, key="new")) for rows in (frame, frame.head(0)))
    assert empty.rows == 0
    assert empty.types() == full.types()


def test_a_name_that_is_there_already_is_refused() -> None:
    frame = separable()
    with pytest.raises(NodeError, match="column named 'a' already"):
        predict(train(table_of(frame)), table_of(frame, None, key="new"), name="a")


def test_other_models_and_other_rows_give_other_sources() -> None:
    frame = separable()
    table, new = table_of(frame), table_of(frame, None, key="new")
    models = [train(table), train(table, C=0.5), train(split(table))]
    keys = {predict(model, new).source.key for model in models} | {predict(models[0], table).source.key}
    assert len(keys) == 4
    assert predict(models[0], new).source.key in keys
