"""Scoring: raw rows -> answers, with nothing but a model's recipe, estimator and signature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from flowza.engine.errors import NodeError
from flowza.engine.evaluation import Fitted
from flowza.engine.model import Predictions, Signature, Task, predictions
from flowza.engine.recipe import StatelessStep


@dataclass(frozen=True)
class Scorer:
    """The whole way from raw columns to the answer. What is registered, exported and served is this."""

    task: Task
    features: Sequence[str]
    signature: Signature
    recipe: tuple[StatelessStep | Fitted, ...]
    estimator: Any

    def transform(self, raw: pd.DataFrame) -> pd.DataFrame:
        """Raw columns -> features. Raises NodeError when a raw column is missing."""
        names = [column.name for column in self.signature.inputs]
        missing = [name for name in names if name not in raw.columns]
        if missing:
            raise NodeError(
                f"The rows lack the column '{missing[0]}', which the model was trained on.",
                column=missing[0],
                hint="Give rows that look like the training file.",
                code="missing_column",
            )
        frame = raw[names]
        for step in self.recipe:
            frame = step.apply(frame)
        return frame[list(self.features)]

    def predict(self, raw: pd.DataFrame) -> Predictions:
        """Answers for raw rows; an empty frame gives empty answers."""
        return predictions(self.estimator, self.transform(raw), self.task)

    def predict_records(self, records: Sequence[Mapping[str, Any]]) -> Predictions:
        """Answers for records as JSON gives them; columns get the types they had in training.

        Raises NodeError for a value that cannot take its column's type.
        """
        columns = {column.name: self._typed(column.name, column.dtype, records) for column in self.signature.inputs}
        return self.predict(pd.DataFrame(columns, index=pd.RangeIndex(len(records))))

    def _typed(self, name: str, dtype: str, records: Sequence[Mapping[str, Any]]) -> pd.Series:
        values = pd.Series([record.get(name) for record in records], dtype=object)
        if dtype.startswith("int") and values.isna().any():
            dtype = "float64"
        try:
            return values.astype("float64" if dtype.startswith("float") else dtype)  # type: ignore[call-overload, no-any-return]
        except (ValueError, TypeError) as error:
            raise NodeError(
                f"Column '{name}' needs {dtype} values: {error}.", column=name, hint="Send it as in the training file."
            ) from error


def same_answers(one: Predictions, other: Predictions) -> bool:
    """Whether two sets of answers agree exactly."""
    if not np.array_equal(one.values, other.values):
        return False
    if one.probabilities is None or other.probabilities is None:
        return one.probabilities is other.probabilities
    return np.array_equal(one.probabilities, other.probabilities)
