"""Base of the train nodes: an author hands over an unfitted estimator."""

from __future__ import annotations

from typing import Any, ClassVar

from flowza.engine.context import Context
from flowza.engine.convergence import convergence_notes
from flowza.engine.model import Model, Task
from flowza.engine.node import Inputs, Node, Output, TargetParams, apply_target
from flowza.engine.params import Params
from flowza.engine.ports import DATASET_IN, MODEL_OUT
from flowza.engine.table import Table
from flowza.engine.training import train


class TrainNode(Node):
    """Fits an estimator on the training rows. Hook: `estimator`. `task` says what it answers; a clustering has no
    target.

    allows_missing: whether the estimator takes missing values.
    """

    role = "train"
    category = "train"
    inputs = (DATASET_IN,)
    outputs = (MODEL_OUT,)
    task: ClassVar[Task]
    allows_missing: ClassVar[bool] = False
    Params: ClassVar[type[Params]] = TargetParams

    def estimator(self, seed: int) -> Any:
        """A scikit-learn style estimator, not fitted."""
        raise NotImplementedError

    def run(self, inputs: Inputs, context: Context) -> dict[str, Output]:
        # Taken out of the inputs, so that training can let go of it before the fit.
        table: Table = inputs["table"].pop()
        if self.task != "clustering":
            table = apply_target(self, table)
            if table.target is None:
                raise self.error(
                    "Nobody has said which column to predict.",
                    hint="Choose the target at the data source, at the Split or here.",
                    code="no_target",
                )
        tables = [table]
        del table
        with convergence_notes() as unsettled:
            model: Model = train(
                tables.pop(),
                self.estimator(context.seed),
                node=self.id,
                name=self.label,
                task=self.task,
                allows_missing=self.allows_missing,
            )
        model.notes = (*model.notes, *unsettled)
        model.origin = self.origin
        for note in model.notes:
            context.log(note, "warning")
        context.log(f"Trained on {model.training_rows} rows and {len(model.features)} columns.")
        return {"model": model}
