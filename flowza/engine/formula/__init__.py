"""The formula language: one expression over the columns of a row.

`parse(text)` gives a `Formula`, which checks itself against column types, works on a frame, and prints
itself as pandas. No part of a formula is ever run as Python: text becomes tokens, tokens become the few
node types of `tree`.
"""

from __future__ import annotations

from flowza.engine.formula.errors import FormulaError
from flowza.engine.formula.function_table import FUNCTIONS
from flowza.engine.formula.functions import Function
from flowza.engine.formula.language import Formula, parse, schema_of

__all__ = ["FUNCTIONS", "Formula", "FormulaError", "Function", "parse", "schema_of"]
