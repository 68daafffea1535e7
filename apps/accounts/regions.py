"""How a person reads numbers and times: their number format and time zone, for as long as their request lasts.

The database and everything that leaves Flowza (CSV, JSON, scripts) keep the plain form: a point for decimals, no
groups, UTC. Only the filters of the pages look here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

NARROW_SPACE = "\N{NARROW NO-BREAK SPACE}"


class NumberFormat(models.TextChoices):
    """Each named after what groups thousands."""

    COMMA = "comma", "1,234.5"
    POINT = "point", "1.234,5"
    SPACE = "space", "1 234,5"
    APOSTROPHE = "apostrophe", "1'234.5"


MARKS: dict[str, tuple[str, str]] = {
    NumberFormat.COMMA: (",", "."),
    NumberFormat.POINT: (".", ","),
    NumberFormat.SPACE: (NARROW_SPACE, ","),
    NumberFormat.APOSTROPHE: ("'", "."),
}
"""What groups thousands, and what stands before the decimals."""

_number_format: ContextVar[str] = ContextVar("number_format", default=NumberFormat.COMMA)


def marks() -> tuple[str, str]:
    """The group mark and the decimal mark of whoever is being answered."""
    return MARKS[_number_format.get()]


def in_format(plain: str) -> str:
    """A number written as `1,234.5`, in the person's own form."""
    group, decimal = marks()
    return plain.translate({ord(","): group, ord("."): decimal})


@contextmanager
def region(time_zone: str, number_format: str) -> Iterator[None]:
    """Show times and numbers in this form until the end; what is not known counts as not chosen."""
    chosen = number_format if number_format in MARKS else NumberFormat.COMMA
    token = _number_format.set(chosen)
    try:
        with timezone.override(ZoneInfo(time_zone) if time_zone in zones() else None):
            yield
    finally:
        _number_format.reset(token)


@cache
def zones() -> frozenset[str]:
    """The names of all time zones of this machine's database."""
    return frozenset(available_timezones())


@cache
def zone_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Time zones for a select: by continent, cities in words; UTC apart."""
    groups: dict[str, list[tuple[str, str]]] = {"": [("UTC", "UTC")]}
    for name in sorted(zones()):
        continent, _, city = name.partition("/")
        if city and continent in CONTINENTS:
            groups.setdefault(continent, []).append((name, city.replace("_", " ").replace("/", ", ")))
    return [(continent or "Everywhere", found) for continent, found in groups.items()]


CONTINENTS = frozenset(
    {"Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
)


def known_zone(name: str) -> None:
    """Raises ValidationError for a name that is no time zone."""
    if name not in zones():
        raise ValidationError("There is no time zone of this name.", code="unknown_zone")
