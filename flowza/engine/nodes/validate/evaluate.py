"""Evaluate: how good a model is on rows that it did not learn from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from flowza.engine.context import Context
from flowza.engine.figures.classification import (
    MOST_CURVES,
    Curve,
    confusion_figure,
    precision_recall_figure,
    roc_figure,
)
from flowza.engine.figures.parts import text_of
from flowza.engine.figures.regression import predicted_actual_figure, residual_figure
from flowza.engine.measured import measured_holdout
from flowza.engine.model import Holdout, Model, Predictions
from flowza.engine.node import Inputs, Node, Output
from flowza.engine.operations.metrics import (
    class_scores,
    coded_metrics,
    confusion_counts,
    label_codes,
    ranking_metrics,
    truth_codes,
)
from flowza.engine.params import Params, param
from flowza.engine.ports import MODEL_IN, REPORT_OUT
from flowza.engine.recipe import missing_columns
from flowza.engine.report import Figure, Note, Report, ReportTable
from flowza.engine.sentences import described
from flowza.engine.validation import baseline_answers, metrics_of, positive_note, subject_of

ON_TRAINING_ROWS = (
    "Measured on the training rows, because there was no Split: a model knows these rows, so expect less on new ones."
    " Put a Train/test split before the training."
)


MOST_GROUPS, FEWEST_ROWS = 20, 10
GROUP_METRICS = {
    "classification": {
        "accuracy": "Accuracy",
        "f1": "F1",
        "f1_macro": "F1 (macro)",
        "auc": "AUC",
        "log_loss": "Log loss",
    },
    "regression": {"mae": "MAE", "rmse": "RMSE", "r2": "R²"},
}


class EvaluateParams(Params):
    by: str = param(
        "",
        label="Also for each group of",
        help="A column of the data source: the metrics are told for the rows of each of its values too.",
        column="any",
    )


class Evaluate(Node):
    """Metrics, figures and tables of one model, beside the Baseline that knows only how the target is spread."""

    kind = "evaluate"
    version = 2
    label = "Evaluate"
    category = "validate"
    icon = "report-analytics"
    summary = "Measures a model on the test rows, beside a Baseline that only knows how the target is spread."
    role = "validate"
    inputs = (MODEL_IN,)
    outputs = (REPORT_OUT,)
    Params = EvaluateParams

    def run(self, inputs: Inputs, context: Context) -> dict[str, Output]:
        model: Model = inputs["model"][0]
        holdout = model.holdout
        if model.task == "clustering" or holdout is None or model.baseline is None:
            raise self.error(
                f"{model.name} groups rows and predicts nothing, so there is no truth to compare with.",
                hint="Use Cluster report.",
                code="clustering",
            )
        if not len(holdout.truth):
            raise self.error(
                "There are no test rows to measure on.",
                hint="Give the Split a larger test share, or loosen filters after it.",
                code="no_rows",
            )
        notes = [Note("note", text) for text in model.notes]
        if holdout.role == "train":
            context.log(ON_TRAINING_ROWS, "warning")
            notes.insert(0, Note("warning", ON_TRAINING_ROWS))
        if said := positive_note(model):
            notes.append(Note("note", said))
        report = classification_report if model.task == "classification" else regression_report
        made = report(model, holdout, notes)
        if self.params.by:
            made.tables.append(self.group_table(model, holdout))
        measured = measured_holdout(model, holdout, subject_of(model).positive, context.seed)
        return {"report": replace(made, measured=measured)}

    def group_table(self, model: Model, holdout: Holdout) -> ReportTable:
        """Metrics of the most frequent groups that have enough rows."""
        by, source = self.params.by, model.table.source
        try:
            column = source.column(by)
        except KeyError:
            raise missing_columns([by], source.frame, self.id) from None
        groups = column.loc[holdout.truth.index].reset_index(drop=True)
        counts = groups.value_counts(dropna=False)
        values: list[dict[str, float]] = []
        names: list[tuple[str, int]] = []
        largest = counts[counts >= FEWEST_ROWS].head(MOST_GROUPS)
        for value, missing, rows in zip(largest.index, largest.index.isna(), largest, strict=True):
            places = np.flatnonzero(groups.isna() if missing else groups == value)
            part = Predictions(
                holdout.predictions.values[places],
                None if holdout.predictions.probabilities is None else holdout.predictions.probabilities[places],
                holdout.predictions.index[places],
            )
            positive = subject_of(model).positive
            values.append(metrics_of(model.task, holdout.truth.iloc[places], part, model.classes, positive))
            names.append(("missing" if missing else text_of(value), int(rows)))
        chosen = GROUP_METRICS[model.task]
        columns = [name for name in chosen if any(name in found for found in values)]
        rows_of = [[*named, *(found.get(name) for name in columns)] for named, found in zip(names, values, strict=True)]
        labels = [chosen[name] for name in columns]
        return ReportTable(f"Each group of {by}", [by, "Rows", *labels], rows_of)


def heading(model: Model, holdout: Holdout) -> str:
    kind = "test" if holdout.role == "test" else "training"
    rows = len(holdout.truth)
    return f"{model.name}, measured on {rows:,} {kind} {'row' if rows == 1 else 'rows'}"


def classification_report(model: Model, holdout: Holdout, notes: list[Note]) -> Report:
    classes, subject, answers = model.classes or [], subject_of(model), holdout.predictions
    actual, labels = truth_codes(holdout.truth, classes)
    answered = label_codes(answers.values, labels)
    place = None if subject.positive is None else classes.index(subject.positive)
    values = coded_metrics(actual, answered, answers.probabilities, len(labels), place)
    if len(labels) > len(classes):
        unseen = ", ".join(text_of(label) for label in labels[len(classes) :][:5])
        notes.append(Note("warning", f"The model never saw these classes, so it cannot answer them: {unseen}."))
    figures = [confusion_figure(confusion_counts(actual, answered, len(labels)), labels, subject.target)]
    if answers.probabilities is not None:
        figures += curve_figures(model, actual, answers.probabilities, values, notes)
    metrics = described(values, baseline_metrics(model, actual, len(labels), place), subject, len(actual))
    tables = [class_table(labels, class_scores(actual, answered, len(labels)))]
    return Report(heading(model, holdout), metrics, tables, figures, notes)


def baseline_metrics(model: Model, actual: np.ndarray, size: int, positive: int | None) -> dict[str, float]:
    """The same metrics of the constant answers."""
    baseline: dict[str, Any] = model.baseline or {}
    answered = np.full(len(actual), (model.classes or []).index(baseline["value"]))
    return coded_metrics(actual, answered, np.tile(baseline["probabilities"], (len(actual), 1)), size, positive)


def class_table(labels: list[object], scores: dict[str, np.ndarray]) -> ReportTable:
    columns = [scores[name].tolist() for name in ("precision", "recall", "f1", "rows", "answers")]
    rows = [[text_of(label), *values] for label, *values in zip(labels, *columns, strict=True)]
    return ReportTable("Each class", ["Class", "Precision", "Recall", "F1", "Rows", "Answers"], rows)


def curve_figures(
    model: Model, actual: np.ndarray, probabilities: np.ndarray, values: dict[str, float], notes: list[Note]
) -> list[Figure]:
    """ROC and precision-recall curves: of the positive class, or of each class against the rest."""
    classes, subject = model.classes or [], subject_of(model)
    places = list(range(len(classes))) if subject.positive is None else [classes.index(subject.positive)]
    counts = np.bincount(actual, minlength=len(classes))
    if len(places) > MOST_CURVES:
        places = sorted(sorted(places, key=lambda place: -int(counts[place]))[:MOST_CURVES])
        notes.append(Note("note", f"Curves are drawn for the {MOST_CURVES} most frequent classes."))
    curves = []
    for place in places:
        if 0 < counts[place] < len(actual):
            positive, scores = actual == place, probabilities[:, place]
            found = ranking_metrics(positive, scores) if subject.positive is None else values
            name = f"{subject.target} = {text_of(classes[place])}"
            curves.append(Curve(name, positive, scores, found["auc"], found["average_precision"]))
    return [roc_figure(curves), precision_recall_figure(curves)] if curves else []


def regression_report(model: Model, holdout: Holdout, notes: list[Note]) -> Report:
    truth, answers = holdout.truth, holdout.predictions
    subject = subject_of(model)
    values = metrics_of("regression", truth, answers, None, None)
    known = baseline_answers(model.baseline or {}, answers.index)
    baseline = metrics_of("regression", truth, known, None, None)
    actual, predicted = truth.to_numpy(np.float64), np.asarray(answers.values, dtype=np.float64)
    figures = [
        predicted_actual_figure(actual, predicted, subject.target),
        residual_figure(actual, predicted, subject.target),
    ]
    return Report(heading(model, holdout), described(values, baseline, subject, len(truth)), [], figures, notes)
