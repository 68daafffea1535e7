"""Which columns of text are amounts: money, percent, numbers with marks between thousands."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from flowza.engine.operations.csv_cells import ODD_CHARACTERS, amount_pattern
from flowza.engine.operations.csv_settings import CsvSettings, DecimalMark, NumberFormat, ThousandsMark
from flowza.engine.operations.refusals import Doubt, Notice

MOSTLY = 0.95
"""The share of a column's cells that must agree before it is taken for amounts or dates."""

CURRENCIES = (
    *("$", "€", "£", "¥", "₹", "₽", "₩", "₺", "₪", "₴", "₫", "฿", "₦", "₱", "US$", "A$", "C$", "NZ$", "HK$", "R$"),
    *("USD", "EUR", "GBP", "JPY", "CHF", "CNY", "INR", "AUD", "CAD", "NZD", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF"),
    *("RON", "BGN", "TRY", "RUB", "UAH", "ILS", "ZAR", "BRL", "MXN", "ARS", "CLP", "COP", "KRW", "SGD", "HKD", "THB"),
    *(
        "IDR",
        "MYR",
        "PHP",
        "VND",
        "AED",
        "SAR",
        "EGP",
        "NGN",
        "KES",
        "kr",
        "kr.",
        "Kr",
        "zł",
        "Kč",
        "Ft",
        "Fr.",
        "SFr.",
    ),
    *("kr", "kr.", "Kr", "Fr.", "SFr.", "Euro", "euro", "eur", "usd", "gbp", "chf"),
)
PERCENT = "%"
THOUSANDS: dict[DecimalMark, tuple[ThousandsMark | None, ...]] = {
    ".": (None, ",", "'", " "),
    ",": (None, ".", "'", " "),
}
MARK_NAMES = {",": "a comma", ".": "a point", "'": "an apostrophe", " ": "a space"}

_SIGN = "|".join(re.escape(each) for each in sorted((*CURRENCIES, PERCENT), key=len, reverse=True))
_AMOUNT = re.compile(
    rf"\s*+\(?\s*+[+-]?\s*+(?:(?P<before>{_SIGN})\s*+)?[+-]?\s*+(?P<core>[0-9][0-9.,' ]*+|[.,][0-9]++)"
    rf"(?:(?P<after>{_SIGN})\s*+)?-?\s*+\)?\s*+"
)
"""Possessive, so that a cell of thousands of spaces costs no more than to look at each."""
_MARKS = re.compile("[.,' ]")


@dataclass
class Amounts:
    """What the cells of a column say: format None: they contradict each other. Counts are of cells.

    doubtful: each mark may divide thousands or decimals (`1.234`); the format then is what is more likely.
    """

    form: NumberFormat | None
    fit: int
    total: int
    example: str
    doubtful: bool = False
    why: str = ""
    sign: str = ""


@dataclass
class _Cells:
    """Distinct amounts without their signs, with how often they stand in the column."""

    total: int = 0
    cores: Counter[str] = field(default_factory=Counter)
    signs: Counter[str] = field(default_factory=Counter)
    by_sign: dict[str, Counter[str]] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)


def looks_like_amount(cell: str) -> bool:
    return _AMOUNT.fullmatch(cell.translate(ODD_CHARACTERS)) is not None


def amounts_of(counts: Mapping[str, int], settings: CsvSettings) -> Amounts | None:
    """What the column's distinct cells and their counts say; None: fewer than MOSTLY of them are amounts."""
    cells = _split(counts)
    if not cells.total or cells.cores.total() < MOSTLY * cells.total:
        return None
    signs, why = _strip(cells)
    if why:
        example = next(iter(cells.examples.values()))
        return Amounts(None, 0, cells.total, example, why=why)
    kept: Counter[str] = Counter()
    for sign in ("", *signs):
        kept.update(cells.by_sign.get(sign, Counter()))
    if not kept or kept.total() < MOSTLY * cells.total:
        return None
    return _with_marks(kept, signs, cells, settings)


def _split(counts: Mapping[str, int]) -> _Cells:
    cells = _Cells()
    for text, count in counts.items():
        cells.total += count
        found = _AMOUNT.fullmatch(text.translate(ODD_CHARACTERS))
        if found is None or (found["before"] and found["after"] and found["before"] != found["after"]):
            continue
        sign, core = found["before"] or found["after"] or "", found["core"].strip()
        cells.cores[core] += count
        cells.signs[sign] += count
        cells.by_sign.setdefault(sign, Counter())[core] += count
        cells.examples.setdefault(core if not sign else sign + core, text.strip())
    return cells


def _strip(cells: _Cells) -> tuple[tuple[str, ...], str]:
    """The signs to take away, and why that cannot be decided."""
    signed = {sign: count for sign, count in cells.signs.items() if sign}
    if not signed:
        return (), ""
    most = max(signed, key=lambda sign: signed[sign])
    if signed[most] < MOSTLY * sum(signed.values()):
        names = " and ".join(f"'{sign}'" for sign in sorted(signed, key=lambda sign: -signed[sign])[:3])
        return (), f"mixes {names}"
    zeros = cells.by_sign.get("", Counter())["0"]
    if most == PERCENT and signed[most] + zeros < MOSTLY * cells.cores.total():
        return (), "has numbers with and without a percent sign"
    return (most,), ""


