"""Select features: leave out columns that do not help."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, Literal

from sklearn.feature_selection import VarianceThreshold

from flowza.engine.column_lists import ColumnNames
from flowza.engine.columns import Columns, ColumnType, Selector, quoted
from flowza.engine.context import Context
from flowza.engine.node import Inputs, LearnedNode, Output
from flowza.engine.operations.transformers import CorrelationSelector, KBestSelector
from flowza.engine.params import Params, param
from flowza.engine.recipe import LearnedStep
from flowza.engine.table import Table


class SelectFeaturesParams(Params):
    columns: ColumnNames = param(
        [], label="Columns to judge", help="Empty: all numbers. Others always stay.", columns="number"
    )
    method: Literal["variance", "correlation", "k_best"] = param(
        "variance",
        label="Leave out",
        choices={
            "variance": "columns that hardly vary",
            "correlation": "columns that say the same as an earlier one",
            "k_best": "all but the best for the target",
        },
    )
    variance: float = param(
        0.0,
        label="Variance at most",
        help="0 leaves out constant columns only.",
        ge=0,
        shown_when={"method": ["variance"]},
    )
    correlation: float = param(0.95, label="Correlation above", gt=0, lt=1, shown_when={"method": ["correlation"]})
    k: int = param(10, label="Columns to keep", ge=1, le=10_000, shown_when={"method": ["k_best"]})
    score: Literal["f", "mutual_info"] = param(
        "f",
        label="Score",
        help="F test: quick, sees straight relations. Mutual information: also sees bent ones, and is slower.",
        choices={"f": "F test", "mutual_info": "Mutual information"},
        shown_when={"method": ["k_best"]},
    )
    task: Literal["classification", "regression"] = param(
        "classification",
        label="The target is",
        choices={"classification": "a class", "regression": "a number"},
        shown_when={"method": ["k_best"]},
    )


class SelectFeatures(LearnedNode):
    """Leaves out columns that do not help: those that hardly vary, that repeat an earlier column, or that
    tell least about the target.

    Judged on the training rows, again in every fold of a cross-validation; never by looking at the test
    rows. Columns that are left out are not asked of a model's clients either. Variance depends on the
    column's unit: normalise first if the limit is above 0. Choosing the best for the target needs the
    target to be known before this step, and columns without missing values.
    """

    kind = "select_features"
    label = "Select features"
    category = "prepare"
    icon = "list-check"
    summary = "Leaves out columns that hardly vary, repeat others or say little about the target."
    accepts: ClassVar[frozenset[ColumnType]] = frozenset({"number", "flag", "boolean"})
    Params = SelectFeaturesParams

    def transformer(self, seed: int) -> Any:
        params: SelectFeaturesParams = self.params
        if params.method == "variance":
            return VarianceThreshold(params.variance)
        if params.method == "correlation":
            return CorrelationSelector(params.correlation)
        return KBestSelector(k=params.k, score=params.score, regression=params.task == "regression", random_state=seed)

    def columns(self) -> Columns:
        return tuple(self.params.columns) or Selector(("number", "flag", "boolean"))

    def learned_steps(self, seed: int) -> list[LearnedStep]:
        step = self.learned_step(self.kind, self.transformer(seed), self.columns())
        return [replace(step, allows_missing=self.params.method != "k_best")]

    def run(self, inputs: Inputs, context: Context) -> dict[str, Output]:
        table: Table = inputs["table"][0]
        if self.params.method == "k_best" and table.target is None:
            raise self.error(
                "Which columns are best for the target cannot be told: it is not known here.",
                hint="Choose the target at the data source or at a Split before this step.",
                code="no_target",
            )
        return super().run(inputs, context)

    @staticmethod
    def taught(transformer: Any) -> dict[str, str]:
        support = zip(transformer.feature_names_in_, transformer.get_support(), strict=True)
        return {str(name): "kept" if kept else "left out" for name, kept in support}

    @staticmethod
    def output_counts(transformer: Any) -> list[int]:
        return [int(kept) for kept in transformer.get_support()]

    @staticmethod
    def learned_notes(transformer: Any) -> list[str]:
        """Sentences for the log about what was learned: which columns were left out."""
        support = transformer.get_support()
        gone = [str(name) for name, kept in zip(transformer.feature_names_in_, support, strict=True) if not kept]
        return [f"Left out {len(gone)} of {len(support)} columns: {quoted(gone)}."] if gone else []
