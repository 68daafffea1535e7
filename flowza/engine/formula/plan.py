"""What a checked formula does: calls of plain functions and operators of pandas, to run or to print.

Running and printing walk the same plan, so an exported script gives the same result to the last bit.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any

import pandas as pd

from flowza.engine.formula.errors import FormulaError, mistake
from flowza.engine.operations.formula_columns import column_values, constant

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "&": operator.and_,
    "|": operator.or_,
}
PREFIXES: dict[str, Callable[[Any], Any]] = {"-": operator.neg, "~": operator.invert}
OUR_FUNCTIONS = "flowza.engine.operations.formula_"


@dataclass(frozen=True)
class Value:
    """A plain value, or a list of them."""

    value: Any


@dataclass(frozen=True)
class Read:
    """A column of the frame; `as_is`: without `column_values`."""

    name: str
    as_is: bool


@dataclass(frozen=True)
class Constant:
    """A plain value in every row."""

    value: Any


@dataclass(frozen=True)
class Apply:
    function: Callable[..., Any]
    arguments: tuple[Plan, ...]
    start: int


@dataclass(frozen=True)
class Infix:
    symbol: str
    operands: tuple[Plan, ...]


@dataclass(frozen=True)
class Prefix:
    symbol: str
    operand: Plan


Plan = Value | Read | Constant | Apply | Infix | Prefix


def run(plan: Plan, frame: pd.DataFrame, columns: Mapping[str, pd.Series]) -> Any:
    """The plan's column, or its plain value; `columns` are those of the frame that it reads.

    Raises FormulaError where whole numbers become too large.
    """
    match plan:
        case Value():
            return plan.value
        case Read():
            return columns[plan.name] if plan.as_is else column_values(columns[plan.name])
        case Constant():
            return constant(frame, plan.value)
        case Prefix():
            return PREFIXES[plan.symbol](run(plan.operand, frame, columns))
        case Infix():
            result = run(plan.operands[0], frame, columns)
            for operand in plan.operands[1:]:
                result = OPERATORS[plan.symbol](result, run(operand, frame, columns))
            return result
    arguments = [run(argument, frame, columns) for argument in plan.arguments]
    try:
        return plan.function(*arguments)
    except OverflowError:
        raise overflow(plan.start) from None


def overflow(start: int) -> FormulaError:
    hint = "Put one of its parts into to_number(…) to calculate with decimals."
    return mistake("In at least one row the result is too large for a whole number", start, hint)


def printed(plan: Plan, frame: str) -> str:
    """The plan as one Python expression over the frame of that name."""
    match plan:
        case Value():
            return python_literal(plan.value)
        case Read():
            column = f"{frame}[{python_literal(plan.name)}]"
            return column if plan.as_is else f"column_values({column})"
        case Constant():
            return f"constant({frame}, {python_literal(plan.value)})"
        case Prefix():
            return f"{plan.symbol}{inner(plan.operand, frame)}"
        case Infix():
            first, *others = plan.operands
            sum_of_sums = isinstance(first, Infix) and {first.symbol, plan.symbol} <= {"+", "-"}
            parts = [printed(first, frame) if sum_of_sums else inner(first, frame, plan.symbol)]
            return f" {plan.symbol} ".join(parts + [inner(part, frame, plan.symbol) for part in others])
    arguments = ", ".join(printed(argument, frame) for argument in plan.arguments)
    return f"{plan.function.__name__}({arguments})"


def inner(plan: Plan, frame: str, outer: str = "") -> str:
    """An operand, in brackets where it has an operator of its own; a product in a sum needs none."""
    text = printed(plan, frame)
    product_in_sum = isinstance(plan, Infix) and plan.symbol == "*" and outer in ("+", "-")
    return f"({text})" if isinstance(plan, Infix) and not product_in_sum else text


def python_literal(value: Any) -> str:
    """A plain value, or a list of them, as Python writes it, texts in the quotes that need fewer escapes."""
    if isinstance(value, list):
        return f"[{', '.join(python_literal(item) for item in value)}]"
    if isinstance(value, pd.Timestamp):
        return f'pd.Timestamp("{str(value).removesuffix(" 00:00:00")}")'
    if not isinstance(value, str) or value.count('"') > value.count("'"):
        return repr(value)
    # repr() picks double quotes only when there is a single quote and no double one.
    body = repr(value.replace('"', "") + "'")[1:-2] if '"' not in value else None
    if body is not None:
        return f'"{body}"'
    return '"' + "".join(repr(c)[1:-1] if c not in "\"'" else {"'": "'", '"': '\\"'}[c] for c in value) + '"'


def functions_of(plan: Plan) -> tuple[Callable[..., Any], ...]:
    """The functions that the printed plan calls and those that they call, in the order of their source."""
    found: dict[str, Callable[..., Any]] = {}
    waiting = list(direct_functions(plan))
    while waiting:
        function = waiting.pop()
        if function.__name__ not in found:
            found[function.__name__] = function
            waiting.extend(called_by(function))
    return tuple(sorted(found.values(), key=lambda f: (f.__module__, f.__code__.co_firstlineno)))


def direct_functions(plan: Plan) -> Iterator[Callable[..., Any]]:
    match plan:
        case Read(as_is=False):
            yield column_values
        case Constant():
            yield constant
        case Prefix():
            yield from direct_functions(plan.operand)
        case Infix():
            for operand in plan.operands:
                yield from direct_functions(operand)
        case Apply():
            yield plan.function
            for argument in plan.arguments:
                yield from direct_functions(argument)


def called_by(function: Callable[..., Any]) -> Iterator[FunctionType]:
    """Our own functions whose names stand in the function's code, also inside its comprehensions."""
    if not isinstance(function, FunctionType):
        return
    waiting = [function.__code__]
    while waiting:
        code = waiting.pop()
        waiting.extend(constant for constant in code.co_consts if isinstance(constant, CodeType))
        for name in code.co_names:
            value = function.__globals__.get(name)
            if isinstance(value, FunctionType) and value.__module__.startswith(OUR_FUNCTIONS):
                yield value
