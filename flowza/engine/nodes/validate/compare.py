"""Compare models: a leaderboard on the same folds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from flowza.engine.context import Context
from flowza.engine.errors import NodeError
from flowza.engine.figures.folds import Standing, leaderboard_figure
from flowza.engine.measured import measured_folds
from flowza.engine.model import Model
from flowza.engine.node import Inputs, Node, Output
from flowza.engine.params import Params, param
from flowza.engine.ports import REPORT_OUT, Port
from flowza.engine.report import Metric, Note, Report, ReportTable
from flowza.engine.sentences import MEASURES, Subject
from flowza.engine.table import Table
from flowza.engine.validation import (
    Estimate,
    FoldResult,
    baseline_answers,
    column_of,
    cross_validated,
    estimated,
    known,
    main_metric,
    make_folds,
    metric_names,
    metrics_of,
    positive_note,
    subject_of,
    target_of,
    training_rows_of,
)

RankBy = Literal["auto", "auc", "f1", "accuracy", "balanced_accuracy", "log_loss", "r2", "rmse", "mae"]


class CompareParams(Params):
    rank_by: RankBy = param(
        "auto",
        label="Rank by",
        help="Automatic: AUC for two classes, F1 for more, R² for numbers.",
        choices={
            "auto": "Automatic",
            "auc": "AUC",
            "f1": "F1",
            "accuracy": "Accuracy",
            "balanced_accuracy": "Balanced accuracy",
            "log_loss": "Log loss",
            "r2": "R²",
            "rmse": "RMSE",
            "mae": "Mean absolute error",
        },
    )
    folds: int = param(
        5,
        label="Folds",
        help="All models are trained again on the same parts of the training rows.",
        ge=2,
        le=50,
    )
    method: Literal["stratified", "kfold"] = param(
        "stratified",
        label="How rows are divided",
        help="Stratified keeps the shares of the classes in every fold; numbers are always divided by lot.",
        choices={"stratified": "Stratified by class", "kfold": "By lot"},
    )


@dataclass(frozen=True)
class Entry:
    """One model of the leaderboard. test: metrics on the test rows, empty without a Split."""

    model: Model
    name: str
    results: list[FoldResult]
    test: dict[str, float]

    def values(self, metric: str) -> list[float | None]:
        return column_of([result.metrics for result in self.results], metric)

    def estimate(self, metric: str) -> Estimate:
        return estimated(known(self.values(metric)), len(self.results), MEASURES[metric].share)


class Compare(Node):
    """Models side by side on the same folds, with intervals, the test rows' metrics and the Baseline."""

    kind = "compare"
    version = 2
    label = "Compare models"
    category = "validate"
    icon = "trophy"
    summary = "Ranks models on the same folds of the same training rows, with intervals and the Baseline."
    role = "validate"
    inputs = (Port("models", "model", "Models", many=True),)
    outputs = (REPORT_OUT,)
    uses_openmp = True
    Params = CompareParams

    def run(self, inputs: Inputs, context: Context) -> dict[str, Output]:
        models: list[Model] = inputs["models"]
        tables = self.tables(models)
        params: CompareParams = self.params
        stratified = params.method == "stratified"
        folds = make_folds(tables[0], models[0].task, params.folds, stratified, context.seed, self.id)
        entries, notes = [], []
        for model, table, name in zip(models, tables, distinct_names(models), strict=True):
            try:
                results, unsettled = cross_validated(model, table, folds, self.id, context.check_cancelled)
            except NodeError as error:
                error.message = f"{name}: {error.message}"
                raise
            notes += [f"{name}: {text}" for text in unsettled]
            entries.append(Entry(model, name, results, self.test_metrics(model)))
        for text in notes:
            context.log(text, "warning")
        made = leaderboard(entries, self.chosen_metric(entries), notes)
        positive, truth = subject_of(models[0]).positive, target_of(tables[0])
        measured = measured_folds(models[0], tables[0], truth, positive, context.seed, params.folds, params.method)
        return {"report": replace(made, measured=measured)}

    def tables(self, models: list[Model]) -> list[Table]:
        """The models' training rows. Raises NodeError where they cannot be compared."""
        if len(models) < 2:
            raise self.error(
                "One model alone cannot be compared.",
                hint="Connect a second one, or use Cross-validate.",
                code="one_model",
            )
        first = models[0]
        for model in models:
            if model.task == "clustering":
                raise self.error(
                    f"{model.name} groups rows and predicts nothing, so it cannot be compared.",
                    hint="Use Cluster report.",
                    code="clustering",
                )
            if (model.task, model.target) != (first.task, first.target):
                raise self.error(
                    f"{first.name} predicts '{first.target}' ({first.task}) and {model.name} '{model.target}'"
                    f" ({model.task}), so they cannot be compared.",
                    hint="Compare models with the same column to predict.",
                    code="different_targets",
                )
        tables = [training_rows_of(model) for model in models]
        truth = target_of(tables[0])
        for model, table in zip(models, tables, strict=True):
            if not same_rows(tables[0], table):
                raise self.error(
                    f"{first.name} was trained on {tables[0].rows:,} rows and {model.name} on {table.rows:,}"
                    " rows that are not the same, so their folds cannot be the same.",
                    hint="Let both start from one Split, with the same row steps before it.",
                    code="different_rows",
                )
            if not target_of(table).equals(truth) or model.positive != first.positive:
                raise self.error(
                    f"'{first.target}' is not the same for {first.name} and {model.name}: its values or its positive"
                    " class differ.",
                    hint="Change the target, or name its positive class, before the wires part.",
                    code="different_targets",
                )
        return tables

    def test_metrics(self, model: Model) -> dict[str, float]:
        holdout = model.holdout
        if holdout is None or holdout.role == "train" or not len(holdout.truth):
            return {}
        positive = subject_of(model).positive
        return metrics_of(model.task, holdout.truth, holdout.predictions, model.classes, positive)

    def chosen_metric(self, entries: list[Entry]) -> str:
        names = metric_names([result.metrics for entry in entries for result in entry.results])
        shared = [name for name in names if all(known(entry.values(name)) for entry in entries)]
        wanted: str = self.params.rank_by
        if wanted == "auto":
            return main_metric(shared)
        found = next((name for name in (wanted, f"{wanted}_macro") if name in shared), None)
        if found is None:
            raise self.error(
                f"These models cannot be ranked by {MEASURES[wanted].label}.",
                hint=f"Rank by {', '.join(MEASURES[name].label for name in shared[:6])}.",
                code="metric",
            )
        return found


