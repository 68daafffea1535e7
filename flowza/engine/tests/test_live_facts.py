"""Live facts: rows, columns, problems and quick figures of all steps on a sample."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from flowza.engine import live_figure
from flowza.engine.catalogue import catalogue
from flowza.engine.dry_run import SAMPLE_ROWS
from flowza.engine.errors import Cancelled
from flowza.engine.graph import parse
from flowza.engine.live import live_rows
from flowza.engine.live_facts import LiveFacts, live_facts, nearest_first
from flowza.engine.live_figure import FAILED, MOST, TOO_LONG, TookTooLong
from flowza.engine.preview_memory import FactsMemory, PreviewMemory
from flowza.engine.report import Report
from flowza.engine.templates import TEMPLATES
from flowza.engine.tests.graphs import DATA, Frames, Step, chain, edge, evaluate

CSV: Step = ("csv", {"dataset": DATA})
SPLIT: Step = ("split", {"target": "bought"})
PATIENCE = 1000.0
"""A budget that no look of these tests uses up."""


def shoppers(rows: int = 200, seed: int = 0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    age = pd.Series(random.integers(18, 80, rows).astype(float))
    bought = (age + random.normal(0, 20, rows) > 50).astype(int)
    town = pd.Series(random.choice(["york", "bath", "hull"], rows)).astype("str")
    age[::10] = np.nan
    return pd.DataFrame({"age": age, "town": town, "bought": bought})


def look(folder: Path, graph: dict[str, Any], frame: pd.DataFrame | None = None, **more: Any) -> LiveFacts:
    resources = Frames(folder, {DATA: shoppers() if frame is None else frame})
    return live_facts(graph, resources, **{"budget": PATIENCE} | more)


def modelled(*ends: Step) -> dict[str, Any]:
    return chain(CSV, ("impute", {}), ("one_hot", {}), SPLIT, ("logistic_regression", {}), *ends)


@pytest.mark.parametrize("slug", TEMPLATES)
def test_every_step_of_every_template_says_what_its_rows_say(slug: str, tmp_path: Path) -> None:
    graph, resources = TEMPLATES[slug].graph(), Frames(tmp_path, {})
    found = live_facts(graph, resources, budget=PATIENCE)
    assert not found.more
    assert json.dumps(found.as_dict(), allow_nan=False)
    for name, facts in found.steps.items():
        rows = live_rows(graph, name, resources)
        if rows.shown == "made":
            assert (facts.rows, facts.columns) == (rows.rows, rows.all_columns)
            counts = rows.role_counts or {}
            assert (facts.train, facts.test) == (counts.get("train"), counts.get("test"))
        else:
            assert rows.shown == "learned_from"
            assert facts.rows == (rows.role_counts or {"train": rows.rows})["train"]
        assert facts.problem is None
    nodes = parse(graph).nodes
    told = {"evaluate", "cross_validate", "cluster_report"}
    assert set(found.figures) == {one for one, node in nodes.items() if node.role == "train" or node.kind in told}
    assert all(figure.value is not None for figure in found.figures.values())


def test_on_a_table_that_is_no_larger_than_the_sample_the_figure_is_that_of_the_run(tmp_path: Path) -> None:
    graph = modelled(("evaluate", {}), ("cross_validate", {"folds": 3}))
    found = look(tmp_path, graph)
    outputs = evaluate(graph, Frames(tmp_path, {DATA: shoppers()}))
    for name in ("evaluate", "cross_validate"):
        report = outputs[name]
        assert isinstance(report, Report)
        auc = next(metric for metric in report.metrics if metric.name == "auc")
        assert (found.figures[name].value, found.figures[name].baseline) == (auc.value, auc.baseline)
    assert found.figures["evaluate"] == found.figures["logistic_regression"]
    assert (found.figures["evaluate"].on, found.figures["cross_validate"].on) == ("test", "folds")
    assert not any(facts.sampled for facts in found.steps.values())


def test_test_rows_can_be_anything_without_changing_what_the_figure_learned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = chain(CSV, ("impute", {}), ("normalise", {}), ("one_hot", {}), SPLIT, ("logistic_regression", {}))
    fitted: list[Any] = []
    measure = live_figure.figure_of

    def kept(node: Any, model: Any, context: Any) -> Any:
        fitted.append(model.estimator.coef_)
        return measure(node, model, context)

    monkeypatch.setattr(live_figure, "figure_of", kept)
    frame = shoppers()
    (tmp_path / "one").mkdir()
    look(tmp_path / "one", graph, frame)
    split = evaluate(graph, Frames(tmp_path, {DATA: frame}))["split"]
    frame.loc[split.test.index, "age"] = 1e6
    look(tmp_path, graph, frame)
    np.testing.assert_array_equal(*fitted)


def test_a_step_before_a_split_has_the_columns_that_training_rows_teach(tmp_path: Path) -> None:
    frame = shoppers()
    split = evaluate(chain(CSV, SPLIT), Frames(tmp_path, {DATA: frame}))["split"]
    frame.loc[split.test.index[0], "town"] = "seen in one test row"
    found = look(tmp_path, chain(CSV, ("one_hot", {}), SPLIT), frame)
    assert found.steps["one_hot"].columns == found.steps["split"].columns == 5


def test_without_a_split_the_figure_says_that_it_knows_its_rows(tmp_path: Path) -> None:
    found = look(tmp_path, chain(("csv", {"dataset": DATA, "target": "bought"}), ("xgboost_classifier", {})))
    with_text = found.steps["xgboost_classifier"].problem
    assert with_text is not None
    assert with_text["column"] == "town"
    graph = chain(("csv", {"dataset": DATA, "target": "bought"}), ("one_hot", {}), ("xgboost_classifier", {}))
    figure = look(tmp_path, graph).figures["xgboost_classifier"]
    assert figure.on == "train"
    assert (figure.trees, figure.all_trees) == (MOST["n_estimators"], 100)


def test_large_sources_are_sampled_and_that_is_said(tmp_path: Path) -> None:
    facts = look(tmp_path, chain(CSV, SPLIT), shoppers(SAMPLE_ROWS + 10)).steps
    assert facts["csv"].rows == SAMPLE_ROWS
    assert facts["split"].sampled
    assert facts["split"].train == 1600


def test_a_problem_stands_with_its_step_and_those_behind_are_quiet(tmp_path: Path) -> None:
    found = look(tmp_path, chain(CSV, ("select", {"columns": ["aeg"]}), ("impute", {}), ("normalise", {})))
    problem = found.steps["select"].problem
    assert problem is not None
    assert "'aeg'" in problem["message"]
    assert problem["column"] == "aeg"
    for name in ("impute", "normalise"):
        assert found.steps[name].problem is None
        assert found.steps[name].rows is None


def test_a_step_without_an_input_says_so_and_the_others_are_looked_at(tmp_path: Path) -> None:
    graph = modelled(("evaluate", {}))
    graph["edges"] = [one for one in graph["edges"] if one["to"] != "split"]
    found = look(tmp_path, graph)
    problem = found.steps["split"].problem
    assert problem is not None
    assert problem["message"] == "'Train/test split' has nothing connected to 'Dataset'."
    assert found.steps["one_hot"].rows == 200
    assert found.figures == {}


def test_a_missing_dataset_is_a_problem_of_its_source(tmp_path: Path) -> None:
    graph = chain(("csv", {"dataset": "dataset:9"}), ("impute", {}))
    graph["nodes"].append({"id": "other", "kind": "csv", "params": {"dataset": DATA}})
    found = look(tmp_path, graph)
    assert found.steps["csv"].problem is not None
    assert found.steps["other"].rows == 200


def test_only_what_changed_is_computed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory, graph = PreviewMemory(), modelled(("evaluate", {}))
    first = look(tmp_path, graph, memory=memory)

    def refuse(*arguments: Any, **more: Any) -> None:
        raise AssertionError("it is known")

    with monkeypatch.context() as patched:
        patched.setattr("flowza.engine.dry_run.Walk.visit", refuse)
        patched.setattr("flowza.engine.live_facts.quick_figure", refuse)
        graph["nodes"][0]["x"] = 40
        graph["nodes"][0]["label"] = "My table"
        assert look(tmp_path, graph, memory=memory) == first
    computed: list[str] = []
    monkeypatch.setattr("flowza.engine.dry_run.sample", lambda node, *_: computed.append(node.id))
    graph["nodes"][-2]["params"] = {"C": 0.5}
    again = look(tmp_path, graph, memory=memory)
    assert again.steps == first.steps
    assert again.figures != first.figures
    assert computed == []


def test_looks_with_little_time_give_a_part_each_beginning_at_the_chosen_step(tmp_path: Path) -> None:
    memory, graph = PreviewMemory(), modelled(("evaluate", {}))
    whole = look(tmp_path, graph)
    found = look(tmp_path, graph, memory=memory, chosen="one_hot", budget=0)
    assert set(found.steps) == {"one_hot"}
    looks = 1
    while found.more:
        before, found = found, look(tmp_path, graph, memory=memory, chosen="one_hot", budget=0)
        assert len(found.steps) + len(found.figures) > len(before.steps) + len(before.figures)
        looks += 1
    assert found == whole
    assert looks == len(whole.steps) + 1


def test_looks_come_to_an_end_also_when_no_table_can_be_kept(tmp_path: Path) -> None:
    memory, graph = PreviewMemory(most_bytes=1), modelled(("evaluate", {}))
    found = [look(tmp_path, graph, memory=memory, budget=0) for _ in range(12)]
    assert [one.more for one in found[-2:]] == [False, False]


def test_steps_are_looked_at_by_their_distance_from_the_chosen_one() -> None:
    graph = modelled(("evaluate", {}))
    graph["nodes"].append({"id": "alone", "kind": "csv", "params": {"dataset": DATA}})
    order = nearest_first(parse(graph, complete=False), "split")
    assert order[0] == "split"
    assert set(order[1:3]) == {"one_hot", "logistic_regression"}
    assert order[-1] == "alone"
    assert nearest_first(parse(graph, complete=False), "gone") == list(parse(graph, complete=False).order)


def stopping(kind: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Makes steps of this kind take too long; the list tells how often one was begun."""
    begun: list[str] = []

    def endless(node: Any, *arguments: Any) -> None:
        begun.append(node.id)
        raise TookTooLong

    monkeypatch.setattr(catalogue()[kind], "run", endless)
    return begun


