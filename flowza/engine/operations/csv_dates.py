"""Which columns of text are dates, in which formats, and whether day or month comes first."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import pandas as pd

from flowza.engine.operations.csv_amounts import MOSTLY
from flowza.engine.operations.csv_cells import parse_dates
from flowza.engine.operations.csv_settings import FORMAT_DIVIDER, ISO_DATE
from flowza.engine.operations.refusals import Doubt, Notice

_WORD = r"(?P<month>[A-Za-z]{3,9})"
_CLOCK = r"(?:(?P<between>[ T])(?P<clock>\d{1,2}:\d{2}(?::\d{2})?))?"
_SEPARATED = re.compile(
    rf"(?P<first>\d{{1,4}})(?P<mark>[/.\-])(?P<second>\d{{1,2}})(?P=mark)(?P<last>\d{{4}}|\d{{2}}){_CLOCK}"
)
_ISO = re.compile(
    r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:[ T](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?)?"
)
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_NAMED = (
    (
        re.compile(rf"\d{{1,2}}(?P<gap>[ \-]|\. ){_WORD}(?P=gap)\d{{4}}{_CLOCK}"),
        "%d{gap}{month}{gap}%Y",
    ),
    (re.compile(rf"{_WORD} \d{{1,2}}(?P<gap>,? )\d{{4}}{_CLOCK}"), "{month} %d{gap}%Y"),
)
_LABELS = {"dmy": "day first", "mdy": "month first", "ymd": "year first"}
ORDERS = ("dmy", "mdy")


@dataclass(frozen=True)
class _Shape:
    """How a date is written apart from the order of day and month. years: digits of the year, 0 for year first."""

    mark: str
    years: int
    clock: str

    def spelled(self, order: str) -> str:
        year = "%y" if self.years == 2 else "%Y"
        parts = {"ymd": ("%Y", "%m", "%d"), "dmy": ("%d", "%m", year), "mdy": ("%m", "%d", year)}[order]
        return self.mark.join(parts) + self.clock


@dataclass
class _Found:
    """Cells by what they can be: `sure` formats that need no order; `either` by shape and the orders that fit."""

    total: int = 0
    sure: Counter[str] = field(default_factory=Counter)
    shapes: dict[_Shape, Counter[tuple[str, ...]]] = field(default_factory=dict)
    examples: dict[_Shape, str] = field(default_factory=dict)
    example: str = ""


@dataclass(frozen=True)
class Dates:
    """formats: in which the column's cells are written, most frequent first; empty: it must be asked.

    options: (formats, what they mean) to choose from. fit and total count cells. why: the reason for leaving it text.
    """

    formats: tuple[str, ...]
    fit: int
    total: int
    example: str
    options: tuple[tuple[str, str], ...] = ()
    why: str = ""


def looks_like_date(cell: str) -> bool:
    return _read(cell.strip()) is not None


def dates_of(counts: Mapping[str, int]) -> Dates | None:
    """What the column's distinct cells and their counts say; None: fewer than MOSTLY of them are dates."""
    found = _Found()
    for text, count in counts.items():
        found.total += count
        _note(found, text.strip(), count)
    fitting = found.sure.total() + sum(shape.total() for shape in found.shapes.values())
    if not fitting or fitting < MOSTLY * found.total:
        return None
    decided: Counter[str] = Counter(found.sure)
    open_shapes: list[_Shape] = []
    for shape, kinds in found.shapes.items():
        order = _order_of(found, shape)
        if order and shape.years != 2:
            decided[shape.spelled(order)] += sum(count for orders, count in kinds.items() if order in orders)
        else:
            open_shapes.append(shape)
    if open_shapes:
        return _asked(found, decided, open_shapes)
    formats = _by_count(decided)
    # Cells were judged by their looks; 30 February is none of the calendar's days.
    texts = list(counts)
    real = parse_dates(pd.Series(texts, dtype="str"), formats).notna()
    fit = sum(counts[text] for text, is_date in zip(texts, real, strict=True) if is_date)
    return Dates(formats, fit, found.total, found.example) if fit >= MOSTLY * found.total else None


def _note(found: _Found, text: str, count: int) -> None:
    read = _read(text)
    if read is None:
        return
    if not found.example:
        found.example = text
    if isinstance(read, str):
        found.sure[read] += count
        return
    shape, orders = read
    known = found.examples.get(shape)
    # An example in which day and month differ shows what the question is about.
    if known is None or (len(orders) == 2 and _same_parts(known)):
        found.examples[shape] = text
    found.shapes.setdefault(shape, Counter())[orders] += count


