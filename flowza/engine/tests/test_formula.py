"""What formulas mean: values, types, missing values, messages, functions."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

from flowza.engine.formula import FUNCTIONS, FormulaError, Function, parse, schema_of
from flowza.engine.formula.language import DTYPES

NAMES = ["Braund, Mr. Owen", None, "Ünal, Dr. ", ""]


def people() -> pd.DataFrame:
    """Four rows with every type; the second is missing wherever a column can."""
    return pd.DataFrame(
        {
            "Age": [22.0, np.nan, 40.5, -1.0],
            "SibSp": [1, 0, 3, -7],
            "Name": pd.array(NAMES, dtype="str"),
            "ok": [True, False, True, False],
            "unsure": pd.array([True, None, False, None], dtype="boolean"),
            "day": np.array(["2024-01-31", "NaT", "2020-02-29 18:30", "1999-12-31"], dtype="datetime64[us]"),
            "deck": pd.Categorical(["A", None, "B", "A"]),
        },
        index=[10, 20, 20, 40],
    )


def result(text: str) -> list[Any]:
    """The formula's values for `people()`, None for missing; checks type, dtype and index on the way."""
    frame = people()
    formula = parse(text)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        column = formula.evaluate(frame)
    assert str(column.dtype) == DTYPES[formula.check(schema_of(frame))]
    assert column.index.equals(frame.index)
    assert column.name is None
    return [None if pd.isna(value) else value for value in column]


