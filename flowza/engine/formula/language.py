"""A parsed formula: what it reads, which type it gives, its column for a frame, and its pandas code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import pandas as pd

from flowza.engine.formula.checker import check_tree, unknown_column
from flowza.engine.formula.errors import mistake
from flowza.engine.formula.parser import parse_tree
from flowza.engine.formula.plan import Plan, functions_of, printed, run
from flowza.engine.formula.planner import make_plan
from flowza.engine.formula.tree import Column, Node, walk
from flowza.engine.operations.formula_columns import column_kind

DTYPES = {
    "number": "float64",
    "integer": "int64",
    "text": "str",
    "boolean": "bool",
    "date": "datetime64[us]",
}
MOST_PLANS = 32


@lru_cache(maxsize=512)
def parse(text: str) -> Formula:
    """The formula that a text spells. Raises FormulaError; no part of the text is ever run as Python."""
    return Formula(text, parse_tree(text))


def schema_of(frame: pd.DataFrame) -> dict[str, str]:
    """Column name -> number, integer, text, boolean, date, or "other" for what formulas cannot read."""
    return {str(name): column_kind(dtype) or "other" for name, dtype in frame.dtypes.items()}


class Formula:
    """One expression. It never changes and holds no data. Made by `parse`."""

    def __init__(self, text: str, tree: Node) -> None:
        self.text = text
        self.columns: tuple[str, ...] = tuple(
            dict.fromkeys(node.name for node in walk(tree) if isinstance(node, Column))
        )
        self._tree = tree
        self._plans: dict[tuple[Any, ...], Plan] = {}

    def __repr__(self) -> str:
        return f"parse({self.text!r})"

    def check(self, schema: Mapping[str, str]) -> str:
        """The type of the result: number, integer, text, boolean or date.

        `schema` maps column names to these words ("flag" and "category" are read as integer and text); it
        may hold more columns. With `schema_of(frame)` the answer is exactly what `evaluate(frame)` gives,
        see `DTYPES`; a schema that calls whole numbers "number" gives "number" for them. Raises
        FormulaError.
        """
        return check_tree(self._tree, self.text, schema)[self._tree]

    def evaluate(self, frame: pd.DataFrame) -> pd.Series:
        """The formula's column, with the frame's index: float64, int64, str, bool or datetime64[us].

        Row by row: what a row gives depends on that row alone, the dtype on the dtypes alone. Raises
        FormulaError for unknown columns, types that do not fit, and whole numbers beyond int64.
        """
        columns = self._read(frame)
        result: pd.Series = run(self._plan(columns), frame, columns)
        return result.rename(None)

    def to_python(self, frame_name: str = "frame", like: pd.DataFrame | None = None) -> str:
        """A pandas expression that gives what `evaluate` gives, bit by bit. Needs `functions_used`, np, pd.

        `like`: a frame (also without rows) with the dtypes that the script will see. With it the code is
        plainer: columns that need no conversion and operators that cannot overflow are printed as
        themselves.
        """
        if not frame_name.isidentifier():
            raise ValueError(f"{frame_name!r} is no name of a variable.")
        return printed(self._printed_plan(like), frame_name)

    def functions_used(self, like: pd.DataFrame | None = None) -> tuple[Callable[..., Any], ...]:
        """The functions that `to_python` with the same `like` calls, and those that they call.

        Their sources, printed one after the other, need only `from typing import Any`, numpy as np and
        pandas as pd.
        """
        return functions_of(self._printed_plan(like))

    def _printed_plan(self, like: pd.DataFrame | None) -> Plan:
        return make_plan(self._tree) if like is None else self._plan(self._read(like))

    def _plan(self, columns: Mapping[str, pd.Series]) -> Plan:
        dtypes = tuple(column.dtype for column in columns.values())
        plan = self._plans.get(dtypes)
        if plan is None:
            schema = {name: column_kind(column.dtype) or "other" for name, column in columns.items()}
            types = check_tree(self._tree, self.text, schema)
            ready = frozenset(name for name, kind in schema.items() if columns[name].dtype == DTYPES.get(kind))
            plan = make_plan(self._tree, types, ready)
            if len(self._plans) < MOST_PLANS:
                self._plans[dtypes] = plan
        return plan

    def _read(self, frame: pd.DataFrame) -> dict[str, pd.Series]:
        columns: dict[str, pd.Series] = {}
        for name in self.columns:
            if name not in frame.columns:
                raise unknown_column(self._place(name), schema_of(frame))
            columns[name] = frame[name]
            if isinstance(columns[name], pd.DataFrame):
                hint = "Rename all but one of them."
                raise mistake("Several columns have this name", self._place(name).start, hint)
        return columns

    def _place(self, name: str) -> Column:
        return next(node for node in walk(self._tree) if isinstance(node, Column) and node.name == name)
