"""Each line of the list of bad and odd CSV files, and the property that both readers agree."""

from __future__ import annotations

import csv
import gzip
import io
import json
import string
import zipfile
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowza.engine.operations.csv_cells import parse_columns
from flowza.engine.operations.csv_settings import answered, parse_columns_arguments
from flowza.engine.operations.reading import (
    CsvSettings,
    TableRefused,
    digest,
    frame_digest,
    frame_schema,
    load_csv,
    pandas_read_csv_arguments,
    read_csv,
    read_parquet,
    read_table,
    sniff_csv,
    write_parquet,
)


def file_of(folder: Path, content: str | bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal_of(folder: Path, content: str | bytes, unpacked_limit: int = 10**9) -> TableRefused:
    with pytest.raises(TableRefused) as caught:
        load_csv(file_of(folder, content), unpacked_limit=unpacked_limit)
    assert caught.value.message.endswith(".")
    assert caught.value.hint.endswith(".")
    return caught.value


def frame_of(folder: Path, content: str | bytes) -> pd.DataFrame:
    return load_csv(file_of(folder, content)).frame


def notice_texts(folder: Path, content: str | bytes) -> str:
    return " ".join(notice.text for notice in load_csv(file_of(folder, content)).notices)


# Refused


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"  \n"])
def test_an_empty_file_is_refused(tmp_path: Path, content: bytes) -> None:
    refusal = refusal_of(tmp_path, content)
    assert (refusal.code, refusal.category) == ("empty", "bad")


def test_a_header_without_rows_is_refused(tmp_path: Path) -> None:
    assert refusal_of(tmp_path, "a,b\n").code == "header_only"
    assert refusal_of(tmp_path, "a,b").code == "header_only"


def test_nul_bytes_are_refused_with_their_line(tmp_path: Path) -> None:
    refusal = refusal_of(tmp_path, b"a,b\n1,2\n3,\x004\n")
    assert refusal.code == "nul_byte"
    assert "Line 3" in refusal.message


def test_a_nul_byte_far_into_the_file_is_refused_with_its_line(tmp_path: Path) -> None:
    refusal = refusal_of(tmp_path, b"a,b\n" + b"1,2\n" * 100_000 + b"\0,2\n")
    assert refusal.code == "nul_byte"
    assert "Line 100,002" in refusal.message


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    refusal = refusal_of(tmp_path, "a,b\nüöä,2\nß,3\n".encode() + b"\xff,4\n")
    assert refusal.code == "undecodable"
    assert "line 4" in refusal.message
    assert refusal_of(tmp_path, b"a,b\n\xfa\x01\x02\x03,2\n").code == "undecodable"


def test_a_wrong_encoding_that_was_asked_for_is_refused(tmp_path: Path) -> None:
    path = file_of(tmp_path, "a,b\né,1\n".encode("latin-1"))
    with pytest.raises(TableRefused) as caught:
        load_csv(path, CsvSettings(encoding="utf-8"))
    assert caught.value.code == "undecodable"


def test_a_zip_or_workbook_named_csv_is_refused(tmp_path: Path) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("xl/workbook.xml", "<workbook/>")
    refusal = refusal_of(tmp_path, archive.getvalue())
    assert refusal.code == "not_csv"
    assert "Excel" in refusal.message


def test_ragged_rows_are_refused_with_the_first_five_lines(tmp_path: Path) -> None:
    rows = ["1,2"] * 20
    for line in (3, 5, 6, 9, 12, 15):
        rows[line - 2] = "1,2,3" if line % 2 else "1"
    refusal = refusal_of(tmp_path, "a,b\n" + "\n".join(rows) + "\n")
    assert refusal.code == "ragged"
    assert "Lines 3, 5, 6, 9, 12 do not have 2 cells" in refusal.message


def test_one_ragged_row_is_named_after_line_ends_in_cells(tmp_path: Path) -> None:
    assert "Line 4 does not have 2 cells" in refusal_of(tmp_path, 'a,b\n"x\ny",2\n1\n1,2\n').message


def test_more_than_2000_columns_are_refused(tmp_path: Path) -> None:
    def wide(columns: int) -> str:
        return ",".join(f"c{number}" for number in range(columns)) + "\n" + ",".join(["1"] * columns) + "\n"

    assert refusal_of(tmp_path, wide(2001)).code == "too_many_columns"
    assert frame_of(tmp_path, wide(2000)).shape == (1, 2000)


