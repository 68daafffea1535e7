"""The dry run that advice rests on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from flowza.engine.advice import advise
from flowza.engine.dry_run import SAMPLE_ROWS, DryRun, dry_run
from flowza.engine.graph import parse
from flowza.engine.strength import areas_of, single_strength
from flowza.engine.tests.customers import (
    SPLIT,
    TARGET,
    advice_on,
    customers,
    encoded,
)
from flowza.engine.tests.graphs import DATA, Frames, chain, edge


def test_a_large_source_is_sampled_and_the_same_rows_come_every_time(tmp_path: Path) -> None:
    graph = parse(encoded())
    resources = Frames(tmp_path, {DATA: customers(SAMPLE_ROWS + 500)})
    one, other = dry_run(graph, resources), dry_run(graph, resources)
    assert one.sampled
    assert one.tables["csv"].rows == SAMPLE_ROWS
    pd.testing.assert_frame_equal(one.tables["split"].frame, other.tables["split"].frame)
    assert advise(graph, one) == advise(graph, other)


def test_what_only_a_sample_lacks_is_no_error(tmp_path: Path) -> None:
    frame = customers(SAMPLE_ROWS * 5)
    frame.loc[0, "calls"] = 999
    rare = {"conditions": [{"column": "calls", "operator": "=", "value": "999"}]}
    graph = parse(chain(TARGET, ("filter", rare)))
    dry = dry_run(graph, Frames(tmp_path, {DATA: frame}))
    assert dry.sampled
    assert advise(graph, dry) == []


def test_a_dry_run_neither_stores_nor_trains_nor_asks_the_internet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: Any, **more: Any) -> None:
        raise AssertionError("not in a dry run")

    monkeypatch.setattr("flowza.engine.train_node.train", refuse)
    monkeypatch.setattr("flowza.engine.nodes.sources.showcase.openml", refuse)
    dry = dry_run(parse(encoded()), Frames(tmp_path, {DATA: customers()}))
    assert set(dry.tables) == {"csv", "one_hot", "split"}
    assert set(dry.trained) == {"logistic_regression"}
    far = chain(("showcase", {"name": "openml", "openml_name": "adult"}), SPLIT)
    assert dry_run(parse(far), Frames(tmp_path, {})) == DryRun()


def test_a_mistake_of_ours_does_not_keep_people_from_editing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*arguments: Any) -> None:
        raise KeyError("a mistake")

    monkeypatch.setattr("flowza.engine.nodes.split.split.Split.roles", broken)
    dry = dry_run(parse(encoded()), Frames(tmp_path, {DATA: customers()}))
    assert set(dry.tables) == {"csv", "one_hot"}
    assert dry.errors == {}
    assert "'split' step failed" in caplog.text


def test_advice_is_ordered_worst_first_and_says_nothing_twice(tmp_path: Path) -> None:
    graph = encoded()
    graph["nodes"].append({"id": "other", "kind": "baseline_classifier"})
    graph["edges"].append(edge("split", "table", "other", "table"))
    frame = customers().assign(customer=np.arange(600), left=lambda f: f["churned"], fixed=1)
    found = advice_on(graph, frame, tmp_path)
    assert [advice.level for advice in found] == sorted(
        (advice.level for advice in found), key=["error", "warning", "note"].index
    )
    assert len({(advice.code, advice.column) for advice in found}) == len(found)


# How much one column tells


def test_the_area_of_each_class_equals_scikit_learns() -> None:
    from sklearn.metrics import roc_auc_score

    random = np.random.default_rng(0)
    values, codes = random.integers(0, 30, 500).astype(float), random.integers(0, 4, 500)
    expected = [roc_auc_score(codes == code, values) for code in range(4)]
    np.testing.assert_allclose(areas_of(values, codes), expected, rtol=1e-12)


def test_columns_that_cannot_tell_have_no_strength() -> None:
    labels = pd.Series(["a", "b"] * 50)
    for values in ([1.0] * 100, [np.nan] * 100, [1e308, -1e308] * 50):
        assert single_strength(pd.Series(values), labels, None, False) in (0.0, 1.0)
    numbers = pd.Series(np.arange(100.0))
    for values in ([1.0] * 100, [np.nan] * 100, [1e308, -1e308] * 50):
        assert 0 <= single_strength(pd.Series(values), numbers, None, True) <= 1
    dates = pd.Series(pd.date_range("2024-01-01", periods=100))
    assert single_strength(dates, labels, None, False) == 0.0
