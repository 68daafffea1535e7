"""Register model: writes a version into the registry when the run has finished."""

from __future__ import annotations

from flowza.engine.context import Context, Effect
from flowza.engine.model import Model, RawColumn
from flowza.engine.model_facts import NAME_LENGTH, metric_facts, model_facts, proposed_name
from flowza.engine.node import Inputs, Node, Output
from flowza.engine.params import Params, param
from flowza.engine.ports import MODEL_IN, REPORT_OUT
from flowza.engine.report import Note, Report, ReportTable
from flowza.engine.store import write_bundle


class RegisterModelParams(Params):
    name: str = param(
        "",
        label="Name in the registry",
        help="Versions of one name belong together. Empty: proposed from the target and the kind of model.",
        max_length=NAME_LENGTH,
    )
    description: str = param("", label="What it is for", multiline=True, max_length=2000, advanced=True)


class RegisterModel(Node):
    """Keeps a trained model as a version in the registry.

    The whole way from the raw columns to the answer is kept, with its signature. The same model registered twice
    stays one version.
    """

    kind = "register_model"
    label = "Register model"
    category = "deliver"
    icon = "box"
    summary = "Keep the model as a version in the registry."
    role = "deliver"
    inputs = (MODEL_IN,)
    outputs = (REPORT_OUT,)
    has_effect = True
    uses_openmp = True
    Params = RegisterModelParams

    def run(self, inputs: Inputs, context: Context) -> dict[str, Output]:
        model: Model = inputs["model"][0]
        name = self.params.name.strip() or proposed_name(model)
        if context.outbox is None:
            raise self.error("This run has no place for files, so no model can be registered.")
        file = f"{self.id}.flowza-model.zip"
        metrics = metric_facts(model)
        lineage = {"source": model.table.source.key, "node": model.node, "metrics": metrics}
        digest = write_bundle(model, context.outbox / file, lineage)
        payload = {
            "name": name,
            "description": self.params.description,
            "file": file,
            "digest": digest,
            "metrics": metrics,
            **model_facts(model),
        }
        context.effect(Effect("register_model", self.id, payload))
        context.log(f"'{name}' goes to the registry when the run has finished.")
        return {"report": registration_report(model, name)}


def registration_report(model: Model, name: str) -> Report:
    rows = [
        [column.name, column.type, "yes" if column.nulls else "no", described_values(column)]
        for column in model.signature.inputs
    ]
    table = ReportTable("What a client sends", ["Column", "Type", "May be missing", "Seen in training"], rows)
    note = Note("note", f"Registered as '{name}': {model.name}, trained on {model.training_rows} rows.")
    return Report(f"Registered: {name}", tables=[table], notes=[note])


def described_values(column: RawColumn) -> str:
    if column.categories is not None:
        shown = ", ".join(str(value) for value in column.categories[:8])
        return shown + (f" and {len(column.categories) - 8} more" if len(column.categories) > 8 else "")
    if column.minimum is not None:
        return f"{column.minimum} to {column.maximum}"
    return ""
