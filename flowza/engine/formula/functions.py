"""What a function of the formula language is: its parameters, help, and what computes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd

from flowza.engine.formula.tree import Plain

NUMBER = frozenset({"number", "integer"})
TEXT = frozenset({"text"})
BOOLEAN = frozenset({"boolean"})
DATE = frozenset({"date"})
ANY = NUMBER | TEXT | BOOLEAN | DATE


@dataclass(frozen=True)
class Parameter:
    """`written`: must be written out, not computed; `allows` tells which values, and `must` tells people."""

    name: str
    types: frozenset[str]
    written: bool = False
    optional: bool = False
    repeated: bool = False
    allows: Callable[[Plain], bool] = field(default=lambda value: True)
    must: str = ""


@dataclass(frozen=True)
class Function:
    """One function. `result` is a type, "same" (as all arguments) or "whole" (integer if the first one is).

    `example` is a formula without columns, `gives` what it gives, as `to_text` writes it.
    """

    name: str
    parameters: tuple[Parameter, ...]
    result: str
    help: str
    example: str
    gives: str
    computes: Callable[..., pd.Series]
    category: str
    summary: str = ""

    @property
    def signature(self) -> str:
        """`round(number, digits)` as people read it; what may be left away is in [ ]."""
        if self.summary:
            return self.summary
        shown = ""
        for parameter in self.parameters:
            separator = ", " if shown else ""
            name = f"{parameter.name}, …" if parameter.repeated else parameter.name
            shown += f"[{separator}{name}]" if parameter.optional else f"{separator}{name}"
        return f"{self.name}({shown})"

    @property
    def fewest(self) -> int:
        return sum(not parameter.optional for parameter in self.parameters)

    @property
    def most(self) -> int | None:
        """None: any number."""
        return None if any(parameter.repeated for parameter in self.parameters) else len(self.parameters)

    def parameter(self, place: int) -> Parameter:
        return self.parameters[min(place, len(self.parameters) - 1)]


def counts(lowest: int, highest: int) -> Callable[[Plain], bool]:
    return lambda value: type(value) is int and lowest <= value <= highest
