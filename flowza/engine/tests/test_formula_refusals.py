"""What formulas refuse, and in which words."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowza.engine.formula import FUNCTIONS, FormulaError, parse
from flowza.engine.formula.parser import RESERVED
from flowza.engine.tests.hostile_formulas import HOSTILE

SCHEMA = {"Age": "number", "SibSp": "integer", "Name": "text", "ok": "boolean", "day": "date", "odd": "other"}


def refusal(text: str) -> FormulaError:
    with pytest.raises(FormulaError) as caught:
        parse(text).check(SCHEMA)
    return caught.value


def test_the_hostile_list_is_long_and_has_no_twins() -> None:
    assert len(HOSTILE) >= 200
    assert len(set(HOSTILE)) == len(HOSTILE)


class Watch:
    """Notes what Python runs, opens or starts while `events` is a list. An audit hook cannot be taken away."""

    FORBIDDEN = ("exec", "compile", "open", "import", "os.", "subprocess.", "socket.", "ctypes.", "pickle.")

    def __init__(self) -> None:
        self.events: list[str] | None = None
        sys.addaudithook(self.note)

    def note(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.events is not None and event.startswith(self.FORBIDDEN):
            self.events.append(event)


WATCH = Watch()


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:40]))
def test_a_hostile_formula_is_refused_and_runs_nothing(text: str) -> None:
    caught: FormulaError | None = None
    events: list[str] = []
    WATCH.events = events
    try:
        parse(text).check(SCHEMA)
    except FormulaError as error:
        caught = error
    finally:
        WATCH.events = None
    assert caught is not None, "accepted"
    assert events == []
    assert 0 <= caught.position <= len(text)
    assert len(str(caught)) < 500
    assert str(caught).isprintable()


def test_the_watch_sees_what_runs() -> None:
    seen: list[str] = []
    WATCH.events = seen
    try:
        compile("1", "", "eval")
    finally:
        WATCH.events = None
    assert "compile" in seen


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("2 * Agee", 4, "Unknown column 'Agee' at character 5. Did you mean 'Age'?"),
        ("name", 0, "Unknown column 'name' at character 1. Did you mean 'Name'?"),
        ("1 + upper", 4, "Unknown column 'upper' at character 5. 'upper' is a function: upper(text)."),
        ("Upper(Name)", 0, "Unknown function 'Upper' at character 1. Did you mean 'upper'?"),
        (
            "Name + 3",
            7,
            "'+' needs two numbers or two texts; 'Name' is text and 3 is a number (at character 8). "
            "Use concat(…) to put text together with other values, or to_number(…) to calculate.",
        ),
        ("Age - Name", 6, "'-' needs two numbers; 'Age' is a number and 'Name' is text"),
        ("1 + ok", 4, "Use if(…, 1, 0) to calculate with true and false."),
        ("day - day", 6, "Use days_between(start, end) or add_days(date, days)."),
        ("Age + 1 + Name", 10, "what stands before it is a number and 'Name' is text"),
        ("Age and ok", 0, "'and' needs true or false; 'Age' is a number"),
        ("if(SibSp + 1, 1, 2)", 3, "'if' needs true or false; 'SibSp + 1' is a number"),
        ("if(ok, 1, Name)", 10, "The values must be of one type; 1 is a number and 'Name' is text"),
        ("if(ok, true, missing)", 13, "True or false cannot be missing"),
        ("day > '2024-01-31'", 6, 'Write the date as date("2024-01-31").'),
        ("Age in ('a', 'b')", 8, "'in' needs two values of one type"),
        ("Age in [1, 2]", 7, "After 'in' the list goes in round brackets"),
        ("Age == missing", 7, "is_missing"),
        ("ok < true", 5, "True and false have no order"),
        ("Age = 3", 4, "Use == to compare."),
        ("Age AND ok", 4, "Write 'and' in small letters."),
        ("Name.upper()", 4, "There are no methods"),
        (
            "sqrt(Name)",
            5,
            "'sqrt' needs a number here; 'Name' is text (at character 6). Usage: sqrt(number).",
        ),
        ("round(Age, SibSp)", 11, "The value for 'digits' in 'round' must be written out, not computed"),
        ("round(Age, 99)", 11, "must be a whole number from -15 to 15"),
        ("clip(Age, 1)", 0, "'clip' needs more values (at character 1). Write clip(number, low, high)."),
        ("sum(Age)", 0, "A formula sees its row alone"),
        ("date('2024-02-30')", 5, "is not in the calendar"),
        ("date(Name)", 0, "Cast"),
        ("odd + 1", 0, "Formulas cannot read the column 'odd'"),
        ("Age +", 5, "The formula ends where"),
        ("(Age", 4, "The formula ends where ')' after the expression should follow"),
        ("'Age", 0, "This text has no closing quote"),
        ("[Age", 0, "This column name has no closing bracket"),
        ("1 < 2 in (3)", 6, "Put brackets around one of the comparisons"),
    ],
)
def test_a_mistake_is_told_at_its_place(text: str, position: int, message: str) -> None:
    error = refusal(text)
    assert message in str(error)
    assert error.position == position


def test_messages_show_control_characters_of_column_names_as_spaces() -> None:
    assert str(refusal("[a\nb\u202e]")).isprintable()


def test_the_longest_formulas_are_still_read() -> None:
    wide = " + ".join(["Age"] * 333)
    assert parse(wide).check(SCHEMA) == "number"
    assert parse("(" * 31 + "Age" + ")" * 31).check(SCHEMA) == "number"
    assert parse("if(ok, 1, " * 30 + "2" + ")" * 30).check(SCHEMA) == "integer"


SYMBOLS = [
    "+",
    "-",
    "*",
    "/",
    "//",
    "%",
    "**",
    "<",
    "<=",
    ">",
    ">=",
    "==",
    "!=",
    "(",
    ")",
    ",",
    "[",
    "]",
    "[[",
    "]]",
    "'",
    '"',
    "\\",
    ".",
    "1",
    "2.5",
    "'a'",
    "\n",
]
WORDS = [*FUNCTIONS, *RESERVED, *SCHEMA, *SYMBOLS]


@settings(max_examples=500, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join)))
def test_any_text_is_a_formula_or_a_formula_error(text: str) -> None:
    try:
        assert parse(text).check(SCHEMA) in ("number", "integer", "text", "boolean", "date")
    except FormulaError as error:
        assert 0 <= error.position <= len(text)
        assert error.message
