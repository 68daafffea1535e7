"""The Formula step's function. An exported script prints `Formula.to_python` in its place."""

from __future__ import annotations

import pandas as pd

from flowza.engine.errors import NodeError
from flowza.engine.formula import FormulaError, parse


def apply_formula(frame: pd.DataFrame, name: str, expression: str) -> pd.DataFrame:
    """The frame and the formula's column `name`, which takes the place of a column of that name.

    Raises NodeError where the formula does not fit the columns, or a row's result is too large.
    """
    try:
        made = frame.copy(deep=False)
        made[name] = parse(expression).evaluate(frame)
        return made
    except FormulaError as error:
        raise NodeError(error.message, column=name, hint=error.hint, code="formula") from error
