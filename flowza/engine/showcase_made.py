"""Two made tables, the same on every machine: numpy's frozen RandomState, sums of uniforms, rounded values."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]

DISTRICTS = ("Harbour", "Old Town", "Hillside", "Mill Quarter", "Northgate", "Riverside", "Station", "Westfield")
DISTRICT_WORTH = (1.18, 1.32, 1.25, 0.94, 0.82, 1.08, 0.9, 0.98)
OUTLOOKS = ("quiet", "bright", "central", "leafy", "noisy", "busy")
OUTLOOK_WORTH = (1.03, 1.05, 1.02, 1.04, 0.93, 0.96)

CITIES = (
    "Aberdeen", "Bath", "Belfast", "Birmingham", "Bradford", "Brighton", "Bristol", "Cambridge", "Canterbury",
    "Cardiff", "Carlisle", "Chester", "Coventry", "Derby", "Dundee", "Durham", "Edinburgh", "Exeter", "Glasgow",
    "Gloucester", "Hull", "Inverness", "Lancaster", "Leeds", "Leicester", "Lincoln", "Liverpool", "London",
    "Manchester", "Newcastle", "Norwich", "Nottingham", "Oxford", "Perth", "Plymouth", "Sheffield", "Southampton",
    "Swansea", "Winchester", "York",
)  # fmt: skip


def housing() -> pd.DataFrame:
    """1,500 sales of homes with missing values, dates, text and outliers; `price` to predict."""
    random, rows = np.random.RandomState(1905), 1_500
    kind = random.choice(3, rows, p=[0.5, 0.3, 0.2])
    district = random.choice(len(DISTRICTS), rows)
    outlook = random.choice(len(OUTLOOKS), rows)
    area = np.round(np.array([62.0, 98.0, 145.0])[kind] + _bell(random, rows) * np.array([16.0, 20.0, 30.0])[kind])
    area = np.maximum(area, 22)
    rooms = np.clip(np.round(area / 26 + _bell(random, rows) * 0.7), 1, 9).astype("int64")
    built = 1890 + np.floor(133 * random.random_sample(rows))
    energy = np.clip(np.floor((2023 - built) / 20 + 1.1 * _bell(random, rows)), 0, 6).astype("int64")
    garden = random.random_sample(rows) < np.array([0.15, 0.6, 0.9])[kind]
    distance = np.round(0.3 + 11 * random.random_sample(rows), 1)
    listed = np.datetime64("2021-01-04") + random.randint(0, 1_090, rows)
    days = (listed - np.datetime64("2021-01-01")).astype("int64")
    worth = np.array(DISTRICT_WORTH)[district] * np.array(OUTLOOK_WORTH)[outlook] * (1 - 0.03 * energy)
    price = (2_650 * area + 9_000 * rooms + 14_000 * garden - 5_200 * distance + 30 * days) * worth
    price = np.maximum(np.round(price * (1 + 0.08 * _bell(random, rows)), -2), 25_000)
    area[random.choice(rows, 6, replace=False)] *= 10  # typing errors: a zero too many
    price[random.choice(rows, 8, replace=False)] *= 3
    words = np.array(["flat", "terraced house", "detached house"], dtype=object)[kind]
    texts = [f"{OUTLOOKS[o]} {word} in {DISTRICTS[d]}" for o, word, d in zip(outlook, words, district, strict=True)]
    return pd.DataFrame(
        {
            "listed": pd.Series(listed).astype("datetime64[us]"),
            "district": _holes(random, np.array(DISTRICTS, dtype=object)[district], 0.02),
            "kind": _text(words),
            "description": _text(np.array([text[0].upper() + text[1:] for text in texts], dtype=object)),
            "area_m2": _holes(random, area, 0.04),
            "rooms": rooms,
            "year_built": _holes(random, built, 0.09),
            "energy_class": _holes(random, np.array(list("ABCDEFG"), dtype=object)[energy], 0.12),
            "garden": garden,
            "km_to_centre": distance,
            "price": price.astype("int64"),
        }
    )


def churn() -> pd.DataFrame:
    """5,000 customers of a phone company on 1 July 2024; `churned` says who left within three months."""
    random, rows = np.random.RandomState(2024), 5_000
    today = np.datetime64("2024-07-01")
    plan = random.choice(3, rows, p=[0.45, 0.38, 0.17])
    city = random.choice(len(CITIES), rows, p=_falling(len(CITIES)))
    # Newer customers are more frequent: the square root piles the days up at the end.
    age_days = np.floor(2_200 * (1 - np.sqrt(random.random_sample(rows)))).astype("int64") + 20
    yearly = random.random_sample(rows) < np.array([0.2, 0.38, 0.55])[plan]
    age = np.clip(np.round(43 + 14 * _bell(random, rows)), 18, 90)
    calls = np.floor(random.random_sample(rows) ** 3 * 9).astype("int64")
    minutes = np.round(np.maximum(np.array([180.0, 320.0, 520.0])[plan] + 95 * _bell(random, rows), 4), 1)
    data = np.round(np.maximum(np.array([3.5, 12.0, 34.0])[plan] * (1 + 0.4 * _bell(random, rows)), 0.1), 2)
    idle = np.minimum(np.floor(random.random_sample(rows) ** 2 * 45).astype("int64"), age_days - 1)
    score = np.clip(np.round(4.1 - 0.28 * calls + 0.8 * _bell(random, rows)), 1, 5)
    charge = np.array([9.9, 24.9, 59.9])[plan] * (age_days // 30 + 1) * (0.85 + 0.3 * random.random_sample(rows))
    leaning = (
        -1.75 - 1.15 * yearly + 0.42 * calls - 0.00075 * age_days + 0.045 * idle
        - 0.35 * (score - 3) - 0.0022 * (minutes - 300) + 0.25 * (plan == 0) + 0.35 * (city % 7 == 0)
    )  # fmt: skip
    churned = random.random_sample(rows) < 1 / (1 + np.exp(-1.35 * leaning))
    return pd.DataFrame(
        {
            "customer_id": _text([f"C-{number:06d}" for number in 100_000 + random.permutation(rows)]),
            "signed_up": pd.Series(today - age_days).astype("datetime64[us]"),
            "city": _holes(random, np.array(CITIES, dtype=object)[city], 0.015),
            "age": _holes(random, age, 0.05),
            "plan": _text(np.array(["basic", "plus", "premium"], dtype=object)[plan]),
            "contract": _text(np.where(yearly, "yearly", "monthly")),
            "paid_so_far": _holes(random, np.array([f"${paid:,.2f}" for paid in charge], dtype=object), 0.01),
            "minutes_per_month": _holes(random, minutes, 0.04),
            "data_gb_per_month": _holes(random, data, 0.04),
            "support_calls": calls,
            "last_active": _holes(random, pd.Series(today - idle).astype("datetime64[us]"), 0.02),
            "satisfaction": _holes(random, score, 0.22),
            "churned": _text(np.where(churned, "yes", "no")),
        }
    )


def _bell(random: np.random.RandomState, rows: int) -> Floats:
    """About normal(0, 1): a sum of twelve uniforms, added in a fixed order, so free of any libm."""
    total = np.full(rows, -6.0)
    for _ in range(12):
        total += random.random_sample(rows)
    return total


def _falling(count: int) -> Floats:
    """Shares that fall like 1/rank: a few large cities, many small ones; the order is mixed by a stride."""
    shares: Floats = 1.0 / (2 + (np.arange(count) * 13) % count)
    shares /= shares.sum()
    return shares


def _text(values: Any) -> pd.Series:
    return pd.Series(values, dtype="str")


def _holes(random: np.random.RandomState, values: Any, share: float) -> pd.Series:
    """The values as a column with about this share of them missing."""
    column = _text(values) if isinstance(values[0], str) else pd.Series(values)
    return column.mask(random.random_sample(len(column)) < share)
