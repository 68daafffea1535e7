"""Target encode: a category as what the target is like within it."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.preprocessing import TargetEncoder

from flowza.engine.column_lists import ColumnNames
from flowza.engine.columns import Columns, Selector
from flowza.engine.learned_words import listed, shown
from flowza.engine.node import LearnedNode
from flowza.engine.params import Params, param


class TargetEncodeParams(Params):
    columns: ColumnNames = param([], label="Columns", help="Empty: all text columns.", columns="any")
    task: Literal["classification", "regression"] = param(
        "classification",
        label="The target is",
        choices={"classification": "a class", "regression": "a number"},
    )
    smoothing: float | None = param(
        None,
        label="Smoothing",
        help="How many rows the overall average counts for in each level. Empty: chosen by the spread of the target.",
        ge=0,
        le=1e9,
        advanced=True,
    )
    folds: int = param(5, label="Folds", ge=2, le=20, advanced=True)


class TargetEncode(LearnedNode):
    """Turns each category into the average of the target within it: a share for classes (one column for
    each class when there are more than two), a mean for numbers. Rare levels are drawn towards the overall
    average, and so are levels that come up only later.

    For categories with many levels, where One-hot would make too many columns. Training rows are encoded
    from other rows only (cross-fitting, in folds chosen by the workflow's seed), so that no row sees its
    own answer; test rows and records get what all training rows say.
    """

    kind = "target_encode"
    label = "Target encode"
    category = "prepare"
    icon = "target-arrow"
    summary = "Turns categories into the average of the target within them, without leaking it."
    cross_fitted = True
    needs_target: ClassVar[bool] = True
    Params = TargetEncodeParams

    def transformer(self, seed: int) -> Any:
        params: TargetEncodeParams = self.params
        kind = KFold if params.task == "regression" else StratifiedKFold
        return TargetEncoder(
            target_type="continuous" if params.task == "regression" else "auto",
            smooth="auto" if params.smoothing is None else params.smoothing,
            cv=kind(params.folds, shuffle=True, random_state=seed),
        )

    def columns(self) -> Columns:
        return tuple(self.params.columns) or Selector(("text",))

    @staticmethod
    def taught(transformer: Any) -> dict[str, str]:
        names = [str(name) for name in transformer.feature_names_in_]
        categories = transformer.categories_
        if transformer.target_type_ == "multiclass":
            words = [f"{len(levels):,} levels, a share for each class" for levels in categories]
        else:
            pairs = [zip(*found, strict=True) for found in zip(categories, transformer.encodings_, strict=True)]
            words = [listed([f"{shown(level)} = {shown(value)}" for level, value in pair]) for pair in pairs]
        return dict(zip(names, words, strict=True))

    @staticmethod
    def output_counts(transformer: Any) -> list[int]:
        classes = len(transformer.classes_) if transformer.target_type_ == "multiclass" else 1
        return [classes] * int(transformer.n_features_in_)