def refused(text: str, frame: pd.DataFrame | None = None) -> FormulaError:
    with pytest.raises(FormulaError) as caught:
        parse(text).check(schema_of(people() if frame is None else frame))
    return caught.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Age + 1", [23, None, 41.5, 0]),
        ("SibSp + SibSp * 2 - 1", [2, -1, 8, -22]),
        ("-SibSp ** 2", [-1, 0, -9, -49]),
        ("2 ** -SibSp ** 2", [0.5, 1, 2.0**-9, 2.0**-49]),
        ("2 ** SibSp ** 2", [2, 1, 512, 2.0**49]),
        ("SibSp / 2", [0.5, 0, 1.5, -3.5]),
        ("SibSp // 2", [0, 0, 1, -4]),
        ("SibSp % 3", [1, 0, 0, 2]),
        ("10 - 4 - 3", [3] * 4),
        ("10 / SibSp", [10, None, 10 / 3, 10 / -7]),
        ("10 // SibSp", [10, None, 3, -2]),
        ("10 % SibSp", [0, None, 1, -4]),
        ("0 / 0", [None] * 4),
        ("0 ** -1", [None] * 4),
        ("(0 - 8) ** 0.5", [None] * 4),
        ("Age > 20", [True, False, True, False]),
        ("Age != 22", [False, False, True, True]),
        ("not Age == 22", [False, True, True, True]),
        ("18 < Age", [True, False, True, False]),
        ("0 < SibSp <= 3", [True, False, True, False]),
        ("0 < abs(SibSp) + 0 < 5 != 6", [True, False, True, False]),
        ("Age > 20 and ok", [True, False, True, False]),
        ("Age > 100 or not ok", [False, True, False, True]),
        ("ok == false", [False, True, False, True]),
        ("ok != true", [False, True, False, True]),
        ("true and ok", [True, False, True, False]),
        ("unsure", [True, False, False, False]),
        ("not unsure", [False, True, True, True]),
        ("is_missing(unsure)", [False, True, False, True]),
        ("coalesce(unsure, true)", [True, True, False, True]),
        ("coalesce(unsure, ok)", [True, False, False, False]),
        ("is_missing(Age)", [False, True, False, False]),
        ("is_missing(day) or is_missing(deck)", [False, True, False, False]),
        ("coalesce(Age, SibSp)", [22, 0, 40.5, -1]),
        ("coalesce(Name, deck, 'nobody')", ["Braund, Mr. Owen", "nobody", "Ünal, Dr. ", ""]),
        ("if(Age > 30, 'old', 'young')", ["young", "young", "old", "young"]),
        ("'old' if Age > 30 else 'young' if ok else missing", ["young", None, "old", None]),
        ("if(ok, SibSp, missing)", [1, None, 3, None]),
        ("if(ok, 1, 0.5)", [1, 0.5, 1, 0.5]),
        ("if(true, 1, 2)", [1] * 4),
        (
            "to_text(if(ok, day, date('2000-01-01')))",
            ["2024-01-31", "2000-01-01", "2020-02-29 18:30:00", "2000-01-01"],
        ),
        ("case(Age > 30, 1, Age > 10, 2)", [2, None, 1, None]),
        ("case(Age > 30, 1, true, 2, 3)", [2, 2, 1, 2]),
        ("case(ok, Name, deck)", ["Braund, Mr. Owen", None, "Ünal, Dr. ", "A"]),
        ("Name in ('', 'x')", [False, False, False, True]),
        ("Name not in ('', 'x')", [True, False, True, False]),
        ("SibSp in (1, 3.0, 0.5)", [True, False, True, False]),
        ("Age in (22, 40.5,)", [True, False, True, False]),
        ("day in (date('2024-01-31'))", [True, False, False, False]),
        ("ok in (true)", [True, False, True, False]),
        ("day >= date('2020-01-01')", [True, False, True, False]),
        ("Name + '!'", ["Braund, Mr. Owen!", None, "Ünal, Dr. !", "!"]),
        ("'a' + 'b'", ["ab"] * 4),
        ("deck + deck", ["AA", None, "BB", "AA"]),
        ("Name < 'M'", [True, False, False, True]),
        ("upper(deck)", ["A", None, "B", "A"]),
        ("trim(Name)", ["Braund, Mr. Owen", None, "Ünal, Dr.", ""]),
        ("length(Name)", [16, None, 10, 0]),
        ("contains(Name, '.')", [True, False, True, False]),
        ("starts_with(Name, 'Ü')", [False, False, True, False]),
        ("ends_with(Name, 'n')", [True, False, False, False]),
        ("split_part(Name, ', ', 2)", ["Mr. Owen", None, "Dr. ", None]),
        ("split_part(Name, ', ', -1)", ["Mr. Owen", None, "Dr. ", ""]),
        ("substring(Name, 2, 3)", ["rau", None, "nal", ""]),
        ("replace(Name, 'r', 'rr')", ["Brraund, Mrr. Owen", None, "Ünal, Drr. ", ""]),
        ("to_text(Age)", ["22", None, "40.5", "-1"]),
        ("to_text(ok)", ["true", "false", "true", "false"]),
        ("to_text(day)", ["2024-01-31", None, "2020-02-29 18:30:00", "1999-12-31"]),
        ("to_text(SibSp)", ["1", "0", "3", "-7"]),
        ("to_text(add_days(date('0001-01-01'), 0.00000001))", ["0001-01-01 00:00:00.000864"] * 4),
        ("concat(deck, SibSp, Age)", ["A122", None, "B340.5", "A-7-1"]),
        ("to_number(ok)", [1, 0, 1, 0]),
        ("to_number(Name)", [None] * 4),
        ("to_number(' -1.5e2 ') + to_number('.5')", [-149.5] * 4),
        ("to_number('1e999')", [None] * 4),
        ("to_number('nan')", [None] * 4),
        ("year(day) * 10000 + month(day) * 100 + day(day)", [20240131, None, 20200229, 19991231]),
        ("weekday(day)", [2, None, 5, 4]),
        ("hour(day)", [0, None, 18, 0]),
        ("days_between(date('2024-01-30'), day)", [1, None, -1430.2291666666667, -8796]),
        ("to_text(add_days(day, SibSp))", ["2024-02-01", None, "2020-03-03 18:30:00", "1999-12-24"]),
        (
            "to_text(add_days(date('2024-01-01'), Age / 2))",
            ["2024-01-12", None, "2024-01-21 06:00:00", "2023-12-31 12:00:00"],
        ),
        ("add_days(day, 1e300)", [None] * 4),
        ("add_days(day, 4000000)", [None] * 4),
        ("sqrt(Age)", [22**0.5, None, 40.5**0.5, None]),
        ("log(SibSp)", [0, None, np.log(3.0), None]),
        ("log1p(0 - 1)", [None] * 4),
        ("exp(1000)", [None] * 4),
        ("round(Age)", [22, None, 40, -1]),
        ("round(SibSp, -1)", [0, 0, 0, -10]),
        ("round(1e300, 15)", [1e300] * 4),
        ("floor(Age)", [22, None, 40, -1]),
        ("ceil(Age)", [22, None, 41, -1]),
        ("sign(Age)", [1, None, 1, -1]),
        ("abs(SibSp)", [1, 0, 3, 7]),
        ("min(Age, SibSp, 2)", [1, None, 2, -7]),
        ("max(SibSp, 0)", [1, 0, 3, 0]),
        ("clip(Age, 0, 30)", [22, None, 30, 0]),
        ("clip(5, SibSp, 2)", [2, 2, 2, 2]),
        ("3", [3] * 4),
        (r"'it\'s' + ' a \\ and\t\"'", ["it's a \\ and\t\""] * 4),
        ("True", [True] * 4),
        ("+Age", [22, None, 40.5, -1]),
    ],
)
def test_a_formula_gives_its_values(text: str, expected: list[Any]) -> None:
    assert result(text) == [approximately(value) for value in expected]


