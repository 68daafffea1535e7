"""Formula: a column computed from others."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import field_validator

from flowza.engine.columns import ColumnType
from flowza.engine.formula import FormulaError, parse
from flowza.engine.node import StatelessNode
from flowza.engine.operations.formula import apply_formula
from flowza.engine.params import Params, param
from flowza.engine.recipe import StatelessStep


class FormulaParams(Params):
    name: str = param(
        "",
        label="Column",
        help="A new name, or that of a column which the formula reads, to put the result in its place.",
        max_length=200,
        new_column=True,
        needed=True,
    )
    expression: str = param(
        "",
        label="Formula",
        help="Such as price / rooms, or if(age < 18, 'child', 'adult'). Names of several words: [unit price].",
        multiline=True,
        formula=True,
        needed=True,
        max_length=10_000,
    )

    @field_validator("expression")
    @classmethod
    def _readable(cls, value: str) -> str:
        try:
            if value.strip():
                parse(value)
        except FormulaError as error:
            raise ValueError(str(error)) from error
        return value


class Formula(StatelessNode):
    """Computes a column from the other values of the same row.

    Arithmetic, comparisons, and / or / not, `if`, and functions of numbers, texts and dates. A formula
    cannot look at other rows, so it has no sums or averages of a column, and it does not know today's date:
    the same row always gives the same result, also when a model is asked about it later. What has no
    result, such as the logarithm of 0, is missing.
    """

    kind = "formula"
    label = "Formula"
    category = "columns"
    icon = "math-function"
    summary = "Computes a column from others, row by row."
    Params = FormulaParams

    def steps(self, types: Mapping[str, ColumnType]) -> list[StatelessStep]:
        params: FormulaParams = self.params
        if not params.expression.strip():
            raise self.error("There is no formula.", hint="Type one, such as price / rooms.", code="no_formula")
        if not params.name.strip():
            raise self.error("The formula's column has no name.", hint="Give it one.", code="no_name")
        # Columns that the formula reads are handed on as they are: each comes from itself alone, the new one from all.
        return [
            self.step(
                apply_formula,
                {"name": params.name, "expression": params.expression},
                reads=parse(params.expression).columns,
                makes=(params.name,),
                columnwise=True,
            )
        ]