def test_an_unclosed_quote_is_refused_with_its_line(tmp_path: Path) -> None:
    refusal = refusal_of(tmp_path, 'a,b\n1,2\n"x,3\n4,5\n')
    assert refusal.code == "unclosed_quote"
    assert "line 3" in refusal.message


def test_an_unpacked_size_over_the_limit_is_refused(tmp_path: Path) -> None:
    bomb = gzip.compress(b"a,b\n" + b"0,0\n" * 2_000_000)
    assert len(bomb) < 50_000
    refusal = refusal_of(tmp_path, bomb, unpacked_limit=1_000_000)
    assert (refusal.code, refusal.category) == ("unpacked_too_large", "too_large")


def test_a_damaged_gzip_is_refused(tmp_path: Path) -> None:
    packed = gzip.compress(b"a,b\n" + bytes(range(48, 58)) * 1000)
    assert refusal_of(tmp_path, packed[:40]).code in {"damaged_gzip", "ragged"}


def test_a_zip_inside_gzip_is_refused(tmp_path: Path) -> None:
    assert refusal_of(tmp_path, gzip.compress(b"PK\x03\x04....")).code == "not_csv"


@pytest.mark.parametrize("quoted", [False, True])
def test_a_cell_of_one_megabyte_is_refused(tmp_path: Path, quoted: bool) -> None:
    cell = "x" * 1_000_001
    refusal = refusal_of(tmp_path, f'a,b\n1,"{cell}"\n' if quoted else f"a,b\n1,{cell}\n")
    assert (refusal.code, refusal.category) == ("cell_too_large", "too_large")


@pytest.mark.slow
def test_a_file_without_line_ends_is_refused_as_too_large_a_header(tmp_path: Path) -> None:
    assert refusal_of(tmp_path, "a," * 2_500_000).code in {"header_too_large", "too_many_columns"}


# Accepted


def test_a_gzipped_csv_under_the_cap_is_accepted(tmp_path: Path) -> None:
    assert frame_of(tmp_path, gzip.compress(b"a,b\n1,x\n")).to_dict("list") == {"a": [1], "b": ["x"]}


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    for content in (b"\xef\xbb\xbfa,b\n1,2\n", b'\xef\xbb\xbf"a",b\n1,2\n', b"\xef\xbb\xbfa\n1\n"):
        assert frame_of(tmp_path, content).columns[0] == "a"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_utf_16_is_accepted_and_said(tmp_path: Path, encoding: str) -> None:
    content = ("name,n\n" + "Zoë,1\nPaul,2\n" * 40).encode(encoding)
    assert frame_of(tmp_path, content)["name"].iloc[0] == "Zoë"
    assert "UTF-" in notice_texts(tmp_path, content)


def test_latin_1_is_accepted_and_the_guess_is_said(tmp_path: Path) -> None:
    content = "name,n\nZoë,1\n".encode("latin-1")
    assert frame_of(tmp_path, content)["name"].tolist() == ["Zoë"]
    assert "Latin-1, which is a guess" in notice_texts(tmp_path, content)
    assert "Windows-1252" in notice_texts(tmp_path, "price,n\n5€,1\n".encode("cp1252"))


def test_latin_1_far_into_the_file_is_accepted_and_the_guess_is_said(tmp_path: Path) -> None:
    content = b"name,n\n" + b"Paul,1\n" * 60_000 + "Zoë,1\n".encode("latin-1")
    assert frame_of(tmp_path, content)["name"].iloc[-1] == "Zoë"
    assert "guess" in notice_texts(tmp_path, content)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    words = "x" if delimiter == "," else "x, y"
    content = f"a{delimiter}b{delimiter}c\n1{delimiter}{words}{delimiter}2.5"
    assert frame_of(tmp_path, content).columns.tolist() == ["a", "b", "c"]
    assert sniff_csv(tmp_path / "table.csv").settings.delimiter == delimiter


@pytest.mark.parametrize("fast", [True, False])
def test_mixed_line_ends_are_accepted(tmp_path: Path, fast: bool) -> None:
    path = file_of(tmp_path, b"a,b\r\n1,2\n3,4\r\n5,6\r7,8")
    table = read_table(path, CsvSettings(), fast=fast)
    assert table.frame["a"].tolist() == [1, 3, 5, 7]
    assert any(notice.code == "line_ends" for notice in table.notices)


