"""What holds for every formula: rows stand alone, dtypes do not depend on values, the printed code gives the same."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowza.engine.formula import FUNCTIONS, Formula, FormulaError, parse, schema_of
from flowza.engine.formula.language import DTYPES

ROWS = 7
NUMBERS = st.one_of(st.none(), st.floats(width=64), st.sampled_from([0.0, -0.0, 1.0, -2.5, 1e300, 1e-300, 3.0, 1e15]))
INTEGERS = st.one_of(st.integers(-5, 5), st.integers(-(2**63), 2**63 - 1))
TEXTS = st.one_of(
    st.none(),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.sampled_from(["a,b", " 12.5 ", "1e5", "ß", "x-y-z", "", "-.5", "ǅ"]),
)
DATES = st.one_of(st.none(), st.datetimes())
BOOLEANS = st.booleans()


def leaf(column: str, *written: str) -> st.SearchStrategy[str]:
    return st.sampled_from([column, *written])


def formulas(kind: str, depth: int) -> st.SearchStrategy[str]:
    """Formulas of one type over the columns of `frames`."""
    leaves = {
        "number": leaf("x", "[y z]", "n", "3", "0", "-2", "0.5", "1e200"),
        "text": leaf("t", "cat", "'a'", "'x-y'", "''"),
        "boolean": leaf("b", "maybe", "true", "false"),
        "date": leaf("d", "date('2024-01-31')", "date('0001-01-01 12:00')"),
    }
    return leaves[kind] if depth == 0 else st.one_of(leaves[kind], branch(kind, depth - 1))


def branch(kind: str, depth: int) -> st.SearchStrategy[str]:
    n, t, b, d = (formulas(name, depth) for name in ("number", "text", "boolean", "date"))
    same = {"number": n, "text": t, "boolean": b, "date": d}[kind]

    def form(pattern: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.tuples(*parts).map(lambda values: pattern.format(*values))

    order = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
    any_of = st.one_of(n, t, b, d)
    choices = [
        form("if({}, {}, {})", b, same, same),
        form("case({}, {}, {}, {}, {})", b, same, b, same, same),
        form("coalesce({}, {})", same, same),
        form("({} if {} else {})", same, b, same),
    ]
    if kind != "boolean":
        choices.append(form("if({}, {}, missing)", b, same))
    by_kind: dict[str, list[st.SearchStrategy[str]]] = {
        "number": [
            form("({} {} {})", n, st.sampled_from(["+", "-", "*", "/", "//", "%"]), n),
            form("({} + {} - {} * {})", n, n, n, n),
            form("({} ** {})", n, st.sampled_from(["2", "0.5", "-1", "x", "n"])),
            form("({} {} {})", n, st.sampled_from(["//", "%"]), st.sampled_from(["3", "1", "-2", "0"])),
            form("-({})", n),
            form(
                "{}({})",
                st.sampled_from(
                    ["abs", "sign", "floor", "ceil", "sqrt", "exp", "log", "log10", "log1p", "sin", "cos", "round"]
                ),
                n,
            ),
            form("round({}, {})", n, st.sampled_from(["0", "2", "-1", "15"])),
            form("{}({}, {}, {})", st.sampled_from(["min", "max", "clip"]), n, n, n),
            form("length({})", t),
            form("to_number({})", st.one_of(n, t, b)),
            form("{}({})", st.sampled_from(["year", "month", "day", "weekday", "hour"]), d),
            form("days_between({}, {})", d, d),
        ],
        "text": [
            form("({} + {})", t, t),
            form("{}({})", st.sampled_from(["lower", "upper", "trim"]), t),
            form("replace({}, 'x', '-yy')", t),
            form("substring({}, 2)", t),
            form("substring({}, 1, 3)", t),
            form("split_part({}, '-', {})", t, st.sampled_from(["1", "2", "-1"])),
            form("concat({}, {})", any_of, any_of),
            form("to_text({})", any_of),
        ],
        "boolean": [
            form("({} {} {})", n, order, n),
            form("({} {} {})", t, order, t),
            form("({} {} {})", d, order, d),
            form("({} {} {} {} {})", n, order, n, order, n),
            form("({} == {})", b, b),
            form("({} and {} or not {})", b, b, b),
            form("is_missing({})", any_of),
            form("({} in (1, 2.5, -2))", n),
            form("({} not in ('a', ''))", t),
            form("{}({}, '-')", st.sampled_from(["contains", "starts_with", "ends_with"]), t),
        ],
        "date": [form("add_days({}, {})", d, n)],
    }
    return st.one_of(*choices, *by_kind[kind])


ANY_FORMULA = st.sampled_from(["number", "text", "boolean", "date"]).flatmap(lambda kind: formulas(kind, 2))


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    def column(values: st.SearchStrategy[Any]) -> list[Any]:
        return draw(st.lists(values, min_size=ROWS, max_size=ROWS))

    return pd.DataFrame(
        {
            "x": np.array(column(NUMBERS), dtype="float64"),
            "[y z]"[1:-1]: np.array(column(st.floats(width=32)), dtype="float32"),
            "n": np.array(column(INTEGERS), dtype="int64"),
            "t": pd.array(column(TEXTS), dtype="str"),
            "cat": pd.Categorical(column(st.sampled_from(["a", "x-y", None])), categories=["x-y", "a", "z"]),
            "b": column(BOOLEANS),
            "maybe": pd.array(column(st.one_of(st.none(), BOOLEANS)), dtype="boolean"),
            "d": pd.array(column(DATES), dtype="datetime64[us]"),
        },
        index=draw(st.permutations(range(ROWS))),
    )


def outcome(formula: Formula, frame: pd.DataFrame) -> pd.Series | None:
    """The formula's column; None where whole numbers became too large."""
    try:
        return formula.evaluate(frame)
    except FormulaError as error:
        assert "too large for a whole number" in error.message
        return None


