"""Fits that did not settle: a note for the person, not a warning of a library."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from sklearn.exceptions import ConvergenceWarning

UNSETTLED = (
    "The fit did not settle within its iterations, so its answers may still move."
    " Raise 'Iterations at most', or normalise the columns before training."
)
FEW_DISTINCT = "There are fewer distinct rows than clusters asked for, so some clusters are the same."


@contextmanager
def convergence_notes() -> Iterator[list[str]]:
    """Collects a sentence for each kind of ConvergenceWarning raised inside; other warnings pass."""
    notes: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        yield notes
    for warning in caught:
        if not issubclass(warning.category, ConvergenceWarning):
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
            continue
        sentence = FEW_DISTINCT if "distinct clusters" in str(warning.message) else UNSETTLED
        if sentence not in notes:
            notes.append(sentence)