def approximately(value: Any) -> Any:
    return pytest.approx(value) if isinstance(value, float) else value


NUMERIC = [
    "log",
    "log10",
    "log1p",
    "sqrt",
    "exp",
    "abs",
    "sign",
    "floor",
    "ceil",
    "sin",
    "cos",
    "round",
    "to_number",
    "to_text",
]
TEXTUAL = ["lower", "upper", "trim", "length", "to_number", "to_text"]
DATES = ["year", "month", "day", "weekday", "hour", "to_text"]


@pytest.mark.parametrize(
    "text",
    [
        *(f"{name}(Age)" for name in NUMERIC),
        *(f"{name}(Name)" for name in TEXTUAL),
        *(f"{name}(day)" for name in DATES),
        *(f"Age {symbol} SibSp" for symbol in ("+", "-", "*", "/", "//", "%", "**")),
        *(f"SibSp {symbol} Age" for symbol in ("+", "-", "*", "/", "//", "%", "**")),
        "1 ** Age",
        "Age ** 0",
        "-Age",
        "Name + Name",
        "'x' + Name",
        "concat('x', Age)",
        "concat(day, 'x')",
        "min(Age, 1)",
        "max(1, Age)",
        "clip(Age, 0, 1)",
        "clip(1, Age, 2)",
        "clip(1, 0, Age)",
        "replace(Name, 'a', 'b')",
        "substring(Name, 1)",
        "split_part(Name, ',', 1)",
        "days_between(day, date('2024-01-31'))",
        "days_between(date('2024-01-31'), day)",
        "add_days(day, 1)",
        "add_days(date('2024-01-31'), Age)",
        "if(true, Age, 1)",
        "coalesce(Age, Age)",
    ],
)
def test_missing_in_is_missing_out(text: str) -> None:
    assert result(text)[1] is None


@pytest.mark.parametrize(
    "text",
    [
        *(f"Age {symbol} 22" for symbol in ("<", "<=", ">", ">=", "==", "!=")),
        *(f"22 {symbol} Age" for symbol in ("<", "<=", ">", ">=", "==", "!=")),
        *(f"SibSp {symbol} Age" for symbol in ("<", "<=", ">", ">=", "==", "!=")),
        *(f"Name {symbol} 'x'" for symbol in ("<", "<=", ">", ">=", "==", "!=")),
        *(f"deck {symbol} Name" for symbol in ("<", "<=", ">", ">=", "==", "!=")),
        *(f"day {symbol} date('2024-01-31')" for symbol in ("<", "<=", ">", ">=", "==", "!=")),
        "-10 < Age < 10",
        "-10 < Age + 0 != 10",
        "Age in (22, 1)",
        "Age not in (22, 1)",
        "Name in ('x')",
        "Name not in ('x')",
        "day not in (date('2024-01-31'))",
        "contains(Name, '')",
        "starts_with(Name, '')",
        "ends_with(Name, '')",
        "unsure",
        "unsure == true",
    ],
)
def test_a_comparison_with_a_missing_value_is_false(text: str) -> None:
    assert result(text)[1] is False


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda function: function.name)
def test_every_function_gives_what_its_example_says(function: Function) -> None:
    assert result(f"to_text({function.example})") == [function.gives] * 4
    assert function.help.endswith(".")
    assert function.signature.startswith(f"{function.name}(")


