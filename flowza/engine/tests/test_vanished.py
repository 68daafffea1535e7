"""Columns that are gone: each step that names one says so, and a click puts it right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from flowza.engine.advice import Advice, advise
from flowza.engine.column_names import formula_with, named_columns, renamed, without_column
from flowza.engine.dry_run import dry_run
from flowza.engine.edits import apply
from flowza.engine.graph import parse
from flowza.engine.nodes.columns.formula import FormulaParams
from flowza.engine.nodes.rows.filter import FilterParams
from flowza.engine.tests.graphs import Frames, chain
from flowza.engine.vanished import KnownColumns, vanished

FIT: list[tuple[str, dict[str, Any]]] = [("split", {}), ("logistic_regression", {})]
BEFORE = {"data": {"age": "number", "town": "text", "paid": "text"}}


def people(**names: str) -> pd.DataFrame:
    """Twelve people; names: column -> what it is called now."""
    frame = pd.DataFrame({"age": range(20, 32), "town": ["Bonn", "Köln"] * 6, "paid": ["yes", "no", "no"] * 4})
    return frame.rename(columns=names)


def source(target: str = "paid") -> tuple[str, dict[str, Any]]:
    return ("csv", {"dataset": "data", **({"target": target} if target else {})})


def graph_of(*steps: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    raw = chain(*steps)
    raw["nodes"][0]["id"] = "data"
    for wire in raw["edges"]:
        wire["from"] = "data" if wire["from"] == "csv" else wire["from"]
    return raw


def found_in(raw: dict[str, Any], frame: pd.DataFrame, folder: Path, known: bool = True) -> list[Advice]:
    graph = parse(raw)
    sources = {"data": {str(name): "text" if frame[name].dtype == "str" else "integer" for name in frame.columns}}
    dry = dry_run(graph, Frames(folder, {"data": frame}))
    return vanished(graph, dry, KnownColumns(sources, BEFORE if known else {}))


def applied(raw: dict[str, Any], ops: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    """The graph after the operations."""
    for op in ops:
        raw, _ = apply(raw, op)
    return raw


def labels(advice: Advice) -> list[str]:
    return [mend.label for mend in advice.mends]


def test_a_graph_that_finds_all_its_columns_gets_no_advice(tmp_path: Path) -> None:
    raw = graph_of(source(), ("impute", {"columns": ["age"]}), ("one_hot", {"columns": ["town"]}), *FIT)
    assert found_in(raw, people(), tmp_path) == []


def test_a_column_that_is_gone_is_told_at_each_step_that_names_it_and_mapped_in_all(tmp_path: Path) -> None:
    raw = graph_of(source(), ("impute", {"columns": ["age"]}), ("normalise", {"columns": ["age"]}), *FIT)
    frame = people(age="age_years")
    told = found_in(raw, frame, tmp_path)
    assert [(one.node, one.column, one.level, one.code) for one in told] == [
        ("impute", "age", "error", "missing_column"),
        ("normalise", "age", "error", "missing_column"),
    ]
    assert told[0].message == "The column 'age' is gone from the data."
    assert labels(told[0]) == ["Map to 'age_years'", "Rename 'age_years' to 'age' behind the data"]
    mended = applied(raw, told[0].mends[0].ops)
    assert [node["params"].get("columns") for node in mended["nodes"]][1:3] == [["age_years"], ["age_years"]]
    assert found_in(mended, frame, tmp_path) == []


def test_the_old_name_is_given_back_right_behind_the_source(tmp_path: Path) -> None:
    raw = graph_of(source(), ("impute", {"columns": ["age"]}), ("normalise", {"columns": ["age"]}), *FIT)
    frame = people(age="age_years")
    mended = applied(raw, found_in(raw, frame, tmp_path)[0].mends[1].ops)
    assert {node["id"]: node["params"] for node in mended["nodes"]}["impute"] == {"columns": ["age"]}
    assert found_in(mended, frame, tmp_path) == []
    graph = parse(mended)
    assert graph.order[:3] == ("data", "rename", "impute")


def test_a_target_that_is_gone_is_told_at_its_source_and_mapped(tmp_path: Path) -> None:
    raw = graph_of(source(), ("one_hot", {"columns": ["town"]}), *FIT)
    frame = people(paid="Paid?")
    (told,) = found_in(raw, frame, tmp_path)
    assert (told.node, told.column, labels(told)) == ("data", "paid", ["Map to 'Paid?'"])
    mended = applied(raw, told.mends[0].ops)
    assert mended["nodes"][0]["params"]["target"] == "Paid?"
    assert found_in(mended, frame, tmp_path) == []


def test_a_target_that_a_later_step_names_too_is_mapped_in_both(tmp_path: Path) -> None:
    raw = graph_of(source(), ("select", {"columns": ["age", "paid"]}), *FIT)
    frame = people(paid="has_paid")
    told = found_in(raw, frame, tmp_path)
    assert [one.node for one in told] == ["data", "select"]
    assert found_in(applied(raw, told[0].mends[0].ops), frame, tmp_path) == []
    assert found_in(applied(raw, told[1].mends[1].ops), frame, tmp_path) == []


def test_the_only_new_column_of_the_type_is_the_guess_when_no_name_is_similar(tmp_path: Path) -> None:
    raw = graph_of(source(""), ("impute", {"columns": ["age"]}))
    frame = people(age="Lebensjahre")
    assert labels(found_in(raw, frame, tmp_path)[0])[0] == "Map to 'Lebensjahre'"
    (told,) = found_in(raw, frame, tmp_path, known=False)
    assert told.mends == ()
    assert told.message == "The column 'age' is not in the table that comes in."
    assert told.mend == "Choose another column here."


def test_a_similar_column_of_the_same_type_comes_first(tmp_path: Path) -> None:
    raw = graph_of(source(""), ("impute", {"columns": ["age"]}))
    frame = people(age="age_2", town="age_x")
    assert labels(found_in(raw, frame, tmp_path)[0])[:2] == ["Map to 'age_2'", "Map to 'age_x'"]


def test_a_list_may_go_on_without_the_column_but_not_become_empty(tmp_path: Path) -> None:
    frame = people().drop(columns="town")
    (told,) = found_in(graph_of(source(""), ("select", {"columns": ["age", "town"]})), frame, tmp_path)
    assert labels(told) == ["Leave 'town' out here"]
    raw = applied(graph_of(source(""), ("select", {"columns": ["age", "town"]})), told.mends[0].ops)
    assert raw["nodes"][1]["params"]["columns"] == ["age"]
    (told,) = found_in(graph_of(source(""), ("select", {"columns": ["town"]})), frame, tmp_path)
    assert told.mends == ()


def test_columns_in_conditions_formulas_and_new_names_are_found_and_mapped(tmp_path: Path) -> None:
    raw = graph_of(
        source(""),
        ("filter", {"conditions": [{"column": "age", "operator": ">", "value": "1"}]}),
        ("formula", {"name": "double", "expression": "age * 2 + round(age)"}),
        ("rename", {"names": [{"column": "age", "name": "years"}]}),
        ("normalise", {"columns": ["years"]}),
    )
    frame = people(age="age in years")
    told = found_in(raw, frame, tmp_path)
    assert [one.node for one in told] == ["filter", "formula", "rename"]
    mended = applied(raw, told[0].mends[0].ops)
    params = {node["id"]: node["params"] for node in mended["nodes"]}
    assert params["filter"]["conditions"][0]["column"] == "age in years"
    assert params["formula"]["expression"] == "[age in years] * 2 + round([age in years])"
    assert params["rename"]["names"] == [{"column": "age in years", "name": "years"}]
    assert found_in(mended, frame, tmp_path) == []


def test_a_column_that_a_step_before_makes_is_not_missed(tmp_path: Path) -> None:
    raw = graph_of(
        source(""),
        ("impute", {"columns": ["height"]}),
        ("formula", {"name": "height", "expression": "age * 2"}),
        ("normalise", {"columns": ["height"]}),
    )
    assert [(one.node, one.column) for one in found_in(raw, people(), tmp_path)] == [("impute", "height")]


def test_settings_that_do_not_matter_are_not_looked_at() -> None:
    params = FilterParams.model_validate({"conditions": [{"column": "a"}, {"column": "b"}]})
    assert [named.column for named in named_columns(params)] == ["a", "b"]
    assert list(named_columns(FormulaParams.model_validate({"name": "x", "expression": ""}))) == []


@pytest.mark.parametrize(
    ("text", "mapped"),
    [
        ("a + b", "[new name] + b"),
        ("upper(a) == 'a'", "upper([new name]) == 'a'"),
        ("[a] in (1, 2)", "[new name] in (1, 2)"),
        ("aa + a", "aa + [new name]"),
        ("b", "b"),
    ],
)
def test_a_formula_is_mapped_by_its_columns_alone(text: str, mapped: str) -> None:
    assert formula_with(text, {"a": "new name"}) == mapped


@pytest.mark.parametrize(("name", "text"), [("b", "b"), ("if", "[if]"), ("x]y", "[x]]y]"), ("ä", "ä")])
def test_a_column_is_written_so_that_the_formula_reads_it(name: str, text: str) -> None:
    assert formula_with("a", {"a": name}) == text


def test_nothing_changes_where_the_column_is_not_named() -> None:
    params = FormulaParams.model_validate({"name": "x", "expression": "a + 1"})
    assert renamed(params, {"b": "c"}) == {}
    assert without_column(params, "a") == {}


def test_advice_tells_a_missing_column_once_and_no_error_that_follows_from_it(tmp_path: Path) -> None:
    raw = graph_of(source(), ("impute", {"columns": ["age"]}), ("normalise", {"columns": ["age"]}), *FIT)
    graph = parse(raw)
    dry = dry_run(graph, Frames(tmp_path, {"data": people(age="age_years", paid="has_paid")}))
    told = [one for one in advise(graph, dry) if one.level == "error"]
    assert [(one.node, one.column) for one in told] == [("data", "paid")]
    now = KnownColumns({"data": {"age_years": "integer", "town": "text", "has_paid": "text"}}, BEFORE)
    told = [one for one in advise(graph, dry, now) if one.level == "error"]
    assert [(one.node, one.column) for one in told] == [("data", "paid"), ("impute", "age"), ("normalise", "age")]
    assert all(one.mends for one in told)
