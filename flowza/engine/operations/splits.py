"""Which rows are kept for testing."""

from __future__ import annotations

import numpy as np
import pandas as pd


def latest_rows(times: pd.Series, test_size: float) -> pd.Series:
    """Whether a row is among the latest `test_size` (0 to 1) of the rows with a time: bool, shape (rows,).

    times: dates or numbers. Rows of one moment stay together: where the limit falls between them, they are
    among the earlier rows, or, if they would be all there are, among the later ones. Rows without a time are
    not among the latest.
    """
    known = times.dropna().sort_values().reset_index(drop=True)
    if not len(known):
        return pd.Series(False, index=times.index)
    earlier = len(known) - int(np.ceil(test_size * len(known)))
    limit = known.iloc[max(earlier - 1, 0)]
    later: pd.Series = times > limit
    if not later.any():
        later = times >= limit
    return later