def same_rows(one: Table, other: Table) -> bool:
    return one.source.key == other.source.key and np.array_equal(np.asarray(one.positions), np.asarray(other.positions))


def distinct_names(models: list[Model]) -> list[str]:
    """The models' names; of equal ones with the step's id."""
    names = [model.name for model in models]
    return [f"{model.name} ({model.node})" if names.count(model.name) > 1 else model.name for model in models]


# The report


def leaderboard(entries: list[Entry], metric: str, unsettled: list[str]) -> Report:
    subject, measure = subject_of(entries[0].model), MEASURES[metric]
    sign = -1 if measure.higher_is_better else 1
    ranked = sorted(entries, key=lambda entry: sign * entry.estimate(metric).mean)
    label = measure.label_for(subject)
    others = known(column_of([result.baseline for result in entries[0].results], metric))
    baseline = sum(others) / len(others) if others else None
    standings = [standing_of(entry, metric) for entry in ranked]
    tables = [leaderboard_table(ranked, metric, baseline, label), all_metrics_table(ranked, subject)]
    rows = sum(result.test_rows for result in entries[0].results)
    count = len(entries[0].results)
    notes = [
        Note(
            "note",
            f"All models learned again, with every step before them, on the same {count} folds of the training rows."
            " Choosing the best by its test rows would make its test metrics too good: rank by the folds.",
        ),
        *(Note("note", said) for said in [positive_note(entries[0].model)] if said),
        *(Note("warning", text) for text in unsettled),
    ]
    return Report(
        f"{len(entries)} models compared on {rows:,} training rows in {count} folds",
        [ranked_metric(entry, metric, subject, baseline, rows) for entry in ranked],
        tables,
        [leaderboard_figure(label, standings, baseline)],
        notes,
    )


