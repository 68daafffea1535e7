"""Six CSV files as people have them, each with something that breaks a careless reading; made the same every time."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

Random = np.random.Generator


@dataclass(frozen=True)
class UglyFile:
    """A file by name, its bytes, and what is to be predicted of it."""

    name: str
    content: bytes
    target: str
    task: str


def ugly_files() -> dict[str, UglyFile]:
    return {name: make() for name, make in MAKERS.items()}


def mostly_missing() -> UglyFile:
    """Members of a club; `sponsor` and `discount` are missing in 80 % of the rows."""
    random = np.random.default_rng(11)
    rows = 600
    visits = random.poisson(4, rows)
    sponsor = pd.Series(random.choice(["Alba", "Brick & Co", "Cedar"], rows)).mask(random.random(rows) < 0.8)
    discount = pd.Series(random.integers(1, 6, rows) * 5.0).mask(random.random(rows) < 0.8)
    score = 0.6 * visits + 1.2 * sponsor.notna() + 0.03 * discount.fillna(0) + random.normal(0, 1, rows)
    frame = pd.DataFrame(
        {
            "member": [f"M-{number:05d}" for number in random.permutation(rows)],
            "visits": visits,
            "sponsor": sponsor,
            "discount": discount,
            "renewed": np.where(score > np.median(score), "yes", "no"),
        }
    )
    return csv_file("club members.csv", frame, "renewed", "classification")


def many_levels() -> UglyFile:
    """Parcels to 5,000 zip codes, some with a leading zero; a few large cities get most of them."""
    random = np.random.default_rng(12)
    codes = np.array([f"{code:05d}" for code in np.sort(random.choice(99_999, 5000, replace=False))])
    large = codes[:12]
    zip_code = random.permutation(np.concatenate([codes, random.choice(large, 3000)]))
    rows = len(zip_code)
    weight = random.lognormal(0.5, 0.6, rows).round(2)
    late = 0.9 * weight - 1.5 * np.isin(zip_code, large) + random.normal(0, 1, rows) > 1.2
    frame = pd.DataFrame({"zip_code": zip_code, "weight_kg": weight, "late": np.where(late, "late", "on time")})
    return csv_file("parcels.csv", frame, "late", "classification")


def two_date_formats() -> UglyFile:
    """Orders whose day is written 2023-05-17 in half of the rows and 17.05.2023 in the others."""
    random = np.random.default_rng(13)
    rows = 500
    days = pd.Series(pd.Timestamp("2022-01-01") + pd.to_timedelta(random.integers(0, 730, rows), unit="D"))
    written = np.where(random.random(rows) < 0.5, days.dt.strftime("%Y-%m-%d"), days.dt.strftime("%d.%m.%Y"))
    items = random.poisson(3, rows) + 1
    amount = 12 * items + 15 * (days.dt.month >= 11) + 4 * (days.dt.year - 2022) + random.normal(0, 4, rows)
    frame = pd.DataFrame({"ordered": written, "items": items, "amount": amount.round(2)})
    return csv_file("orders.csv", frame, "amount", "regression")


def money() -> UglyFile:
    """Flats with rents such as `1.234,50 €`, decimal commas and semicolons between the cells."""
    random = np.random.default_rng(14)
    rows = 400
    size = random.normal(75, 22, rows).clip(20).round(1)
    balcony = random.choice(["ja", "nein"], rows)
    rent = (size * 13.4 + 90 * (balcony == "ja") + random.normal(0, 60, rows)).round(2)
    costs = (size * 2.9 + random.normal(0, 12, rows)).clip(20).round(2)
    frame = pd.DataFrame(
        {
            "Größe": [german(value, 1) for value in size],
            "Balkon": balcony,
            "Nebenkosten": [f"{german(value)} €" for value in costs],
            "Miete": [f"{german(value)} €" for value in rent],
        }
    )
    return csv_file("Mieten.csv", frame, "Miete", "regression", delimiter=";", encoding="cp1252")


def missing_targets() -> UglyFile:
    """Patients of whom a quarter has no outcome, written in three ways."""
    random = np.random.default_rng(15)
    rows = 480
    age = random.integers(18, 90, rows)
    pressure = (100 + 0.5 * age + random.normal(0, 10, rows)).round()
    ill = 0.05 * age + 0.03 * pressure + random.normal(0, 1, rows)
    outcome = np.where(ill > np.median(ill), "ill", "well").astype(object)
    gone = random.random(rows) < 0.25
    outcome[gone] = random.choice(["", "n/a", "NA"], int(gone.sum()))
    frame = pd.DataFrame({"patient": np.arange(1, rows + 1), "age": age, "pressure": pressure, "outcome": outcome})
    return csv_file("patients.csv", frame, "outcome", "classification")


def odd_case() -> UglyFile:
    """A survey whose answers are written Yes, YES, `yes ` and so on, in a feature and in the target."""
    random = np.random.default_rng(16)
    rows = 450
    region = random.choice(["north", "south", "east"], rows)
    hours = random.normal(20, 6, rows).round(1)
    happy = 0.15 * hours + 1.5 * (region == "south") + random.normal(0, 1, rows)
    answer = np.where(happy > np.median(happy), "yes", "no")
    frame = pd.DataFrame(
        {
            "region": [spelled(word, random) for word in region],
            "hours": hours,
            "satisfied": [spelled(word, random) for word in answer],
        }
    )
    return csv_file("survey.csv", frame, "satisfied", "classification")


def csv_file(
    name: str, frame: pd.DataFrame, target: str, task: str, delimiter: str = ",", encoding: str = "utf-8"
) -> UglyFile:
    text = io.StringIO()
    frame.to_csv(text, index=False, sep=delimiter, lineterminator="\n")
    return UglyFile(name, text.getvalue().encode(encoding), target, task)


def german(value: float, decimals: int = 2) -> str:
    """1234.5 as `1.234,50`."""
    return f"{value:,.{decimals}f}".translate(str.maketrans(",.", ".,"))


def spelled(word: str, random: Random) -> str:
    """The word in one of the ways in which people type it."""
    return str(random.choice([word, word, word.upper(), word.capitalize(), f"{word} ", f" {word.capitalize()}"]))


MAKERS: dict[str, Callable[[], UglyFile]] = {
    "mostly missing": mostly_missing,
    "many levels": many_levels,
    "two date formats": two_date_formats,
    "money": money,
    "missing targets": missing_targets,
    "odd case": odd_case,
}
