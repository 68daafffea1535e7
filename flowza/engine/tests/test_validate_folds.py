from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from flowza.engine.errors import Cancelled, NodeError
from flowza.engine.model import Model
from flowza.engine.table import Table
from flowza.engine.tests.modelling import (
    LABELS,
    linear,
    metric,
    report,
    separable,
    split,
    step,
    table_of,
    train,
)
from flowza.engine.validation import cross_validated, estimated, make_folds, training_rows_of


def noise(rows: int = 600, seed: int = 0) -> pd.DataFrame:
    """No column has anything to do with `y`, and `key` has 200 levels."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(random.normal(size=(rows, 100)), columns=[f"x{place}" for place in range(100)])
    frame["key"] = [f"level {number}" for number in random.integers(0, 200, rows)]
    return frame.assign(y=random.permutation(np.arange(rows) % 2 == 0))


def test_cross_validation_equals_scikit_learns_on_the_whole_pipeline() -> None:
    table = split(table_of(separable(rows=400), positive="yes"))
    model = train(step(table, "normalise"))
    made = report("cross_validate", model, folds=4)
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    folds = StratifiedKFold(4, shuffle=True, random_state=0)
    X, y = table.train[["a", "b"]], table.train["y"]
    for name, scoring in (("auc", "roc_auc"), ("accuracy", "accuracy"), ("log_loss", "neg_log_loss")):
        by_hand = np.abs(cross_val_score(pipeline, X, y, cv=folds, scoring=scoring))
        (columns, rows) = made.tables[0].columns, made.tables[0].rows
        place = columns.index({"auc": "AUC", "accuracy": "Accuracy", "log_loss": "Log loss"}[name])
        assert [row[place] for row in rows[:4]] == pytest.approx(by_hand.tolist(), rel=1e-9)
        assert metric(made, name).value == pytest.approx(by_hand.mean())
    assert metric(made, "auc").baseline == 0.5
    assert "95 % interval" in metric(made, "auc").sentence
    go.Figure(data=made.figures[0].data, layout=made.figures[0].layout)


def test_regression_folds_are_by_lot_and_equal_scikit_learns() -> None:
    frame = linear()
    made = report("cross_validate", train(table_of(frame), "linear_regression"), folds=3)
    errors = []
    for rows, test in KFold(3, shuffle=True, random_state=0).split(frame):
        coefficients = np.linalg.lstsq(np.c_[np.ones(len(rows)), frame[["a", "b"]].iloc[rows]], frame["y"].iloc[rows])
        errors.append(
            np.abs(frame["y"].iloc[test] - np.c_[np.ones(len(test)), frame[["a", "b"]].iloc[test]] @ coefficients[0])
        )
    assert metric(made, "mae").value == pytest.approx(np.mean([error.mean() for error in errors]))
    assert metric(made, "r2").value is not None


def test_only_training_rows_take_part() -> None:
    frame = separable()
    model = train(split(table_of(frame)))
    spoilt = frame.copy()
    spoilt.loc[::4, ["a", "b"]] = 1e9
    assert (
        report("cross_validate", model).as_dict() == report("cross_validate", train(split(table_of(spoilt)))).as_dict()
    )


@pytest.mark.parametrize("every", [None, 5])
def test_steps_that_look_at_the_target_find_nothing_in_noise(every: int | None) -> None:
    aucs = []
    for seed in range(2):
        table = table_of(noise(seed=seed))
        table = table if every is None else split(table, every)
        table = step(table, "target_encode", columns=["key"])
        table = step(table, "select_features", method="k_best", k=5)
        made = report("cross_validate", train(table), folds=5)
        aucs.append(metric(made, "auc").value)
    assert 0.45 <= np.mean([auc for auc in aucs if auc is not None]) <= 0.55


def test_a_leaky_cross_validation_would_have_been_seen() -> None:
    frame = noise()
    numbers = frame.drop(columns=["key", "y"])
    chosen = SelectKBest(f_classif, k=5).fit_transform(numbers, frame["y"])
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    leaky = cross_val_score(LogisticRegression(), chosen, frame["y"], cv=folds, scoring="roc_auc")
    assert leaky.mean() > 0.58


def test_a_fold_never_uses_what_was_learned_from_all_training_rows() -> None:
    model = train(step(split(table_of(separable())), "normalise"))

    def told(key: str) -> object:
        raise AssertionError("a stored fit was asked for")

    model.table = Table.described(model.table.table())
    object.__setattr__(model.table, "memo", told)
    table = training_rows_of(model)
    folds = make_folds(table, model.task, 3, True, 0, "cv")
    results, _ = cross_validated(model, table, folds, "cv", lambda: None)
    assert [result.test_rows for result in results] == [60, 60, 60]


@pytest.mark.parametrize("labels", LABELS.values(), ids=list(LABELS))
@pytest.mark.parametrize("method", ["stratified", "kfold"])
def test_labels_of_any_kind_can_be_cross_validated(labels: tuple[object, ...], method: str) -> None:
    model = train(table_of(separable(labels=labels)), "xgboost_classifier", n_estimators=5)
    assert (metric(report("cross_validate", model, method=method), "auc").value or 0) > 0.7


def test_several_classes_are_cross_validated_by_means() -> None:
    made = report("cross_validate", train(table_of(separable(labels=("low", "middle", "high")))))
    assert (metric(made, "f1_macro").value or 0) > (metric(made, "f1_macro").baseline or 0)


def test_fewer_rows_than_folds_are_refused() -> None:
    with pytest.raises(NodeError, match="4 training rows cannot be divided into 5 folds"):
        report("cross_validate", train(table_of(linear(rows=4)), "linear_regression"), folds=5)


def test_a_class_with_fewer_rows_than_folds_is_refused_by_name() -> None:
    frame = separable().assign(y="often")
    frame.loc[:2, "y"] = "<rare>"
    with pytest.raises(NodeError, match="'<rare>' of 'y' has 3 training rows, too few for 5 folds") as refusal:
        report("cross_validate", train(table_of(frame)), folds=5)
    assert "at most 3 folds" in refusal.value.hint
    assert report("cross_validate", train(table_of(frame)), folds=3).metrics


def test_cross_validation_can_be_cancelled() -> None:
    model = train(table_of(separable()))
    table = training_rows_of(model)

    def stop() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        cross_validated(model, table, make_folds(table, model.task, 3, True, 0, "cv"), "cv", stop)


def test_intervals_are_those_of_the_corrected_t_statistic() -> None:
    values = [0.8, 0.82, 0.78, 0.85, 0.8]
    estimate = estimated(values, 5)
    # By hand: mean 0.81, deviation 0.026458, times sqrt(1/5 + 1/4), times 2.776445 (97.5 % of t with 4 degrees).
    assert estimate.mean == pytest.approx(0.81)
    assert estimate.low == pytest.approx(0.81 - 2.776445 * 0.0264575 * np.sqrt(0.45), abs=1e-6)
    assert estimated([1.0, 0.9], 2, bounded=True).high == 1.0
    assert estimated([0.5], 2).low is None


# Compare


def three() -> list[Model]:
    table = split(table_of(separable(rows=400), positive="yes"))
    return [
        train(table, "baseline_classifier", "zero"),
        train(step(table, "normalise"), "logistic_regression", "one"),
        train(table, "xgboost_classifier", "two", n_estimators=10),
    ]


def test_models_are_ranked_on_the_same_folds_with_test_metrics_and_the_baseline() -> None:
    models = three()
    made = report("compare", *models)
    table = made.tables[0]
    assert [row[1] for row in table.rows] == ["Logistic regression", "XGBoost", "Baseline", "Baseline"]
    alone = metric(report("cross_validate", models[1]), "auc").value
    assert table.rows[0][2] == alone
    assert metric(made, "auc:one").value == alone
    assert metric(made, "auc:one").baseline == 0.5
    holdout = models[1].holdout
    assert holdout is not None
    assert holdout.predictions.probabilities is not None
    yes = holdout.predictions.probabilities[:, 1]
    assert table.rows[0][5] == pytest.approx(roc_auc_score(holdout.truth == "yes", yes))
    assert "a clear difference" in str(table.rows[2][7])
    go.Figure(data=made.figures[0].data, layout=made.figures[0].layout)


def test_losses_are_ranked_from_the_smallest() -> None:
    made = report("compare", *three(), rank_by="log_loss")
    means = [row[2] for row in made.tables[0].rows[:3]]
    assert means == sorted(means)


def test_regressors_are_compared_by_r2() -> None:
    table = table_of(linear())
    made = report("compare", train(table, "linear_regression"), train(table, "random_forest_regressor"))
    assert [entry.name for entry in made.metrics] == ["r2:linear_regression", "r2:random_forest_regressor"]
    assert made.tables[0].rows[0][5] is None


def test_equal_names_are_told_apart_by_their_step() -> None:
    table = table_of(separable())
    made = report("compare", train(table, id="weak", C=0.001), train(table, id="strong"))
    assert {row[1] for row in made.tables[0].rows[:2]} == {
        "Logistic regression (weak)",
        "Logistic regression (strong)",
    }


def test_models_that_cannot_be_compared_are_refused_with_the_reason() -> None:
    frame = separable()
    table = table_of(frame)
    with pytest.raises(NodeError, match="One model alone"):
        report("compare", train(table))
    with pytest.raises(NodeError, match="rows that are not the same"):
        report("compare", train(table), train(split(table)))
    with pytest.raises(NodeError, match="rows that are not the same"):
        report("compare", train(table), train(table_of(frame.head(240), key="another")))
    with pytest.raises(NodeError, match=r"predicts 'y' \(classification\) and Linear regression 'a'"):
        report("compare", train(table), train(table_of(frame[["a", "b"]], "a"), "linear_regression"))
    with pytest.raises(NodeError, match="positive class differ"):
        report("compare", train(table_of(frame, positive="yes")), train(table_of(frame, positive="no")))
    with pytest.raises(NodeError, match="cannot be ranked by R²"):
        report("compare", train(table), train(table, "baseline_classifier"), rank_by="r2")
