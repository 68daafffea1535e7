"""Parameter types for columns that a person names."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

MOST_COLUMNS = 2000


def each_once(names: list[str]) -> list[str]:
    """The same names; raises ValueError for a name that is there twice."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"'{name}' is there twice")
        seen.add(name)
    return names


ColumnNames = Annotated[list[str], Field(max_length=MOST_COLUMNS), AfterValidator(each_once)]
"""Names of columns, each at most once."""