def test_duplicate_and_blank_headers_are_renamed_with_notice(tmp_path: Path) -> None:
    table = load_csv(file_of(tmp_path, "a,a,,a_2, ,b\n1,2,3,4,5,6\n"))
    assert table.frame.columns.tolist() == ["a", "a_3", "column_3", "a_2", "column_5", "b"]
    assert [notice.column for notice in table.notices if notice.code == "renamed"] == [
        "a_3",
        "column_3",
        "column_5",
    ]


def test_a_decimal_comma_is_read_and_said(tmp_path: Path) -> None:
    table = load_csv(file_of(tmp_path, "a;b\n1,5;x\n2.000,25;y\n"))
    assert table.frame["a"].tolist() == [1.5, 2000.25]
    assert table.doubts == ()
    assert "1,5 in column 'a' are read with a decimal comma" in " ".join(notice.text for notice in table.notices)


def test_a_comma_that_may_divide_thousands_is_asked_and_kept_as_text(tmp_path: Path) -> None:
    path = file_of(tmp_path, 'a,b\n"1,234",x\n"2,500",y\n')
    table = load_csv(path)
    assert table.frame["a"].tolist() == ["1,234", "2,500"]
    assert [doubt.chosen for doubt in table.doubts] == ["text"]
    assert read_csv(path, CsvSettings(thousands=","))[0]["a"].tolist() == [1234, 2500]


def test_inf_and_nan_are_missing(tmp_path: Path) -> None:
    frame = frame_of(tmp_path, "a,b\ninf,1\n-Inf,2\nnan,3\n1.5,4\nNaN,5\n1e999,6\n")
    assert frame["a"].isna().tolist() == [True, True, True, False, True, True]
    assert frame["a"].dtype == np.float64


def test_an_all_null_column_is_warned_of(tmp_path: Path) -> None:
    table = load_csv(file_of(tmp_path, "a,b\n1,\n2,NA\n"))
    assert table.frame["b"].dtype == np.float64
    assert [(notice.level, notice.column) for notice in table.notices] == [("warning", "b")]


def test_mixed_types_are_text_and_said(tmp_path: Path) -> None:
    content = "a,b\n" + "".join(f"{i},1\n" for i in range(99)) + "none given,1\n"
    assert frame_of(tmp_path, content)["a"].tolist()[98:] == ["98", "none given"]
    assert "'none given' in row 100" in notice_texts(tmp_path, content)


def test_ambiguous_dates_stay_text_and_are_asked(tmp_path: Path) -> None:
    path = file_of(tmp_path, "when,n\n03/04/2024,1\n05/06/2024,2\n")
    table = load_csv(path)
    assert table.frame["when"].tolist() == ["03/04/2024", "05/06/2024"]
    assert [value for value, _ in table.doubts[0].options] == ["%d/%m/%Y", "%m/%d/%Y", ""]
    answer = answered(table.settings, "date_formats", "%d/%m/%Y", "when")
    assert load_csv(path, answer).frame["when"].tolist() == [
        pd.Timestamp("2024-04-03"),
        pd.Timestamp("2024-06-05"),
    ]


def test_dates_that_fit_one_order_only_are_read_and_said(tmp_path: Path) -> None:
    table = load_csv(file_of(tmp_path, "when,n\n03/04/2024,1\n25/06/2024,2\n"))
    assert table.frame["when"].tolist() == [pd.Timestamp("2024-04-03"), pd.Timestamp("2024-06-25")]
    assert table.doubts == ()
    assert "'when' is read as dates: 31/01/2024" in notice_texts(tmp_path, "when,n\n03/04/2024,1\n25/06/2024,2\n")


@pytest.mark.parametrize(
    ("cell", "label"),
    [
        ("3.4.24", "day first: 3.4.24 is 3 April 2024"),
        ("03/04/2024 10:30", "day first: 03/04/2024 10:30 is 3 April 2024"),
    ],
)
def test_the_question_about_dates_shows_what_an_answer_means(tmp_path: Path, cell: str, label: str) -> None:
    path = file_of(tmp_path, f"when,n\n{cell},1\n")
    table = load_csv(path)
    value, shown = table.doubts[0].options[0]
    assert shown == label
    answer = CsvSettings(types={"when": "date"}, date_formats={"when": value})
    assert load_csv(path, answer).frame["when"].iloc[0].date() == pd.Timestamp("2024-04-03").date()


def test_iso_dates_are_dates(tmp_path: Path) -> None:
    frame = frame_of(tmp_path, "d,t\n2024-02-29,2024-01-01 10:00:00\n,2024-01-01T10:00:00.25\n")
    assert frame.dtypes.astype(str).tolist() == ["datetime64[us]", "datetime64[us]"]
    assert frame["d"].isna().tolist() == [False, True]


