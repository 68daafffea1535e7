"""Arithmetic, numbers, comparison and choice for formulas: every row by itself, whatever the other rows hold.

They get columns as `column_values` gives them and plain Python values, at least one of them a column, and
give back a column with the same index. Missing in, missing out; nothing warns. Only numpy and pandas are
needed, and each function is complete with its own source and that of the functions it calls: exported
scripts print it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from flowza.engine.operations.formula_columns import (
    are_whole,
    as_array,
    as_column,
    column_values,
    common_dtype,
    finite_or_missing,
    floats,
    index_of,
    numbers,
    refuse_overflow,
)

# Arithmetic


def add(total: Any, *others: Any) -> pd.Series:
    """The sum of numbers, or texts put together."""
    for other in others:
        if are_whole(total, other):
            refuse_overflow(floats(total) + floats(other))
        total = total + other
    result: pd.Series = total
    return result


def subtract(left: Any, right: Any) -> pd.Series:
    """The difference of two numbers."""
    if are_whole(left, right):
        refuse_overflow(floats(left) - floats(right))
    difference: pd.Series = left - right
    return difference


def multiply(product: Any, *others: Any) -> pd.Series:
    """The product of numbers."""
    for other in others:
        if are_whole(product, other):
            refuse_overflow(floats(product) * floats(other))
        product = product * other
    result: pd.Series = product
    return result


def negate(column: pd.Series) -> pd.Series:
    """The number with the other sign."""
    return subtract(0, column) if are_whole(column) else -column


def divide(left: Any, right: Any) -> pd.Series:
    """The quotient as float64; missing where the divisor is 0."""
    with np.errstate(all="ignore"):
        return finite_or_missing(floats(left) / nonzero(right), index_of(left, right))


def floor_divide(left: Any, right: Any) -> pd.Series:
    """How often the divisor goes into the number; missing where it is 0.

    int64 for whole numbers by a positive whole number that is written out, else float64.
    """
    index = index_of(left, right)
    if type(right) is int and right > 0 and are_whole(left):
        return pd.Series(np.asarray(left) // right, index=index)
    with np.errstate(all="ignore"):
        return finite_or_missing(np.floor_divide(floats(left), nonzero(right)), index)


def remainder(left: Any, right: Any) -> pd.Series:
    """What is left of the number after `floor_divide`, with the sign of the divisor; missing where that is 0.

    int64 for whole numbers by a positive whole number that is written out, else float64.
    """
    index = index_of(left, right)
    if type(right) is int and right > 0 and are_whole(left):
        return pd.Series(np.asarray(left) % right, index=index)
    with np.errstate(all="ignore"):
        return finite_or_missing(np.remainder(floats(left), nonzero(right)), index)


def nonzero(divisor: Any) -> np.ndarray:
    """The divisor as float64, missing where it is 0."""
    values = floats(divisor)
    return np.where(values == 0, np.nan, values)


def power(base: Any, exponent: Any) -> pd.Series:
    """The base to the power of the exponent as float64; missing where that is no finite number."""
    bases, exponents = floats(base), floats(exponent)
    with np.errstate(all="ignore"):
        values = np.power(bases, exponents)
    known = ~(np.isnan(bases) | np.isnan(exponents))
    return finite_or_missing(np.where(known, values, np.nan), index_of(base, exponent))


# Numbers


def number_abs(column: pd.Series) -> pd.Series:
    """The number without its sign."""
    if are_whole(column):
        refuse_overflow(floats(column))
    return column.abs()


def number_round(column: pd.Series, digits: int = 0) -> pd.Series:
    """Rounded to so many decimals, halves to the even neighbour; negative digits round to tens, hundreds …"""
    if are_whole(column) and digits >= 0:
        return column
    values = floats(column)
    with np.errstate(all="ignore"):
        rounded = np.round(values, digits)
    return pd.Series(np.where(np.isfinite(rounded), rounded, values), index=column.index)


def number_floor(column: pd.Series) -> pd.Series:
    """The largest whole number that is not above the number."""
    return column if are_whole(column) else pd.Series(np.floor(floats(column)), index=column.index)


def number_ceil(column: pd.Series) -> pd.Series:
    """The smallest whole number that is not below the number."""
    return column if are_whole(column) else pd.Series(np.ceil(floats(column)), index=column.index)


def number_sign(column: pd.Series) -> pd.Series:
    """-1, 0 or 1."""
    return pd.Series(np.sign(numbers(column)[0]), index=column.index)


def number_sqrt(column: pd.Series) -> pd.Series:
    """The square root; missing below 0."""
    with np.errstate(all="ignore"):
        return finite_or_missing(np.sqrt(floats(column)), column.index)


def number_log(column: pd.Series) -> pd.Series:
    """The natural logarithm; missing for 0 and below."""
    with np.errstate(all="ignore"):
        return finite_or_missing(np.log(floats(column)), column.index)


def number_log10(column: pd.Series) -> pd.Series:
    """The logarithm to the base 10; missing for 0 and below."""
    with np.errstate(all="ignore"):
        return finite_or_missing(np.log10(floats(column)), column.index)


def number_log1p(column: pd.Series) -> pd.Series:
    """The natural logarithm of 1 + the number; missing for -1 and below."""
    with np.errstate(all="ignore"):
        return finite_or_missing(np.log1p(floats(column)), column.index)


def number_exp(column: pd.Series) -> pd.Series:
    """e to the power of the number; missing where that is too large."""
    with np.errstate(all="ignore"):
        return finite_or_missing(np.exp(floats(column)), column.index)


def number_sin(column: pd.Series) -> pd.Series:
    """The sine of an angle in radians."""
    with np.errstate(all="ignore"):
        return finite_or_missing(np.sin(floats(column)), column.index)


def number_cos(column: pd.Series) -> pd.Series:
    """The cosine of an angle in radians."""
    with np.errstate(all="ignore"):
        return finite_or_missing(np.cos(floats(column)), column.index)


def number_min(first: Any, *others: Any) -> pd.Series:
    """The smallest of the numbers in the row; missing if one of them is."""
    smallest, *arrays = numbers(first, *others)
    for values in arrays:
        smallest = np.minimum(smallest, values)
    return pd.Series(smallest, index=index_of(first, *others))


def number_max(first: Any, *others: Any) -> pd.Series:
    """The largest of the numbers in the row; missing if one of them is."""
    largest, *arrays = numbers(first, *others)
    for values in arrays:
        largest = np.maximum(largest, values)
    return pd.Series(largest, index=index_of(first, *others))


def number_clip(column: Any, low: Any, high: Any) -> pd.Series:
    """The number, but not below `low` and not above `high`; missing if one of the three is."""
    values, lowest, highest = numbers(column, low, high)
    return pd.Series(np.minimum(np.maximum(values, lowest), highest), index=index_of(column, low, high))


# Comparison and choice


def not_equal(left: pd.Series, right: Any) -> pd.Series:
    """Whether two values differ; False where one of them is missing."""
    differs: pd.Series = (left != right) & left.notna()
    return differs & right.notna() if isinstance(right, pd.Series) else differs


def in_order(left: pd.Series, *rest: Any) -> pd.Series:
    """Whether a chain of comparisons holds: `in_order(a, "<", b, "<=", c)`."""
    methods = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "==": "eq"}
    holds = pd.Series(True, index=left.index)
    for symbol, right in zip(rest[::2], rest[1::2], strict=True):
        right = as_column(right, common_dtype(right), left.index)
        holds = holds & (not_equal(left, right) if symbol == "!=" else getattr(left, methods[symbol])(right))
        left = right
    return holds


def is_one_of(column: pd.Series, choices: list[Any]) -> pd.Series:
    """Whether the value is among the choices; False where it is missing."""
    if column.dtype == np.float64:
        return column.isin([float(choice) for choice in choices])
    if column.dtype == np.int64:
        return column.isin([int(choice) for choice in choices if choice == int(choice)])
    return column.isin(choices)


def is_none_of(column: pd.Series, choices: list[Any]) -> pd.Series:
    """Whether the value is there and not among the choices."""
    return ~is_one_of(column, choices) & column.notna()


def is_missing(column: pd.Series) -> pd.Series:
    """Whether there is no value."""
    return column.isna() | column_values(column).isna()


def choose(*cases: Any) -> pd.Series:
    """The value after the first condition that holds: `choose(condition, value, …, otherwise)`."""
    conditions, values, otherwise = cases[:-1:2], cases[1:-1:2], cases[-1]
    dtype, index = common_dtype(*values, otherwise), index_of(*cases)
    chosen: pd.Series = otherwise
    for condition, value in zip(reversed(conditions), reversed(values), strict=True):
        chosen = one_or_other(condition, value, chosen, dtype, index)
    return chosen


def coalesce(*choices: Any) -> pd.Series:
    """The first of the values that is not missing."""
    values = [column_values(choice) if isinstance(choice, pd.Series) else choice for choice in choices]
    dtype, index = common_dtype(*values), index_of(*values)
    chosen: pd.Series = values[-1]
    for choice, value in zip(choices[-2::-1], values[-2::-1], strict=True):
        there = ~is_missing(choice) if isinstance(choice, pd.Series) else True
        chosen = one_or_other(there, value, chosen, dtype, index)
    return chosen


def one_or_other(holds: Any, value: Any, other: Any, dtype: Any, index: pd.Index) -> pd.Series:
    """The value where the condition holds, the other one elsewhere, as a column of the dtype."""
    if dtype == "str" and len(index) > 1_000:  # slower for a few rows, faster for many
        texts, others = as_column(value, dtype, index), as_column(other, dtype, index)
        return texts.where(as_column(holds, "bool", index), others)
    array = np.where(holds, as_array(value, dtype), as_array(other, dtype))
    chosen: pd.Series = pd.Series(np.broadcast_to(array, len(index)), index=index, dtype=dtype)
    return chosen
