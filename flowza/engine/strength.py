"""How much one column tells of the target by itself."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from flowza.engine.columns import NUMERIC_TYPES, column_type

TARGET_COPY = 0.9999999
FEWEST_ROWS, FEWEST_OF_A_LEVEL = 10, 5


def is_copy(feature: pd.Series, labels: pd.Series, regression: bool) -> bool:
    """Whether one value of the feature goes with one of the target and the other way round (or a straight line)."""
    both = (feature.notna() & labels.notna()).to_numpy()
    if both.sum() < FEWEST_ROWS:
        return False
    one, other = feature[both], labels[both]
    if regression:
        return column_type(feature) in NUMERIC_TYPES and one.nunique() > 2 and correlation(one, other) > TARGET_COPY
    count = one.nunique()
    return bool(count == other.nunique() and len(pd.DataFrame({"a": one, "b": other}).drop_duplicates()) == count)


def single_strength(feature: pd.Series, labels: pd.Series, positive: Any, regression: bool) -> float:
    """How well one column tells the target by itself, from 0 to 1.

    Of numbers and classes: AUC of the positive class, or of that class against the rest that it tells best. Of two
    numbers: the absolute correlation. Of text: see `level_strength`.
    """
    if column_type(feature) not in NUMERIC_TYPES:
        return level_strength(feature, labels, regression)
    both = (feature.notna() & labels.notna()).to_numpy()
    values, truth = feature[both], labels[both]
    if len(values) < FEWEST_ROWS or values.nunique() < 2 or truth.nunique() < 2:
        return 0.0
    if regression:
        return correlation(values, truth)
    codes, classes = pd.factorize(truth)
    areas = areas_of(values.to_numpy(np.float64), codes)
    if positive is not None and (classes == positive).any():
        areas = areas[np.asarray(classes == positive)]
    return float(np.maximum(areas, 1 - areas).max())


def areas_of(values: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """AUC of each class against the rest by the rank sum; values float64 and codes int64, both of shape (n,)."""
    sums = np.bincount(codes, weights=rankdata(values))
    sizes = np.bincount(codes)
    areas: np.ndarray = (sums - sizes * (sizes + 1) / 2) / (sizes * (len(codes) - sizes))
    return areas


def correlation(one: pd.Series, other: pd.Series) -> float:
    """Absolute correlation of two columns of numbers; 0 where one does not vary or is too large to tell."""
    with np.errstate(all="ignore"):
        found = np.corrcoef(one.to_numpy(np.float64), other.to_numpy(np.float64))[0, 1]
    return float(abs(found)) if np.isfinite(found) else 0.0


def level_strength(feature: pd.Series, labels: pd.Series, regression: bool) -> float:
    """Accuracy of each level's most frequent class, 0.5 for what the majority class alone reaches, 1 for all.

    Levels of fewer than 5 rows prove nothing.
    """
    if regression or column_type(feature) != "text":
        return 0.0
    both = (feature.notna() & labels.notna()).to_numpy()
    levels, names = pd.factorize(feature[both])
    codes, classes = pd.factorize(labels[both])
    counts = np.bincount(levels * len(classes) + codes, minlength=len(names) * len(classes))
    table = counts.reshape(len(names), len(classes))
    table = table[table.sum(axis=1) >= FEWEST_OF_A_LEVEL]
    total = int(table.sum())
    if not total or total < 0.5 * len(feature):
        return 0.0
    majority, reached = table.sum(axis=0).max() / total, table.max(axis=1).sum() / total
    return float(0.5 + 0.5 * (reached - majority) / (1 - majority)) if majority < 1 else 0.0


def shares_a_word(column: str, target: str) -> bool:
    """Whether two names have a word in common, such as `churn_reason` and `Churned`."""
    words = [set(re.findall(r"[a-z]{4,}", re.sub(r"([A-Z])", r" \1", text).lower())) for text in (column, target)]
    stems = [{word[:5] for word in group} for group in words]
    return bool(stems[0] & stems[1])