def _same_parts(text: str) -> bool:
    match = _SEPARATED.fullmatch(text)
    return match is not None and int(match["first"]) == int(match["second"])


def _read(text: str) -> str | tuple[_Shape, tuple[str, ...]] | None:
    """A format that is sure, or a shape with the orders that fit; None: no date."""
    if _ISO.fullmatch(text):
        return ISO_DATE
    match = _SEPARATED.fullmatch(text)
    if match is None:
        return _named(text)
    clock = (match["between"] or "") + _clock(match["clock"])
    first, second, last = int(match["first"]), int(match["second"]), int(match["last"])
    if len(match["first"]) == 4:
        fits = len(match["last"]) <= 2 and 1 <= second <= 12 and 1 <= last <= 31
        return _Shape(match["mark"], 0, clock).spelled("ymd") if fits else None
    if len(match["first"]) > 2:
        return None
    orders = tuple(
        order
        for order, (day, month) in zip(ORDERS, ((first, second), (second, first)), strict=True)
        if 1 <= day <= 31 and 1 <= month <= 12
    )
    return (_Shape(match["mark"], len(match["last"]), clock), orders) if orders else None


def _clock(text: str | None) -> str:
    return ("", "%H:%M", "%H:%M:%S")[text.count(":")] if text else ""


def _named(text: str) -> str | None:
    """`3 Apr 2024`, `03-Apr-2024`, `April 3, 2024`."""
    for pattern, spelled in _NAMED:
        match = pattern.fullmatch(text)
        if match is None:
            continue
        word = match["month"].lower()
        month = "%B" if word in _MONTHS and len(word) > 3 else "%b"
        if month == "%b" and word not in {name[:3] for name in _MONTHS}:
            return None
        clock = (match["between"] or "") + _clock(match["clock"])
        return spelled.format(gap=match["gap"], month=month) + clock
    return None


def _order_of(found: _Found, shape: _Shape) -> str:
    """The order that nearly all cells with these marks tell; '' when they do not tell, or contradict each other."""
    alike = [kinds for other, kinds in found.shapes.items() if other.mark == shape.mark]
    told = {order: sum(kinds[(order,)] for kinds in alike) for order in ORDERS}
    best = max(ORDERS, key=lambda order: told[order])
    return best if told[best] and told[best] >= MOSTLY * sum(told.values()) else ""


def _asked(found: _Found, decided: Counter[str], shapes: list[_Shape]) -> Dates | None:
    """The formats under either order, for a person to choose between."""
    options = []
    for order in ORDERS:
        formats, fit = Counter(decided), decided.total()
        for shape in shapes:
            fitting = sum(count for orders, count in found.shapes[shape].items() if order in orders)
            formats[shape.spelled(order)] += fitting
            fit += fitting
        if fit >= MOSTLY * found.total:
            example = found.examples[shapes[0]]
            options.append((FORMAT_DIVIDER.join(_by_count(formats)), _label(order, shapes[0].spelled(order), example)))
    example = found.examples[shapes[0]]
    return Dates((), 0, found.total, example, tuple(options), "" if options else "mixes orders of day and month")


def _by_count(formats: Counter[str]) -> tuple[str, ...]:
    return tuple(each for each, count in formats.most_common() if count)


def _label(order: str, spelled: str, example: str) -> str:
    """`day first: 03/04/2024 is 3 April 2024`."""
    try:
        moment = datetime.strptime(example, spelled)
    except ValueError:
        return f"{_LABELS[order]} ({spelled})"
    return f"{_LABELS[order]}: {example} is {moment.day} {moment:%B %Y}"


def date_notice(name: str, dates: Dates) -> Notice:
    """What was done with a column of dates."""
    if dates.why:
        return Notice(
            f"Column '{name}' {dates.why}, such as {dates.example}; it is kept as text.", "mixed", name, "warning"
        )
    written = " or ".join(_words(each) for each in dates.formats)
    several = f" in {len(dates.formats)} formats" if len(dates.formats) > 1 else ""
    return Notice(f"Column '{name}' is read as dates{several}: {written}.", "dates", name)


def _words(spelled: str) -> str:
    if spelled == ISO_DATE:
        return "2024-01-31"
    moment = datetime(2024, 1, 31, 18, 30)
    return moment.strftime(spelled)


def date_doubt(name: str, dates: Dates) -> Doubt:
    sure = " Only this order fits the cells." if len(dates.options) == 1 else ""
    return Doubt(
        f"Column '{name}' looks like dates, such as {dates.example}. In which order are day and month? "
        f"It is kept as text until you say.{sure}",
        "date_formats",
        (*dates.options, ("", "keep as text")),
        "",
        name,
    )
