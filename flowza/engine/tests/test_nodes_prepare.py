"""The nodes that learn from training rows: what they make equals what scikit-learn makes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import config_context
from sklearn.base import clone
from sklearn.feature_selection import SelectKBest, f_classif, f_regression
from sklearn.impute import SimpleImputer
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.preprocessing import (
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)

from flowza.engine.catalogue import catalogue
from flowza.engine.errors import NodeError
from flowza.engine.operations.transformers import (
    CorrelationSelector,
    FillMissing,
    KBestSelector,
    MissingIndicators,
    QuickOneHotEncoder,
    QuickOrdinalEncoder,
)
from flowza.engine.table import Table
from flowza.engine.tests.node_cases import problem, run, table_of

LEVELS = st.one_of(st.none(), st.sampled_from(["a", "b", "B", "é", "1", "", "z z"]))


def texts(*values: str | None) -> pd.Series:
    return pd.Series(values, dtype="str")


def people(rows: int = 60, seed: int = 0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": random.normal(40, 10, rows),
            "children": random.integers(0, 4, rows),
            "city": pd.Series(random.choice(["Ulm", "Bonn", "Kiel"], rows), dtype="str"),
            "answer": pd.Series(random.choice(["yes", "no"], rows), dtype="str"),
        }
    )
    frame.loc[[3, 9], "age"] = np.nan
    frame.loc[[4, 8, 12], "city"] = None
    return frame


def fit_transform(transformer: Any, frame: pd.DataFrame, labels: Any = None) -> pd.DataFrame:
    with config_context(transform_output="pandas"):
        made = clone(transformer).fit_transform(frame, labels)
    assert isinstance(made, pd.DataFrame)
    return made


def learned(table: Table) -> list[Any]:
    return [fitted.transformer for fitted in table.evaluation.fitted if fitted is not None]


# Impute


def test_numbers_get_the_median_and_text_the_word_missing() -> None:
    table = run("impute", table_of(n=[1.0, None, 3.0, 100.0], t=texts("a", None, "b", "a"), i=[1, 2, 3, 4]))
    assert table.frame["n"].tolist() == [1.0, 3.0, 3.0, 100.0]
    assert table.frame["t"].tolist() == ["a", "missing", "b", "a"]
    assert str(table.frame["t"].dtype) == "str"


@pytest.mark.parametrize("strategy", ["mean", "median", "most_frequent"])
def test_filled_numbers_equal_scikit_learns(strategy: str) -> None:
    frame = people()[["age", "children"]]
    made = run("impute", table_of(frame), {"numbers": strategy}).frame
    pd.testing.assert_frame_equal(made, fit_transform(SimpleImputer(strategy=strategy), frame))


def test_filled_text_equals_scikit_learns() -> None:
    frame = people()[["city"]]
    made = run("impute", table_of(frame), {"texts": "most_frequent"}).frame
    expected = fit_transform(SimpleImputer(strategy="most_frequent"), frame).astype("str")
    pd.testing.assert_frame_equal(made, expected)


def test_a_fixed_number_fits_columns_of_whole_numbers_too() -> None:
    made = run("impute", table_of(a=[1, 2], b=[1.0, None]), {"numbers": "constant", "number": 0.5}).frame
    assert made["b"].tolist() == [1.0, 0.5] and made["a"].dtype == made["b"].dtype == np.float64


def test_a_column_without_any_value_stays_with_the_stated_value() -> None:
    empty = table_of(n=[np.nan, np.nan], t=texts(None, None))
    assert run("impute", empty).frame.to_dict("list") == {"n": [0.0, 0.0], "t": ["missing", "missing"]} | {}
    frequent = run("impute", empty, {"texts": "most_frequent", "numbers": "most_frequent", "number": 7.0}).frame
    assert frequent.to_dict("list") == {"n": [7.0, 7.0], "t": ["missing", "missing"]}


def test_only_the_chosen_columns_are_filled_each_by_its_type() -> None:
    table = table_of(a=[1.0, None], b=[1.0, None], t=texts("x", None), u=texts("x", None))
    made = run("impute", table, {"columns": ["t", "a"]}).frame
    assert made.isna().any().to_dict() == {"a": False, "b": True, "t": False, "u": True}


def test_numbers_or_text_can_be_left_as_they_are() -> None:
    table = table_of(a=[1.0, None], t=texts("x", None))
    assert run("impute", table, {"numbers": "leave"}).frame.isna().any().to_dict() == {"t": False, "a": True}
    assert run("impute", table, {"texts": "leave"}).frame.isna().any().to_dict() == {"a": False, "t": True}


def test_what_was_missing_can_be_marked() -> None:
    table = run("impute", table_of(a=[1.0, None, 3.0], b=[1.0, 2.0, 3.0], t=texts("x", None, "x")), {"indicator": True})
    assert set(table.columns) == {"a", "a_was_missing", "b", "t", "t_was_missing"}
    assert table.frame["a_was_missing"].tolist() == [0, 1, 0] == table.frame["t_was_missing"].tolist()
    assert table.types()["a_was_missing"] == "flag"
    assert table.raw_lineage()["a_was_missing"] == {"a"} and table.raw_lineage()["b"] == {"b"}


def test_dates_and_absent_columns_cannot_be_imputed() -> None:
    with pytest.raises(NodeError, match="Column 'd' has date"):
        run("impute", table_of(d=pd.to_datetime(["2024-01-01", "NaT"])), {"columns": ["d"]}).frame  # noqa: B018
    with pytest.raises(NodeError, match="'c' is not in the table"):
        run("impute", table_of(a=[1.0]), {"columns": ["c"]}).frame  # noqa: B018


def test_filling_learns_from_training_rows_alone() -> None:
    frame = people()
    table = run("split", run("impute", table_of(frame), {"numbers": "mean"}), {"target": "answer"})
    expected = frame.loc[table.train.index, "age"].mean()
    assert table.frame.loc[[3, 9], "age"].tolist() == [expected, expected]


# Normalise


@pytest.mark.parametrize(
    ("method", "scaler"), [("standard", StandardScaler()), ("min_max", MinMaxScaler()), ("robust", RobustScaler())]
)
def test_scaled_numbers_equal_scikit_learns(method: str, scaler: Any) -> None:
    frame = people()
    made = run("normalise", table_of(frame), {"method": method}).frame
    pd.testing.assert_frame_equal(made[["age", "children"]], fit_transform(scaler, frame[["age", "children"]]))
    pd.testing.assert_series_equal(made["city"], frame["city"])


def test_flags_of_encoders_are_not_scaled_and_text_is_refused() -> None:
    table = run("normalise", run("one_hot", table_of(people()), {"columns": ["city"]}))
    assert set(table.frame["city_Ulm"].unique()) == {0, 1}
    with pytest.raises(NodeError, match="Column 'city' has text"):
        run("normalise", table_of(people()), {"columns": ["city"]}).frame  # noqa: B018


# One-hot


def one_hot_pair(**parameters: Any) -> tuple[Any, Any]:
    parameters = {"sparse_output": False, "dtype": "uint8", "handle_unknown": "infrequent_if_exist"} | parameters
    return QuickOneHotEncoder(**parameters), OneHotEncoder(**parameters)


def assert_encoders_agree(quick: Any, plain: Any, frame: pd.DataFrame, later: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(fit_transform(quick, frame), fit_transform(plain, frame))
    quick.fit(frame), plain.fit(frame)
    with config_context(transform_output="pandas"):
        pd.testing.assert_frame_equal(quick.transform(frame), plain.transform(frame))
        pd.testing.assert_frame_equal(quick.transform(later), plain.transform(later))
    for one, other in zip(quick.categories_, plain.categories_, strict=True):
        assert one.dtype == other.dtype and pd.Series(one).equals(pd.Series(other))
    assert set(vars(quick)) == set(vars(plain))


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(LEVELS, LEVELS), min_size=1, max_size=30),
    later=st.lists(st.tuples(LEVELS, LEVELS), min_size=1, max_size=5),
    most=st.integers(1, 6),
)
def test_the_quick_one_hot_encoder_equals_scikit_learns(
    rows: list[tuple[str | None, ...]], later: list[tuple[str | None, ...]], most: int
) -> None:
    columns = ["first", "second"]
    frame = pd.DataFrame(rows, columns=columns).astype("str")
    quick, plain = one_hot_pair(max_categories=most)
    assert_encoders_agree(quick, plain, frame, pd.DataFrame(later, columns=columns).astype("str"))


@pytest.mark.parametrize("drop", ["first", "if_binary"])
def test_the_quick_one_hot_encoder_leaves_out_the_same_levels(drop: str) -> None:
    frame = pd.DataFrame({"a": texts("x", "y", "x", "x"), "b": texts("p", "q", "r", None)})
    quick, plain = one_hot_pair(drop=drop, max_categories=3)
    assert_encoders_agree(quick, plain, frame, frame.iloc[::-1])


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([3, 1, 2, 1]),
        pd.Series([0.5, np.nan, 0.5, 2.0]),
        pd.Series([True, False, True, True]),
        pd.Series(["x", "y", "x", None], dtype="category"),
        pd.Series(["x", "y", "x", None], dtype="object"),
    ],
)
def test_the_quick_one_hot_encoder_takes_every_type_of_column(values: pd.Series) -> None:
    frame = pd.DataFrame({"a": values, "b": texts("p", "q", "q", "q")})
    quick, plain = one_hot_pair(max_categories=21)
    assert_encoders_agree(quick, plain, frame, frame.iloc[[2, 0]])


def test_the_most_frequent_levels_are_kept_and_the_rest_is_grouped() -> None:
    levels = [f"l{number:02}" for number in range(23) for _ in range(number + 1)]
    table = run("one_hot", table_of(c=texts(*levels), d=texts(*levels[::-1])), {"columns": ["c"]})
    made = [name for name in table.columns if name.startswith("c_")]
    assert len(made) == 21 and "c_infrequent_sklearn" in made and "c_l02" not in made
    notes = catalogue()["one_hot"].learned_notes(learned(table)[0])  # type: ignore[attr-defined]
    assert notes == ["'c' has 23 levels; the 3 least frequent are grouped in one column."]


def test_exactly_as_many_levels_as_are_kept_are_not_grouped() -> None:
    table = run("one_hot", table_of(c=texts("a", "b", "c", "c")), {"keep": 3})
    assert table.columns == ["c_a", "c_b", "c_c"]
    assert catalogue()["one_hot"].learned_notes(learned(table)[0]) == []  # type: ignore[attr-defined]


def test_a_missing_value_is_a_level_and_an_unseen_level_is_zero() -> None:
    table = run("one_hot", table_of(c=texts("a", None, "b")))
    assert table.columns == ["c_a", "c_b", "c_nan"]
    assert learned(table)[0].transform(pd.DataFrame({"c": texts("new")})).tolist() == [[0, 0, 0]]


def test_one_hot_columns_are_flags_that_come_from_their_own_column() -> None:
    table = run("one_hot", table_of(c=texts("a", "b"), d=texts("p", "p"), n=[1.5, 2.5]))
    assert table.types() == {"c_a": "flag", "c_b": "flag", "d_p": "flag", "n": "number"}
    assert table.raw_lineage()["c_b"] == {"c"} and table.raw_lineage()["d_p"] == {"d"}


def test_levels_that_would_share_a_column_are_refused() -> None:
    with pytest.raises(NodeError, match="both make a column named 'a_b_c'"):
        run("one_hot", table_of(pd.DataFrame({"a": texts("b_c"), "a_b": texts("c")}))).frame  # noqa: B018


def test_the_target_is_never_encoded() -> None:
    table = run("split", run("one_hot", table_of(people())), {"target": "answer"})
    assert "answer" in table.columns and "city_Ulm" in table.columns


# Ordinal


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(st.tuples(LEVELS, LEVELS), min_size=1, max_size=20),
    later=st.lists(st.tuples(LEVELS, LEVELS), min_size=1, max_size=5),
    missing=st.sampled_from([np.nan, -2]),
)
def test_the_quick_ordinal_encoder_equals_scikit_learns(
    rows: list[tuple[str | None, ...]], later: list[tuple[str | None, ...]], missing: float
) -> None:
    columns = ["first", "second"]
    parameters: dict[str, Any] = {"handle_unknown": "use_encoded_value", "unknown_value": -1}
    parameters["encoded_missing_value"] = missing
    frame = pd.DataFrame(rows, columns=columns).astype("str")
    more = pd.DataFrame(later, columns=columns).astype("str")
    assert_encoders_agree(QuickOrdinalEncoder(**parameters), OrdinalEncoder(**parameters), frame, more)


def test_levels_are_numbered_in_the_order_given() -> None:
    table = table_of(size=texts("small", "large", None, "huge"))
    params = {"columns": ["size"], "levels": ["small", "medium", "large"]}
    made = run("ordinal", table, params).frame["size"]
    assert made.tolist()[:2] == [0.0, 2.0] and np.isnan(made[2]) and made[3] == -1.0
    assert run("ordinal", table, params | {"missing": "number"}).frame["size"][2] == -2.0


def test_an_order_of_levels_needs_columns() -> None:
    assert "An order of levels needs columns" in problem("ordinal", {"levels": ["a"]})


# Target encode


@pytest.mark.parametrize("classes", [["yes", "no"], ["a", "b", "c"]])
def test_target_encoding_equals_scikit_learns_cross_fitted(classes: list[str]) -> None:
    frame = people(90)
    frame["answer"] = texts(*np.random.default_rng(1).choice(classes, 90))
    made = run("target_encode", table_of(frame, target="answer"), seed=3).frame
    expected = fit_transform(
        TargetEncoder(cv=StratifiedKFold(5, shuffle=True, random_state=3)), frame[["city"]], frame["answer"]
    )
    pd.testing.assert_frame_equal(made[list(expected.columns)], expected)


def test_a_numeric_target_is_averaged() -> None:
    frame = people().drop(columns="answer")
    made = run("target_encode", table_of(frame, target="children"), {"task": "regression", "smoothing": 2.0}).frame
    folds = KFold(5, shuffle=True, random_state=0)
    encoder = TargetEncoder(target_type="continuous", smooth=2.0, cv=folds)
    expected = fit_transform(encoder, frame[["city"]], frame["children"])
    pd.testing.assert_frame_equal(made[["city"]], expected)


def test_target_encoding_needs_the_target() -> None:
    with pytest.raises(NodeError, match="learns from the column to predict"):
        run("target_encode", table_of(people()))


# Select features


def test_constant_columns_are_left_out_and_named() -> None:
    table = run("select_features", table_of(a=[1, 2, 3], b=[5, 5, 5], c=texts("x", "y", "z")))
    assert table.columns == ["a", "c"]
    notes = catalogue()["select_features"].learned_notes(learned(table)[0])  # type: ignore[attr-defined]
    assert notes == ["Left out 1 of 2 columns: 'b'."]


def test_a_column_that_repeats_an_earlier_one_is_left_out() -> None:
    table = table_of(a=[1.0, 2, 3, 4], b=[-2.0, -4, -6, -8.1], c=[1.0, -1, 1, -1], d=[1.0, 1, 1, 1])
    assert run("select_features", table, {"method": "correlation"}).columns == ["a", "c", "d"]


@pytest.mark.parametrize(("task", "score"), [("classification", f_classif), ("regression", f_regression)])
def test_the_best_columns_equal_scikit_learns(task: str, score: Any) -> None:
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.normal(size=(50, 6)), columns=list("abcdef"))
    labels = (frame["c"] + frame["e"] > 0).astype("int64") if task == "classification" else frame["c"] - frame["f"]
    frame["y"] = labels
    table = table_of(frame, target="y")
    made = run("select_features", table, {"method": "k_best", "k": 3, "task": task})
    expected = fit_transform(SelectKBest(score, k=3), frame[list("abcdef")], frame["y"])
    pd.testing.assert_frame_equal(made.frame[made.features], expected)


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_mutual_information_follows_the_seed(task: str) -> None:
    frame = people().drop(columns="city").dropna()
    frame["y"] = (frame["age"] > 40).astype("int64")
    params = {"method": "k_best", "k": 1, "score": "mutual_info", "task": task}
    table = table_of(frame.drop(columns="answer").reset_index(drop=True), target="y")
    assert run("select_features", table, params, seed=1).features == ["age"]


def test_fewer_columns_than_asked_for_all_stay_and_constant_ones_score_lowest() -> None:
    table = table_of(a=[1, 1, 1, 1], b=[1, 2, 3, 4], y=[0, 0, 1, 1], target="y")
    assert run("select_features", table, {"method": "k_best", "k": 10}).features == ["a", "b"]
    assert run("select_features", table, {"method": "k_best", "k": 1}).features == ["b"]


@pytest.mark.parametrize(
    ("target", "task", "sentence"),
    [("y", "regression", "does not hold numbers"), ("z", "classification", "numbers with decimals")],
)
def test_the_best_columns_for_a_target_of_another_kind_are_refused(target: str, task: str, sentence: str) -> None:
    table = table_of(a=[1, 2, 3], y=texts("p", "q", "p"), z=[0.5, 1.5, 2.25], target=target)
    with pytest.raises(NodeError, match=sentence):
        run("select_features", table, {"columns": ["a"], "method": "k_best", "task": task}).frame  # noqa: B018


def test_the_best_columns_need_a_target_and_no_missing_values() -> None:
    with pytest.raises(NodeError, match="it is not known here"):
        run("select_features", table_of(a=[1, 2]), {"method": "k_best"})
    table = table_of(a=[1.0, None, 2.0], y=[0, 1, 0], target="y")
    with pytest.raises(NodeError, match="'a' has 1 missing values"):
        run("select_features", table, {"method": "k_best"}).frame  # noqa: B018


# All own transformers


@pytest.mark.parametrize(
    "transformer",
    [
        FillMissing(),
        MissingIndicators(),
        KBestSelector(k=1),
        CorrelationSelector(),
        *one_hot_pair()[:1],
        QuickOrdinalEncoder(),
    ],
)
def test_an_own_transformer_clones_names_its_columns_and_holds_plain_state(transformer: Any) -> None:
    numeric = isinstance(transformer, KBestSelector | CorrelationSelector)
    values = [1.0, 2.0, 5.0, 3.0] if numeric else texts("a", None, "b", "a")
    frame = pd.DataFrame({"c": values}, index=[7, 3, 5, 9])
    made = fit_transform(transformer, frame, [0, 1, 1, 0])
    fitted = clone(transformer).fit(frame, [0, 1, 1, 0])
    assert made.columns.tolist() == fitted.get_feature_names_out().tolist()
    assert made.index.tolist() == [7, 3, 5, 9]
    assert not any(isinstance(value, pd.DataFrame | pd.Series | pd.Timestamp) for value in vars(fitted).values())
    with pytest.raises(ValueError, match="feature names"):
        fitted.transform(frame.rename(columns={"c": "d"}))