def test_leading_zero_ids_stay_text(tmp_path: Path) -> None:
    content = "id,n\n" + "".join(f"{i},1\n" for i in range(1, 70_000)) + "007,1\n"
    assert frame_of(tmp_path, content)["id"].iloc[-1] == "007"
    assert "leading zeros" in notice_texts(tmp_path, content)


@pytest.mark.parametrize("ids", [["007", "12"], ["12", "012"], ["", "0123"], [" 01", "2"]])
def test_leading_zeros_are_seen_wherever_they_stand(tmp_path: Path, ids: list[str]) -> None:
    for template in ("id,n\n{}\n", "n;id\n{}\n"):
        rows = "\n".join(f"{cell},1" if template.startswith("id") else f"1;{cell}" for cell in ids)
        assert frame_of(tmp_path, template.format(rows))["id"].dtype == "str"


def test_long_ids_are_not_rounded(tmp_path: Path) -> None:
    content = "id,n\n9007199254740993,1\n,2\n"
    assert frame_of(tmp_path, content)["id"].iloc[0] == "9007199254740993"
    assert frame_of(tmp_path, "id,n\n9007199254740993,1\n")["id"].tolist() == [9007199254740993]
    assert frame_of(tmp_path, "id,n\n12345678901234567890,1\n")["id"].tolist() == ["12345678901234567890"]


def test_booleans_are_bool_unless_some_are_missing(tmp_path: Path) -> None:
    assert frame_of(tmp_path, "a,b\ntrue,1\nfalse,2\n")["a"].dtype == bool
    frame = frame_of(tmp_path, "a,b\ntrue,1\n,2\n")
    assert frame["a"].dtype == "str"
    assert frame["a"].iloc[0] == "true"
    assert "true or false with missing cells" in notice_texts(tmp_path, "a,b\ntrue,1\n,2\n")


def test_a_formula_and_html_are_stored_as_they_are(tmp_path: Path) -> None:
    frame = frame_of(tmp_path, "a,<b>x</b>\n\"=cmd|' /C calc'!A0\",1\n")
    assert frame.columns.tolist() == ["a", "<b>x</b>"]
    assert frame["a"].tolist() == ["=cmd|' /C calc'!A0"]


def test_quoted_cells_hold_delimiters_quotes_and_line_ends(tmp_path: Path) -> None:
    frame = frame_of(tmp_path, 'a,b\n"x,""y""\nz",1\n"",2\n')
    assert frame["a"].iloc[0] == 'x,"y"\nz'
    assert frame["a"].isna().tolist() == [False, True]


def test_a_quote_inside_a_cell_is_a_character(tmp_path: Path) -> None:
    assert frame_of(tmp_path, 'a,b\n5" pipe,1\nx"y,2\n')["a"].tolist() == ['5" pipe', 'x"y']


def test_a_file_without_a_header_is_asked(tmp_path: Path) -> None:
    table = load_csv(file_of(tmp_path, "1,2.5\n3,4.5\n"))
    assert table.frame.columns.tolist() == ["column_1", "column_2"]
    assert [doubt.field for doubt in table.doubts] == ["header"]


def test_a_type_that_does_not_fit_is_refused_with_column_line_and_cell(tmp_path: Path) -> None:
    path = file_of(tmp_path, "age,n\n" + "30,1\n" * 10 + "n.a.,1\n")
    with pytest.raises(TableRefused) as caught:
        read_csv(path, CsvSettings(types={"age": "number"}))
    assert caught.value.message == "Column 'age' has 'n.a.' in line 12, which is not a number."
    assert caught.value.column == "age"


def test_settings_survive_json(tmp_path: Path) -> None:
    settled = load_csv(file_of(tmp_path, "a;b\n1,5;x\n")).settings
    assert CsvSettings.model_validate(json.loads(settled.model_dump_json())) == settled


def as_printed(path: Path, settings: CsvSettings) -> pd.DataFrame:
    """The frame that an exported script reads."""
    frame = pd.read_csv(path, **pandas_read_csv_arguments(settings))
    return parse_columns(frame, **parse_columns_arguments(settings))


# Both readers, and pandas with the printed arguments, give the same frame

