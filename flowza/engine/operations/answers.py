"""A model's answers as columns of the rows they were given for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd


def with_answers(
    frame: pd.DataFrame,
    values: np.ndarray,
    probabilities: np.ndarray | None = None,
    classes: Sequence[Any] | None = None,
    name: str = "prediction",
) -> pd.DataFrame:
    """The rows with the column `name` (class, number or cluster) and, of a classifier, one probability for each class.

    values: shape (rows,); probabilities: shape (rows, len(classes)). The rows are numbered from 0.
    """
    rows = frame.reset_index(drop=True)
    if classes is None:
        whole = np.issubdtype(np.asarray(values).dtype, np.integer)
        return rows.assign(**{name: np.asarray(values, dtype=np.int64 if whole else np.float64)})
    labels = pd.Index(list(classes))
    made = {name: pd.Series(labels.take(labels.get_indexer(pd.Index(values))), index=rows.index)}
    if probabilities is not None:
        for place, label in enumerate(classes):
            made[f"probability of {label}"] = pd.Series(probabilities[:, place], index=rows.index)
    return pd.concat([rows, pd.DataFrame(made)], axis=1)
