"""The functions that a formula may call: the table for checking, completion and the documentation."""

from __future__ import annotations

import re
from difflib import get_close_matches

import pandas as pd

from flowza.engine.formula.errors import FormulaError, mistake
from flowza.engine.formula.functions import ANY, BOOLEAN, DATE, NUMBER, TEXT, Function, Parameter, counts
from flowza.engine.formula.tree import Call, Literal
from flowza.engine.operations import formula_columns, formula_functions, formula_texts

_number = Parameter("number", NUMBER)
_text = Parameter("text", TEXT)
_date = Parameter("date", DATE)
_value = Parameter("value", ANY)
_part = Parameter("part", TEXT, written=True)
_separator = Parameter(
    "separator", TEXT, written=True, allows=lambda value: value != "", must="a text of at least one character"
)
_old = Parameter("old", TEXT, written=True, allows=lambda value: value != "", must=_separator.must)
_new = Parameter("new", TEXT, written=True)
_place = Parameter(
    "number",
    NUMBER,
    written=True,
    allows=lambda value: counts(-10_000, 10_000)(value) and value != 0,
    must="a whole number from 1, or from -1 down to count from the end",
)
_start = Parameter("start", NUMBER, written=True, allows=counts(1, 10**6), must="a whole number from 1 to 1,000,000")
_length = Parameter("length", NUMBER, True, True, allows=counts(0, 10**6), must="a whole number from 0 to 1,000,000")
_digits = Parameter("digits", NUMBER, True, True, allows=counts(-15, 15), must="a whole number from -15 to 15")

