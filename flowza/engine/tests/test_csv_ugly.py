"""Amounts, dates and labels as people write them: recognised, converted, said, or asked."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowza.engine.context import DatasetSource
from flowza.engine.job import Job
from flowza.engine.operations.csv_amounts import looks_like_amount
from flowza.engine.operations.csv_cells import amount, amount_pattern, parse_columns, parse_dates, parse_numbers
from flowza.engine.operations.csv_settings import CsvSettings, answered, parse_columns_arguments
from flowza.engine.operations.reading import (
    ReadTable,
    TableRefused,
    digest,
    load_csv,
    pandas_read_csv_arguments,
    read_table,
)
from flowza.engine.tests.exported import export_all


def table_of(folder: Path, cells: list[str], delimiter: str = ";", settings: CsvSettings | None = None) -> ReadTable:
    """A file with these cells in the column x, read; and read again alike by its settled settings and as printed."""
    path = folder / "x.csv"
    path.write_text(f"x{delimiter}n\n" + "".join(f"{cell}{delimiter}{i}\n" for i, cell in enumerate(cells)))
    table = load_csv(path, settings)
    pd.testing.assert_frame_equal(load_csv(path, table.settings).frame, table.frame)
    pd.testing.assert_frame_equal(read_table(path, table.settings, fast=False).frame, table.frame)
    printed = pd.read_csv(path, **pandas_read_csv_arguments(table.settings))
    pd.testing.assert_frame_equal(parse_columns(printed, **parse_columns_arguments(table.settings)), table.frame)
    return table


def said(table: ReadTable) -> str:
    return " ".join(notice.text for notice in table.notices)


@pytest.mark.parametrize(
    ("cells", "values", "words"),
    [
        (["$1,234.50", "$7.00", "-$3.25", "($2.50)"], [1234.5, 7, -3.25, -2.5], "'$' is taken away"),
        (["1.234,50 €", "7,00 €", "-3,25 €", ""], [1234.5, 7, -3.25, np.nan], "the comma is the decimal mark"),
        (["CHF 12'000", "CHF 950", "CHF 1'200.05"], [12000, 950, 1200.05], "an apostrophe divides thousands"),
        (["1 234,50 kr", "12\u00a0000,00 kr", "1\u202f000,25 kr"], [1234.5, 12000, 1000.25], "a space divides"),
        (["12.5 %", "8 %", "100%"], [12.5, 8, 100], "12.5 % is read as 12.5"),
        (["12,5 %", "8,25 %"], [12.5, 8.25], "12,5 % is read as 12,5"),
        (["$5", "7", "$8", "9"], [5, 7, 8, 9], "'$' is taken away"),
        (["12'000", "1'250.5", "7"], [12000, 1250.5, 7], "an apostrophe divides thousands"),
    ],
)
def test_amounts_are_numbers(tmp_path: Path, cells: list[str], values: list[float], words: str) -> None:
    table = table_of(tmp_path, cells)
    np.testing.assert_array_equal(table.frame["x"], values)
    assert table.frame["x"].dtype == np.float64
    assert words.lower() in said(table).lower()
    assert table.doubts == ()


def test_a_thousands_comma_that_the_cells_prove_is_not_asked(tmp_path: Path) -> None:
    table = table_of(tmp_path, ["1,234.50", "2,500", "12,500,000"])
    assert table.frame["x"].tolist() == [1234.5, 2500, 12_500_000]
    assert table.doubts == ()


@pytest.mark.parametrize(
    ("cells", "likely", "other"),
    [(["$1,234", "$2,500"], [1234, 2500], [1.234, 2.5]), (["1.234 €", "950 €"], [1234, 950], [1.234, 950])],
)
def test_money_whose_mark_may_be_either_is_read_as_thousands_and_asked(
    tmp_path: Path, cells: list[str], likely: list[float], other: list[float]
) -> None:
    table = table_of(tmp_path, cells)
    assert table.frame["x"].tolist() == likely
    (doubt,) = table.doubts
    values = [value for value, _ in doubt.options]
    assert doubt.chosen == values[0]
    changed = answered(table.settings, doubt.field, values[1], doubt.column)
    assert table_of(tmp_path, cells, settings=changed).frame["x"].tolist() == other
    kept = answered(table.settings, doubt.field, "text", doubt.column)
    assert table_of(tmp_path, cells, settings=kept).frame["x"].tolist() == cells


def test_points_that_may_divide_thousands_are_asked(tmp_path: Path) -> None:
    table = table_of(tmp_path, ["1.234", "950", "12.500"])
    assert table.frame["x"].tolist() == [1.234, 950, 12.5]
    (doubt,) = table.doubts
    assert [label.split(":")[0] for _, label in doubt.options[:2]] == ["1234", "1.234"]
    assert doubt.chosen == "decimal point"
    changed = answered(table.settings, doubt.field, "decimal comma", "x")
    assert table_of(tmp_path, ["1.234", "950", "12.500"], settings=changed).frame["x"].tolist() == [1234, 950, 12500]


@pytest.mark.parametrize(
    "cells", [["0.234", "1.234"], ["5.843", "3.05"], ["1234.567", "1.234"], ["5.843 ", "x"], ["1.5", "2.25"]]
)
def test_points_that_are_decimal_are_not_asked(tmp_path: Path, cells: list[str]) -> None:
    assert not [doubt for doubt in table_of(tmp_path, cells).doubts if doubt.field == "numbers"]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["$5", "€7", "£8"], "mixes '$' and '€' and '£'"),
        (["12 %", "0.3", "5 %", "0.7"], "with and without a percent sign"),
        (["$1,5", "$1.5", "$2,5", "$2.5"], "contradict each other"),
    ],
)
def test_amounts_that_contradict_each_other_stay_text(tmp_path: Path, cells: list[str], words: str) -> None:
    table = table_of(tmp_path, cells)
    assert table.frame["x"].tolist() == cells
    assert words in said(table)


@pytest.mark.parametrize("cells", [["555 123 456", "555 987 654"], ["007", "012"], ["5 kg", "7 kg"], ["$", "€"]])
def test_what_only_looks_like_an_amount_stays_text(tmp_path: Path, cells: list[str]) -> None:
    assert table_of(tmp_path, cells).frame["x"].tolist() == cells


def test_five_percent_of_other_cells_become_missing_and_are_counted(tmp_path: Path) -> None:
    cells = [f"${i}.50" for i in range(95)] + ["free"] * 3 + ["ask", "€4.00"]
    table = table_of(tmp_path, cells)
    assert table.frame["x"].isna().sum() == 5
    assert "5 cells are no number in column 'x' and became missing: the first is 'free' in row 96" in said(table)
    assert table_of(tmp_path, [*cells, "six"]).frame["x"].dtype == "str"


def test_numbers_with_a_few_words_are_asked(tmp_path: Path) -> None:
    cells = [str(i) for i in range(99)] + ["n.a."]
    table = table_of(tmp_path, cells)
    assert table.frame["x"].dtype == "str"
    (doubt,) = table.doubts
    assert (doubt.field, doubt.chosen) == ("coerce", "")
    changed = answered(table.settings, "coerce", "number", "x")
    again = table_of(tmp_path, cells, settings=changed)
    assert again.frame["x"].tolist()[:99] == list(range(99))
    assert "1 cell is no number" in said(again)


@pytest.mark.parametrize(
    ("cells", "days"),
    [
        (["2024-01-31", "29/02/2024", "13/03/2024"], ["2024-01-31", "2024-02-29", "2024-03-13"]),
        (["2024-01-31", "02/29/2024"], ["2024-01-31", "2024-02-29"]),
        (["31.01.2024", "01.02.2024"], ["2024-01-31", "2024-02-01"]),
        (["3 Apr 2024", "12-May-2024", "June 7, 2024"], ["2024-04-03", "2024-05-12", "2024-06-07"]),
        (["31/12/2024 23:59", "1/2/2024"], ["2024-12-31T23:59", "2024-02-01"]),
        (["2024/04/03", "2024-04-05"], ["2024-04-03", "2024-04-05"]),
    ],
)
def test_dates_in_one_or_two_formats_are_dates(tmp_path: Path, cells: list[str], days: list[str]) -> None:
    table = table_of(tmp_path, cells)
    assert table.frame["x"].tolist() == [pd.Timestamp(day) for day in days]
    assert table.frame["x"].dtype == "datetime64[us]"
    assert table.doubts == ()
    assert "'x' is read as dates" in said(table)


def test_dates_in_two_formats_of_which_one_is_doubtful_are_asked(tmp_path: Path) -> None:
    cells = ["2024-01-31", "01/02/2024"]
    table = table_of(tmp_path, cells)
    assert table.frame["x"].tolist() == cells
    (doubt,) = table.doubts
    changed = answered(table.settings, doubt.field, doubt.options[0][0], "x")
    assert table_of(tmp_path, cells, settings=changed).frame["x"].iloc[1] == pd.Timestamp("2024-02-01")


def test_days_and_months_that_contradict_each_other_stay_text(tmp_path: Path) -> None:
    table = table_of(tmp_path, ["31/01/2024", "01/31/2024"] * 10)
    assert table.frame["x"].dtype == "str"
    assert "mixes orders of day and month" in said(table)


def test_a_few_cells_that_are_no_dates_become_missing(tmp_path: Path) -> None:
    table = table_of(tmp_path, [f"2024-01-{1 + i % 28:02}" for i in range(99)] + ["unknown"])
    assert table.frame["x"].isna().sum() == 1
    assert "1 cell is no date in column 'x'" in said(table)


@pytest.mark.parametrize(
    "cells", [["2024-13-01", "x"], ["2024-02-30", "2024-02-31"], ["1.2.3", "4.5.6"], ["10:30", "x"]]
)
def test_what_only_looks_like_a_date_stays_text(tmp_path: Path, cells: list[str]) -> None:
    assert table_of(tmp_path, cells).frame["x"].tolist() == cells


def test_labels_of_odd_case_are_asked_and_unified(tmp_path: Path) -> None:
    cells = ["Yes", "yes ", "YES", "Yes", "No", "no", "No", "maybe"]
    table = table_of(tmp_path, cells)
    assert table.frame["x"].tolist() == cells
    (doubt,) = table.doubts
    assert "'Yes', 'YES', 'yes '" in doubt.question
    changed = answered(table.settings, doubt.field, "unify", "x")
    again = table_of(tmp_path, cells, settings=changed)
    assert again.frame["x"].tolist() == ["Yes", "Yes", "Yes", "Yes", "No", "No", "No", "maybe"]
    assert again.settings.labels == {"x": ("No", "Yes")}


def test_columns_of_free_text_are_not_asked_about(tmp_path: Path) -> None:
    cells = [f"words {i} {end}" for i in range(300) for end in "aA"]
    assert table_of(tmp_path, cells).doubts == ()


def test_five_thousand_zip_codes_stay_text(tmp_path: Path) -> None:
    table = table_of(tmp_path, [f"{i:05}" for i in range(5_000)])
    assert table.frame["x"].iloc[0] == "00000"


def test_a_type_that_may_not_lose_cells_refuses_them_by_line(tmp_path: Path) -> None:
    form = CsvSettings(delimiter=";", types={"x": "number"}, numbers={"x": {"strip": ["$"]}})
    with pytest.raises(TableRefused, match="Column 'x' has 'free' in line 3, which is not a number"):
        table_of(tmp_path, ["$5", "free"], settings=form)


def test_a_script_reads_the_original_alike(tmp_path: Path) -> None:
    path = tmp_path / "ugly.csv"
    rows = [f'"1.{i:03},50 €";{i % 28 + 1:02}.01.2024;{("Yes", "yes ", "No")[i % 3]};{i} %' for i in range(60)]
    rows += ["free;2024-02-01;YES;7 %"]
    path.write_text("price;when;left;share\n" + "\n".join(rows), encoding="cp1252")
    settled = answered(load_csv(path).settings, "labels", "unify", "left")
    source = DatasetSource("ugly", path, "csv", digest(path), settled.model_dump(mode="json"))
    graph = {
        "format": 1,
        "seed": 0,
        "nodes": [{"id": "csv", "kind": "csv", "params": {"dataset": "ugly"}, "x": 0, "y": 0}],
        "edges": [],
    }
    job = Job(graph, tmp_path / "store", datasets={"ugly": source})
    found = export_all({"csv": job}, tmp_path / "scripts", data="csv")["csv"]
    found.check()
    script = found.script.read_text()
    assert "parse_columns(" in script
    assert "'%d.%m.%Y'" in script or '"%d.%m.%Y"' in script
    frame = pd.read_parquet(found.folder / "csv.found").iloc[:, 1:]
    assert frame.dtypes.astype(str).tolist() == ["float64", "datetime64[us]", "str", "float64"]
    assert set(frame["left"]) == {"Yes", "No"}
    assert frame["price"].isna().sum() == 1


AMOUNTS = st.decimals(-(10**9), 10**9, places=2)


@settings(max_examples=60, deadline=None)
@given(amount=AMOUNTS, marks=st.sampled_from([(".", ","), (",", "."), (".", "'"), (",", " "), (".", None)]))
def test_an_amount_written_with_any_marks_is_read_back(amount: object, marks: tuple[str, str | None]) -> None:
    decimal, thousands = marks
    plain = f"{amount:,.2f}".replace(",", "T").replace(".", decimal).replace("T", thousands or "")
    cells = pd.Series([f"{plain} €", f"€{plain}", f"  {plain}\u00a0€ ", None], dtype="str")
    read = parse_numbers(cells, decimal, thousands, ["€"])
    assert read.tolist()[:3] == [float(f"{amount:.2f}")] * 3
    assert np.isnan(read.iloc[3])


@settings(max_examples=60, deadline=None)
@given(text=st.text(alphabet="0123456789.,' $%-+()eE", max_size=10))
def test_any_text_is_a_finite_number_or_missing(text: str) -> None:
    value = parse_numbers(pd.Series([text], dtype="str"), ".", ",", ["$", "%"]).iloc[0]
    assert np.isnan(value) or np.isfinite(value)


@settings(max_examples=60, deadline=None)
@given(day=st.dates(date(1, 1, 1), date(9999, 12, 31)), form=st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y"]))
def test_a_date_written_in_a_format_is_read_back(day: date, form: str) -> None:
    written = form.replace("%d", f"{day.day:02}").replace("%m", f"{day.month:02}").replace("%Y", f"{day.year:04}")
    read = parse_dates(pd.Series([written, day.isoformat(), "never"], dtype="str"), [form, "ISO8601"])
    assert read.iloc[0].date() == day
    assert read.iloc[1].date() == day
    assert pd.isna(read.iloc[2])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.lists(st.dates(date(1990, 1, 1), date(2040, 1, 1)), min_size=1, max_size=6), mark=st.sampled_from("/.-"))
def test_the_order_of_day_and_month_is_taken_only_when_the_cells_tell(
    tmp_path: Path, days: list[date], mark: str
) -> None:
    cells = [f"{day.day:02}{mark}{day.month:02}{mark}{day.year}" for day in days]
    table = table_of(tmp_path, cells)
    if any(day.day > 12 for day in days):
        assert [moment.date() for moment in table.frame["x"]] == days
    else:
        assert table.frame["x"].tolist() == cells
        assert [doubt.field for doubt in table.doubts] == ["date_formats"]


@pytest.mark.parametrize(
    "cell",
    [
        "€" + " " * 20_000 + "x",
        "1 " + " " * 20_000 + "x",
        "(" + "\t" * 20_000 + "1" + "\t" * 20_000 + "x",
        "1" * 20_000 + "x",
    ],
)
def test_a_cell_of_thousands_of_spaces_or_digits_is_looked_at_once(cell: str) -> None:
    """With patterns that try every way to divide the spaces, this would not end within a life."""
    assert not looks_like_amount(cell)
    assert np.isnan(amount(cell, amount_pattern(".", ",", ("€",)), "."))
