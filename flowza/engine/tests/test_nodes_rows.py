"""The nodes that choose rows, and the split."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import train_test_split

from flowza.engine.errors import NodeError
from flowza.engine.table import TEST, Table
from flowza.engine.tests.node_cases import problem, run, table_of


def people() -> Table:
    return table_of(
        pd.DataFrame(
            {
                "age": [30.0, np.nan, 52.0, 30.0, 18.0],
                "city": pd.Series(["Ulm", "Bonn", None, "Ulm", "Bad Ulm"], dtype="str"),
                "born": pd.to_datetime(["1994-01-31", "NaT", "1972-05-01", "1994-01-31", "2006-12-24"]),
                "member": [True, False, True, True, False],
            }
        )
    )


def kept(*conditions: tuple[str, str, Any], combine: str = "and") -> list[int]:
    """Rows that a filter keeps."""
    items = [{"column": column, "operator": operator, "value": value} for column, operator, value in conditions]
    return run("filter", people(), {"conditions": items, "combine": combine}).frame.index.tolist()


def refusal(*condition: Any) -> str:
    with pytest.raises(NodeError) as refused:
        kept(condition)
    assert refused.value.column == condition[0]
    return refused.value.message


def test_rows_with_any_missing_value_are_dropped() -> None:
    assert run("drop_nulls", people()).frame.index.tolist() == [0, 3, 4]


def test_only_the_chosen_columns_are_looked_at_for_missing_values() -> None:
    assert run("drop_nulls", people(), {"columns": ["city"]}).frame.index.tolist() == [0, 1, 3, 4]
    both = {"columns": ["age", "born"], "how": "all"}
    assert run("drop_nulls", people(), both).frame.index.tolist() == [0, 2, 3, 4]


def test_a_table_without_a_complete_row_is_an_error_not_an_empty_table() -> None:
    with pytest.raises(NodeError, match="removed all 2 rows"):
        run("drop_nulls", table_of(a=[np.nan, np.nan]))


def test_the_first_or_last_of_equal_rows_is_kept() -> None:
    assert run("drop_duplicates", people()).frame.index.tolist() == [0, 1, 2, 4]
    assert run("drop_duplicates", people(), {"keep": "last"}).frame.index.tolist() == [1, 2, 3, 4]
    assert run("drop_duplicates", people(), {"columns": ["member"]}).frame.index.tolist() == [0, 1]


def test_numbers_are_compared_as_numbers() -> None:
    assert kept(("age", ">=", "30")) == [0, 2, 3]
    assert kept(("age", "<", "1e2")) == [0, 2, 3, 4]
    assert kept(("age", "in", "18, 52")) == [2, 4]


def test_a_value_may_be_written_as_a_number_or_truth_value_in_a_file() -> None:
    assert kept(("age", ">", 29.5)) == [0, 2, 3]
    assert kept(("member", "=", False)) == [1, 4]


def test_text_is_compared_letter_by_letter() -> None:
    assert kept(("city", "=", "Ulm")) == [0, 3]
    assert kept(("city", "contains", "Ulm")) == [0, 3, 4]
    assert kept(("city", "in", 'Bonn, "Bad Ulm"')) == [1, 4]
    assert kept(("city", "<", "Bonn")) == [4]


def test_text_to_contain_is_no_pattern() -> None:
    table = table_of(pd.DataFrame({"a": pd.Series(["a.b", "axb"], dtype="str")}))
    condition = {"column": "a", "operator": "contains", "value": "."}
    assert run("filter", table, {"conditions": [condition]}).frame.index.tolist() == [0]


def test_dates_are_compared_as_dates() -> None:
    assert kept(("born", "<", "1994-02-01")) == [0, 2, 3]
    assert kept(("born", "=", "2006-12-24")) == [4]
    assert kept(("born", "in", "2006-12-24, 1972-05-01T00:00")) == [2, 4]


def test_a_missing_value_meets_no_comparison_but_is_missing() -> None:
    assert kept(("age", "!=", "30")) == [2, 4]
    assert kept(("city", "!=", "Ulm")) == [1, 4]
    assert kept(("born", "!=", "1994-01-31")) == [2, 4]
    assert kept(("city", "is missing", "")) == [2]
    assert kept(("city", "is not missing", "")) == [0, 1, 3, 4]


def test_conditions_are_joined_by_and_or_by_or() -> None:
    both = (("age", "=", "30"), ("city", "is missing", ""))
    assert kept(*both, combine="or") == [0, 2, 3]
    with pytest.raises(NodeError, match="removed all"):
        kept(*both)


def test_large_whole_numbers_are_compared_exactly() -> None:
    table = table_of(a=[2**62, 2**62 + 1])
    condition = {"column": "a", "operator": "=", "value": str(2**62 + 1)}
    assert run("filter", table, {"conditions": [condition]}).frame.index.tolist() == [1]


def test_a_value_of_another_type_is_refused_in_a_sentence() -> None:
    assert refusal("age", "=", "old") == "'age' holds number values, and 'old' is not a number."
    assert refusal("age", ">", "") == "'age' holds number values, and '' is not a number."
    assert refusal("age", "=", "inf") == "'age' holds number values, and 'inf' is not a number."
    assert "is not a number" in refusal("age", "=", "1" * 400)
    assert "is not a date such as" in refusal("born", "<", "31.01.1994")
    assert "is not true or false" in refusal("member", "=", "perhaps")
    assert "'contains the text' does not work" in refusal("age", "contains", "3")
    assert "'is less than' does not work" in refusal("member", "<", "true")


def test_a_filter_without_conditions_or_with_an_absent_column_is_refused() -> None:
    with pytest.raises(NodeError, match="There is no condition"):
        run("filter", people())
    with pytest.raises(NodeError, match="'Age' is not in the table") as refused:
        kept(("Age", ">", "3"))
    assert refused.value.hint == "Did you mean 'age'?"
    assert "operator" in problem("filter", {"conditions": [{"column": "a", "operator": "like"}]})


def test_a_sample_has_the_size_that_was_asked_and_keeps_the_order() -> None:
    table = table_of(a=range(100))
    rows = run("sample", table, {"fraction": 0.25}).frame.index
    assert len(rows) == 25 and rows.is_monotonic_increasing
    assert run("sample", table, {"size": "rows", "rows": 7}, seed=3).rows == 7
    assert run("sample", table, {"size": "rows", "rows": 500}).rows == 100
    assert run("sample", table, {"size": "rows", "rows": 3, "choose": "first"}).frame["a"].tolist() == [0, 1, 2]
    assert run("sample", table, {"fraction": 0.001}).rows == 1


def test_a_random_sample_follows_the_seed() -> None:
    def sampled(seed: int) -> list[int]:
        return run("sample", table_of(a=range(100)), {"fraction": 0.2}, seed=seed).frame["a"].tolist()

    assert sampled(1) == sampled(1) != sampled(2)


def test_after_a_split_a_sample_leaves_test_rows_alone_unless_told_otherwise() -> None:
    table = run("split", table_of(a=range(100)))
    assert run("sample", table, {"fraction": 0.5}).role_counts == {"train": 40, "test": 20}
    assert run("sample", table, {"fraction": 0.5, "role": "test"}).role_counts == {"train": 80, "test": 10}


def test_after_a_split_a_filter_says_how_many_test_rows_went() -> None:
    said: list[str] = []
    table = run("split", table_of(a=range(10)))
    condition = {"conditions": [{"column": "a", "operator": ">=", "value": "5"}]}
    run("filter", table, condition, log=lambda text, level: said.append(text))
    gone = int(table.roles[:5].sum()) if table.roles is not None else -1
    assert said == [f"Removed 5 of 10 rows, {gone} of them test rows."]


def classes(counts: dict[str, int]) -> Table:
    labels = [name for name, count in counts.items() for _ in range(count)]
    frame = pd.DataFrame({"x": range(len(labels)), "y": pd.Series(labels, dtype="str")})
    return table_of(frame.sample(frac=1, random_state=1).reset_index(drop=True))


def test_a_random_split_equals_scikit_learns() -> None:
    table = run("split", table_of(x=range(57)), {"test_share": 0.3}, seed=9)
    _, test = train_test_split(np.arange(57), test_size=0.3, random_state=9)
    assert sorted(test) == np.flatnonzero(table.roles == TEST).tolist()


def test_a_stratified_split_equals_scikit_learns() -> None:
    source = classes({"a": 50, "b": 30, "c": 4})
    table = run("split", source, {"target": "y"}, seed=4)
    _, test = train_test_split(np.arange(84), test_size=0.2, random_state=4, stratify=source.frame["y"])
    assert sorted(test) == np.flatnonzero(table.roles == TEST).tolist()
    assert table.target == "y"


def recorded(table: Table) -> Any:
    return table.history[-1].arguments["stratify"]  # type: ignore[union-attr]


def test_automatic_stratifies_only_by_few_classes_of_two_rows_or_more() -> None:
    assert recorded(run("split", classes({"a": 9, "b": 9}), {"target": "y"})) == "y"
    assert recorded(run("split", classes({"a": 9, "b": 1}), {"target": "y"})) is None
    many = classes({f"c{number}": 10 for number in range(21)})
    assert recorded(run("split", many, {"target": "y"})) is None
    assert recorded(run("split", many, {"target": "y", "stratify": "yes"})) == "y"
    assert recorded(run("split", table_of(y=np.arange(30) / 7), {"target": "y"})) is None
    assert recorded(run("split", classes({"a": 9, "b": 9}), {"target": "y", "stratify": "no"})) is None


@pytest.mark.parametrize(
    ("table", "params", "sentence"),
    [
        (classes({"a": 9, "b": 1}), {"target": "y"}, "class 'b' of 'y' has only one row"),
        (classes({"a": 9, "b": 9}), {}, "there is no column to predict"),
        (classes({"a": 9, "b": 9}), {"target": "y", "shuffle": False}, "not chosen at random"),
        (table_of(y=np.arange(30) / 7), {"target": "y"}, "numbers with decimals"),
        (classes({"a": 5, "b": 5, "c": 5}), {"target": "y", "test_share": 0.1}, "3 classes, more than the 2 test rows"),
    ],
)
def test_a_split_that_cannot_be_stratified_says_why(table: Table, params: dict[str, Any], sentence: str) -> None:
    with pytest.raises(NodeError, match=sentence):
        run("split", table, {"stratify": "yes", **params})


def test_without_shuffling_the_last_rows_are_the_test_rows() -> None:
    table = run("split", table_of(x=range(10)), {"shuffle": False, "test_share": 0.25})
    assert table.roles is not None and table.roles.tolist() == [0] * 7 + [1] * 3


def test_a_table_too_small_to_divide_is_refused() -> None:
    with pytest.raises(NodeError, match="A table of 1 row cannot be divided"):
        run("split", table_of(x=[1]))
    with pytest.raises(NodeError, match="A table of 3 rows cannot be divided so that 99%"):
        run("split", table_of(x=[1, 2, 3]), {"test_share": 0.99})


def test_roles_do_not_depend_on_values() -> None:
    first = run("split", table_of(x=range(40)), seed=2)
    second = run("split", table_of(x=[7] * 40), seed=2)
    assert np.array_equal(first.roles, second.roles)  # type: ignore[arg-type]
