"""Advice before a run: each piece where it belongs, and none on honest designs."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from flowza.engine.advice import advise
from flowza.engine.dry_run import dry_run
from flowza.engine.fitting import TableFacts, frame_facts
from flowza.engine.graph import parse
from flowza.engine.identifiers import is_id_like
from flowza.engine.showcase import SHOWCASES
from flowza.engine.templates import TEMPLATES, Template
from flowza.engine.tests.customers import (
    MODEL,
    SOURCE,
    SPLIT,
    TARGET,
    advice_on,
    customers,
    encoded,
    serious,
    told,
)
from flowza.engine.tests.graphs import Frames, chain, edge


def test_an_honest_design_gets_no_warning(tmp_path: Path) -> None:
    found = advice_on(encoded(), customers(), tmp_path)
    assert serious(found) == []
    assert [advice.code for advice in found] == ["fit_before_split"]


@cache
def showcase_facts(slug: str) -> TableFacts:
    return frame_facts(SHOWCASES[slug].frame(), SHOWCASES[slug].target)


MATCHING = [
    (template, slug)
    for template in TEMPLATES.values()
    for slug, showcase in SHOWCASES.items()
    if not template.needs_target or template.task == showcase.task
]


def template_graph(template: Template, slug: str) -> dict[str, Any]:
    if slug == template.showcase:
        return template.graph()
    return template.fitted([("data", "showcase", {"name": slug})], showcase_facts(slug))


@pytest.mark.parametrize(("template", "slug"), MATCHING, ids=[f"{template.slug}-{slug}" for template, slug in MATCHING])
def test_templates_get_no_warning_on_showcase_data(template: Template, slug: str, tmp_path: Path) -> None:
    graph = template_graph(template, slug)
    # Some of the twenty seeds, in turn; the slow test takes all.
    place = MATCHING.index((template, slug))
    seeds = range(5) if slug == template.showcase else [place % 20]
    resources = Frames(tmp_path, {})
    for seed in seeds:
        parsed = parse({**graph, "seed": seed})
        dry = dry_run(parsed, resources)
        assert serious(advise(parsed, dry)) == []
        assert dry.errors == {}


@pytest.mark.slow
@pytest.mark.parametrize(("template", "slug"), MATCHING, ids=[f"{template.slug}-{slug}" for template, slug in MATCHING])
def test_templates_get_no_warning_on_showcase_data_under_20_seeds(
    template: Template, slug: str, tmp_path: Path
) -> None:
    graph = template_graph(template, slug)
    for seed in range(20):
        parsed = parse({**graph, "seed": seed})
        assert serious(advise(parsed, dry_run(parsed, Frames(tmp_path, {})))) == []


@pytest.mark.parametrize(
    ("name", "says"),
    [
        *((name, True) for name in ("id", "ID", "customerId", "user_id", "order no", "index")),
        *((name, False) for name in ("paid", "humid", "casino", "monkey", "ideal", "Covid")),
    ],
)
def test_names_that_tell_of_an_id(name: str, says: bool) -> None:
    values = pd.Series(np.random.default_rng(0).permutation(10**6)[:200], name=name)
    assert is_id_like(values) == says


# Each piece of advice and its opposite


def codes(graph: dict[str, Any], frame: pd.DataFrame, folder: Path) -> set[str]:
    return {advice.code for advice in advice_on(graph, frame, folder)}


def test_a_fit_before_the_split_is_a_note_and_after_it_nothing(tmp_path: Path) -> None:
    before = advice_on(encoded(), customers(), tmp_path)
    assert [(advice.level, advice.node) for advice in told(before, "fit_before_split")] == [("note", "one_hot")]
    after = chain(TARGET, SPLIT, ("one_hot", {}), MODEL)
    assert "fit_before_split" not in codes(after, customers(), tmp_path)


def test_constant_columns_are_told_in_one_line(tmp_path: Path) -> None:
    found = told(advice_on(encoded(), customers().assign(a=1, b="x", c=2.5), tmp_path), "constant")
    assert len(found) == 1
    assert found[0].level == "note"
    assert "'a', 'b' and 'c' hold one value only" in found[0].message
    assert "constant" not in codes(encoded(), customers(), tmp_path)


def test_a_strong_honest_feature_is_a_note_and_a_telling_name_makes_it_a_warning(tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    leaving = customers()["churned"] == "yes"
    exact = np.where(leaving, 10, 0) + random.random(600)
    honest = told(advice_on(encoded(), customers().assign(petal=exact), tmp_path), "strong_feature")
    assert [(advice.level, advice.column) for advice in honest] == [("note", "petal")]
    telling = told(advice_on(encoded(), customers().assign(churn_date_days=exact), tmp_path), "strong_feature")
    assert [(advice.level, advice.column) for advice in telling] == [("warning", "churn_date_days")]
    weak = customers().assign(churn_score=leaving + random.normal(0, 1, 600))
    assert "strong_feature" not in codes(encoded(), weak, tmp_path)


def test_amounts_texts_of_many_words_and_small_tables_are_no_ids(tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    amounts = customers().assign(paid=random.integers(0, 10**9, 600), height=random.normal(170, 10, 600))
    assert "id_like" not in codes(encoded(), amounts, tmp_path)
    words = [" ".join(random.choice(list("abcdefghijk"), 9)) + str(place) for place in range(600)]
    assert "id_like" not in codes(encoded(), customers().assign(letter=words), tmp_path)
    small = customers(40).assign(place=np.arange(40))
    assert "id_like" not in codes(encoded(), small, tmp_path)


def test_few_combinations_are_no_duplicates(tmp_path: Path) -> None:
    frame = customers()[["plan", "calls", "churned"]]
    assert "duplicates" not in codes(encoded(), frame, tmp_path)


def test_a_rare_class_that_is_stratified_is_left_in_peace(tmp_path: Path) -> None:
    frame = customers().assign(churned=["a"] * 570 + ["b"] * 30)
    assert "unstratified" not in codes(encoded(), frame, tmp_path)


def test_classes_of_five_rows_are_enough(tmp_path: Path) -> None:
    frame = customers().assign(churned=["a"] * 585 + ["b"] * 15)
    assert "small_class" not in codes(encoded(), frame, tmp_path)


def test_evaluating_behind_a_split_and_cross_validating_without_one_are_fine(tmp_path: Path) -> None:
    graph = chain(TARGET, ("one_hot", {}), MODEL, ("cross_validate", {}))
    assert "no_split" not in codes(graph, customers(), tmp_path)
    assert "no_split" not in codes(encoded(), customers(), tmp_path)


def test_comparing_without_a_split_is_fine_because_it_makes_folds(tmp_path: Path) -> None:
    graph = chain(TARGET, ("one_hot", {}), MODEL)
    graph["nodes"] += [{"id": "other", "kind": "baseline_classifier"}, {"id": "compare", "kind": "compare"}]
    graph["edges"] += [edge("one_hot", "table", "other", "table"), edge("other", "model", "compare", "models")]
    graph["edges"].append(edge("logistic_regression", "model", "compare", "models"))
    assert codes(graph, customers(), tmp_path) == set()


def test_no_path_to_a_model_is_a_note(tmp_path: Path) -> None:
    found = told(advice_on(chain(TARGET, SPLIT), customers(), tmp_path), "no_model")
    assert [(advice.level, advice.node) for advice in found] == [("note", "split")]
    assert "no_model" not in codes(encoded(), customers(), tmp_path)


ERRORS: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "text into a scaler": (
        chain(TARGET, ("normalise", {"columns": ["plan"]}), SPLIT, MODEL),
        "normalise",
        "column_type",
        "plan",
    ),
    "text into a model": (chain(TARGET, SPLIT, MODEL), "logistic_regression", "not_numeric", "plan"),
    "gaps into a model": (
        chain(TARGET, ("select", {"mode": "drop", "columns": ["plan"]}), SPLIT, MODEL),
        "logistic_regression",
        "missing_values",
        "spend",
    ),
    "a column that upstream no longer gives": (
        chain(TARGET, ("select", {"mode": "drop", "columns": ["plan"]}), ("one_hot", {"columns": ["plan"]}), SPLIT),
        "one_hot",
        "missing_column",
        "plan",
    ),
    "a target that nobody chose": (
        chain(SOURCE, ("one_hot", {}), ("impute", {}), SPLIT, MODEL),
        "logistic_regression",
        "no_target",
        "",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_what_will_not_run_is_an_error_beforehand(name: str, tmp_path: Path) -> None:
    graph, node, code, column = ERRORS[name]
    frame = customers()
    frame.loc[frame.index[::50], "spend"] = np.nan
    errors = [advice for advice in advice_on(graph, frame, tmp_path) if advice.level == "error"]
    assert [(advice.node, advice.code, advice.column) for advice in errors] == [(node, code, column)]
    mended = chain(TARGET, ("one_hot", {}), ("impute", {}), SPLIT, MODEL)
    assert [advice for advice in advice_on(mended, frame, tmp_path) if advice.level == "error"] == []