def test_a_fit_that_takes_too_long_is_refused_once_and_calmly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = stopping("logistic_regression", monkeypatch)
    memory, graph = PreviewMemory(), modelled(("evaluate", {}))
    for _ in range(2):
        found = look(tmp_path, graph, memory=memory)
        assert found.figures["evaluate"].refused == TOO_LONG
        assert found.steps["split"].rows == 200
    assert begun == ["logistic_regression"]


def test_a_step_that_takes_too_long_is_begun_once_and_those_before_it_have_facts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = stopping("one_hot", monkeypatch)
    memory, graph = PreviewMemory(), modelled(("evaluate", {}))
    for share in (0.2, 0.2, 0.3):
        graph["nodes"][3]["params"] = {"target": "bought", "test_share": share}
        found = look(tmp_path, graph, memory=memory)
        assert found.steps["one_hot"].slow
        assert found.steps["impute"].rows == 200
        assert (found.steps["split"].rows, found.steps["split"].slow) == (None, False)
        assert found.figures == {}
    assert len(begun) <= 2


def test_what_keeps_a_figure_from_being_is_said(tmp_path: Path) -> None:
    frame = shoppers(40)
    frame["bought"] = [1] + [0] * 39
    found = look(tmp_path, modelled(("cross_validate", {"folds": 2})), frame)
    assert "too few for 2 folds" in found.figures["cross_validate"].refused


