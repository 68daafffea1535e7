"""The columns that a step's parameters name: found, and replaced by other names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from flowza.engine.params import Params


@dataclass(frozen=True)
class Named:
    """A column that a parameter names. kind: any, number, text or date, as declared. in_list: one of several."""

    column: str
    field: str
    kind: str
    in_list: bool = False


def named_columns(params: Params) -> Iterator[Named]:
    """The columns of the input that parameters name, also in rows of conditions and in formulas."""
    for name, info in type(params).model_fields.items():
        extra, value = described(info), getattr(params, name)
        if not is_asked(params, extra) or not value:
            continue
        if extra.get("column"):
            yield Named(str(value), name, str(extra["column"]))
        elif extra.get("columns"):
            yield from (Named(str(one), name, str(extra["columns"]), in_list=True) for one in value)
        elif extra.get("formula"):
            yield from (Named(column, name, "any") for column in formula_columns(str(value)))
        elif isinstance(value, list | tuple):
            rows = [row for row in value if isinstance(row, Params)]
            yield from (Named(one.column, name, one.kind) for row in rows for one in named_columns(row))


def names_in_graph(raw: Mapping[str, Any]) -> set[str]:
    """The columns that the steps of graph JSON name; steps that cannot be read name none."""
    from flowza.engine.catalogue import find
    from flowza.engine.params import parse_params

    found: set[str] = set()
    for item in raw.get("nodes", []):
        cls = find(str(item.get("kind")))
        params = parse_params(cls.Params, item.get("params", {}), "")[0] if cls else None
        if params is not None:
            found |= {named.column for named in named_columns(params)}
    return found


def made_columns(params: Params) -> Iterator[str]:
    """The new columns that parameters name."""
    for name, info in type(params).model_fields.items():
        value = getattr(params, name)
        if described(info).get("new_column") and value:
            yield str(value)
        elif isinstance(value, list | tuple):
            yield from (made for row in value if isinstance(row, Params) for made in made_columns(row))


def renamed(params: Params, names: Mapping[str, str]) -> dict[str, Any]:
    """JSON values of the fields that change when columns (old name -> new one) are named anew."""
    now = params.model_dump(mode="json")
    changed = with_names(type(params), now, names)
    return {field: value for field, value in changed.items() if value != now[field]}


def with_names(model: type[BaseModel], values: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    found = {}
    for field, value in values.items():
        info = model.model_fields[field]
        extra = described(info)
        if extra.get("column"):
            value = names.get(value, value)
        elif extra.get("columns"):
            value = list(dict.fromkeys(names.get(one, one) for one in value))
        elif extra.get("formula"):
            value = formula_with(value, names)
        elif (row := row_model(info)) is not None:
            value = [with_names(row, one, names) for one in value]
        found[field] = value
    return found


def without_column(params: Params, column: str) -> dict[str, Any]:
    """JSON values of the lists of columns that get shorter when a column is left out."""
    found = {}
    for named in named_columns(params):
        if named.in_list and named.column == column:
            found[named.field] = [one for one in getattr(params, named.field) if one != column]
    return found


# Formulas


def formula_columns(text: str) -> tuple[str, ...]:
    """The columns that a formula reads; none of one that cannot be read."""
    from flowza.engine.formula import FormulaError, parse

    try:
        return parse(text).columns
    except FormulaError:
        return ()


def formula_with(text: str, names: Mapping[str, str]) -> str:
    """The formula with other columns; all else stays as it was typed."""
    from flowza.engine.formula import FormulaError
    from flowza.engine.formula.parser import parse_tree
    from flowza.engine.formula.tree import Column, walk

    try:
        tree = parse_tree(text)
    except FormulaError:
        return text
    places = [node for node in walk(tree) if isinstance(node, Column) and node.name in names]
    for node in sorted(places, key=lambda node: -node.start):
        text = text[: node.start] + column_text(names[node.name]) + text[node.end :]
    return text


def column_text(name: str) -> str:
    """A column as a formula names it: `rooms`, `[unit price]`."""
    return name if formula_columns(name) == (name,) and name.isidentifier() else f"[{name.replace(']', ']]')}]"


# Declarations


def described(info: FieldInfo) -> Mapping[str, Any]:
    extra = info.json_schema_extra
    found = extra.get("flowza") if isinstance(extra, dict) else None
    return found if isinstance(found, dict) else {}


def is_asked(params: Params, extra: Mapping[str, Any]) -> bool:
    """Whether the field matters with the other fields as they are."""
    conditions: Mapping[str, list[Any]] = extra.get("shown_when") or {}
    return all(_meets(getattr(params, other), values) for other, values in conditions.items())


def _meets(value: Any, values: list[Any]) -> bool:
    return bool({*value} & {*values}) if isinstance(value, list | tuple) else value in values


def row_model(info: FieldInfo) -> type[BaseModel] | None:
    """The model of the rows of a list of records."""
    inner: Callable[..., Any] | None = next(iter(getattr(info.annotation, "__args__", ())), None)
    return inner if isinstance(inner, type) and issubclass(inner, Params) else None