def standing_of(entry: Entry, metric: str) -> Standing:
    estimate = entry.estimate(metric)
    mean = estimate.mean
    low = mean if estimate.low is None else estimate.low
    high = mean if estimate.high is None else estimate.high
    return Standing(entry.name, mean, low, high)


def ranked_metric(entry: Entry, metric: str, subject: Subject, baseline: float | None, rows: int) -> Metric:
    estimate, measure = entry.estimate(metric), MEASURES[metric]
    interval = f", 95 % interval {estimate.range}" if estimate.range else ""
    sentence = f"Mean of {len(entry.results)} folds{interval}. {measure.sentence(estimate.mean, subject)}"
    label = f"{measure.label_for(subject)}, {entry.name}"
    name = f"{metric}:{entry.model.node}"
    return Metric(name, label, estimate.mean, baseline, sentence, measure.higher_is_better, rows)


def leaderboard_table(ranked: list[Entry], metric: str, baseline: float | None, label: str) -> ReportTable:
    """Best first. The last column compares with the best, fold by fold."""
    rows: list[list[object]] = []
    for rank, entry in enumerate(ranked, 1):
        estimate = entry.estimate(metric)
        verdict = "first" if rank == 1 else difference(ranked[0], entry, metric)
        test = entry.test.get(metric)
        rows.append([rank, entry.name, estimate.mean, estimate.low, estimate.high, test, entry.model.seconds, verdict])
    test_rows = baseline_on_test(ranked[0].model).get(metric)
    rows.append([None, "Baseline", baseline, None, None, test_rows, None, "what a model has to beat"])
    columns = [
        "Rank",
        "Model",
        "Mean",
        "From (95 %)",
        "To (95 %)",
        "Test rows",
        "Seconds to train",
        "Against the first",
    ]
    return ReportTable(f"Leaderboard by {label}", columns, rows)


def difference(best: Entry, entry: Entry, metric: str) -> str:
    """Whether the folds show a difference: its 95 % interval, paired by fold."""
    pairs = zip(best.values(metric), entry.values(metric), strict=True)
    gaps = [one - other for one, other in pairs if one is not None and other is not None]
    if not gaps:
        return "no fold in common"
    estimate = estimated(gaps, len(best.results))
    if estimate.low is None or estimate.high is None:
        return f"{estimate.mean:+.3g}"
    clear = estimate.low > 0 or estimate.high < 0
    return f"{-estimate.mean:+.3g} ({-estimate.high:+.3g} to {-estimate.low:+.3g}), " + (
        "a clear difference" if clear else "within chance"
    )


def baseline_on_test(model: Model) -> dict[str, float]:
    holdout = model.holdout
    if holdout is None or holdout.role == "train" or not len(holdout.truth) or model.baseline is None:
        return {}
    answers = baseline_answers(model.baseline, holdout.predictions.index)
    return metrics_of(model.task, holdout.truth, answers, model.classes, subject_of(model).positive)


def all_metrics_table(ranked: list[Entry], subject: Subject) -> ReportTable:
    names = metric_names([result.metrics for entry in ranked for result in entry.results])
    rows: list[list[object]] = []
    for entry in ranked:
        found = {name: known(entry.values(name)) for name in names}
        means = (sum(values) / len(values) if values else None for values in found.values())
        rows.append([entry.name, *means])
    columns = ["Model", *(MEASURES[name].label_for(subject) for name in names)]
    return ReportTable("Means of all metrics over the folds", columns, rows)