NUMBERS = st.one_of(
    st.integers(-(2**62), 2**62).map(str),
    st.floats(allow_nan=True, allow_infinity=True).map(repr),
    st.sampled_from(["007", "1e5", " 5", "5 ", "+3", "0x1F", "-0", "0", "1e999", ".5", "5.", "00", "1_000"]),
)
WORDS = st.text(alphabet=string.ascii_letters + string.digits + ' ,;"\n-+./éß😀', max_size=8)
DATES = st.one_of(
    st.dates().map(str),
    st.datetimes().map(lambda moment: moment.isoformat(sep=" ")),
    st.sampled_from(["2024-01-01T10:00", "2024-01-01 10", "2024-13-01", "2024-01-01T00:00:00Z", "10:30"]),
)
FLAGS = st.sampled_from(["true", "false", "True", "FALSE", "1", "0", "yes"])
MISSING = st.sampled_from(["", "NA", "null", "nan", "inf"])


def column_of(rows: int) -> st.SearchStrategy[list[str]]:
    kinds = [NUMBERS, WORDS, DATES, FLAGS, MISSING, st.integers(-99, 99).map(str)]
    pure = st.sampled_from(kinds).flatmap(lambda kind: st.lists(kind, min_size=rows, max_size=rows))
    holey = st.sampled_from(kinds).flatmap(
        lambda kind: st.lists(st.one_of(kind, MISSING), min_size=rows, max_size=rows)
    )
    return st.one_of(pure, holey)


@st.composite
def csv_files(draw: st.DrawFn) -> tuple[str, str]:
    rows = draw(st.integers(1, 8))
    columns = draw(st.lists(column_of(rows), min_size=1, max_size=4))
    delimiter = draw(st.sampled_from(",;\t|"))
    table = pd.DataFrame({f"c{number}": column for number, column in enumerate(columns)}, dtype=object)
    quotings: list[Literal[0, 1]] = [csv.QUOTE_MINIMAL, csv.QUOTE_ALL]
    quoting = draw(st.sampled_from(quotings))
    written: str = table.to_csv(index=False, sep=delimiter, quoting=quoting)
    return written, delimiter


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=csv_files())
def test_pyarrow_and_pandas_give_the_same_frame(tmp_path: Path, written: tuple[str, str]) -> None:
    path = file_of(tmp_path, written[0])
    dialect = CsvSettings(delimiter=written[1])
    try:
        quick = read_table(path, dialect)
    except TableRefused as refusal:
        with pytest.raises(TableRefused) as caught:
            read_table(path, dialect, fast=False)
        assert caught.value.code == refusal.code
        return
    slow = read_table(path, dialect, fast=False)
    pd.testing.assert_frame_equal(quick.frame, slow.frame)
    assert quick.settings == slow.settings
    pd.testing.assert_frame_equal(quick.frame, read_table(path, quick.settings).frame)
    pd.testing.assert_frame_equal(quick.frame, as_printed(path, quick.settings))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200) | st.text(alphabet='ab1,;"\n\r\t 0', max_size=60).map(str.encode))
def test_any_bytes_give_a_frame_or_a_refusal(tmp_path: Path, content: bytes) -> None:
    try:
        table = load_csv(file_of(tmp_path, content))
    except TableRefused:
        return
    assert len(table.frame) > 0
    assert table.frame.columns.is_unique


# Stored tables


def test_a_stored_table_comes_back_exactly(tmp_path: Path) -> None:
    frame = frame_of(tmp_path, "n,x,t,b,d\n1,1.5,a,true,2024-01-01\n2,,,false,\n")
    write_parquet(frame, tmp_path / "t.parquet")
    pd.testing.assert_frame_equal(read_parquet(tmp_path / "t.parquet"), frame)
    assert [(c["type"], c["missing"], c["unique"]) for c in frame_schema(frame)] == [
        ("integer", 0, 2),
        ("number", 1, 1),
        ("text", 1, 1),
        ("boolean", 0, 2),
        ("date", 1, 1),
    ]
    assert not list(tmp_path.glob("*.part"))


def test_digests_tell_tables_apart(tmp_path: Path) -> None:
    digests = set()
    frames = [
        pd.DataFrame({"a": values}) for values in ([1, 2], [2, 1], [1.0, 2.0], ["1", "2"], ["12", None], ["1", None])
    ]
    for frame in frames:
        write_parquet(frame, tmp_path / "t.parquet")
        digests |= {digest(tmp_path / "t.parquet"), frame_digest(frame)}
    assert len(digests) == 2 * len(frames)


def test_an_archive_that_grows_a_hundredfold_is_refused_before_it_fills_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 6_000_000))
    with pytest.raises(TableRefused) as caught:
        load_csv(path)
    assert caught.value.code == "unpacked_too_large"
