from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from sklearn import metrics as by_hand

from flowza.engine.errors import NodeError
from flowza.engine.report import Figure, Report
from flowza.engine.tests.modelling import LABELS, linear, metric, report, separable, split, table_of, train


def check_figures(made: Report) -> None:
    """Plotly takes them; they are small, speak in a sentence and a table, and leave the theme to the page."""
    for figure in made.figures:
        go.Figure(data=figure.data, layout=figure.layout)
        assert points(figure) <= 500, figure.id
        assert figure.summary.endswith("."), figure.id
        assert figure.table is not None, figure.id
        assert figure.table.rows, figure.id
        assert not {"template", "font", "paper_bgcolor", "plot_bgcolor"} & figure.layout.keys()


def points(figure: Figure) -> int:
    return sum(np.size(trace.get("z", trace["x"])) for trace in figure.data)


@pytest.mark.parametrize("labels", LABELS.values(), ids=list(LABELS))
def test_a_classifier_is_measured_on_test_rows_beside_the_baseline(labels: tuple[Any, ...]) -> None:
    table = split(table_of(separable(labels=labels)))
    model = train(table)
    made = report("evaluate", model)
    check_figures(made)
    truth = table.test["y"]
    predicted = model.estimator.predict(table.test[["a", "b"]])
    probabilities = model.estimator.predict_proba(table.test[["a", "b"]])
    score = probabilities[:, (model.classes or []).index(model.positive)]
    assert metric(made, "accuracy").value == pytest.approx((truth == predicted).mean())
    assert metric(made, "auc").value == pytest.approx(by_hand.roc_auc_score(truth == model.positive, score))
    assert metric(made, "auc").baseline == 0.5
    assert model.baseline is not None
    assert metric(made, "accuracy").baseline == pytest.approx((truth == model.baseline["value"]).mean())
    assert metric(made, "f1").label == f"F1 for y = {model.positive}"
    assert {entry.rows for entry in made.metrics} == {60}
    assert [figure.id for figure in made.figures] == ["confusion_matrix", "roc", "precision_recall"]
    assert not [note for note in made.notes if note.level == "warning"]


def test_sentences_say_what_the_numbers_mean() -> None:
    made = report("evaluate", train(split(table_of(separable(), positive="yes"))))
    auc = metric(made, "auc")
    assert auc.value is not None
    assert auc.sentence == (
        f"AUC {auc.value:.2f}: of a row with y = yes and one without, it picks the right one"
        f" {auc.value * 100:.0f} times in 100."
    )
    assert "y = yes" in metric(made, "recall").sentence


def test_without_a_split_the_report_warns_that_it_is_about_training_rows() -> None:
    made = report("evaluate", train(table_of(separable())))
    assert made.notes[0].level == "warning"
    assert "training rows" in made.notes[0].text
    assert made.title.endswith("240 training rows")


def test_several_classes_are_measured_by_means_and_one_by_one() -> None:
    made = report("evaluate", train(split(table_of(separable(labels=("low", "middle", "high"))))))
    check_figures(made)
    assert metric(made, "f1_macro").baseline is not None
    (table,) = made.tables
    assert [row[0] for row in table.rows] == ["high", "low", "middle"]
    assert [len(figure.data) for figure in made.figures] == [1, 4, 3]


def test_many_classes_are_drawn_within_the_limit() -> None:
    frame = separable(rows=1500, labels=tuple(f"class {number}" for number in range(40)))
    made = report("evaluate", train(split(table_of(frame)), "random_forest_classifier", n_estimators=10))
    check_figures(made)
    assert "Curves are drawn for the 8 most frequent classes." in [note.text for note in made.notes]


def test_a_class_that_only_test_rows_have_is_named() -> None:
    frame = separable()
    frame.loc[[0, 4], "y"] = "<i>rare</i>"
    made = report("evaluate", train(split(table_of(frame))))
    check_figures(made)
    assert any("never saw these classes" in note.text and "rare" in note.text for note in made.notes)
    assert "&lt;i&gt;rare&lt;/i&gt;" in made.figures[0].layout["xaxis"]["ticktext"]


def test_a_regressor_is_measured_beside_the_mean() -> None:
    table = split(table_of(linear(rows=4000)))
    model = train(table, "linear_regression")
    made = report("evaluate", model)
    check_figures(made)
    predicted = model.estimator.predict(table.test[["a", "b"]])
    assert metric(made, "r2").value == pytest.approx(by_hand.r2_score(table.test["y"], predicted))
    mean = np.full(1000, table.train["y"].mean())
    assert metric(made, "rmse").baseline == pytest.approx(by_hand.root_mean_squared_error(table.test["y"], mean))
    assert [figure.id for figure in made.figures] == ["predicted_actual", "residuals"]


@pytest.mark.parametrize("kind", ["logistic_regression", "xgboost_classifier", "baseline_classifier"])
def test_one_test_row_is_enough(kind: str) -> None:
    made = report("evaluate", train(split(table_of(separable()), every=1000), kind))
    check_figures(made)
    assert metric(made, "auc").value is None
    assert metric(made, "auc").sentence.startswith("These rows hold one class only")


def test_one_test_row_is_enough_for_a_regressor() -> None:
    made = report("evaluate", train(split(table_of(linear()), every=1000), "linear_regression"))
    check_figures(made)
    assert metric(made, "r2").value is None


def test_no_test_rows_and_clusters_are_refused() -> None:
    table = table_of(separable())
    with pytest.raises(NodeError, match="no test rows"):
        report("evaluate", train(table.with_roles(np.zeros(table.rows), None)))
    with pytest.raises(NodeError, match="groups rows"):
        report("evaluate", train(table_of(separable()[["a", "b"]], None), "kmeans"))