@pytest.mark.parametrize(
    "name",
    [
        "a b",
        "]",
        "[",
        "a]b]]",
        "it's",
        'say "x"',
        "\n",
        "Grüße 😀",
        "\u202ex",
        "if",
        "1st",
        "",
        " ",
        "a.b",
        "\\",
        "{x}",
    ],
)
def test_a_column_of_any_name_can_be_read(name: str) -> None:
    frame = pd.DataFrame({name: [1, 2]})
    formula = parse(f"[{name.replace(']', ']]')}] * 2")
    assert formula.columns == (name,)
    assert formula.evaluate(frame).tolist() == [2, 4]


def test_columns_are_told_once_in_their_order() -> None:
    assert parse("if(b > 1, [a c], b) + a").columns == ("b", "a c", "a")


def test_other_columns_of_the_frame_may_hold_anything() -> None:
    odd: list[Any] = [[1], {}, object(), None]
    frame = people().assign(odd=odd, spell=pd.Timedelta(days=1))
    assert parse("SibSp + 1").evaluate(frame).tolist() == [2, 1, 4, -6]
    assert "spell" in str(refused("spell + 1", frame))


def test_every_dtype_is_read_as_one_of_five() -> None:
    frame = pd.DataFrame(
        {
            "a": np.array([1, 2], dtype="uint8"),
            "b": np.array([1, 2], dtype="float32"),
            "c": pd.array([1, None], dtype="Int64"),
            "d": np.array([1, 2**63], dtype="uint64"),
            "e": pd.Series(["x", None], dtype="object"),
            "f": pd.Categorical([3, 5]),
            "g": pd.to_datetime(["2024-01-31 23:00", "2024-01-31"], format="ISO8601").tz_localize("Asia/Tokyo"),
            "h": pd.Series(["x", None], dtype="string"),
            "i": pd.to_datetime(["2024-01-31", "2024-01-31"]).astype("datetime64[ns]"),
            "j": pd.array([1.5, None], dtype="Float64"),
            "k": pd.Series([True, 2.0], dtype="object"),
        }
    )
    schema = schema_of(frame)
    expected = [
        "integer",
        "number",
        "number",
        "number",
        "text",
        "text",
        "date",
        "text",
        "date",
        "number",
        "text",
    ]
    assert list(schema.values()) == expected
    for name, kind in schema.items():
        assert str(parse(name).evaluate(frame).dtype) == DTYPES[kind], name
    assert parse("hour(g)").evaluate(frame).tolist() == [23, 0]
    assert parse("f").evaluate(frame).tolist() == ["3", "5"]
    assert parse("k").evaluate(frame).tolist() == ["true", "2"]


def test_whole_numbers_never_wrap_around() -> None:
    frame = pd.DataFrame({"n": [1, 4_000_000_000_000_000_000], "low": [0, -(2**63)]})
    for text in (
        "n * n",
        "n + n + n",
        "0 - n - n - n",
        "n * 3",
        "-low",
        "abs(low)",
        "9223372036854775807 + n",
    ):
        with pytest.raises(FormulaError, match="too large for a whole number"):
            parse(text).evaluate(frame)
    assert parse("to_number(n) * n").evaluate(frame)[1] == pytest.approx(1.6e37)
    assert parse("n + n").evaluate(frame)[1] == 8_000_000_000_000_000_000


def test_two_columns_of_one_name_are_refused() -> None:
    frame = pd.DataFrame([[1, 2]], columns=["a", "a"])
    with pytest.raises(FormulaError, match="Several columns"):
        parse("a + 1").evaluate(frame)
