"""The nodes that make and choose columns."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowza.engine.errors import NodeError
from flowza.engine.operations.casts import cast_columns
from flowza.engine.operations.dates import date_parts
from flowza.engine.operations.formula import apply_formula
from flowza.engine.operations.rows import filter_rows
from flowza.engine.operations.select import drop_columns, keep_columns, rename_columns
from flowza.engine.table import Table
from flowza.engine.tests.node_cases import problem, run, table_of

Values = list[Any]


def texts(*values: str | None) -> pd.Series:
    return pd.Series(values, dtype="str")


def cast(values: Any, to: str, **params: Any) -> pd.Series:
    table = run("cast", table_of(a=values), {"columns": ["a"], "to": to, **params})
    return table.frame["a"]


def assert_column(found: pd.Series, values: Values, dtype: str) -> None:
    pd.testing.assert_series_equal(found, pd.Series(values, dtype=dtype), check_names=False)


def failure(values: Any, to: str, **params: Any) -> str:
    with pytest.raises(NodeError) as refused:
        cast(values, to, **params)
    assert refused.value.column == "a" and refused.value.node == "cast"
    return refused.value.message


# Select, rename


def test_kept_columns_come_in_the_order_chosen_and_dropped_ones_are_gone() -> None:
    table = table_of(a=[1], b=[2], c=[3])
    assert run("select", table, {"columns": ["c", "a"]}).columns == ["c", "a"]
    assert run("select", table, {"mode": "drop", "columns": ["b"]}).columns == ["a", "c"]


def test_select_without_columns_or_with_an_absent_or_repeated_one_is_refused() -> None:
    with pytest.raises(NodeError, match="No columns are chosen"):
        run("select", table_of(a=[1]))
    with pytest.raises(NodeError, match="'b' is not in the table"):
        run("select", table_of(a=[1]), {"columns": ["b"]})
    assert problem("select", {"columns": ["a", "a"]}) == "'Columns': 'a' is there twice."


def test_the_column_to_predict_cannot_be_taken_away() -> None:
    with pytest.raises(NodeError, match="takes away 'y'"):
        run("select", table_of(a=[1, 2], y=[1, 2], target="y"), {"columns": ["a"]})


def test_columns_can_be_renamed_and_swap_their_names() -> None:
    names = [{"column": "a", "name": "b"}, {"column": "b", "name": "a"}]
    table = run("rename", table_of(a=[1], b=[2], c=[3]), {"names": names})
    assert table.frame.to_dict("records") == [{"b": 1, "a": 2, "c": 3}]
    assert table.raw_lineage()["b"] == frozenset({"a"})


def test_a_renamed_target_is_still_the_target() -> None:
    table = table_of(a=[1, 2], y=[1, 2], target="y")
    assert run("rename", table, {"names": [{"column": "y", "name": "z"}]}).target == "z"


def test_a_name_that_is_taken_empty_or_given_twice_is_refused() -> None:
    with pytest.raises(NodeError, match="There would be two columns named 'b'"):
        run("rename", table_of(a=[1], b=[2]), {"names": [{"column": "a", "name": "b"}]})
    with pytest.raises(NodeError, match="'a' has no new name"):
        run("rename", table_of(a=[1]), {"names": [{"column": "a", "name": " "}]})
    twice = [{"column": "a", "name": "x"}, {"column": "b", "name": "x"}]
    assert "'x' is there twice" in problem("rename", {"names": twice})


# Cast


def test_text_becomes_numbers() -> None:
    assert_column(cast(texts(" 12 ", "1e3", None, "-.5"), "number"), [12.0, 1000.0, np.nan, -0.5], "float64")


@pytest.mark.parametrize("word", ["n/a", "1,5", "True", "inf", "nan", "0x10", "1_000", ""])
def test_what_is_no_number_stops_the_run_naming_row_and_value(word: str) -> None:
    message = failure(texts("1", word, "2"), "number")
    assert message.startswith(f"Column 'a' has {word!r} in row 2, which is not a number.")


def test_the_number_of_further_values_is_told() -> None:
    assert "(2 more such values)" in failure(texts("x", "y", "z"), "number")


def test_values_that_cannot_be_cast_can_become_missing() -> None:
    assert_column(cast(texts("1", "x"), "number", on_error="missing"), [1.0, np.nan], "float64")
    assert_column(cast(texts("3.0", "2.5"), "integer", on_error="missing"), [3.0, np.nan], "float64")
    assert_column(cast(texts("yes", "x"), "boolean", on_error="missing"), [1.0, np.nan], "float64")


def test_whole_numbers_are_exact_or_refused() -> None:
    assert_column(cast(texts("3", "4.0"), "integer"), [3, 4], "int64")
    assert_column(cast([2**60 + 1, 5], "integer"), [2**60 + 1, 5], "int64")
    assert "'2.5' in row 1" in failure(texts("2.5"), "integer")
    assert "'9007199254740993'" in failure(texts("9007199254740993"), "integer")
    assert "has no value in row 2" in failure(texts("1", None), "integer")


def test_words_and_digits_become_true_or_false() -> None:
    assert_column(cast(texts("Yes", " no", "T", "0", "FALSE"), "boolean"), [True, False, True, False, False], "bool")
    assert_column(cast([1.0, 0.0], "boolean"), [True, False], "bool")
    assert "'2.0' in row 1" in failure([2.0, 1.0], "boolean")


def test_numbers_dates_and_truth_values_become_text_as_people_write_them() -> None:
    assert_column(cast([3.0, 2.5, None], "text"), ["3", "2.5", None], "str")
    assert_column(cast([True, False], "text"), ["true", "false"], "str")
    moments = pd.to_datetime(["2024-01-31", "2024-01-31 18:30"], format="ISO8601")
    assert_column(cast(moments, "text"), ["2024-01-31", "2024-01-31 18:30:00"], "str")


def test_iso_dates_and_given_formats_are_read() -> None:
    found = cast(texts("2024-01-31", "2024-01-31T18:30:00+01:00", None), "date")
    assert_column(found, ["2024-01-31", "2024-01-31 17:30", None], "datetime64[us]")
    assert_column(cast(texts("31.01.2024"), "date", date_format="%d.%m.%Y"), ["2024-01-31"], "datetime64[us]")
    assert "'31.01.2024' in row 1, which is not a date" in failure(texts("31.01.2024"), "date")


def test_a_date_format_that_cannot_be_read_is_refused() -> None:
    assert "has parts like %d" in problem("cast", {"date_format": "dd.mm.yyyy"})
    assert "bad directive" in failure(texts("x"), "date", date_format="%Q")


def test_dates_and_numbers_do_not_become_each_other() -> None:
    assert "holds numbers" in failure([1, 2], "date")
    assert "Use Date parts" in failure(pd.to_datetime(["2024-01-31"]), "number")


# Formula


def test_a_formula_makes_a_new_column_of_others() -> None:
    table = run("formula", table_of(a=[1, 2], b=[3, 4], c=[5, 6]), {"name": "sum", "expression": "a + b"})
    assert table.frame["sum"].tolist() == [4, 6]
    assert table.columns == ["a", "b", "c", "sum"]
    lineage = table.raw_lineage()
    assert lineage["sum"] == {"a", "b"} and lineage["a"] == {"a"}


def test_a_formula_can_replace_a_column_that_it_reads_but_no_other() -> None:
    table = table_of(a=[1, 2], b=[3, 4])
    assert run("formula", table, {"name": "a", "expression": "a * 10"}).frame["a"].tolist() == [10, 20]
    with pytest.raises(NodeError, match="A column named 'b' is there already"):
        run("formula", table, {"name": "b", "expression": "a * 10"})


def test_a_formula_without_columns_gives_every_row_its_value() -> None:
    assert run("formula", table_of(a=[1, 2]), {"name": "one", "expression": "1"}).frame["one"].tolist() == [1, 1]


def test_a_formula_that_cannot_be_read_is_refused_at_its_place() -> None:
    assert "at character 4" in problem("formula", {"name": "x", "expression": "a +"})
    with pytest.raises(NodeError, match=r"\(at character") as refused:
        run("formula", table_of(a=texts("x")), {"name": "b", "expression": "a * 2"})
    assert refused.value.node == "formula"


@pytest.mark.parametrize("params", [{"name": "x"}, {"expression": "a"}])
def test_a_formula_needs_a_name_and_an_expression(params: dict[str, str]) -> None:
    with pytest.raises(NodeError, match=r"no formula|no name"):
        run("formula", table_of(a=[1]), params)


# Date parts


def dates() -> Table:
    return table_of(day=pd.to_datetime(["2024-02-29 13:30", "NaT", "1999-12-31"], format="ISO8601"), other=[1, 2, 3])


def test_dates_are_taken_apart_and_leave() -> None:
    parts = ["year", "quarter", "month", "day", "weekday", "hour", "days"]
    table = run("date_parts", dates(), {"columns": ["day"], "parts": parts})
    assert table.columns == ["other", *(f"day_{part}" for part in parts)]
    assert table.frame.iloc[0, 1:].tolist() == [2024, 1, 2, 29, 3, 13, 8825]
    assert table.frame.iloc[2, 1:].tolist() == [1999, 4, 12, 31, 4, 0, -1]
    assert table.frame.iloc[1, 1:].isna().all()
    assert set(table.frame.dtypes.iloc[1:].astype(str)) == {"float64"}


def test_dates_can_stay_and_days_be_counted_from_another_day() -> None:
    table = run("date_parts", dates(), {"columns": ["day"], "parts": ["days"], "since": "2024-02-28", "keep": True})
    assert table.columns == ["day", "other", "day_days"]
    assert table.frame["day_days"].tolist()[0] == 1


def test_on_a_circle_december_lies_beside_january() -> None:
    days = pd.to_datetime(["2024-01-15", "2024-12-15", "2024-07-15", "NaT"])
    table = run("date_parts", table_of(d=days), {"columns": ["d"], "parts": ["month", "year"], "cyclic": True})
    assert table.columns == ["d_month_sin", "d_month_cos", "d_year"]
    points = table.frame[["d_month_sin", "d_month_cos"]].to_numpy()
    assert np.allclose(points[0], [0, 1]) and np.allclose(points[2], [0, -1])
    assert np.linalg.norm(points[0] - points[1]) < 0.6
    assert np.isnan(points[3]).all()


def test_each_part_comes_from_its_own_date_alone() -> None:
    both = table_of(a=pd.to_datetime(["2024-01-15"]), b=pd.to_datetime(["2024-12-15"]))
    lineage = run("date_parts", both, {"columns": ["a", "b"]}).raw_lineage()
    assert lineage["a_year"] == {"a"} and lineage["b_month"] == {"b"}


def test_only_dates_can_be_taken_apart() -> None:
    with pytest.raises(NodeError, match="'other' does not hold dates"):
        run("date_parts", dates(), {"columns": ["other"]})
    with pytest.raises(NodeError, match="No date columns"):
        run("date_parts", dates())
    assert "is no date such as" in problem("date_parts", {"since": "yesterday"})


# Every stateless operation works row by row

WORDS = st.one_of(st.none(), st.sampled_from(["1", "2.50", "x", "yes", "2024-01-31", "", "31.01.2024", "é"]))
FLOATS = st.one_of(st.none(), st.floats(-1e9, 1e9), st.sampled_from([0.0, 1.0, 3.0]))
MOMENTS = st.one_of(st.none(), st.datetimes(min_value=pd.Timestamp(1700, 1, 1), max_value=pd.Timestamp(2200, 1, 1)))
ROWS = st.lists(st.tuples(WORDS, FLOATS, st.integers(-5, 5), st.booleans(), MOMENTS), min_size=1, max_size=12)


def frame_of(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["text", "number", "count", "flag", "moment"])
    types = {"text": "str", "number": "float64", "count": "int64", "flag": "bool", "moment": "datetime64[us]"}
    return frame.astype(types)


CASTS = [
    (column, to)
    for column in ("text", "number", "count", "flag", "moment")
    for to in ("number", "integer", "text", "boolean", "date")
    if not (column == "moment" and to in ("number", "integer", "boolean"))
    and not (column in ("number", "count", "flag") and to == "date")
]


def cast_one(column: str, to: str, frame: pd.DataFrame) -> pd.DataFrame:
    return cast_columns(frame[[column]], to, "missing")


OPERATIONS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "keep_columns": lambda frame: keep_columns(frame, ["count", "text"]),
    "drop_columns": lambda frame: drop_columns(frame, ["count", "text"]),
    "rename_columns": lambda frame: rename_columns(frame, {"count": "n"}),
    "formula": lambda frame: apply_formula(frame, "f", "if(flag, number / count, length(text))"),
    "date_parts": lambda frame: date_parts(frame[["moment"]], ["year", "month", "weekday", "hour", "days"], keep=True),
    "date_parts_cyclic": lambda frame: date_parts(frame[["moment"]], ["month", "day", "weekday", "hour"], cyclic=True),
    "filter_rows": lambda frame: filter_rows(frame, [["number", ">", 0], ["text", "contains", "x"]], "or"),
} | {f"cast_{column}_to_{to}": partial(cast_one, column, to) for column, to in CASTS}


@pytest.mark.slow
@pytest.mark.parametrize("name", OPERATIONS)
@settings(max_examples=25, deadline=None)
@given(rows=ROWS, data=st.data())
def test_a_stateless_operation_works_row_by_row(name: str, rows: list[tuple[Any, ...]], data: st.DataObject) -> None:
    frame = frame_of(rows)
    chosen = data.draw(st.lists(st.sampled_from(range(len(frame))), unique=True))
    whole, part = OPERATIONS[name](frame), OPERATIONS[name](frame.iloc[chosen])
    pd.testing.assert_frame_equal(part, whole.loc[[label for label in chosen if label in whole.index]])
