"""Parameters of a node: declared once; form, validation, API, files and documentation are derived from them."""

from __future__ import annotations

import json
import math
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from flowza.engine.errors import Problem

ColumnKind = Literal["any", "number", "text", "date"]


class Params(BaseModel):
    """Base of every node's parameters. Unknown names and wrong types are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    def changed(self) -> dict[str, Any]:
        """Only what differs from the defaults, as JSON values."""
        changed: dict[str, Any] = self.model_dump(mode="json", exclude_defaults=True)
        return changed


def param(
    default: Any = ...,
    *,
    label: str,
    help: str = "",
    column: ColumnKind | None = None,
    columns: ColumnKind | None = None,
    dataset: bool = False,
    choices: dict[str, str] | None = None,
    advanced: bool = False,
    multiline: bool = False,
    formula: bool = False,
    unit: str = "",
    new_column: bool = False,
    shown_when: dict[str, list[Any]] | None = None,
    needed: bool = False,
    **bounds: Any,
) -> Any:
    """A field of `Params`.

    column / columns: the value is one name / a list of names of the input's columns of that kind. formula: it is a
    formula over them. choices: value -> label. needed: the step does nothing without it, though a draft may lack it.
    bounds go to pydantic's `Field` (ge, gt, le, lt, min_length, max_length, pattern).
    """
    extra = {
        "label": label,
        "help": help,
        "column": column,
        "columns": columns,
        "dataset": dataset,
        "choices": choices,
        "advanced": advanced,
        "needed": needed,
        "multiline": multiline,
        "formula": formula,
        "unit": unit,
        "new_column": new_column,
        "shown_when": shown_when,
    }
    described: dict[str, Any] = {
        "flowza": {key: value for key, value in extra.items() if value not in (None, False, "")}
    }
    return Field(default, title=label, description=help or None, json_schema_extra=described, **bounds)


def parse_params(model: type[Params], raw: Any, node: str) -> tuple[Params | None, list[Problem]]:
    """Validate raw JSON parameters of node `node`; gives the parameters or every problem found."""
    if not isinstance(raw, dict):
        return None, [Problem("Parameters must be an object.", node=node, code="params")]
    if not finite(raw):
        return None, [
            Problem("A parameter may not be NaN or infinite.", node=node, field=str(name)[:60], code="params")
            for name, value in raw.items()
            if not finite(value)
        ]
    try:
        return model.model_validate_json(json.dumps(raw)), []
    except ValidationError as error:
        return None, [problem_of(details, model, node) for details in error.errors(include_url=False)]


def problem_of(details: Any, model: type[Params], node: str) -> Problem:
    path = [str(part) for part in details["loc"]]
    name = path[0] if path else ""
    info = model.model_fields.get(name)
    label = (info.title or name) if info is not None else name
    known = ", ".join(model.model_fields)
    if details["type"] == "extra_forbidden":
        return Problem(
            f"There is no parameter '{name[:60]}'.",
            node=node,
            field=name[:60],
            hint=f"Known: {known}.",
            code="unknown_param",
        )
    if details["type"] == "missing":
        return Problem(f"'{label}' is not set.", node=node, field=name, hint="Choose a value.", code="missing_param")
    message = str(details["msg"]).removeprefix("Value error, ")
    where = f" (item {'.'.join(path[1:])})" if len(path) > 1 else ""
    return Problem(f"'{label}'{where}: {message}.".replace("..", "."), node=node, field=name, code="param")


def finite(value: Any) -> bool:
    """Whether no number in a JSON value is NaN or infinite."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(finite(item) for item in value.values())
    if isinstance(value, list | tuple):
        return all(finite(item) for item in value)
    return True