_texts, _numbers = formula_texts, formula_functions
_TABLE = (
    Function(
        "if",
        (Parameter("condition", BOOLEAN), Parameter("then", ANY), Parameter("otherwise", ANY)),
        "same",
        "One value where the condition holds, the other everywhere else, also where it is unknown.",
        'if(3 > 2, "yes", "no")',
        "yes",
        _numbers.choose,
        "choice",
    ),
    Function(
        "case",
        (
            Parameter("condition", ANY),
            Parameter("value", ANY),
            Parameter("value", ANY, repeated=True, optional=True),
        ),
        "same",
        "The value after the first condition that holds; the last value, or missing, where none does.",
        'case(12 < 12, "child", 12 < 18, "youth", "adult")',
        "youth",
        _numbers.choose,
        "choice",
        "case(condition, value, condition, value, …[, otherwise])",
    ),
    Function(
        "coalesce",
        (_value, Parameter("value", ANY, repeated=True)),
        "same",
        "The first of the values that is not missing.",
        "coalesce(sqrt(-1), 5)",
        "5",
        _numbers.coalesce,
        "choice",
    ),
    Function(
        "is_missing",
        (_value,),
        "boolean",
        "Whether there is no value.",
        "is_missing(sqrt(-1))",
        "true",
        _numbers.is_missing,
        "choice",
    ),
    *(
        Function(name, (_number,), result, text, example, gives, computes, "numbers")
        for name, result, text, example, gives, computes in (
            ("abs", "whole", "The number without its sign.", "abs(-3)", "3", _numbers.number_abs),
            ("sign", "whole", "-1, 0 or 1.", "sign(-3.5)", "-1", _numbers.number_sign),
            ("floor", "whole", "The next whole number below.", "floor(2.7)", "2", _numbers.number_floor),
            ("ceil", "whole", "The next whole number above.", "ceil(2.1)", "3", _numbers.number_ceil),
            ("sqrt", "number", "The square root; missing below 0.", "sqrt(9)", "3", _numbers.number_sqrt),
            ("exp", "number", "e to the power of the number.", "exp(0)", "1", _numbers.number_exp),
            (
                "log",
                "number",
                "The natural logarithm; missing for 0 and below.",
                "log(1)",
                "0",
                _numbers.number_log,
            ),
            ("log10", "number", "The logarithm to base 10.", "log10(1000)", "3", _numbers.number_log10),
            (
                "log1p",
                "number",
                "The natural logarithm of 1 + the number.",
                "log1p(0)",
                "0",
                _numbers.number_log1p,
            ),
            ("sin", "number", "The sine of an angle in radians.", "sin(0)", "0", _numbers.number_sin),
            ("cos", "number", "The cosine of an angle in radians.", "cos(0)", "1", _numbers.number_cos),
        )
    ),
    Function(
        "round",
        (_number, _digits),
        "whole",
        "Rounded to so many decimals, 0 if not given; halves go to the even neighbour (2.5 to 2).",
        "round(3.14159, 2)",
        "3.14",
        _numbers.number_round,
        "numbers",
    ),
    Function(
        "min",
        (_number, Parameter("number", NUMBER, repeated=True)),
        "same",
        "The smallest of the numbers in this row; missing if one of them is.",
        "min(3, 1, 2)",
        "1",
        _numbers.number_min,
        "numbers",
    ),
    Function(
        "max",
        (_number, Parameter("number", NUMBER, repeated=True)),
        "same",
        "The largest of the numbers in this row; missing if one of them is.",
        "max(3, 1, 2)",
        "3",
        _numbers.number_max,
        "numbers",
    ),
    Function(
        "clip",
        (_number, Parameter("low", NUMBER), Parameter("high", NUMBER)),
        "same",
        "The number, but not below the low bound and not above the high one.",
        "clip(120, 0, 100)",
        "100",
        _numbers.number_clip,
        "numbers",
    ),
    *(
        Function(name, (_text,), result, text, example, gives, computes, "text")
        for name, result, text, example, gives, computes in (
            ("lower", "text", "In small letters.", 'lower("Ada")', "ada", _texts.text_lower),
            ("upper", "text", "In capital letters.", 'upper("Ada")', "ADA", _texts.text_upper),
            ("trim", "text", "Without white space at both ends.", 'trim("  Ada ")', "Ada", _texts.text_trim),
            ("length", "number", "How many characters it has.", 'length("Ada")', "3", _texts.text_length),
        )
    ),
    *(
        Function(name, (_text, _part), "boolean", text, example, gives, computes, "text")
        for name, text, example, gives, computes in (
            (
                "contains",
                "Whether the part occurs in it.",
                'contains("Ada", "d")',
                "true",
                _texts.text_contains,
            ),
            (
                "starts_with",
                "Whether it begins so.",
                'starts_with("Ada", "d")',
                "false",
                _texts.text_starts_with,
            ),
            ("ends_with", "Whether it ends so.", 'ends_with("Ada", "a")', "true", _texts.text_ends_with),
        )
    ),
    Function(
        "replace",
        (_text, _old, _new),
        "text",
        "The text with every occurrence of the old part replaced by the new one.",
        'replace("a-b-c", "-", "/")',
        "a/b/c",
        _texts.text_replace,
        "text",
    ),
    Function(
        "substring",
        (_text, _start, _length),
        "text",
        "So many characters from the given one on (the first is 1); without a length, all that follow.",
        'substring("passenger", 1, 4)',
        "pass",
        _texts.text_substring,
        "text",
    ),
    Function(
        "split_part",
        (_text, _separator, _place),
        "text",
        "One part of a divided text: 1 is the first, -1 the last; missing if there is no such part.",
        'split_part("Braund, Mr. Owen", ", ", 1)',
        "Braund",
        _texts.text_split_part,
        "text",
    ),
    Function(
        "concat",
        (_value, Parameter("value", ANY, repeated=True, optional=True)),
        "text",
        "All values put together as one text; missing if one of them is.",
        'concat("Deck ", 3)',
        "Deck 3",
        _texts.text_concat,
        "text",
    ),
    Function(
        "to_text",
        (_value,),
        "text",
        "The value as text: 3, 2.5, true, 2024-01-31.",
        "to_text(3.0)",
        "3",
        formula_columns.to_text,
        "text",
    ),
    Function(
        "to_number",
        (Parameter("value", NUMBER | TEXT | BOOLEAN),),
        "number",
        "The number that a text spells, missing if it spells none; true is 1, false is 0.",
        'to_number(" 12.5 ")',
        "12.5",
        _texts.to_number,
        "text",
    ),
    Function(
        "date",
        (Parameter("text", TEXT, written=True),),
        "date",
        'A date written out as "2024-01-31" or "2024-01-31 18:30". For a column of texts use a Cast step.',
        'date("2024-01-31")',
        "2024-01-31",
        formula_columns.constant,
        "dates",
    ),
    *(
        Function(name, (_date,), "number", text, example, gives, computes, "dates")
        for name, text, example, gives, computes in (
            ("year", "The year.", 'year(date("2024-01-31"))', "2024", _texts.date_year),
            ("month", "The month, 1 to 12.", 'month(date("2024-01-31"))', "1", _texts.date_month),
            ("day", "The day of the month.", 'day(date("2024-01-31"))', "31", _texts.date_day),
            (
                "weekday",
                "0 for Monday to 6 for Sunday.",
                'weekday(date("2024-01-31"))',
                "2",
                _texts.date_weekday,
            ),
            ("hour", "The hour, 0 to 23.", 'hour(date("2024-01-31 18:30"))', "18", _texts.date_hour),
        )
    ),
    Function(
        "days_between",
        (Parameter("start", DATE), Parameter("end", DATE)),
        "number",
        "The days from start to end, parts of days as decimals; negative if the end comes first.",
        'days_between(date("2024-01-31"), date("2024-03-01"))',
        "30",
        _texts.days_between,
        "dates",
    ),
    Function(
        "add_days",
        (_date, Parameter("days", NUMBER)),
        "date",
        "The date so many days later, earlier if negative.",
        'add_days(date("2024-01-31"), 1)',
        "2024-02-01",
        _texts.add_days,
        "dates",
    ),
)
FUNCTIONS: dict[str, Function] = {function.name: function for function in _TABLE}

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2})?)?", re.ASCII)
_OUTSIDE = frozenset({"sum", "mean", "avg", "average", "median", "count", "std", "rank", "lag", "now", "today"})


def unknown_function(name: str, position: int) -> FormulaError:
    close = get_close_matches(name[:60].lower(), FUNCTIONS, n=1)
    hint = f"Did you mean '{close[0]}'?" if close else ""
    if name.lower() in _OUTSIDE:
        hint = "A formula sees its row alone, neither other rows nor the time of day; Group by has aggregates."
    return FormulaError(f"Unknown function '{name[:60]}' at character {position + 1}.", position, hint)


def date_literal(call: Call) -> Literal:
    """The date that `date("2024-01-31")` stands for."""
    hint = 'Write date("2024-01-31") or date("2024-01-31 18:30"); texts of a column become dates by a Cast step.'
    argument = call.arguments[0] if len(call.arguments) == 1 else None
    if not isinstance(argument, Literal) or not isinstance(argument.value, str):
        raise mistake("'date' needs one text that is written out", call.start, hint)
    if not _DATE.fullmatch(argument.value):
        raise mistake(f"'{argument.value[:30]}' is no date", argument.start, hint)
    try:
        value = pd.Timestamp(argument.value).as_unit("us")
    except ValueError:
        raise mistake(f"'{argument.value}' is not in the calendar", argument.start) from None
    return Literal(call.start, call.end, value)