def same(left: pd.Series, right: pd.Series) -> None:
    pd.testing.assert_series_equal(left, right, check_exact=True, check_names=False)
    if left.dtype == "float64":
        present = left.notna().to_numpy()
        assert np.array_equal(np.signbit(left[present]), np.signbit(right[present]))


def namespace(functions: tuple[Callable[..., Any], ...]) -> dict[str, Any]:
    """What a script knows that prints these functions."""
    source = "\n".join(inspect.getsource(function) for function in functions)
    known: dict[str, Any] = {"np": np, "pd": pd, "Any": Any}
    exec(source, known)  # noqa: S102 - our own functions, as an exported script has them
    return known


def computed_by_script(formula: Formula, frame: pd.DataFrame, like: pd.DataFrame | None) -> pd.Series:
    known = namespace(formula.functions_used(like)) | {"frame": frame}
    result = eval(formula.to_python(like=like), known)  # noqa: S307 - printed by us
    assert isinstance(result, pd.Series)
    return result


QUIET = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@QUIET
@given(ANY_FORMULA, frames(), st.lists(st.integers(0, ROWS - 1), max_size=ROWS))
def test_a_row_gives_the_same_alone_and_among_others(text: str, frame: pd.DataFrame, rows: list[int]) -> None:
    formula = parse(text)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        whole = outcome(formula, frame)
        if whole is None:
            return
        assert str(whole.dtype) == DTYPES[formula.check(schema_of(frame))]
        assert whole.index.equals(frame.index)
        for subset in (rows, rows[:1], []):
            same(formula.evaluate(frame.iloc[subset]), whole.iloc[subset])


@pytest.mark.slow
@QUIET
@given(ANY_FORMULA, frames())
def test_the_printed_code_gives_the_same_to_the_last_bit(text: str, frame: pd.DataFrame) -> None:
    formula = parse(text)
    expected = outcome(formula, frame)
    for like in (None, frame, frame.iloc[:0]):
        if expected is None:
            with pytest.raises(OverflowError):
                computed_by_script(formula, frame, like)
        else:
            same(computed_by_script(formula, frame, like), expected)


