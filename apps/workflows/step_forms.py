"""A step's parameters as a form, made from its declaration; the engine alone decides what is valid."""

from __future__ import annotations

import json
import math
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Union, get_args, get_origin

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from apps.workflows.insight import Column
from apps.workflows.row_fields import RowsField
from apps.workflows.steps import described
from flowza.engine.errors import Problem
from flowza.engine.params import Params, parse_params

KINDS: dict[str, frozenset[str]] = {
    "number": frozenset({"number", "integer", "flag", "boolean"}),
    "text": frozenset({"text", "category", "boolean"}),
    "date": frozenset({"date"}),
}
TYPE_WORDS = {"flag": "0 or 1", "integer": "whole number", "boolean": "true or false"}
Choices = list[tuple[str, str]]


@dataclass(frozen=True)
class Offers:
    """What column and dataset pickers offer. columns: None where they are not known."""

    columns: Sequence[Column] | None = None
    datasets: Sequence[tuple[str, str]] = ()


class ParamsForm(forms.Form):
    """The form of one step. After `is_valid`, `params` are what is to be stored."""

    model: type[Params]
    node: str = ""
    values: Mapping[str, Any] = {}
    params: Params | None = None

    @property
    def plain(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if not self.fields[name].advanced]  # type: ignore[attr-defined]

    @property
    def advanced(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if self.fields[name].advanced]  # type: ignore[attr-defined]

    @property
    def advanced_has_errors(self) -> bool:
        return any(bound.errors for bound in self.advanced)

    def chosen(self) -> dict[str, Any]:
        """Parameters to store: what the form asked for; what it did not ask for stays as it was."""
        kept = {name: value for name, value in self.values.items() if name not in self.fields}
        return kept | (self.params.changed() if self.params is not None else {})

    def clean(self) -> dict[str, Any]:
        """Have the engine judge the values; its problems go to their fields."""
        given = {name: value for name, value in self.cleaned_data.items() if name in self.model.model_fields}
        if self.errors:
            return self.cleaned_data
        self.params, problems = parse_params(self.model, given, self.node)
        for problem in problems:
            self.add_error(problem.field if problem.field in self.fields else None, said(problem))
        return self.cleaned_data


def said(problem: Problem) -> str:
    return f"{problem.message} {problem.hint}".strip()


def params_form(
    model: type[Params],
    offers: Offers,
    data: Mapping[str, Any] | None = None,
    *,
    values: Mapping[str, Any] | None = None,
    node: str = "",
    prefix: str | None = None,
    only: Callable[[FieldInfo], bool] = lambda info: True,
) -> ParamsForm:
    """A form for these parameters. values: JSON values now in force. only: which fields to show."""
    initial = {**defaults_of(model), **(values or {})}
    chosen = {name: info for name, info in model.model_fields.items() if only(info)}
    fields = {name: field_for(info, offers, initial.get(name)) for name, info in chosen.items()}
    form_class = type("StepForm", (ParamsForm,), {**fields, "model": model, "node": node, "values": values or {}})
    form: ParamsForm = form_class(data, initial=initial, prefix=prefix)
    return form


def defaults_of(model: type[BaseModel]) -> dict[str, Any]:
    """JSON values of all fields that have a default."""
    found = {}
    for name, info in model.model_fields.items():
        default = info.get_default(call_default_factory=True)
        if default is not PydanticUndefined:
            found[name] = (
                [one.model_dump(mode="json") if isinstance(one, BaseModel) else one for one in default]
                if (isinstance(default, list))
                else default
            )
    return found


# One field


def field_for(info: FieldInfo, offers: Offers, value: Any) -> forms.Field:
    extra = described(info)
    field = bare_field(info, extra, offers, value)
    field.label = info.title or ""
    field.help_text = help_of(info, extra)
    field.advanced = bool(extra.get("advanced"))  # type: ignore[attr-defined]
    field.needed = bool(extra.get("needed") or extra.get("dataset"))  # type: ignore[attr-defined]
    field.gone = gone_columns(extra, offers, value)  # type: ignore[attr-defined]
    if isinstance(field.widget, CheckboxList):
        field.widget.gone = field.gone  # type: ignore[attr-defined]
    if condition := extra.get("shown_when"):
        field.widget.attrs["data-shown-when"] = json.dumps(condition)
    return field


def help_of(info: FieldInfo, extra: Mapping[str, Any]) -> str:
    unit = f"In {extra['unit']}." if extra.get("unit") else ""
    return " ".join(part for part in (str(extra.get("help", "")), unit) if part)


def bare_field(info: FieldInfo, extra: Mapping[str, Any], offers: Offers, value: Any) -> forms.Field:
    kind, optional = without_none(info.annotation)
    choices = choices_of(kind, extra)
    if extra.get("dataset"):
        return forms.ChoiceField(
            choices=with_present([("", "Choose a dataset"), *offers.datasets], value), required=False
        )
    if extra.get("column"):
        return column_field(extra["column"], offers, value)
    if extra.get("columns"):
        return columns_field(extra["columns"], offers, value)
    if get_origin(kind) in (list, tuple):
        return list_field(kind, choices, offers, value)
    if choices:
        return forms.ChoiceField(choices=choices)
    return plain_field(kind, info, extra, optional)