def test_a_mistake_of_ours_leaves_the_other_facts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*arguments: Any) -> None:
        raise KeyError("a mistake")

    monkeypatch.setattr(live_figure, "figure_of", broken)
    found = look(tmp_path, modelled())
    assert found.figures["logistic_regression"].refused == FAILED
    assert found.steps["split"].rows == 200
    assert "'logistic_regression' step failed" in caplog.text


def test_a_look_ends_when_nobody_wants_it_any_more(tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        look(tmp_path, modelled(), cancelled=lambda: True)


def test_models_of_two_splits_each_have_a_figure(tmp_path: Path) -> None:
    graph = modelled(("evaluate", {}))
    graph["nodes"] += [
        {"id": "half", "kind": "split", "params": {"target": "bought", "test_share": 0.5}},
        {"id": "other", "kind": "baseline_classifier"},
    ]
    graph["edges"] += [edge("one_hot", "table", "half", "table"), edge("half", "table", "other", "table")]
    found = look(tmp_path, graph)
    assert found.figures["other"].value == found.figures["other"].baseline == 0.5
    assert (found.figures["other"].rows, found.figures["evaluate"].rows) == (100, 160)


def test_the_memory_of_facts_forgets_what_was_not_used_for_longest() -> None:
    memory = FactsMemory(most=2)
    memory.put("a", 1)
    memory.put("b", 2)
    memory.get("a")
    memory.put("c", 3)
    assert (memory.get("a"), memory.get("b"), memory.get("c"), len(memory)) == (1, None, 3, 2)