NUMERIC = ("x", "[y z]", "n", "3", "0", "-2.5")
SYMBOLS = ("+", "-", "*", "/", "//", "%", "**", "<", "<=", ">", ">=", "==", "!=")
VALUES = ("x", "n", "t", "cat", "b", "maybe", "d")
EVERY_KIND = [
    *(f"{left} {symbol} {right}" for left in NUMERIC for symbol in SYMBOLS for right in NUMERIC),
    *(f"{left} {symbol} {right}" for symbol in SYMBOLS[7:] for left in ("t", "'a'") for right in ("cat", "'x-y'")),
    *(f"d {symbol} {right}" for symbol in SYMBOLS[7:] for right in ("d", "date('2024-01-31')")),
    *(
        f"{name}({n})"
        for name in ["abs", "sign", "floor", "ceil", "sqrt", "exp", "log", "log10", "log1p", "sin", "cos", "round", "-"]
        for n in "xn"
    ),
    *(f"{name}({', '.join(n)})" for name in ("min", "max", "clip") for n in ("xnx", "nnn", "n12", "1n2", "12x")),
    *(f"{name}({t})" for name in ["lower", "upper", "trim", "length"] for t in ("t", "cat", "'a'")),
    *(f"{name}(t, '-')" for name in ["contains", "starts_with", "ends_with"]),
    *(f"{name}(d)" for name in ["year", "month", "day", "weekday", "hour"]),
    *(f"{name}({value})" for name in ("is_missing", "to_text", "concat") for value in VALUES),
    *(f"to_number({value})" for value in ("x", "n", "t", "cat", "b", "maybe")),
    *(f"if({c}, {v}, {v})" for c in ("b", "maybe", "true", "x > 0") for v in VALUES),
    *(f"case(b, {v}, maybe, {v})" for v in ("x", "n", "t", "cat", "d")),
    *(f"coalesce({v}, {v})" for v in VALUES),
    *(f"add_days({date}, {days})" for date in ("d", "date('2024-01-31')") for days in ("x", "n", "1.5")),
    *("x in (1, -2.5)", "n not in (1, 2.0, 0.5)", "t in ('', 'a,b')", "d not in (date('2024-01-31'))", "b in (true)"),
    *("days_between(d, date('2024-01-31'))", "days_between(d, d)", "round(x, 2)", "round(n, -1)", "round(n, 1)"),
    *("t + cat", "'a' + t", "replace(t, '-', '--')", "substring(t, 2)", "split_part(t, '-', 2)", "1 < x + 0 < n != 3"),
    *("not maybe", "b and maybe or not b", "b == maybe", "maybe != false", "b != maybe"),
]


def tricky_frame() -> pd.DataFrame:
    """Values that stand at the edges of the functions, some of them in no other row."""
    day = np.array(
        ["2024-01-31", "NaT", "1969-12-31 23:59:59.999999", "0001-01-01", "9999-12-31", "2024-02-29"],
        dtype="datetime64[us]",
    )
    return pd.DataFrame(
        {
            "x": [0.0, -0.0, np.nan, 1e300, -1.5, 2.5],
            "y z": np.array([3.0, np.inf, 0.1, np.nan, -7.0, 0.0], dtype="float32"),
            "n": [0, 1, -7, 3, 2, 10],
            "t": pd.array(["-a-b", "", None, " 1e3 ", "ß", "a,b"], dtype="str"),
            "cat": pd.Categorical(["a", None, "x-y", "a", "a", "x-y"], categories=["x-y", "a", "z"]),
            "b": [True, False, True, False, True, False],
            "maybe": pd.array([True, None, False, None, True, False], dtype="boolean"),
            "d": day,
        }
    )