def _with_marks(kept: Counter[str], signs: tuple[str, ...], cells: _Cells, settings: CsvSettings) -> Amounts | None:
    """Which mark is the decimal one: counted over all cells, and by the cells that only one of them fits."""
    point, comma = (_best(kept, decimal) for decimal in (".", ","))
    only_point = sum(kept[core] for core in point[1] - comma[1])
    only_comma = sum(kept[core] for core in comma[1] - point[1])
    told = only_point + only_comma
    marked = any("." in core or "," in core for core in kept)
    doubtful, why = False, ""
    if told and max(only_point, only_comma) >= MOSTLY * told:
        chosen = point if only_point > only_comma else comma
    elif told:
        chosen, why = point, "has points and commas that contradict each other"
    elif not marked:
        chosen = point
    else:
        doubtful = True
        chosen = _likelier(kept, signs, settings, point, comma)
    fit = sum(kept[core] for core in chosen[1])
    if fit < MOSTLY * cells.total and not why:
        return None
    decimal, thousands = chosen[2], chosen[3]
    form = None if why else NumberFormat(decimal=decimal, thousands=thousands, strip=signs)
    best = max(kept, key=lambda core: (bool(_MARKS.search(core)), kept[core]))
    sign = signs[0] if signs else ""
    example = cells.examples.get(sign + best) or cells.examples.get(best) or best
    return Amounts(form, fit, cells.total, example, doubtful, why, sign)


_Fit = tuple[int, set[str], DecimalMark, ThousandsMark | None]


def _best(kept: Counter[str], decimal: DecimalMark) -> _Fit:
    """The thousands mark under which most cells fit; without one, if that fits as many."""
    found: list[_Fit] = []
    for thousands in THOUSANDS[decimal]:
        pattern = amount_pattern(decimal, thousands, ())
        fitting = {core for core in kept if pattern.fullmatch(core) and not core.startswith("0" + (thousands or "x"))}
        found.append((sum(kept[core] for core in fitting), fitting, decimal, thousands))
    return max(found, key=lambda fit: fit[0])


def _likelier(kept: Counter[str], signs: tuple[str, ...], settings: CsvSettings, point: _Fit, comma: _Fit) -> _Fit:
    """Money has no three decimals, so its mark divides thousands; otherwise the file's decimal mark holds."""
    commas = any("," in core for core in kept)
    if signs and signs[0] != PERCENT:
        return point if commas else comma
    if settings.decimal == ",":
        return comma
    return comma if commas and signs else point


def amount_notice(name: str, amounts: Amounts) -> Notice:
    """What was done with a column of amounts."""
    form = amounts.form
    if form is None:
        return Notice(f"Column '{name}' {amounts.why}, such as '{amounts.example}'; it is kept as text.", "mixed", name)
    parts = []
    if amounts.sign == PERCENT:
        value = re.sub(r"\s*%\s*", "", amounts.example)
        parts.append(f"The percent sign is taken away: {amounts.example} is read as {value}")
    elif amounts.sign:
        parts.append(f"'{amounts.sign}' is taken away")
    if form.thousands:
        parts.append(f"{MARK_NAMES[form.thousands]} divides thousands")
    if form.decimal == ",":
        parts.append("the comma is the decimal mark")
    said = "; ".join(parts) or "Its cells are numbers"
    return Notice(f"Column '{name}' is read as numbers. {said[0].upper()}{said[1:]}.", "amounts", name)


def amount_doubt(name: str, amounts: Amounts, chosen: bool) -> Doubt:
    """`1.234`: 1234 or 1.234? chosen: whether the likelier one holds until someone answers."""
    digits = re.sub("[^0-9.,]", "", amounts.example)
    mark = next(character for character in digits if character in ".,")
    whole, parted = digits.replace(mark, ""), digits.replace(",", ".")
    other = "decimal point" if mark == "," else "decimal comma"
    same = "decimal comma" if mark == "," else "decimal point"
    options = [(other, f"{whole}: the {_word(mark)} divides thousands")]
    if digits.count(mark) == 1:
        options.append((same, f"{parted}: it is the decimal mark"))
    holds = "text"
    if chosen and amounts.form is not None:
        holds = "decimal comma" if amounts.form.decimal == "," else "decimal point"
    question = f"Column '{name}' has numbers such as {amounts.example}. Which number is that?"
    return Doubt(question, "numbers", (*options, ("text", "neither: keep the column as text")), holds, name)


def _word(mark: str) -> str:
    return "comma" if mark == "," else "point"


def groups_only(cells: list[str]) -> str:
    """A cell such as `1.234` of a column in which every point may divide thousands; '' when some cell cannot be so."""
    grouped = [cell.strip() for cell in cells if re.fullmatch(r"\s*[+-]?[1-9]\d{0,2}(\.\d{3})+\s*", cell)]
    whole = [cell for cell in cells if re.fullmatch(r"\s*[+-]?\d{1,3}\s*", cell)]
    return grouped[0] if grouped and len(grouped) + len(whole) == len(cells) else ""
