"""Tables for tests: people, and tables that are hard on a node."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

CLASS, AMOUNT = "answer", "amount"
ROWS = 42  # of hard tables


def people(rows: int = 90, seed: int = 1) -> pd.DataFrame:
    """Numbers and text with gaps, whole numbers, truth values, dates, a two-class answer and an amount."""
    random = np.random.default_rng(seed)
    age = random.normal(40, 12, rows).round(2)
    city = random.choice(["Ulm", "Bonn", "Kiel", "Hof"], rows, p=[0.4, 0.3, 0.2, 0.1])
    frame = pd.DataFrame(
        {
            "age": age,
            "income": random.lognormal(3, 0.6, rows),
            "children": random.integers(0, 5, rows),
            "city": pd.Series(city, dtype="str"),
            "member": random.random(rows) < 0.5,
            "joined": pd.Timestamp("2020-01-01") + pd.to_timedelta(random.integers(0, 900, rows), unit="D"),
            CLASS: pd.Series(np.where(age + 8 * (city == "Ulm") > 43, "yes", "no"), dtype="str"),
            AMOUNT: (age * 3 + random.normal(0, 5, rows)).round(3),
        }
    )
    frame.loc[random.choice(rows, 12, replace=False), "income"] = np.nan
    frame.loc[random.choice(rows, 6, replace=False), "city"] = None
    return frame


# Tables that are hard on a node

ODD_NAMES = [
    'say "hi"',
    "it's",
    "a[0]",
    "]",
    "<b>",
    "two\nlines",
    "naïve ☃ 名前",
    " ",
    "\u200b",
    "__proto__",
    "class",
    "lambda",
    "self",
    "X",
    "y",
    "0",
    "a,b",
    "{x}",
    "%s",
    "\\",
    "-",
    "None",
    "nan",
    "index",
    "=1+1",
    "a.b",
    "\U0001f600",
]
COLLIDING = [
    "city_Ulm",
    "city_nan",
    "age_was_missing",
    "income_was_missing",
    "prediction",
    "in_sample",
    "role",
    "renamed",
    "made",
    "joined_year",
    "truth",
    "p0",
    "city_infrequent_sklearn",
    "prediction_yes",
    "probability_yes",
]


def odd_numbers(rows: int = ROWS) -> pd.DataFrame:
    random = np.random.default_rng(2)
    frame = pd.DataFrame({name: random.normal(size=rows) for name in ODD_NAMES})
    return frame.assign(**people(rows)[[CLASS, AMOUNT]])


def odd_texts(rows: int = ROWS) -> pd.DataFrame:
    random = np.random.default_rng(2)
    levels = ['"', "<x>]", "", "nan"]
    frame = pd.DataFrame({name: pd.Series(random.choice(levels, rows), dtype="str") for name in ODD_NAMES})
    return frame.assign(**people(rows)[[CLASS, AMOUNT]])


def extremes(rows: int = ROWS) -> pd.DataFrame:
    random = np.random.default_rng(2)
    return people(rows).assign(
        age=random.choice([1e308, -1e308, 5e-324, 0.0], rows),
        children=random.choice([2**62, -(2**62), 0], rows),
        income=random.normal(1e15, 1, rows),
    )


def wide(rows: int = ROWS) -> pd.DataFrame:
    random = np.random.default_rng(3)
    numbers = {f"n{place}": random.normal(size=rows) for place in range(190)}
    texts = {f"t{place}": pd.Series(random.choice(list("abcd"), rows), dtype="str") for place in range(8)}
    return pd.DataFrame({**numbers, **texts}).assign(**people(rows)[[CLASS, AMOUNT]])


HARD_FRAMES: dict[str, Callable[[], pd.DataFrame]] = {
    "no rows": lambda: people().iloc[:0],
    "one row": lambda: people().iloc[:1],
    "two rows": lambda: people().iloc[:2],
    "columns without values": lambda: people(ROWS).assign(
        income=np.nan,
        city=pd.Series([None] * ROWS, dtype="str"),
        joined=pd.Series([pd.NaT] * ROWS, dtype="datetime64[us]"),
    ),
    "text where numbers belong": lambda: people(ROWS).assign(
        age=pd.Series(["12", "n/a", "x"] * (ROWS // 3), dtype="str")
    ),
    "numbers where text belongs": lambda: people(ROWS).assign(city=np.arange(ROWS), answer=np.arange(ROWS) % 2),
    "constant columns": lambda: people(ROWS).assign(age=1.0, income=2.0, children=3, city="Ulm", member=True),
    "a target with gaps": lambda: people(ROWS).assign(
        answer=pd.Series(["yes", "no", None] * (ROWS // 3), dtype="str"), amount=np.nan
    ),
    "a target of one class": lambda: people(ROWS).assign(answer="yes", amount=1.0),
    "a target of as many classes as rows": lambda: people(ROWS).assign(
        answer=pd.Series([f"c{place}" for place in range(ROWS)])
    ),
    "truth values to predict": lambda: people(ROWS).assign(answer=[True, False] * (ROWS // 2)),
    "200 columns": wide,
    "odd names of numbers": odd_numbers,
    "odd names of texts": odd_texts,
    "names of made columns": lambda: people(ROWS).assign(**{name: np.arange(float(ROWS)) for name in COLLIDING}),
    "extreme numbers": extremes,
}
