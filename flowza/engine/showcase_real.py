"""Real tables that come with the package: from scikit-learn, and the Titanic rebuilt from its counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine

TITANIC_COUNTS: tuple[tuple[str, str, str, int, int], ...] = (
    ("1st", "male", "child", 0, 5),
    ("1st", "female", "child", 0, 1),
    ("1st", "male", "adult", 118, 57),
    ("1st", "female", "adult", 4, 140),
    ("2nd", "male", "child", 0, 11),
    ("2nd", "female", "child", 0, 13),
    ("2nd", "male", "adult", 154, 14),
    ("2nd", "female", "adult", 13, 80),
    ("3rd", "male", "child", 35, 13),
    ("3rd", "female", "child", 17, 14),
    ("3rd", "male", "adult", 387, 75),
    ("3rd", "female", "adult", 89, 76),
    ("crew", "male", "adult", 670, 192),
    ("crew", "female", "adult", 3, 20),
)
"""class, sex, age, died, survived (Dawson 1995)."""

WINE_GROWERS = ("grower A", "grower B", "grower C")


def titanic() -> pd.DataFrame:
    """2,201 people: class, sex, age, survived (yes, no). The order is shuffled and says nothing."""
    rows = [
        (travel, sex, age, outcome)
        for travel, sex, age, died, survived in TITANIC_COUNTS
        for outcome, count in (("no", died), ("yes", survived))
        for _ in range(count)
    ]
    order = np.random.RandomState(1912).permutation(len(rows))
    columns = ["class", "sex", "age", "survived"]
    return pd.DataFrame([rows[position] for position in order], columns=columns, dtype="str")


def iris() -> pd.DataFrame:
    """150 flowers of three species by four lengths in cm."""
    return _labelled(load_iris(as_frame=True), "species", ("setosa", "versicolor", "virginica"))


def wine() -> pd.DataFrame:
    """178 wines of three growers by 13 measurements."""
    return _labelled(load_wine(as_frame=True), "grower", WINE_GROWERS)


def breast_cancer() -> pd.DataFrame:
    """569 tumours by 30 measurements of their cells' nuclei."""
    return _labelled(load_breast_cancer(as_frame=True), "diagnosis", ("malignant", "benign"))


def diabetes() -> pd.DataFrame:
    """442 patients in their original units; `progression` of the disease one year later."""
    frame = load_diabetes(as_frame=True, scaled=False).frame.rename(columns={"target": "progression"})
    frame["sex"] = frame["sex"].map({1.0: "one", 2.0: "two"}).astype("str")
    return _tidy(frame)


def digits() -> pd.DataFrame:
    """1,797 handwritten digits as 8 x 8 pixels (`pixel_<row>_<column>`, 0 to 16) and `digit`."""
    return _tidy(load_digits(as_frame=True).frame.rename(columns={"target": "digit"}))


def _labelled(bunch: Any, target: str, labels: tuple[str, ...]) -> pd.DataFrame:
    frame = bunch.frame.rename(columns={"target": target})
    frame[target] = pd.Series([labels[code] for code in frame[target]], dtype="str")
    return _tidy(frame)


def _tidy(frame: pd.DataFrame) -> pd.DataFrame:
    """Plain column names, and whole numbers as integers, as reading a file would give."""
    frame = frame.rename(columns=lambda name: str(name).replace(" (cm)", "_cm").replace(" ", "_"))
    for name in frame.columns:
        values = frame[name]
        if values.dtype == np.float64 and (values == np.floor(values)).all():
            frame[name] = values.astype("int64")
    return frame
