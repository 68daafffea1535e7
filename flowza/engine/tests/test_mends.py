"""Each mend of an advice, done by its operations, leads to a graph without that advice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from flowza.engine.advice import Advice, advise, open_inputs
from flowza.engine.dry_run import dry_run
from flowza.engine.edits import apply_all
from flowza.engine.graph import parse
from flowza.engine.tests.customers import MODEL, SPLIT, TARGET, customers, encoded
from flowza.engine.tests.graphs import DATA, Frames, chain, edge

Make = Callable[[], pd.DataFrame]


def with_gaps(share: float) -> Make:
    def make() -> pd.DataFrame:
        frame = customers()
        gone = np.random.default_rng(0).random(len(frame)) < share
        return frame.assign(spend=frame["spend"].mask(gone))

    return make


def in_time() -> pd.DataFrame:
    days = pd.Timestamp("2023-01-01") + pd.to_timedelta(np.random.default_rng(1).integers(0, 500, 600), unit="D")
    return customers().assign(day=days.astype("datetime64[us]"))


def with_towns() -> pd.DataFrame:
    towns = np.random.default_rng(2).integers(0, 80, 600)
    return customers().assign(town=pd.Series([f"town {town}" for town in towns], dtype="str"))


def twice() -> pd.DataFrame:
    return pd.concat([customers(), customers()], ignore_index=True)


def rare() -> pd.DataFrame:
    return customers().assign(churned=["a"] * 570 + ["b"] * 30)


def tiny() -> pd.DataFrame:
    return customers().assign(churned=["a"] * 400 + ["b"] * 197 + ["c"] * 3)


PARTS = ("date_parts", {"columns": ["day"]})
DROP = ("select", {"mode": "drop", "columns": ["calls"]})
CASES: dict[str, tuple[dict[str, Any], Make, str]] = {
    "an id": (encoded(), lambda: customers().assign(customer_id=range(600)), "id_like"),
    "an id beside a drop": (encoded(DROP), lambda: customers().assign(customer_id=range(600)), "id_like"),
    "an id that a step names": (
        encoded(("normalise", {"columns": ["customer_id", "spend"]})),
        lambda: customers().assign(customer_id=range(600)),
        "id_like",
    ),
    "constant columns": (encoded(), lambda: customers().assign(a=1, b="x"), "constant"),
    "the answer": (encoded(), lambda: customers().assign(left=lambda f: f["churned"]), "equals_target"),
    "no split": (chain(TARGET, ("one_hot", {}), MODEL, ("evaluate", {})), customers, "no_split"),
    "not stratified": (chain(TARGET, ("one_hot", {}), ("split", {"stratify": "no"}), MODEL), rare, "unstratified"),
    "duplicates": (encoded(), twice, "duplicates"),
    "tiny classes": (encoded(), tiny, "small_class"),
    "tiny classes of numbers": (
        encoded(),
        lambda: tiny().assign(churned=[1] * 400 + [2] * 197 + [3] * 3),
        "small_class",
    ),
    "rows lost": (encoded(("drop_nulls", {})), with_gaps(0.6), "rows_lost"),
    "rows lost that are filled later": (encoded(("drop_nulls", {}), ("impute", {})), with_gaps(0.6), "rows_lost"),
    "many levels": (encoded(), with_towns, "many_levels"),
    "very many columns": (chain(TARGET, ("one_hot", {"keep": 70}), SPLIT, MODEL), with_towns, "many_levels"),
    "many levels by name": (
        chain(TARGET, ("one_hot", {"columns": ["town"]}), ("one_hot", {}), SPLIT, MODEL),
        with_towns,
        "many_levels",
    ),
    "dates": (chain(TARGET, SPLIT, PARTS, ("one_hot", {}), MODEL), in_time, "time_order"),
    "dates that were taken apart": (encoded(PARTS), in_time, "time_order"),
    "text": (chain(TARGET, SPLIT, MODEL), customers, "not_numeric"),
    "dates in a model": (chain(TARGET, ("one_hot", {}), SPLIT, MODEL), in_time, "not_numeric"),
    "gaps": (encoded(), with_gaps(0.1), "missing_values"),
    "two splits": (chain(TARGET, ("one_hot", {}), SPLIT, SPLIT, MODEL), customers, "split_twice"),
    "the answer in a formula": (
        encoded(("formula", {"name": "gone", "expression": "if(churned == 'yes', 1, 0)"})),
        customers,
        "computed_from_target",
    ),
}


def advice_on(graph: dict[str, Any], resources: Frames) -> list[Advice]:
    parsed = parse(graph)
    return advise(parsed, dry_run(parsed, resources))


@pytest.mark.parametrize("name", CASES)
def test_each_mend_leads_to_a_graph_without_the_advice(name: str, tmp_path: Path) -> None:
    graph, make, code = CASES[name]
    resources = Frames(tmp_path, {DATA: make()})
    before = advice_on(graph, resources)
    told = [advice for advice in before if advice.code == code]
    assert told, before
    (advice,) = told[:1]
    assert advice.mends
    for mend in advice.mends:
        mended, inverses = apply_all(graph, list(mend.ops))
        after = advice_on(mended, resources)
        if mend.label != "Keep the 20 most frequent":
            assert (code, advice.column) not in [(one.code, one.column) for one in after], mend.label
        errors = {(one.code, one.column) for one in before if one.level == "error"}
        assert {(one.code, one.column) for one in after if one.level == "error"} <= errors, mend.label
        assert apply_all(mended, inverses)[0] == apply_all(graph, [])[0], mend.label


def test_an_id_goes_into_the_drop_that_is_there(tmp_path: Path) -> None:
    graph, make, _ = CASES["an id beside a drop"]
    found = advice_on(graph, Frames(tmp_path, {DATA: make()}))
    (mend,) = next(advice for advice in found if advice.code == "id_like").mends
    assert mend.label == "Drop 'customer_id'"
    assert mend.ops == (
        {"op": "set_params", "id": "select", "set": {"columns": ["calls", "customer_id"]}, "unset": []},
    )


def test_a_column_that_a_formula_needs_is_not_dropped_by_a_button(tmp_path: Path) -> None:
    graph = encoded(("formula", {"name": "half", "expression": "customer_id / 2"}))
    frame = customers().assign(customer_id=range(600))
    found = [advice for advice in advice_on(graph, Frames(tmp_path, {DATA: frame})) if advice.code == "id_like"]
    assert [(advice.column, advice.mends) for advice in found] == [("customer_id", ())]


def test_the_loss_of_rows_is_told_in_rows(tmp_path: Path) -> None:
    frame = with_gaps(0.6)()
    lost = int(frame["spend"].isna().sum())
    found = advice_on(encoded(("drop_nulls", {})), Frames(tmp_path, {DATA: frame}))
    (told,) = [advice for advice in found if advice.code == "rows_lost"]
    assert told.message == f"Drops {lost} of 600 rows. Fill them instead."
    assert [mend.label for mend in told.mends] == ["Fill them instead (Impute)"]


def test_a_few_lost_rows_and_empty_rows_are_no_news(tmp_path: Path) -> None:
    few = Frames(tmp_path, {DATA: with_gaps(0.03)()})
    assert "rows_lost" not in {advice.code for advice in advice_on(encoded(("drop_nulls", {})), few)}


def test_many_levels_offer_to_keep_20_ordinal_and_drop(tmp_path: Path) -> None:
    graph, make, _ = CASES["very many columns"]
    found = advice_on(graph, Frames(tmp_path, {DATA: make()}))
    (told,) = [advice for advice in found if advice.code == "many_levels"]
    assert told.message.startswith("'town' has 80 levels; 'One-hot' keeps the 70 most frequent")
    labels = [mend.label for mend in told.mends]
    assert labels == ["Keep the 20 most frequent", "Make numbers of 'town' (Ordinal)", "Drop 'town'"]


def test_birthdays_and_few_days_are_no_order_in_time(tmp_path: Path) -> None:
    frame = in_time().rename(columns={"day": "birthday"})
    graph = encoded(("date_parts", {"columns": ["birthday"]}))
    assert "time_order" not in {advice.code for advice in advice_on(graph, Frames(tmp_path, {DATA: frame}))}
    few = in_time().assign(day=lambda f: f["day"].dt.floor("D").where(f.index % 2 == 0, pd.Timestamp("2024-01-01")))
    few["day"] = pd.to_datetime(few["day"].dt.year.astype("str") + "-01-01").astype("datetime64[us]")
    assert "time_order" not in {advice.code for advice in advice_on(encoded(PARTS), Frames(tmp_path, {DATA: few}))}


def test_an_open_input_is_connected_where_one_step_alone_can_be_meant() -> None:
    graph = chain(TARGET, ("one_hot", {}), SPLIT, MODEL)
    graph["nodes"].append({"id": "look", "kind": "evaluate", "params": {}})
    (told,) = open_inputs(parse(graph, complete=False))
    (mend,) = told.mends
    assert mend.label == "Connect 'Logistic regression'"
    assert mend.ops == ({"op": "connect", **edge("logistic_regression", "model", "look", "model")},)
    graph["nodes"].append({"id": "other", "kind": "baseline_classifier", "params": {}})
    graph["edges"].append(edge("split", "table", "other", "table"))
    (told,) = open_inputs(parse(graph, complete=False))
    assert told.mends == ()


def test_a_new_step_lies_between_its_neighbours(tmp_path: Path) -> None:
    graph, make, _ = CASES["an id"]
    for number, node in enumerate(graph["nodes"]):
        node |= {"x": 240 * number, "y": 100}
    found = advice_on(graph, Frames(tmp_path, {DATA: make()}))
    (mend,) = next(advice for advice in found if advice.code == "id_like").mends
    assert (mend.ops[0]["op"], mend.ops[0]["x"], mend.ops[0]["y"]) == ("add_node", 120, 190)
