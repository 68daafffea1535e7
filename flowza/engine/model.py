"""Model: what a model wire carries, the whole way from raw columns to the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from flowza.engine.evaluation import Fitted
from flowza.engine.recipe import Origin, StatelessStep
from flowza.engine.table_description import TableDescription

if TYPE_CHECKING:
    from flowza.engine.scoring import Scorer

Task = Literal["classification", "regression", "clustering"]


@dataclass(frozen=True)
class RawColumn:
    """One raw column that a client sends. categories: levels seen in training (text with at most 1,000 levels), else
    None. minimum, maximum: of numbers and dates (ISO text) in the training rows.
    """

    name: str
    type: str
    dtype: str
    nulls: bool
    categories: list[Any] | None = None
    minimum: float | str | None = None
    maximum: float | str | None = None


@dataclass(frozen=True)
class Signature:
    """What goes in and what comes out, as the training rows after all row steps showed it."""

    inputs: list[RawColumn]
    target: str | None
    target_type: str | None
    classes: list[Any] | None
    positive: Any = None


@dataclass(frozen=True)
class Predictions:
    """Answers for n rows. values: shape (n,), in the target's own labels or units; probabilities: float64, shape (n,
    classes), or None. index: the rows' labels in their source.
    """

    values: np.ndarray
    probabilities: np.ndarray | None
    index: np.ndarray


@dataclass(frozen=True)
class Holdout:
    """What the model answered on rows it did not learn from (role test) or, without a Split, on its training rows."""

    role: Literal["test", "train"]
    truth: pd.Series
    predictions: Predictions


RecipeStep = StatelessStep | Fitted


@dataclass(frozen=True)
class FittedParts:
    """The parts of a model that are large: read from the store only when somebody asks."""

    recipe: tuple[RecipeStep, ...]
    estimator: Any


@dataclass
class Model:
    """A fitted model with its recipe.

    features: columns that the recipe makes and the estimator takes, in order. baseline: answer of the model that only
    knows the target's distribution: {"value": …, "probabilities": […]}; None for clustering.
    """

    node: str
    task: Task
    name: str
    features: list[str]
    signature: Signature
    table: TableDescription
    training_rows: int
    estimator_template: Any = field(repr=False)
    parts: Callable[[], FittedParts] = field(repr=False)
    load_holdout: Callable[[], Holdout | None] = field(repr=False)
    baseline: dict[str, Any] | None = None
    seconds: float = 0.0
    key: str = ""
    notes: tuple[str, ...] = ()
    origin: Origin | None = None

    @property
    def target(self) -> str | None:
        return self.signature.target

    @property
    def positive(self) -> Any:
        return self.signature.positive

    @property
    def classes(self) -> list[Any] | None:
        return self.signature.classes

    @property
    def estimator(self) -> Any:
        return self.parts().estimator

    @property
    def recipe(self) -> tuple[RecipeStep, ...]:
        return self.parts().recipe

    @property
    def holdout(self) -> Holdout | None:
        return self.load_holdout()

    @property
    def scorer(self) -> Scorer:
        """The way from raw columns to the answer, without the training table."""
        from flowza.engine.scoring import Scorer

        parts = self.parts()
        return Scorer(self.task, self.features, self.signature, parts.recipe, parts.estimator)

    def transform(self, raw: pd.DataFrame) -> pd.DataFrame:
        """Raw columns -> features, by the recipe as it was learned. Raises NodeError when a raw column is missing."""
        return self.scorer.transform(raw)

    def predict(self, raw: pd.DataFrame) -> Predictions:
        """Answers for raw rows; an empty frame gives empty answers."""
        return self.scorer.predict(raw)


def predictions(estimator: Any, features: pd.DataFrame, task: Task) -> Predictions:
    """Ask a fitted estimator; features: DataFrame of shape (n, features)."""
    index = features.index.to_numpy()
    if not len(features):
        classes = getattr(estimator, "classes_", None)
        empty = None if classes is None else np.zeros((0, len(classes)))
        return Predictions(np.array([]), empty, index)
    if task == "classification" and hasattr(estimator, "predict_proba"):
        probabilities = np.asarray(estimator.predict_proba(features), dtype=np.float64)
        values = np.asarray(estimator.classes_)[probabilities.argmax(axis=1)]
        return Predictions(values, probabilities, index)
    return Predictions(np.asarray(estimator.predict(features)), None, index)
