"""Which rows a report was measured on: equal digests where metrics compare, and others where they do not."""

from __future__ import annotations

from typing import Any

import pytest

from flowza.engine.errors import NodeError
from flowza.engine.measured import MeasuredRows
from flowza.engine.operations.metrics import classification_metrics, clustering_metrics, regression_metrics
from flowza.engine.report import Report
from flowza.engine.sentences import MEASURES, Subject
from flowza.engine.table import Table
from flowza.engine.tests.modelling import linear, report, separable, split, step, table_of, train


def measured(made: Report) -> MeasuredRows:
    assert made.measured is not None
    assert Report.from_dict(made.as_dict()) == made
    return made.measured


def evaluated(table: Table, kind: str = "logistic_regression") -> MeasuredRows:
    return measured(report("evaluate", train(table, kind)))


def test_other_models_on_the_same_rows_compare() -> None:
    table = split(table_of(separable()))
    one, other = evaluated(table), evaluated(step(table, "normalise"), "random_forest_classifier")
    assert one.digest == other.digest
    assert (one.role, one.rows, one.target) == ("test", 60, "y")


def test_other_rows_other_truth_and_other_data_do_not_compare() -> None:
    table = table_of(separable())
    base = evaluated(split(table))
    fewer = evaluated(split(step(table, "sample", rows=200, size="rows")))
    assert (fewer.row_steps != base.row_steps, fewer.digest != base.digest) == (True, True)
    other_split = evaluated(split(table, every=5))
    assert other_split.positions != base.positions
    other_data = evaluated(split(table_of(separable(), key="other")))
    assert (other_data.positions, other_data.truth) == (base.positions, base.truth)
    assert other_data.digest != base.digest
    flipped = separable()
    flipped.loc[flipped.index[:100], "y"] = "no"
    assert evaluated(split(table_of(flipped))).truth != base.truth
    assert evaluated(table).role == "train"


def test_the_positive_class_is_part_of_what_is_compared() -> None:
    yes, no = (evaluated(split(table_of(separable(), positive=positive))) for positive in ("yes", "no"))
    assert yes.positive == "yes"
    assert yes.digest != no.digest


def test_folds_compare_only_when_divided_alike() -> None:
    model = train(split(table_of(separable())))
    five, three = (measured(report("cross_validate", model, folds=folds)) for folds in (5, 3))
    assert five.role == "folds"
    assert five.digest != three.digest
    both = measured(report("compare", model, train(split(table_of(separable())), id="second")))
    assert both.digest == five.digest


def test_clusterings_compare_only_on_the_same_columns_and_scales() -> None:
    table = table_of(linear(), target=None)
    raw = measured(report("cluster_report", train(table, "kmeans")))
    scaled = measured(report("cluster_report", train(step(table, "normalise"), "kmeans")))
    assert raw.positions == scaled.positions
    assert raw.digest != scaled.digest


def test_a_cluster_report_stands_beside_rows_that_are_not_grouped() -> None:
    made = report("cluster_report", train(table_of(linear(), target=None), "kmeans"))
    inertia = next(metric for metric in made.metrics if metric.name == "inertia")
    assert inertia.value is not None
    assert inertia.baseline is not None
    assert inertia.value < inertia.baseline


def test_a_positive_class_without_training_rows_is_an_error_not_another_metric() -> None:
    model = train(split(table_of(separable(), positive="yes")))
    model.signature.__dict__["positive"] = "maybe"
    for kind in ("evaluate", "cross_validate"):
        with pytest.raises(NodeError, match="positive class of 'y' is 'maybe'") as caught:
            report(kind, model)
        assert caught.value.hint


def test_two_classes_without_a_positive_one_say_that_metrics_are_means() -> None:
    frame = separable()
    frame.loc[frame.index[:40], "y"] = "maybe"
    table = step(table_of(frame), "filter", conditions=[{"column": "y", "operator": "!=", "value": "maybe"}])
    made = report("evaluate", train(split(table)))
    assert any("has two classes in the training rows and no positive one" in note.text for note in made.notes)


def every_metric() -> set[str]:
    frame = separable()
    model = train(split(table_of(frame)))
    assert model.holdout is not None
    answers, truth = model.holdout.predictions, model.holdout.truth
    names: set[str] = set()
    for positive in ("yes", None):
        names |= classification_metrics(
            truth, answers.values, answers.probabilities, model.classes or [], positive
        ).keys()
    numbers = linear()
    names |= regression_metrics(numbers["y"], numbers["y"].to_numpy() + 1).keys()
    points = numbers[["a", "b"]].to_numpy()
    clusters = (points[:, 0] > 0).astype(int)
    names |= clustering_metrics(points, clusters, points[:2], 0).keys()
    return names


def test_every_metric_has_one_sentence() -> None:
    assert every_metric() == MEASURES.keys()
    subjects: dict[str, Any] = {"classification": "yes", "regression": None}
    for name, measure in MEASURES.items():
        for task, positive in subjects.items():
            said = measure.sentence(0.42, Subject(task, "price", positive))  # type: ignore[arg-type]
            assert said.endswith("."), name
            assert said[0].isupper() or said[0].isdigit(), name
            assert said.count(". ") == 0, name
