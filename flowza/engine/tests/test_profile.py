"""Profiles of columns: counts, spread, levels, histograms."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowza.engine.operations.profile import BARS, profile, profile_column


def test_numbers_agree_with_pandas() -> None:
    values = pd.Series(np.random.default_rng(0).normal(size=999))
    values[::10] = np.nan
    column = profile_column(values, "x")
    assert (column.rows, column.missing, column.unique) == (999, 100, 899)
    assert (column.low, column.high) == (values.min(), values.max())
    assert column.mean == pytest.approx(values.mean())
    assert column.spread == pytest.approx(values.std())
    assert list(column.quantiles) == pytest.approx(values.quantile([0.05, 0.25, 0.5, 0.75, 0.95]).tolist())
    assert list(column.bars) == np.histogram(values.dropna(), bins=BARS)[0].tolist()


@pytest.mark.parametrize("values", [[1.0, 1e300, 2.0], [-1.7e308, 1.7e308, 1.7e308], [1e200] * 3])
def test_numbers_near_the_largest_there_are_have_a_profile_that_is_json(values: list[float]) -> None:
    column = profile_column(pd.Series(values), "x")
    json.dumps(column.as_dict(), allow_nan=False)
    assert column.mean == pytest.approx(sum(value / 3 for value in values))
    assert column.quantiles[2] == sorted(values)[1]


def test_few_whole_numbers_get_a_bar_each() -> None:
    assert profile_column(pd.Series([1, 1, 2, 5]), "n").bars == (2, 1, 0, 0, 1)


def test_words_are_counted_most_frequent_first() -> None:
    column = profile_column(pd.Series(["b", "a", "b", None, "c"], dtype="str"), "w")
    assert column.levels == (("b", 2), ("a", 1), ("c", 1))
    assert (column.missing, column.unique, column.missing_share) == (1, 3, 0.2)


def test_labels_that_differ_only_by_case_or_spaces_are_grouped() -> None:
    cells = ["Yes", "yes ", "YES", "Yes", "No", "maybe", None]
    assert profile_column(pd.Series(cells, dtype="str"), "w").case_variants == (("Yes", "YES", "yes "),)
    assert profile_column(pd.Series(["a", "b"], dtype="str"), "w").case_variants == ()


def test_columns_of_very_many_texts_are_not_searched_for_spellings() -> None:
    cells = [f"{number}{end}" for number in range(6_000) for end in "xX"]
    assert profile_column(pd.Series(cells, dtype="str"), "w").case_variants == ()


def test_booleans_and_dates_have_readable_values() -> None:
    assert profile_column(pd.Series([True, False, True]), "b").levels == (("true", 2), ("false", 1))
    dates = pd.Series(["2024-01-01", "2024-01-03", None], dtype="datetime64[us]")
    column = profile_column(dates, "d")
    assert (column.low, column.high, column.missing, column.unique) == ("2024-01-01", "2024-01-03", 1, 2)
    assert sum(column.bars) == 2


def test_an_empty_column_and_an_empty_frame_have_profiles() -> None:
    assert profile_column(pd.Series([np.nan, np.nan]), "x").missing == 2
    assert profile(pd.DataFrame({"x": pd.Series([], dtype="float64")}))[0].missing_share == 0
    assert profile_column(pd.Series([None], dtype="str"), "t").levels == ()


def test_a_profile_fits_into_json() -> None:
    frame = pd.DataFrame(
        {
            "n": [1, 2],
            "x": [0.5, None],
            "t": pd.Series(["ü", None], dtype="str"),
            "b": [True, False],
            "d": pd.Series(["2024-01-01", None], dtype="datetime64[us]"),
            "c": pd.Categorical(["u", "v"]),
        }
    )
    parts = [column.as_dict() for column in profile(frame)]
    assert json.loads(json.dumps(parts, allow_nan=False))[0]["name"] == "n"


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True) | st.integers(-5, 5).map(float), max_size=40))
def test_every_present_number_stands_in_one_bar(values: list[float]) -> None:
    with np.errstate(over="ignore", invalid="ignore"):
        column = profile_column(pd.Series(values, dtype="float64"), "x")
    present = int(np.isfinite(values).sum())
    assert sum(column.bars) == present == column.rows - column.missing
