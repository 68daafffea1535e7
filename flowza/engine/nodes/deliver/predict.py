"""Predict: a model's answers for the rows of a table."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np
import pandas as pd

from flowza.engine.columns import NUMERIC_TYPES, column_type, quoted
from flowza.engine.context import Context
from flowza.engine.errors import NodeError
from flowza.engine.model import Model, Predictions, RawColumn
from flowza.engine.node import Inputs, Node, Output
from flowza.engine.operations.answers import with_answers
from flowza.engine.params import Params, param
from flowza.engine.ports import DATASET_IN, DATASET_OUT, MODEL_IN
from flowza.engine.recipe import Action, LearnedStep, StatelessStep, Step, is_step, row_number, specification
from flowza.engine.source import Source
from flowza.engine.table import TRAIN, Table
from flowza.engine.validation import answered

IN_SAMPLE = "in_sample"


class PredictParams(Params):
    name: str = param("prediction", label="Name of the new column", new_column=True, min_length=1, max_length=200)
    probabilities: bool = param(
        True, label="Add probabilities", help="One column for each class, where the model has them."
    )


class Predict(Node):
    """Feeds the model the columns that look like its training file; what the model's own steps do, they do again.

    Where the rows come from the model's own source, the column `in_sample` says which of them it learned from.
    """

    kind = "predict"
    label = "Predict"
    category = "deliver"
    icon = "sparkles"
    summary = "Adds a model's answers to the rows of a table, with the probability of each class."
    role = "deliver"
    inputs = (MODEL_IN, DATASET_IN)
    outputs = (DATASET_OUT,)
    uses_openmp = True
    Params = PredictParams

    def run(self, inputs: Inputs, context: Context) -> dict[str, Output]:
        model: Model = inputs["model"][0]
        table: Table = inputs["table"][0]
        self.refuse_held_steps(model, table)
        seen = self.rows_learned_from(model, table)
        frame = self.made(model, table)
        count = 0 if seen is None else int(frame[IN_SAMPLE].sum())
        if count:
            context.log(
                f"{count} of {len(frame)} rows are rows that the model learned from (column '{IN_SAMPLE}'):"
                " its answers for them look better than they are.",
                "warning",
            )
        new = [str(name) for name in frame.columns if name not in table.columns]
        source = Source(
            self.source_key(model, table, context),
            self.reload(model, table),
            frame=frame,
            name=self.id,
            in_sample=count > 0,
            predicted=tuple(name for name in new if name != IN_SAMPLE),
        )
        return {"table": Table.load(source, self.origin)}

    def reload(self, model: Model, table: Table) -> Callable[[], pd.DataFrame]:
        described = table.described()
        return lambda: self.made(model, described.table())

    def source_key(self, model: Model, table: Table, context: Context) -> str:
        """Names the rows that come out: by the node's key, or by all that they are made from."""
        template = model.estimator_template
        parts = [context.key, table.source.key, specification(table.history)]
        if not context.key:
            parts += [specification(model.table.history), type(template).__qualname__]
            parts += [repr(sorted(template.get_params().items(), key=str)), self.params.model_dump_json()]
        return hashlib.blake2b("/".join(["predict", *parts]).encode(), digest_size=16).hexdigest()

    # What comes out

    def made(self, model: Model, table: Table) -> pd.DataFrame:
        """The input's columns, the answers, and `in_sample` where it is known."""
        frame = table.frame
        answers = self.answers(model, table, frame)
        if not self.params.probabilities:
            answers = Predictions(answers.values, None, answers.index)
        classes = model.classes if model.task == "classification" else None
        empty = pd.DataFrame(index=pd.RangeIndex(len(frame)))
        new = with_answers(empty, answers.values, answers.probabilities, classes, self.params.name)
        seen = self.rows_learned_from(model, table)
        if seen is not None:
            new[IN_SAMPLE] = np.isin(frame.index.to_numpy(), seen)
        if clash := [name for name in new.columns if name in frame.columns]:
            raise self.error(
                f"There is a column named {quoted(clash)} already.",
                column=clash[0],
                hint="Give the new column another name, or rename the one that is there.",
                code="name_clash",
            )
        return pd.concat([frame.reset_index(drop=True), new], axis=1)

    def answers(self, model: Model, table: Table, frame: pd.DataFrame) -> Predictions:
        try:
            features = model.transform(self.raw_columns(model, table, frame))
        except NodeError as error:
            error.node = self.id
            raise
        return answered(model.estimator, features, model.task, self.id)

    def raw_columns(self, model: Model, table: Table, frame: pd.DataFrame) -> pd.DataFrame:
        """The columns of the signature, matched by name. Raises NodeError for one that is absent or of another type."""
        columns: dict[str, pd.Series] = {}
        for column in model.signature.inputs:
            if column.name not in frame.columns:
                raise self.missing_column(model, table, column)
            columns[column.name] = self.typed(frame[column.name], column)
        return pd.DataFrame(columns, index=frame.index)

    def missing_column(self, model: Model, table: Table, column: RawColumn) -> NodeError:
        hint = "Give rows that look like the training file."
        if column.name in table.source.frame.columns:
            hint = "A step before Predict renames it or takes it away: wire Predict to the rows before that step."
        return self.error(
            f"The rows lack the column '{column.name}', which {model.name} was trained on.",
            column=column.name,
            hint=hint,
            code="missing_column",
        )

    def typed(self, values: pd.Series, column: RawColumn) -> pd.Series:
        kind = column_type(values)
        if kind == column.type or {kind, column.type} <= NUMERIC_TYPES:
            return values
        present = values.dropna()
        if not len(present):
            return values.astype("float64" if column.type in NUMERIC_TYPES else column.dtype)  # type: ignore[call-overload, no-any-return]
        raise self.error(
            f"Column '{column.name}' has {kind} (row {row_number(present.index[0])}:"
            f" {str(present.iloc[0])[:40]!r}), and the model was trained on {column.type}.",
            column=column.name,
            hint="Cast the column, or read the file with the types of the training file.",
            code="column_type",
        )

    # What must not be

    def refuse_held_steps(self, model: Model, table: Table) -> None:
        """Steps that the model holds must not have been done before it: they would be done twice."""
        held = {spec_of(action) for action in model.table.history if is_step(action)}
        for step in table.program:
            twice = spec_of(step) in held and (isinstance(step, LearnedStep) or self.changes_input(model, table, step))
            if twice:
                raise self.error(
                    f"The step '{step.origin.node}' ({step.origin.kind.replace('_', ' ')}) comes before Predict, but"
                    f" {model.name} does its work itself, so it would be done twice.",
                    hint="Remove it from the way to Predict: wire Predict to the rows before it.",
                    code="learned_before_predict",
                )

    def changes_input(self, model: Model, table: Table, step: Step) -> bool:
        """Whether a stateless step has changed a raw column that the model reads."""
        if not isinstance(step, StatelessStep) or step.effect != "map":
            return False
        raw, frame = table.source.frame, table.frame
        inputs = {column.name for column in model.signature.inputs}
        shared = [name for name in step.reads if name in inputs and name in frame.columns and name in raw.columns]
        return any(not frame[name].equals(raw.loc[frame.index, name]) for name in shared)

    def rows_learned_from(self, model: Model, table: Table) -> np.ndarray | None:
        """Labels of the model's training rows in the table's source; None when that is another source."""
        described = model.table
        if described.source.key != table.source.key:
            return None
        positions = described.positions
        if positions is None:
            positions = np.arange(len(table.source.frame), dtype=np.int64)
        return positions if described.roles is None else positions[described.roles == TRAIN]


def spec_of(step: Action) -> str:
    """What a step does, whichever node drew it and whichever columns were left to it."""
    part = step.name if isinstance(step, LearnedStep) else ""
    return repr([*step.origin.spec(), type(step).__name__, part])
