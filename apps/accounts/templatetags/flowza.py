"""Template tags that every page may use without loading them."""

import json
from datetime import datetime
from functools import cache
from typing import Any

from django import template
from django.conf import settings
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.forms import BoundField, CheckboxInput, ClearableFileInput, RadioSelect, Select
from django.template import Context
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.accounts.regions import in_format

register = template.Library()

STATES: dict[str, tuple[str, str]] = {
    "draft": ("edit", "Draft"),
    "waiting": ("circle-dashed", "Waiting"),
    "queued": ("clock", "Queued"),
    "running": ("loader-2", "Running"),
    "done": ("check", "Done"),
    "succeeded": ("circle-check", "Succeeded"),
    "kept": ("history", "Kept"),
    "failed": ("alert-triangle", "Failed"),
    "cancelling": ("player-stop", "Cancelling"),
    "cancelled": ("ban", "Cancelled"),
    "skipped": ("circle-minus", "Skipped"),
    "active": ("circle-check", "Active"),
    "expired": ("hourglass", "Expired"),
    "revoked": ("ban", "Revoked"),
}


@cache
def vendor_versions() -> dict[str, str]:
    versions: dict[str, str] = json.loads((settings.BASE_DIR / "static/vendor/versions.json").read_text())
    return versions


@register.simple_tag
def vendor(path: str) -> str:
    """Address of a vendored file without its version: `{% vendor "tabler/tabler.min.css" %}`."""
    name, _, file = path.partition("/")
    return static(f"vendor/{name}-{vendor_versions()[name]}/{file}")


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """An icon of scripts/icons.txt, silent for screen readers: words stand beside it."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        classes,
        vendor("tabler-icons/sprite.svg"),
        name,
    )


@register.inclusion_tag("components/state.html")
def state_badge(state: str, word: str = "") -> dict[str, str]:
    """A state as icon, word and colour: `{% state_badge run.state %}`."""
    symbol, name = STATES.get(state, ("point", state.replace("_", " ").capitalize()))
    return {"state": state, "icon_name": symbol, "word": word or name}


@register.inclusion_tag("components/fragment.html")
def fragment(name: str, label: str = "", **arguments: Any) -> dict[str, str]:
    """A part of the page that another app serves at the address `name`; nothing while no app does."""
    try:
        address = reverse(name, kwargs=arguments or None)
    except NoReverseMatch:
        address = ""
    return {"address": address, "label": label}


@register.simple_tag
def address_of(name: str) -> str:
    """The address of that name, or "" when no app serves it."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


@register.inclusion_tag("components/nav_link.html", takes_context=True)
def nav_link(context: Context, name: str, label: str, symbol: str) -> dict[str, Any]:
    """A link of the main navigation, marked as current on every page of its app."""
    request = context.get("request")
    match = request.resolver_match if request is not None else None
    space, _, _ = name.rpartition(":")
    here = match is not None and (match.namespace == space if space else match.view_name == name)
    if match is not None and space == "accounts":
        here = here and (match.url_name or "").startswith("settings")
    return {"address": address_of(name), "label": label, "icon_name": symbol, "here": here}


@register.inclusion_tag("components/field.html")
def field(bound: BoundField) -> dict[str, Any]:
    """A form field with its label, help and errors, tied together for screen readers."""
    widget = bound.field.widget
    checkbox = isinstance(widget, CheckboxInput)
    style = "form-control"
    if isinstance(widget, RadioSelect) or checkbox:
        style = "form-check-input"
    elif isinstance(widget, Select):
        style = "form-select"
    elif isinstance(widget, ClearableFileInput):
        style = "form-control form-file"
    if bound.errors:
        style += " is-invalid"
    existing = widget.attrs.get("class", "")
    return {
        "field": bound,
        "checkbox": checkbox,
        "group": isinstance(widget, RadioSelect) or bound.use_fieldset,
        "control": bound.as_widget(attrs={"class": f"{style} {existing}".strip()}),
    }


@register.inclusion_tag("components/form.html")
def form_fields(form: Any) -> dict[str, Any]:
    """All fields of a form with what is wrong with the form as a whole."""
    return {"form": form}


@register.filter
def ago(moment: datetime | None) -> SafeString | str:
    """`3 minutes ago`, with the exact time in the title; "never" without a time."""
    if moment is None:
        return "never"
    local = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(timespec="seconds"),
        date_format(local, "j F Y, H:i:s e"),
        naturaltime(moment),
    )


@register.filter
def duration(seconds: float | None) -> str:
    """Seconds as people say them: `0.2 s`, `12 s`, `3 min 05 s`, `2 h 10 min`; "" without a value."""
    if seconds is None:
        return ""
    if seconds < 10:
        return "0 s" if seconds == 0 else in_format("< 0.1 s" if seconds < 0.05 else f"{seconds:.1f} s")
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


@register.filter
def number(value: float | None) -> str:
    """A number with grouped thousands and four meaningful digits: `2,201`, `0.7853`; "–" without one.

    Its marks are those of the person who reads the page. Never for values of inputs, attributes or files.
    """
    if value is None:
        return "–"
    if isinstance(value, int) or float(value).is_integer():
        return in_format(f"{value:,.0f}")
    if value != value or value in (float("inf"), float("-inf")):
        return "–"
    return in_format(f"{value:,.1f}".removesuffix(".0") if abs(value) >= 1000 else f"{value:.4g}")


@register.filter
def file_size(size: int | None) -> str:
    """Bytes as `12 kB`, `3.4 MB`."""
    if size is None:
        return "–"
    amount = float(size)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 10 else in_format(f"{amount:.1f} {unit}")
        amount /= 1000
    return in_format(f"{amount:,.1f} GB")