@pytest.mark.parametrize("text", EVERY_KIND)
def test_each_operation_works_row_by_row_and_as_its_script(text: str) -> None:
    formula, frame = parse(text), tricky_frame()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        whole = formula.evaluate(frame)
        assert str(whole.dtype) == DTYPES[formula.check(schema_of(frame))]
        for rows in ([], *([row] for row in range(len(frame))), [5, 0, 0], [4, 3]):
            same(formula.evaluate(frame.iloc[rows]), whole.iloc[rows])
        for like in (None, frame.iloc[:0]):
            same(computed_by_script(formula, frame, like), whole)


@QUIET
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), st.text(max_size=20))
def test_printed_names_and_texts_are_what_was_written(name: str, text: str) -> None:
    frame = pd.DataFrame({name: ["a"]})
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    formula = f'concat([{name.replace("]", "]]")}], "{escaped}")'
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        with pytest.raises(FormulaError):
            parse(formula)
        return
    assert parse(formula).evaluate(frame)[0] == "a" + text
    assert computed_by_script(parse(formula), frame, frame)[0] == "a" + text


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda function: function.name)
def test_each_example_is_the_same_as_its_script(function: Any) -> None:
    frame = pd.DataFrame(index=range(3))
    formula = parse(function.example)
    same(computed_by_script(formula, frame, None), formula.evaluate(frame))


def test_many_rows_give_what_few_rows_give() -> None:
    generator = np.random.default_rng(5)
    count = 5_000
    frame = pd.DataFrame(
        {
            "x": generator.normal(size=count),
            "t": pd.array(generator.choice(np.array(["a", "b-c", None]), size=count), dtype="str"),
            "maybe": pd.array(generator.choice(np.array([True, False, None]), size=count), dtype="boolean"),
        }
    )
    # A column that lies strided in memory, as frames of one dtype have them.
    frame = frame.assign(y=generator.normal(size=(count, 4))[:, 1])
    for text in (
        "exp(x) + sin(y) ** 2 - cos(x * 100) + log(abs(y)) + log1p(abs(x)) + log10(y * y) + abs(x) ** y",
        "if(maybe, t, coalesce(t, 'z'))",
        "case(x > 1, t, x > 0, 'q')",
        "split_part(t, '-', 2) + to_text(x)",
    ):
        formula = parse(text)
        whole = formula.evaluate(frame)
        for rows in (slice(0, 1), slice(17, 18), slice(3, 900), slice(None, None, 7)):
            same(formula.evaluate(frame.iloc[rows]), whole.iloc[rows])


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("x * 2 + 1", 'frame["x"] * 2 + 1'),
        ("n + n + 1", 'add(frame["n"], frame["n"], 1)'),
        ("(x + 1) * (x - 1) - (x - 2)", '(frame["x"] + 1) * (frame["x"] - 1) - (frame["x"] - 2)'),
        ("1 < x and not b", '(frame["x"] > 1) & ~frame["b"]'),
        ("0 < x <= 1", '(frame["x"] > 0) & (frame["x"] <= 1)'),
        ("if(b, 'it\\'s', 'say \"x\"')", """choose(frame["b"], "it's", 'say "x"')"""),
        ("d > date('2024-01-31 18:30')", 'frame["d"] > pd.Timestamp("2024-01-31 18:30:00")'),
        ("3", "constant(frame, 3)"),
    ],
)
def test_printed_code_is_plain(text: str, printed: str) -> None:
    like = pd.DataFrame({"x": [1.0], "n": [1], "b": [True], "d": pd.array(["2024-01-31"], dtype="datetime64[us]")})
    assert parse(text).to_python(like=like) == printed


def test_without_dtypes_the_printed_code_converts_columns_itself() -> None:
    assert parse("x + 1").to_python("table") == 'add(column_values(table["x"]), 1)'
    names = [function.__name__ for function in parse("x + 1").functions_used()]
    assert {"add", "column_values", "to_text", "spelled"} <= set(names)
    assert names == list(dict.fromkeys(names))


def test_a_frame_name_must_be_a_variable() -> None:
    with pytest.raises(ValueError, match="no name of a variable"):
        parse("x").to_python("a; b")
