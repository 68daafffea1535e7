"""Cells of text columns as amounts, dates and labels: what reading does beyond a CSV reader. Scripts print this."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

ODD_CHARACTERS = str.maketrans(dict.fromkeys("\u00a0\u2007\u2009\u202f\t", " ") | {"\u2019": "'", "\u2212": "-"})
"""Spaces and signs that spreadsheets write, as those of a keyboard."""


def parse_columns(
    frame: pd.DataFrame,
    numbers: Mapping[str, Mapping[str, Any]] | None = None,
    dates: Mapping[str, Sequence[str]] | None = None,
    labels: Mapping[str, Sequence[str]] | None = None,
) -> pd.DataFrame:
    """Text columns as float64 (numbers: column -> arguments of `parse_numbers`), as datetime64[us] (dates: column ->
    strptime formats) or with one spelling for each label. A cell that does not fit becomes missing.
    """
    made = {name: parse_numbers(frame[name], **form) for name, form in (numbers or {}).items()}
    made |= {name: parse_dates(frame[name], formats) for name, formats in (dates or {}).items()}
    made |= {name: unify_labels(frame[name], wanted) for name, wanted in (labels or {}).items()}
    return frame.assign(**made)


def parse_numbers(
    cells: pd.Series, decimal: str = ".", thousands: str | None = None, strip: Sequence[str] = ()
) -> pd.Series:
    """Amounts such as `$1,234.50`, `1.234,50 €`, `(12)` or `12.5 %` (which is 12.5) as float64.

    strip: signs that may stand before or behind a number. Parentheses or a minus at either end make it negative.
    """
    pattern = amount_pattern(decimal, thousands, strip)
    codes, texts = pd.factorize(cells.astype("str").astype("object"))
    values = np.array([*(amount(text, pattern, decimal) for text in texts), np.nan], dtype="float64")
    return pd.Series(values[codes], index=cells.index, name=cells.name)


def amount_pattern(decimal: str, thousands: str | None, strip: Sequence[str]) -> re.Pattern[str]:
    """What a whole cell must look like, with the groups open, minus, whole, part, power and after."""
    sign = "|".join(re.escape(each) for each in sorted(strip, key=len, reverse=True))
    signs = rf"(?:(?:{sign})\s*+)?" if sign else ""
    grouped = rf"[0-9]{{1,3}}(?:{re.escape(thousands)}[0-9]{{3}})+|" if thousands else ""
    number = (
        rf"(?P<whole>(?:{grouped}[0-9]+)?)(?:{re.escape(decimal)}(?P<part>[0-9]*))?(?P<power>[eE][+-]?[0-9]{{1,3}})?"
    )
    return re.compile(
        rf"\s*+(?P<open>\()?\s*+(?P<minus>[+-]?)\s*+{signs}(?P<minus2>[+-]?)\s*+{number}\s*+{signs}(?P<after>-?)\s*+"
        rf"(?P<close>\))?\s*+"
    )


def amount(text: str, pattern: re.Pattern[str], decimal: str) -> float:
    """The number that a cell holds, NaN when it holds none."""
    found = pattern.fullmatch(text.translate(ODD_CHARACTERS))
    if found is None or bool(found["open"]) != bool(found["close"]) or not (found["whole"] or found["part"]):
        return float("nan")
    minuses = [found["minus"], found["minus2"], found["after"], "-" if found["open"] else ""]
    if sum(1 for each in minuses if each) > 1:
        return float("nan")
    whole = re.sub("[^0-9]", "", found["whole"])
    value = float(f"{whole or '0'}.{found['part'] or '0'}{found['power'] or ''}")
    if not np.isfinite(value):
        return float("nan")
    return -value if "-" in minuses else value


def parse_dates(cells: pd.Series, formats: Sequence[str]) -> pd.Series:
    """Dates as datetime64[us], each cell by the first of the formats that takes it. Times with a zone become UTC.

    formats: as of strptime, or "ISO8601".
    """
    codes, texts = pd.factorize(cells.astype("str").astype("object"))
    words = pd.Series(texts, dtype="str").str.strip()
    moments = pd.Series(pd.NaT, index=words.index, dtype="datetime64[us]")
    for each in formats:
        read = pd.to_datetime(words, format=each, errors="coerce", utc=True).dt.tz_localize(None)
        moments = moments.where(moments.notna(), read.astype("datetime64[us]"))
    values = np.append(moments.to_numpy(), np.datetime64("NaT", "us"))
    return pd.Series(values[codes], index=cells.index, name=cells.name)


def unify_labels(cells: pd.Series, labels: Sequence[str]) -> pd.Series:
    """Texts that are one of the labels but for case and outer spaces, as that label; others as they are."""
    known = {folded(label): label for label in labels}
    codes, texts = pd.factorize(cells.astype("str").astype("object"))
    values = np.array([*(known.get(folded(text), text) for text in texts), None], dtype="object")
    return pd.Series(values[codes], index=cells.index, name=cells.name, dtype="str")


def folded(text: str) -> str:
    """The text without its case and outer spaces."""
    return text.strip().casefold()
