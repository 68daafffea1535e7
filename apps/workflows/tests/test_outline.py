"""Actions of the outline: what each makes of a graph, and the sentences when it cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.workflows.drawing import depths
from apps.workflows.outline import plan
from apps.workflows.palette import palette_groups
from apps.workflows.tests.graphs import edge, titanic
from flowza.engine.catalogue import catalogue
from flowza.engine.edits import EditError, apply_all, normal_form, replay
from flowza.engine.graph import parse
from flowza.engine.graph_shape import MAX_NODES
from flowza.engine.templates import TEMPLATES

Graph = dict[str, Any]


def after(graph: Graph, **action: Any) -> Graph:
    return apply_all(graph, plan(graph, action))[0]


def wires(graph: Graph) -> list[str]:
    return [f"{wire['from']} > {wire['to']}" for wire in graph["edges"]]


def refusal(graph: Graph, **action: Any) -> str:
    with pytest.raises(EditError) as caught:
        plan(graph, action)
    return caught.value.reason


def item(graph: Graph, step: str) -> dict[str, Any]:
    return next(one for one in graph["nodes"] if one["id"] == step)


def comparison() -> Graph:
    """Data -> fill -> encode -> split -> scale -> three models -> their comparison."""
    return TEMPLATES["model-comparison"].graph()


# Add


def test_a_step_is_put_into_the_wire_behind_another() -> None:
    graph = after(titanic(), do="add", kind="impute", after="data")
    assert wires(graph) == ["impute > encode", "encode > split", "split > model", "model > evaluate", "data > impute"]


def test_a_step_before_a_fork_feeds_all_branches() -> None:
    graph = after(comparison(), do="add", kind="select_features", after="scale")
    fed = [wire for wire in wires(graph) if wire.startswith("select_features")]
    assert fed == ["select_features > logistic", "select_features > forest", "select_features > boosted"]


def test_a_step_that_passes_nothing_on_becomes_a_branch() -> None:
    graph = after(comparison(), do="add", kind="random_forest_classifier", after="scale")
    assert "scale > random_forest_classifier" in wires(graph)
    assert len(wires(graph)) == len(wires(comparison())) + 1


def test_a_step_of_two_inputs_is_connected_where_it_fits_and_takes_nothing_over() -> None:
    graph = after(titanic(), do="add", kind="predict", after="split")
    assert [wire for wire in graph["edges"] if wire["to"] == "predict"] == [edge("split", "predict")]
    assert "split > model" in wires(graph)


def test_sources_and_first_steps_stand_by_themselves() -> None:
    empty: Graph = {"nodes": [], "edges": []}
    assert after(empty, do="add", kind="csv", after="")["nodes"][0]["id"] == "csv"
    graph = after(titanic(), do="add", kind="csv", after="split")
    assert wires(graph) == wires(titanic())
    assert item(graph, "csv")["y"] > max(one.get("y", 0) for one in titanic()["nodes"])


def test_a_kind_that_does_not_fit_is_refused_with_both_types() -> None:
    reason = refusal(titanic(), do="add", kind="evaluate", after="split")
    assert reason == "'Evaluate' takes a model, 'Train/test split' gives a dataset."
    assert "no kind of step" in refusal(titanic(), do="add", kind="nothing", after="split")
    assert "There is no step 'gone'" in refusal(titanic(), do="add", kind="impute", after="gone")


def test_ids_are_numbered_when_they_are_taken() -> None:
    graph = after(after(titanic(), do="add", kind="impute", after="data"), do="add", kind="impute", after="data")
    assert [one["id"] for one in graph["nodes"]][-2:] == ["impute", "impute_2"]


def test_cards_make_room_and_do_not_lie_on_each_other() -> None:
    graph = comparison()
    for after_step, kind in (("data", "filter"), ("split", "sample"), ("scale", "kmeans"), ("scale", "kmeans")):
        graph = after(graph, do="add", kind=kind, after=after_step)
    places = [(one["x"], one["y"]) for one in graph["nodes"]]
    for number, (x, y) in enumerate(places):
        assert not any(abs(x - left) < 200 and abs(y - top) < 100 for left, top in places[:number])
    by_id = {one["id"]: one["x"] for one in graph["nodes"]}
    assert all(by_id[wire["from"]] < by_id[wire["to"]] for wire in graph["edges"])


# Delete, duplicate


def test_deleting_a_step_of_a_chain_keeps_the_wire() -> None:
    assert wires(after(titanic(), do="delete", step="encode")) == ["data > split", "split > model", "model > evaluate"]
    graph = after(comparison(), do="delete", step="scale")
    assert wires(graph)[-6:] == [*(f"split > {name}" for name in ("logistic", "forest", "boosted")), *wires(graph)[-3:]]


def test_deleting_a_step_that_changes_the_type_ends_the_wire() -> None:
    assert wires(after(titanic(), do="delete", step="model")) == ["data > encode", "encode > split"]
    assert wires(after(titanic(), do="delete", step="data")) == wires(titanic())[1:]


def test_deleting_one_of_several_models_keeps_the_order_of_the_others() -> None:
    graph = after(comparison(), do="delete", step="forest")
    assert [wire for wire in wires(graph) if wire.endswith("compare")] == ["logistic > compare", "boosted > compare"]


def test_the_copy_of_a_step_in_a_chain_follows_it() -> None:
    graph = titanic()
    graph["nodes"][1] |= {"params": {"keep": 7}, "label": "Encode"}
    graph = after(graph, do="duplicate", step="encode")
    assert wires(graph)[0] == "data > encode"
    assert {"encode > one_hot", "one_hot > split"} <= set(wires(graph))
    copy = item(graph, "one_hot")
    assert (copy["kind"], copy["params"], copy["label"]) == ("one_hot", {"keep": 7}, "Encode (copy)")


def test_the_copy_of_a_model_reads_the_same_and_joins_the_comparison() -> None:
    graph = after(comparison(), do="duplicate", step="forest")
    new = "random_forest_classifier"
    assert [wire for wire in wires(graph) if new in wire] == [f"scale > {new}", f"{new} > compare"]
    graph = after(titanic(), do="duplicate", step="model")
    assert [wire for wire in wires(graph) if "logistic_regression" in wire] == ["split > logistic_regression"]


# Move


def test_moving_changes_places_with_the_neighbour() -> None:
    up = after(titanic(), do="move", step="split", by=-1)
    assert sorted(wires(up)) == ["data > split", "encode > model", "model > evaluate", "split > encode"]
    assert parse(up).order == parse(after(titanic(), do="move", step="encode", by=1)).order
    assert sorted(wires(after(up, do="move", step="split", by=1))) == sorted(wires(titanic()))


def test_moving_before_a_fork_keeps_all_branches() -> None:
    graph = after(comparison(), do="move", step="scale", by=-1)
    assert {"encode > scale", "scale > split", "split > logistic", "split > boosted"} <= set(wires(graph))
    parse(graph)


def test_moves_that_cannot_be_say_why() -> None:
    graph = comparison()
    assert refusal(titanic(), do="move", step="split", by=1) == (
        "'Logistic regression' takes a dataset and gives a model, so it cannot change places with 'Train/test split'."
    )
    assert "brings rows in" in refusal(titanic(), do="move", step="encode", by=-1)
    assert "feeds 3 steps" in refusal(graph, do="move", step="scale", by=1)
    assert "takes a dataset and gives a model" in refusal(graph, do="move", step="forest", by=1)
    branched = after(titanic(), do="add", kind="kmeans", after="encode")
    assert "'One-hot' feeds 'k-means' too" in refusal(branched, do="move", step="split", by=-1)
    loose = after(titanic(), do="add", kind="impute", after="")
    assert "reads from no step" in refusal(loose, do="move", step="impute", by=-1)
    assert "No step reads from" in refusal(loose, do="move", step="impute", by=1)
    assert "by one" in refusal(titanic(), do="move", step="split", by=2)


# Rewire, rename, tidy


def test_an_input_is_rewired_cut_and_left_as_it_is() -> None:
    graph = after(titanic(), do="rewire", step="model", port="table", source="encode")
    assert wires(graph)[2] == "encode > model"
    assert wires(after(graph, do="rewire", step="model", port="table", source="")) == [
        "data > encode",
        "encode > split",
        "model > evaluate",
    ]
    assert plan(titanic(), {"do": "rewire", "step": "model", "port": "table", "source": "split"}) == []


def test_an_input_of_many_replaces_one_wire_in_its_place_or_takes_one_more() -> None:
    graph = after(comparison(), do="add", kind="kmeans", after="scale")
    swapped = after(graph, do="rewire", step="compare", port="models", source="kmeans", was="forest", was_port="model")
    assert [wire for wire in wires(swapped) if wire.endswith("compare")] == [
        "logistic > compare",
        "kmeans > compare",
        "boosted > compare",
    ]
    more = after(graph, do="rewire", step="compare", port="models", source="kmeans")
    assert wires(more)[-1] == "kmeans > compare"
    again = {"do": "rewire", "step": "compare", "port": "models", "source": "forest"}
    assert "is connected to" in refusal(graph, **again)
    assert "any more" in refusal(graph, **again, was="kmeans")


def test_a_rewire_that_cannot_be_says_why() -> None:
    cut = after(titanic(), do="rewire", step="encode", port="table", source="")
    circle = refusal(cut, do="rewire", step="encode", port="table", source="split")
    assert circle == "'Train/test split' comes after 'One-hot', so it cannot feed it: the steps would form a circle."
    wrong = refusal(titanic(), do="rewire", step="evaluate", port="model", source="split")
    assert wrong == "'Evaluate' takes a model, 'Train/test split' gives a dataset."
    assert "has no input 'x'" in refusal(titanic(), do="rewire", step="split", port="x", source="data")


def test_a_name_is_set_and_taken_away() -> None:
    graph = after(titanic(), do="rename", step="model", label=" Small ")
    assert item(graph, "model")["label"] == "Small"
    assert "label" not in item(after(graph, do="rename", step="model", label=""), "model")


def test_tidying_puts_each_step_right_of_those_it_reads() -> None:
    graph = comparison()
    for place, one in enumerate(graph["nodes"]):
        one |= {"x": 0, "y": place}
    tidy = after(graph, do="tidy")
    depth = depths([one["id"] for one in tidy["nodes"]], [(wire["from"], wire["to"]) for wire in tidy["edges"]])
    assert sorted({one["x"] for one in tidy["nodes"]}) == [
        80 + 240 * column for column in range(max(depth.values()) + 1)
    ]
    assert plan(tidy, {"do": "tidy"}) == []


@pytest.mark.parametrize(
    "action", [{}, {"do": "explode"}, {"do": ["add"]}, {"do": "delete"}, {"do": "delete", "step": 5}]
)
def test_what_is_no_action_is_refused(action: dict[str, Any]) -> None:
    assert refusal(titanic(), **action).endswith(".")


# What can be chosen


def test_every_kind_is_offered_and_the_reason_is_that_of_the_plan() -> None:
    for step in ("split", "model", "evaluate"):
        offered = [offer for _, offers in palette_groups(titanic(), step) for offer in offers]
        assert [offer.kind for offer in offered] == list(catalogue())
        assert {bool(offer.refusal) for offer in offered} == {True, False}
        for offer in offered:
            if offer.refusal:
                assert refusal(titanic(), do="add", kind=offer.kind, after=step) == offer.refusal
            else:
                assert after(titanic(), do="add", kind=offer.kind, after=step)


# Whatever is done


def actions(graph: Graph) -> Iterator[dict[str, Any]]:
    for one in graph["nodes"]:
        step = one["id"]
        yield from ({"do": "add", "kind": kind, "after": step} for kind in ("filter", "kmeans", "evaluate", "predict"))
        yield from ({"do": do, "step": step} for do in ("delete", "duplicate"))
        yield from ({"do": "move", "step": step, "by": by} for by in (-1, 1))


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_any_series_of_actions_gives_valid_graphs_and_can_be_taken_back(data: st.DataObject) -> None:
    graph = data.draw(st.sampled_from([titanic(), comparison()]))
    for _ in range(8):
        action = data.draw(st.sampled_from([*actions(graph), {"do": "tidy"}]))
        try:
            ops = plan(graph, action)
        except EditError as error:
            assert error.reason.endswith(".")
            continue
        result, inverses = apply_all(graph, ops)
        parse(result, complete=False)
        assert normal_form(replay(result, inverses)) == normal_form(graph)
        graph = result


def test_a_step_put_into_the_largest_workflow_shifts_all_that_follow() -> None:
    nodes: list[dict[str, Any]] = [{"id": f"n{place}", "kind": "impute"} for place in range(MAX_NODES - 1)]
    graph = {"nodes": nodes, "edges": [edge(f"n{place}", f"n{place + 1}") for place in range(MAX_NODES - 2)]}
    ops = plan(graph, {"do": "add", "kind": "filter", "after": "n0"})
    assert sum(op["op"] == "move" for op in ops) == MAX_NODES - 2
    assert "at most 500 steps" in refusal(apply_all(graph, ops)[0], do="add", kind="filter", after="n0")
