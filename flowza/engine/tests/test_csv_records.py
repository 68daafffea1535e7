"""CSV text for an endpoint, and the preview of a file: both by given settings."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pytest

from flowza.engine.operations.csv_preview import preview_csv
from flowza.engine.operations.csv_records import read_records
from flowza.engine.operations.csv_sentences import SettingsInvalid, settings_from
from flowza.engine.operations.csv_settings import CsvSettings, answered
from flowza.engine.operations.reading import TableRefused, load_csv

UGLY = (
    "price;when;left;zip;rooms;old\n"
    "1.234,50 €;31.01.2024;Yes;01234;3;true\n"
    "7,00 €;2024-02-29;yes ;99999;4;false\n"
    "3,25 €;28.02.2024;No;00001;5;true\n"
)


@pytest.fixture
def ugly(tmp_path: Path) -> Path:
    path = tmp_path / "ugly.csv"
    path.write_text(UGLY)
    return path


def settled(path: Path) -> CsvSettings:
    return load_csv(path, answered(load_csv(path).settings, "labels", "unify", "left")).settings


def test_the_file_itself_is_read_alike(ugly: Path) -> None:
    settings = settled(ugly)
    pd.testing.assert_frame_equal(read_records(ugly.read_bytes(), settings), load_csv(ugly, settings).frame)


def test_rows_are_read_by_the_settings_of_the_file_and_nothing_is_guessed(ugly: Path) -> None:
    frame = read_records(b"zip;left;price;when;more\n7;YES;2.000;01.02.2024;1.5\n", settled(ugly))
    assert frame.to_dict("records") == [
        {"zip": "7", "left": "Yes", "price": 2000.0, "when": pd.Timestamp("2024-02-01"), "more": "1.5"}
    ]
    assert frame.dtypes.astype(str).to_dict() == {
        "zip": "str",
        "left": "str",
        "price": "float64",
        "when": "datetime64[us]",
        "more": "str",
    }


def test_missing_cells_and_whole_columns_of_them_keep_their_types(ugly: Path) -> None:
    frame = read_records(b"price;when;left;zip;rooms;old\n;;;;;\n", settled(ugly))
    assert frame.isna().all(axis=None)
    assert frame.dtypes.astype(str).tolist() == ["float64", "datetime64[us]", "str", "str", "float64", "str"]


def test_a_cell_that_does_not_fit_is_refused_by_column_and_line(ugly: Path) -> None:
    with pytest.raises(TableRefused, match="Column 'rooms' has 'many' in line 3, which is not a whole number"):
        read_records(b"rooms\n3\nmany\n", settled(ugly))


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "empty"), (b"rooms\n", "header_only"), (b"rooms;zip\n1\n", "ragged"), (b"a;b\n\0;1\n", "nul_byte")],
)
def test_text_that_is_no_table_is_refused(ugly: Path, content: bytes, code: str) -> None:
    with pytest.raises(TableRefused) as caught:
        read_records(content, settled(ugly))
    assert caught.value.code == code


def test_rows_without_a_header_need_every_column(tmp_path: Path) -> None:
    path = tmp_path / "bare.csv"
    path.write_text("1,2.5\n3,4.5\n")
    settings = load_csv(path).settings
    assert read_records(b"5,6\n", settings).to_dict("list") == {"column_1": [5], "column_2": [6.0]}
    with pytest.raises(TableRefused, match="The rows have 1 cells; 2 are expected"):
        read_records(b"5\n", settings)


def test_a_preview_shows_each_cell_as_it_stands_and_as_it_is_read(ugly: Path) -> None:
    preview = preview_csv(UGLY.encode(), settled(ugly), whole=True)
    columns = {column.name: column for column in preview.columns}
    assert next((cell.raw, cell.value) for cell in columns["price"].cells) == ("1.234,50 €", "1234.5")
    assert [cell.value for cell in columns["when"].cells] == ["2024-01-31", "2024-02-29", "2024-02-28"]
    assert [cell.differs for cell in columns["left"].cells] == [False, True, False]
    assert columns["zip"].type == "text"
    assert preview.seen == 3


def test_a_preview_counts_cells_that_do_not_fit_and_names_what_would_be_refused() -> None:
    types = {"a": "number", "b": "integer"}
    settings = settings_from({"types": types, "coerce": ["a"]})
    preview = preview_csv(b"a,b\n1,1\nx,2\n,y\n", settings, whole=True)
    a, b = preview.columns
    assert (a.misfits, a.first_misfit, [cell.lost for cell in a.cells]) == (1, "x", [False, True, False])
    assert b.problem.startswith("Column 'b' has 'y' in line 4, which is not a whole number")
    assert b.type == "text"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("packed", [False, True])
def test_a_preview_of_a_head_leaves_out_the_line_that_was_cut(encoding: str, packed: bool) -> None:
    content = ("name,n\n" + "".join(f"Zoë {i},{i}\n" for i in range(60_000))).encode(encoding)
    head = gzip.compress(content)[:100_000] if packed else content[:100_001]
    preview = preview_csv(head, CsvSettings(encoding=encoding))
    assert preview.refusal == ""
    assert preview.columns[0].cells[0].raw == "Zoë 0"
    assert preview.columns[1].type == "integer"


def test_a_preview_of_a_file_that_cannot_be_read_says_why() -> None:
    preview = preview_csv(b"a,b\n1,2,3\n4\n", CsvSettings(), whole=True)
    assert "Lines 2, 3 do not have 2 cells" in preview.refusal


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ([], 'The settings must be an object, such as {"delimiter": ";"}.'),
        ({"delimiter": ";;"}, "The delimiter must be one character, such as , or ; or a tab."),
        ({"delimiter": "a"}, "The delimiter must be one ASCII character that is no letter, digit or line end."),
        ({"encoding": "nope"}, "'nope' is not a text encoding."),
        ({"types": {"age": "int"}}, "Column 'age': the type must be integer, number, text, boolean or date."),
        ({"numbers": {"a": {"strip": ["1"]}}}, "Column 'a': a sign to take away holds no digit"),
        ({"date_formats": {"a": "%Q"}}, "Column 'a': a date format has day, month and year, such as %d/%m/%Y"),
        ({"date_formats": {"a": "%d %d %m %Y"}}, "Column 'a': a date format has day"),
        ({"foo": 1}, "There is no setting 'foo'. The settings are encoding, delimiter"),
        ({"decimal": ",", "thousands": ","}, "The decimal mark and the thousands mark must differ."),
    ],
)
def test_settings_that_are_not_valid_are_told_in_a_sentence(given: object, sentence: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        settings_from(given)
    assert caught.value.message.startswith(sentence)
    assert "pydantic" not in caught.value.message
