"""Rename: columns under other names."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import field_validator

from flowza.engine.column_lists import each_once
from flowza.engine.columns import ColumnType
from flowza.engine.node import StatelessNode
from flowza.engine.operations.select import rename_columns
from flowza.engine.params import Params, param
from flowza.engine.recipe import StatelessStep


class NewName(Params):
    """One column and what it is to be called."""

    column: str = param("", label="Column", column="any")
    name: str = param("", label="New name", max_length=200, new_column=True)


class RenameParams(Params):
    names: list[NewName] = param([], label="New names", max_length=2000)

    @field_validator("names")
    @classmethod
    def _each_once(cls, names: list[NewName]) -> list[NewName]:
        each_once([new.column for new in names if new.column])
        each_once([new.name for new in names if new.name])
        return names


class Rename(StatelessNode):
    """Gives columns other names. Two columns may swap theirs.

    Clients of a model go on to send the names that the file has.
    """

    kind = "rename"
    label = "Rename"
    category = "columns"
    icon = "forms"
    summary = "Gives columns other names."
    Params = RenameParams

    def steps(self, types: Mapping[str, ColumnType]) -> list[StatelessStep]:
        params: RenameParams = self.params
        if not params.names:
            raise self.error("No new names are given.", hint="Add at least one.", code="no_columns")
        for new in params.names:
            if not new.column or not new.name.strip():
                raise self.error(
                    f"'{new.column}' has no new name." if new.column else "A new name has no column.",
                    column=new.column,
                    hint="Fill it in, or remove the line.",
                    code="no_columns",
                )
        names = {new.column: new.name for new in params.names}
        return [self.step(rename_columns, {"names": names}, effect="rename", reads=tuple(names))]
