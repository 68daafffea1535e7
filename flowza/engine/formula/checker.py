"""Which type every part of a formula has, given the columns' types; mistakes are told at their place.

Types are number, integer, text, boolean and date; the written word `missing` has the type "missing" and
fits where a value of another type stands beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

import pandas as pd

from flowza.engine.formula.errors import FormulaError, mistake
from flowza.engine.formula.function_table import FUNCTIONS
from flowza.engine.formula.functions import BOOLEAN, NUMBER, Function, Parameter
from flowza.engine.formula.tree import (
    Call,
    Chain,
    Column,
    Compare,
    Literal,
    Logic,
    Membership,
    Node,
    Unary,
    children,
    walk,
)

WORDS = {"number": "a number", "integer": "a number", "boolean": "true or false", "missing": "missing"}
SCHEMA_WORDS = {
    **{word: word for word in ("number", "integer", "text", "boolean", "date")},
    "flag": "integer",
    "category": "text",
}
LARGEST_EXPONENT = 100
MOST_GROWTH = 2_000
_HINTS = {
    "text": "Use to_number(…) if the text spells numbers.",
    "boolean": "Use if(…, 1, 0) to calculate with true and false.",
    "date": "Use days_between(start, end) or add_days(date, days).",
    "missing": "",
}


def check_tree(tree: Node, text: str, schema: Mapping[str, str]) -> dict[Node, str]:
    """The type of each node. `schema`: column name -> type. Raises FormulaError."""
    checker = _Checker(text, schema)
    result = checker.visit(tree)
    if result == "missing":
        raise mistake("The result is always missing", tree.start)
    checker.refuse_growth(tree)
    return checker.types


def arithmetic_type(symbol: str, left: str, right: str, divisor: Node) -> str:
    """The type of `left symbol right` for operands that fit."""
    if left == "text":
        return "text"
    whole = left == right == "integer"
    if symbol in ("//", "%"):
        whole = whole and isinstance(divisor, Literal) and type(divisor.value) is int and divisor.value > 0
    return "integer" if whole and symbol not in ("/", "**") else "number"


class _Checker:
    def __init__(self, text: str, schema: Mapping[str, str]) -> None:
        self.text = text
        self.schema = schema
        self.types: dict[Node, str] = {}

    def visit(self, node: Node) -> str:
        self.types[node] = found = self.type_of(node)
        return found

    def type_of(self, node: Node) -> str:
        match node:
            case Literal():
                return literal_type(node)
            case Column():
                return self.column(node)
            case Chain():
                return self.chain(node)
            case Compare():
                return self.compare(node)
            case Membership():
                return self.membership(node)
            case Logic():
                return self.conditions(node.operands, f"'{node.operator}'")
            case Unary(operator="not"):
                return self.conditions((node.operand,), "'not'")
            case Unary():
                return self.signed(node)
            case Call():
                return self.call(node)
        raise TypeError(f"Unknown kind of node: {type(node).__name__}")

    # Columns

    def column(self, node: Column) -> str:
        if node.name not in self.schema:
            raise unknown_column(node, self.schema)
        kind = self.schema[node.name]
        if kind not in SCHEMA_WORDS:
            what = f"Formulas cannot read the column {named(node.name)}, whose type is '{kind}'"
            raise mistake(what, node.start, "Cast it first.")
        return SCHEMA_WORDS[kind]

    # Operators

    def chain(self, node: Chain) -> str:
        kind = self.visit(node.first)
        shown = self.described(node.first, kind)
        for symbol, operand in node.rest:
            other = self.visit(operand)
            texts = symbol == "+" and kind == other == "text"
            if not texts and not (kind in NUMBER and other in NUMBER):
                raise self.misfit(symbol, shown, kind, operand, other)
            if symbol == "**":
                self.refuse_exponent(operand)
            kind = arithmetic_type(symbol, kind, other, operand)
            shown = f"what stands before it is {WORDS.get(kind, kind)}"
        return kind

    def misfit(self, symbol: str, shown: str, kind: str, operand: Node, other: str) -> FormulaError:
        wanted = "two numbers or two texts" if symbol == "+" else "two numbers"
        hint = next((_HINTS[found] for found in (kind, other) if found in _HINTS), "")
        if symbol == "+" and "text" in (kind, other):
            hint = "Use concat(…) to put text together with other values, or to_number(…) to calculate."
        what = f"'{symbol}' needs {wanted}; {shown} and {self.described(operand, other)}"
        return mistake(what, operand.start, hint)

    def refuse_exponent(self, operand: Node) -> None:
        if any(isinstance(node, Column) for node in walk(operand)):
            return
        if not isinstance(operand, Literal) or abs(number_of(operand)) > LARGEST_EXPONENT:
            bounds = f"-{LARGEST_EXPONENT} and {LARGEST_EXPONENT}"
            raise mistake(f"An exponent without columns must be one number between {bounds}", operand.start)

    def signed(self, node: Unary) -> str:
        kind = self.visit(node.operand)
        if kind not in NUMBER:
            shown = self.described(node.operand, kind)
            raise mistake(f"'{node.operator}' needs a number; {shown}", node.operand.start, _HINTS.get(kind, ""))
        return kind

    def compare(self, node: Compare) -> str:
        left, kind = node.first, self.visit(node.first)
        for symbol, right in node.rest:
            other = self.visit(right)
            self.refuse_comparison(symbol, (left, kind), (right, other))
            left, kind = right, other
        return "boolean"

    def refuse_comparison(self, symbol: str, left: tuple[Node, str], right: tuple[Node, str]) -> None:
        kinds = {left[1], right[1]}
        shown = f"{self.described(*left)} and {self.described(*right)}"
        if "missing" in kinds:
            hint = "Use is_missing(…), or 'not is_missing(…)'."
            raise mistake("Nothing compares with missing", right[0].start, hint)
        if len(kinds) > 1 and not kinds <= NUMBER:
            hint = 'Write the date as date("2024-01-31").' if kinds == {"date", "text"} else ""
            raise mistake(f"'{symbol}' needs two values of one type; {shown}", right[0].start, hint)
        if kinds == BOOLEAN and symbol not in ("==", "!=", "in"):
            raise mistake(f"True and false have no order, so '{symbol}' cannot compare them", right[0].start)

    def membership(self, node: Membership) -> str:
        kind = self.visit(node.operand)
        for choice in node.choices:
            self.refuse_comparison("in", (node.operand, kind), (choice, self.visit(choice)))
        return "boolean"

    def conditions(self, operands: Sequence[Node], asker: str) -> str:
        for operand in operands:
            kind = self.visit(operand)
            if kind != "boolean":
                shown = self.described(operand, kind)
                hint = "Compare it with something, such as x > 0." if kind in NUMBER else ""
                raise mistake(f"{asker} needs true or false; {shown}", operand.start, hint)
        return "boolean"

    # Calls

    def call(self, node: Call) -> str:
        function, given = FUNCTIONS[node.name], len(node.arguments)
        if given < function.fewest or (function.most is not None and given > function.most):
            wanted = "more" if given < function.fewest else "fewer"
            raise mistake(f"'{node.name}' needs {wanted} values", node.start, f"Write {function.signature}.")
        if node.name in ("if", "case"):
            return self.choice(node)
        kinds = [self.visit(argument) for argument in node.arguments]
        for place, argument in enumerate(node.arguments):
            self.refuse_argument(function, function.parameter(place), argument, kinds[place])
        if function.result == "same":
            return self.together(node.arguments)
        if function.result == "whole":
            return "integer" if kinds[0] == "integer" and not self.rounds_to_tens(node) else "number"
        return function.result

    def refuse_argument(self, function: Function, parameter: Parameter, argument: Node, kind: str) -> None:
        usage = f"Usage: {function.signature}."
        if kind not in parameter.types:
            wanted = " or ".join(
                dict.fromkeys(WORDS.get(word, f"a {word}") for word in sorted(parameter.types, reverse=True))
            )
            wanted = "a value" if len(parameter.types) == 5 else wanted
            shown = self.described(argument, kind)
            raise mistake(f"'{function.name}' needs {wanted} here; {shown}", argument.start, usage)
        if not parameter.written:
            return
        what = f"The value for '{parameter.name}' in '{function.name}'"
        if not isinstance(argument, Literal):
            raise mistake(f"{what} must be written out, not computed", argument.start, usage)
        if not parameter.allows(argument.value):
            raise mistake(f"{what} must be {parameter.must}", argument.start, usage)

    def rounds_to_tens(self, node: Call) -> bool:
        digits = node.arguments[1] if len(node.arguments) > 1 else None
        return isinstance(digits, Literal) and number_of(digits) < 0

    def choice(self, node: Call) -> str:
        pairs = len(node.arguments) // 2
        conditions = node.arguments[: 2 * pairs : 2]
        self.conditions(conditions, f"'{node.name}'")
        values = [argument for argument in node.arguments if argument not in conditions]
        for value in values:
            self.visit(value)
        kind = self.together(values)
        gap = len(node.arguments) == 2 * pairs
        if gap and kind == "boolean":
            raise mistake("'case' of true and false needs a last value for all other rows", node.start)
        return "number" if gap and kind == "integer" else kind

    def together(self, values: Sequence[Node]) -> str:
        """The one type of values that stand for each other."""
        kinds = {self.types[value] for value in values} - {"missing"}
        gap = any(self.types[value] == "missing" for value in values)
        if not kinds:
            return "missing"
        if kinds <= NUMBER:
            return "integer" if kinds == {"integer"} and not gap else "number"
        if len(kinds) > 1:
            first = next(value for value in values if self.types[value] != "missing")
            odd = next(v for v in values if self.types[v] not in ("missing", self.types[first]))
            shown = f"{self.described(first, self.types[first])} and {self.described(odd, self.types[odd])}"
            raise mistake(f"The values must be of one type; {shown}", odd.start)
        if gap and kinds == BOOLEAN:
            odd = next(value for value in values if self.types[value] == "missing")
            raise mistake("True or false cannot be missing", odd.start, 'Use texts: "yes", "no", missing.')
        return kinds.pop()

    # Sizes and sentences

    def refuse_growth(self, node: Node) -> int:
        """How many times longer than its longest input a text may become; too much is refused."""
        below = [self.refuse_growth(child) for child in children(node)]
        growth = max(below, default=1)
        if self.types.get(node) == "text" and (isinstance(node, Chain) or getattr(node, "name", "") == "concat"):
            growth = sum(below)
        if isinstance(node, Call) and node.name == "replace":
            old, new = (len(str(part.value)) for part in node.arguments[1:] if isinstance(part, Literal))
            growth = below[0] * max(1, -(-new // old))
        if growth > MOST_GROWTH:
            raise mistake("The text could become too long", node.start, "Use fewer or shorter replacements.")
        return growth

    def described(self, node: Node, kind: str) -> str:
        """`'Name' is text`, `3 is a number`, `'lower(Name)' is text`."""
        if isinstance(node, Literal) and node.value is None:
            return "one is missing"
        if isinstance(node, Column):
            return f"{named(node.name)} is {WORDS.get(kind, 'a date' if kind == 'date' else kind)}"
        written = self.text[node.start : node.end]
        written = written if len(written) <= 30 else f"{written[:29]}…"
        shown = readable(written) if isinstance(node, Literal) else f"'{readable(written)}'"
        return f"{shown} is {WORDS.get(kind, 'a date' if kind == 'date' else kind)}"


def unknown_column(node: Column, schema: Mapping[str, str]) -> FormulaError:
    close = [name for name in schema if name.lower() == node.name.lower()]
    close = close or get_close_matches(node.name[:60], schema, n=1)
    hint = ""
    if node.name in FUNCTIONS:
        hint = f"'{node.name}' is a function: {FUNCTIONS[node.name].signature}."
    elif close:
        plain = close[0].isidentifier()
        hint = f"Did you mean {named(close[0]) if plain else '[' + close[0].replace(']', ']]') + ']'}?"
    message = f"Unknown column {named(node.name)} at character {node.start + 1}."
    return FormulaError(message, node.start, hint)


def literal_type(node: Literal) -> str:
    kinds = {bool: "boolean", int: "integer", float: "number", str: "text", pd.Timestamp: "date"}
    return "missing" if node.value is None else kinds[type(node.value)]


def number_of(node: Literal) -> float:
    return float(node.value) if isinstance(node.value, int | float) else 0.0


def readable(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)


def named(name: str) -> str:
    """A column's name for a sentence."""
    return f"'{readable(name if len(name) <= 60 else name[:59] + '…')}'"
