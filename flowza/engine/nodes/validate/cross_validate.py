"""Cross-validate: how good a model is on average, and how much that depends on the rows it happens to see."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from flowza.engine.context import Context
from flowza.engine.figures.folds import folds_figure
from flowza.engine.measured import measured_folds
from flowza.engine.model import Model
from flowza.engine.node import Inputs, Node, Output
from flowza.engine.params import Params, param
from flowza.engine.ports import MODEL_IN, REPORT_OUT
from flowza.engine.report import Metric, Note, Report, ReportTable
from flowza.engine.sentences import MEASURES, Subject
from flowza.engine.validation import (
    FoldResult,
    column_of,
    cross_validated,
    estimated,
    known,
    main_metric,
    make_folds,
    metric_names,
    positive_note,
    subject_of,
    target_of,
    training_rows_of,
)


class CrossValidateParams(Params):
    folds: int = param(
        5,
        label="Folds",
        help="The training rows are divided into so many parts; each part is the test once.",
        ge=2,
        le=50,
    )
    method: Literal["stratified", "kfold"] = param(
        "stratified",
        label="How rows are divided",
        help="Stratified keeps the shares of the classes in every fold; numbers are always divided by lot.",
        choices={"stratified": "Stratified by class", "kfold": "By lot"},
    )


class CrossValidate(Node):
    """Every step that learned learns again in each fold, so that no fold knows its test rows."""

    kind = "cross_validate"
    version = 2
    label = "Cross-validate"
    category = "validate"
    icon = "refresh-dot"
    summary = "Trains again on parts of the training rows and measures on the rest: a mean with its interval."
    role = "validate"
    inputs = (MODEL_IN,)
    outputs = (REPORT_OUT,)
    uses_openmp = True
    Params = CrossValidateParams

    def run(self, inputs: Inputs, context: Context) -> dict[str, Output]:
        model: Model = inputs["model"][0]
        params: CrossValidateParams = self.params
        if model.task == "clustering":
            raise self.error(
                f"{model.name} groups rows and predicts nothing, so there is no truth to compare with.",
                hint="Use Cluster report.",
                code="clustering",
            )
        table = training_rows_of(model)
        folds = make_folds(table, model.task, params.folds, params.method == "stratified", context.seed, self.id)
        results, unsettled = cross_validated(model, table, folds, self.id, context.check_cancelled)
        for text in unsettled:
            context.log(text, "warning")
        positive, count = subject_of(model).positive, params.folds
        measured = measured_folds(model, table, target_of(table), positive, context.seed, count, params.method)
        return {"report": replace(folds_report(model, results, unsettled), measured=measured)}


def folds_report(model: Model, results: list[FoldResult], unsettled: list[str]) -> Report:
    subject = subject_of(model)
    names = metric_names([result.metrics for result in results])
    rows = sum(result.test_rows for result in results)
    metrics = [mean_metric(name, results, subject, rows) for name in names]
    notes = [
        Note(
            "note",
            f"Every step that learned has learned again in each of the {len(results)} folds, on training rows alone."
            " The intervals allow for the folds sharing rows.",
        ),
        *(Note("warning", text) for text in unsettled),
    ]
    if said := positive_note(model):
        notes.append(Note("note", said))
    partial = [MEASURES[name].label for name in names if any(name not in result.metrics for result in results)]
    if partial:
        notes.append(Note("note", f"Not every fold could give {', '.join(partial)}; the mean is of the others."))
    main = main_metric(names)
    figure = folds_figure(
        MEASURES[main].label_for(subject),
        column_of([result.metrics for result in results], main),
        column_of([result.baseline for result in results], main),
    )
    title = f"{model.name}, cross-validated on {rows:,} training rows in {len(results)} folds"
    return Report(title, metrics, [folds_table(results, names, subject)], [figure], notes)


def mean_metric(name: str, results: list[FoldResult], subject: Subject, rows: int) -> Metric:
    measure = MEASURES[name]
    values = known(column_of([result.metrics for result in results], name))
    other = known(column_of([result.baseline for result in results], name))
    estimate = estimated(values, len(results), measure.share)
    sentence = f"Mean of {len(values)} folds"
    sentence += f", 95 % interval {estimate.range}. " if estimate.range else ". "
    baseline = sum(other) / len(other) if other else None
    return Metric(
        name,
        measure.label_for(subject),
        estimate.mean,
        baseline,
        sentence + measure.sentence(estimate.mean, subject),
        measure.higher_is_better,
        rows,
    )


def folds_table(results: list[FoldResult], names: list[str], subject: Subject) -> ReportTable:
    columns = ["Fold", "Training rows", "Test rows", *(MEASURES[name].label for name in names)]
    rows: list[list[object]] = [
        [fold, result.training_rows, result.test_rows, *(result.metrics.get(name) for name in names)]
        for fold, result in enumerate(results, 1)
    ]
    estimates = [
        estimated(known(column_of([result.metrics for result in results], name)), len(results), MEASURES[name].share)
        for name in names
    ]
    rows.append(["Mean", None, None, *(estimate.mean for estimate in estimates)])
    rows.append(["From (95 %)", None, None, *(estimate.low for estimate in estimates)])
    rows.append(["To (95 %)", None, None, *(estimate.high for estimate in estimates)])
    return ReportTable("Each fold", columns, rows)