def plain_field(kind: Any, info: FieldInfo, extra: Mapping[str, Any], optional: bool) -> forms.Field:
    if kind is bool:
        return forms.BooleanField(required=False)
    if kind in (int, float):
        attrs = {
            "step": "1" if kind is int else "any",
            "inputmode": "numeric" if kind is int else "decimal",
            **bounds(info),
        }
        widget = forms.NumberInput(attrs=attrs)
        number = forms.IntegerField if kind is int else forms.FloatField
        return number(required=not optional, widget=widget)
    if extra.get("multiline"):
        return forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))
    if kind is str or "str" in str(kind):
        return forms.CharField(required=bool(info.default))
    return forms.JSONField(required=False, widget=forms.Textarea(attrs={"rows": 3}))


def without_none(annotation: Any) -> tuple[Any, bool]:
    """The type without `None` and without what pydantic adds to it, and whether None was allowed."""
    if get_origin(annotation) in (Union, types.UnionType):
        parts = [part for part in get_args(annotation) if part is not type(None)]
        return (bare(parts[0]) if len(parts) == 1 else annotation), len(parts) < len(get_args(annotation))
    return bare(annotation), False


def bare(annotation: Any) -> Any:
    return bare(annotation.__origin__) if hasattr(annotation, "__metadata__") else annotation


def choices_of(kind: Any, extra: Mapping[str, Any]) -> Choices:
    """Values with their labels: as declared, else the values of the Literal."""
    if extra.get("choices"):
        return [(str(value), str(label)) for value, label in extra["choices"].items()]
    inner = get_args(kind)[0] if get_origin(kind) in (list, tuple) and get_args(kind) else kind
    return [(str(value), str(value)) for value in get_args(inner)] if get_origin(inner) is Literal else []


def bounds(info: FieldInfo) -> dict[str, str]:
    """`min` and `max` for the browser; what they exclude is left to the engine."""
    found = {}
    for part in info.metadata:
        for name, attribute in (("ge", "min"), ("gt", "min"), ("le", "max"), ("lt", "max")):
            bound = getattr(part, name, None)
            if isinstance(bound, int | float) and math.isfinite(bound):
                found[attribute] = f"{bound:g}"
    return found


# Columns and lists


def column_choices(kind: str, columns: Iterable[Column]) -> Choices:
    wanted = KINDS.get(kind)
    return [
        (name, f"{name} · {TYPE_WORDS.get(type_, type_)}") for name, type_ in columns if not wanted or type_ in wanted
    ]


def gone_columns(extra: Mapping[str, Any], offers: Offers, value: Any) -> list[str]:
    """The chosen columns that do not come in any more; none while it is not known what comes in."""
    if offers.columns is None or not (extra.get("column") or extra.get("columns")):
        return []
    known = {name for name, _ in offers.columns}
    chosen = value if isinstance(value, list | tuple) else [value]
    return [str(one) for one in chosen if one and one not in known]


def with_present(choices: Choices, *present: Any) -> Choices:
    """The choices and beside them what is chosen now though it is not offered any more."""
    known = {value for value, _ in choices}
    gone = [(str(value), f"{value} (not there any more)") for value in present if value and value not in known]
    return [*choices, *gone]


def column_field(kind: str, offers: Offers, value: Any) -> forms.Field:
    if offers.columns is None:
        return forms.CharField(required=False, strip=False)
    choices = [("", "None chosen"), *column_choices(kind, offers.columns)]
    return forms.ChoiceField(choices=with_present(choices, value), required=False)


class LinesField(forms.CharField):
    """A list of texts, one a line."""

    widget = forms.Textarea(attrs={"rows": 4})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return [line for line in (text or "").splitlines() if line.strip()]


class CheckboxList(forms.CheckboxSelectMultiple):
    """Check boxes in a list that scrolls; what is chosen though it is `gone` is marked."""

    gone: Sequence[str] = ()

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        context = self.get_context(name, value, attrs) | {"gone": self.gone}
        return render_to_string("workflows/checkbox_list.html", context)


class OrderedMultipleChoiceField(forms.MultipleChoiceField):
    """Keeps the order in which things were chosen before; what is new comes after."""

    widget = CheckboxList

    def clean(self, value: Any) -> list[str]:
        chosen: list[str] = super().clean(value)
        before = [one for one in self.initial or [] if one in chosen]
        return before + [one for one in chosen if one not in before]


def columns_field(kind: str, offers: Offers, value: Any) -> forms.Field:
    if offers.columns is None:
        return LinesField(required=False)
    offered = column_choices(kind, offers.columns)
    gone = with_present(offered, *(value or ()))[len(offered) :]  # first, so that nobody has to look for them
    return OrderedMultipleChoiceField(choices=[*gone, *offered], required=False, initial=value)


def list_field(kind: Any, choices: Choices, offers: Offers, value: Any) -> forms.Field:
    inner = get_args(kind)[0] if get_args(kind) else str
    if isinstance(inner, type) and issubclass(inner, BaseModel):
        return RowsField(row_form(inner, offers), labels_of(inner), required=False)
    if choices:
        return OrderedMultipleChoiceField(choices=with_present(choices, *(value or ())), required=False, initial=value)
    return LinesField(required=False)


def row_form(model: type[BaseModel], offers: Offers) -> Callable[[Mapping[str, Any]], type[forms.Form]]:
    """A maker of the form of one row; columns that are gone stay choosable where they are chosen."""

    def make(values: Mapping[str, Any]) -> type[forms.Form]:
        fields = {name: field_for(info, offers, values.get(name)) for name, info in model.model_fields.items()}
        return type("RowForm", (forms.Form,), fields)

    return make


def labels_of(model: type[BaseModel]) -> list[str]:
    return [info.title or name for name, info in model.model_fields.items()]
