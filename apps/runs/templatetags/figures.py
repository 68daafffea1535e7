"""What a figure hands to the browser."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django import template

from apps.accounts.templatetags.flowza import number

register = template.Library()


@register.filter
def plotly(figure: Mapping[str, Any]) -> str:
    """Traces and layout as JSON for an attribute: htmx takes script elements out of what it swaps in."""
    return json.dumps({"data": figure["data"], "layout": figure["layout"]}, separators=(",", ":"), allow_nan=False)


@register.filter
def cell(value: Any) -> str:
    """A cell of a report's table: numbers with four meaningful digits, anything else as it is."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return number(value) if isinstance(value, int | float) else str(value)


@register.filter
def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@register.filter
def raw(value: Any) -> str:
    """A number as files and other programs write it, with all its digits."""
    return repr(value) if isinstance(value, float) else str(value)


@register.filter
def table_key(place: int) -> str:
    """What the address of a report's table calls it."""
    return f"table-{place}"


@register.filter
def at(values: Sequence[Any], place: int) -> Any:
    """What stands at a place, counted from 0."""
    return values[place]
