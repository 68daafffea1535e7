"""Operations on graphs: done and taken back exactly, refused in words, brought to a newer graph."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowza.engine.edit_checks import FIELDS
from flowza.engine.edit_words import words_for
from flowza.engine.edits import (
    HANDLERS,
    EditError,
    apply,
    apply_all,
    difference,
    normal_form,
    replay,
    targets,
)
from flowza.engine.graph import parse
from flowza.engine.graph_shape import MAX_NODES
from flowza.engine.rebase import rebase
from flowza.engine.templates import TEMPLATES
from flowza.engine.tests.random_edits import random_op

SHARE = {"op": "set_params", "id": "split", "set": {"test_share": 0.3}}


def graph() -> dict[str, Any]:
    """Data, gaps filled, split, model, evaluation: no places, and parameters left out."""
    kinds = {"data": "showcase", "fill": "impute", "split": "split", "model": "logistic_regression"}
    nodes: list[dict[str, Any]] = [{"id": id, "kind": kind} for id, kind in kinds.items()]
    nodes[0]["params"] = {"name": "titanic"}
    nodes += [{"id": "evaluate", "kind": "evaluate", "label": "How good"}]
    wires = [wire("data", "fill"), wire("fill", "split"), wire("split", "model"), wire("model", "evaluate", "model")]
    return {"format": 1, "seed": 0, "nodes": nodes, "edges": wires}


def wire(source: str, target: str, port: str = "table") -> dict[str, str]:
    return {"from": source, "from_port": port, "to": target, "to_port": port}


def text_of(graph: dict[str, Any]) -> str:
    return json.dumps(normal_form(graph), sort_keys=True)


def refusal(op: Any, of: dict[str, Any] | None = None) -> str:
    with pytest.raises(EditError) as caught:
        apply(graph() if of is None else of, op)
    return caught.value.reason


def with_models() -> dict[str, Any]:
    result: dict[str, Any] = TEMPLATES["model-comparison"].graph()
    return result


# Every operation and its inverse


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_walk_is_valid_at_each_step_and_is_taken_back_exactly(seed: int) -> None:
    random, now = Random(seed), graph()
    first, history = copy.deepcopy(now), []
    for _ in range(25):
        before = copy.deepcopy(now)
        after, inverses = apply(now, random_op(random, now, "n"))
        assert now == before, "the graph that was given stays as it was"
        parse(after, complete=False)
        assert text_of(replay(after, inverses)) == text_of(before)
        history.append(inverses)
        now = after
    for inverses in reversed(history):
        now, _ = apply_all(now, inverses)
    assert text_of(now) == text_of(first)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_the_difference_of_two_graphs_makes_the_one_of_the_other(seed: int) -> None:
    random = Random(seed)
    one = other = random.choice([graph, with_models])()
    for _ in range(random.randrange(12)):
        one, _ = apply(one, random_op(random, one, "a"))
    for _ in range(random.randrange(12)):
        other, _ = apply(other, random_op(random, other, random.choice("ab")))
    random.shuffle(other["edges"])
    result, inverses = apply_all(one, difference(one, other))
    assert text_of(result) == text_of(other)
    assert text_of(replay(result, inverses)) == text_of(one)


def test_graphs_that_look_the_same_differ_by_nothing() -> None:
    said = {**graph(), "notes": [], "name": ""}
    for node in said["nodes"]:
        node.update({"params": {}, "x": 0, "y": 0, "note": ""} | node)
    assert difference(graph(), said) == []
    assert text_of(said) == text_of(graph())


def test_a_step_that_becomes_another_kind_keeps_id_and_connections() -> None:
    new = graph()
    new["nodes"][1] = {"id": "fill", "kind": "normalise"}
    ops = difference(graph(), new)
    assert [op["op"] for op in ops][:2] == ["delete_node", "add_node"]
    assert text_of(apply_all(graph(), ops)[0]) == text_of(new)


def test_numbers_are_not_truth_values() -> None:
    new = graph() | {"seed": 1}
    new["nodes"][2]["params"] = {"test_share": 1.0}
    again = copy.deepcopy(new)
    again["nodes"][2]["params"] = {"test_share": 1}
    assert difference(new, again) == [{"op": "set_params", "id": "split", "set": {"test_share": 1}, "unset": []}]


def test_every_operation_has_fields_a_handler_and_targets() -> None:
    assert set(FIELDS) == set(HANDLERS)
    examples: list[dict[str, Any]] = [
        SHARE,
        {"op": "move", "id": "a", "x": 1, "y": 2},
        {"op": "connect", **wire("a", "b")},
    ]
    found = [("param", "split", "test_share"), ("place", "a"), ("edge", "a", "table", "b", "table")]
    assert [targets(op)[0] for op in examples] == found


def test_what_is_deleted_comes_back_in_its_place() -> None:
    before = with_models()
    after, inverses = apply(before, {"op": "delete_node", "id": "forest"})
    assert [op["op"] for op in inverses] == ["add_node", "connect", "connect"]
    assert replay(after, inverses) == before
    models = [edge["from"] for edge in before["edges"] if edge["to"] == "compare"]
    assert models == ["logistic", "forest", "boosted"]


def test_a_batch_is_done_whole_or_not_at_all() -> None:
    with pytest.raises(EditError) as caught:
        apply_all(graph(), [SHARE, SHARE, {"op": "delete_node", "id": "nothing"}])
    assert caught.value.index == 2


# Refusals


def test_connections_are_refused_with_the_reason() -> None:
    loose, _ = apply_all(graph(), [{"op": "disconnect", **wire("split", "model")}])
    model = {"op": "connect", "from": "split", "from_port": "table", "to": "evaluate", "to_port": "model"}
    assert refusal(model) == "'How good' takes a model, 'Train/test split' gives a dataset."
    second = {"op": "connect", **wire("fill", "model")}
    assert refusal(second).startswith("'Logistic regression' has its dataset from 'Train/test split' already.")
    assert refusal({"op": "connect", **wire("split", "fill")}).startswith("'Impute' has its dataset")
    circle = {"op": "connect", **wire("split", "fill")}
    opened, _ = apply_all(graph(), [{"op": "disconnect", **wire("data", "fill")}])
    words = "'Train/test split' comes after 'Impute', so it cannot feed it: the steps would form a circle."
    assert refusal(circle, opened) == words
    assert refusal({"op": "connect", **wire("fill", "fill")}) == "'Impute' cannot be connected to itself."
    assert refusal({"op": "connect", **wire("split", "model")}).endswith(
        "is connected to 'Logistic regression' already."
    )
    assert "has no input 'nothing'" in refusal({"op": "connect", **wire("split", "model"), "to_port": "nothing"}, loose)
    assert "There is no step 'z'" in refusal({"op": "connect", **wire("split", "z")})
    assert refusal({"op": "disconnect", **wire("data", "split")}).startswith("'Showcase dataset' is not connected to")


@pytest.mark.parametrize(
    ("op", "words"),
    [
        (None, "must be an object"),
        ({}, "There is no operation"),
        ({"op": "renam"}, "Did you mean 'rename'?"),
        ({"op": "rename", "id": "split"}, "needs 'label'"),
        ({"op": "rename", "id": "split", "label": 5}, "'label' must be a text"),
        ({"op": "rename", "id": "split", "label": "x" * 2001}, "at most 2000 characters"),
        ({"op": "rename", "id": "split", "label": "x", "to": "y"}, "has no field 'to'"),
        ({"op": "rename", "id": "split", "label": "\x00"}, "NUL"),
        ({"op": "rename", "id": "gone", "label": ""}, "There is no step 'gone'. It may have been deleted."),
        ({"op": "delete_node", "id": ["a"]}, "'id' must be a text"),
        ({"op": "add_node", "id": "split", "kind": "split"}, "There is a step 'split' already."),
        ({"op": "add_node", "id": "a b", "kind": "split"}, "needs a valid id"),
        ({"op": "add_node", "id": "__proto__", "kind": "split"}, "needs a valid id"),
        ({"op": "add_node", "id": "new", "kind": "splt"}, "Did you mean 'split'?"),
        ({"op": "add_node", "id": "new", "kind": "split", "x": True}, "'x' must be a number"),
        ({"op": "add_node", "id": "new", "kind": "split", "at": -1}, "'at' must be a whole number"),
        ({"op": "add_node", "id": "new", "kind": "split", "params": {"test_share": 7}}, "'Test share'"),
        ({"op": "move", "id": "split", "x": "1", "y": 2}, "'x' must be a number"),
        ({"op": "move", "id": "split", "x": float("inf"), "y": 2}, "NaN or infinite"),
        ({**SHARE, "set": {"test_share": "much"}}, "'Test share'"),
        ({**SHARE, "set": {"colour": "red"}}, "There is no parameter 'colour'"),
        ({**SHARE, "set": {}, "unset": ["colour"]}, "There is no parameter 'colour'"),
        ({**SHARE, "unset": ["test_share"]}, "cannot be set and unset at once"),
        ({**SHARE, "set": [1]}, "'set' must be an object"),
        ({**SHARE, "unset": "test_share"}, "'unset' must be a list"),
        ({"op": "set_graph", "set": {"seed": -1}}, "The seed must be a whole number"),
        ({"op": "set_graph", "set": {"nodes": []}}, "has no setting 'nodes'"),
        ({"op": "order", "nodes": [1]}, "must list ids"),
        ({"op": "add_note", "id": "n", "text": 5}, "'text' must be a text"),
        ({"op": "edit_note", "id": "n", "set": {}}, "There is no note 'n'"),
    ],
)
def test_an_operation_that_cannot_be_is_refused_with_a_sentence(op: Any, words: str) -> None:
    reason = refusal(op)
    assert words in reason
    assert reason.endswith((".", "?"))


def test_deep_nesting_too_many_steps_and_too_much_text_are_refused() -> None:
    deep: Any = 1
    for _ in range(50_000):
        deep = [deep]
    assert "nested" in refusal({**SHARE, "set": {"test_share": deep}})
    full = {**graph(), "nodes": [{"id": f"n{place}", "kind": "impute"} for place in range(MAX_NODES)], "edges": []}
    assert "at most 500 steps" in refusal({"op": "add_node", "id": "more", "kind": "impute"}, full)
    notes = [{"op": "add_note", "id": f"n{place}", "text": "x" * 9_999} for place in range(101)]
    with pytest.raises(EditError, match="larger than 1 MB"):
        apply_all(graph(), notes)


# On a newer graph


def after(*ops: dict[str, Any]) -> dict[str, Any]:
    return apply_all(graph(), list(ops))[0]


def clashes(theirs: list[dict[str, Any]], mine: list[dict[str, Any]]) -> list[str]:
    return [clash.reason for clash in rebase(graph(), after(*theirs), mine)[1]]


RENAME = {"op": "rename", "id": "fill", "label": "Fill gaps"}
DELETE = {"op": "delete_node", "id": "fill"}


def test_disjoint_targets_merge() -> None:
    others: list[dict[str, Any]] = [
        SHARE,
        {"op": "rename", "id": "split", "label": "S"},
        {"op": "move", "id": "fill", "x": 1, "y": 1},
    ]
    seed = {"op": "set_params", "id": "split", "set": {"stratify": False}}
    mine: list[dict[str, Any]] = [RENAME, seed, {"op": "move", "id": "fill", "x": 2, "y": 2}]
    kept, found = rebase(graph(), after(*others), mine)
    assert ([op for _, op in kept], found) == (mine, [])


def test_the_same_field_with_another_value_clashes_and_with_the_same_does_not() -> None:
    assert clashes([SHARE], [{**SHARE, "set": {"test_share": 0.4}}]) == [
        "'Test share' of 'Train/test split' was changed meanwhile."
    ]
    assert clashes([SHARE], [SHARE]) == []
    assert clashes([RENAME], [{**RENAME, "label": "Other"}]) == ["The name of 'Impute' was changed meanwhile."]


def test_what_was_changed_and_changed_back_does_not_clash() -> None:
    back = {**SHARE, "set": {}, "unset": ["test_share"]}
    assert clashes([SHARE, back], [{**SHARE, "set": {"test_share": 0.4}}]) == []


def test_a_deleted_step_clashes_with_its_change_and_a_changed_one_with_its_deletion() -> None:
    assert clashes([DELETE], [RENAME]) == ["'Impute' was deleted meanwhile."]
    assert clashes([RENAME], [DELETE]) == ["'Impute' was changed meanwhile, so it was not deleted."]
    assert clashes([DELETE], [{"op": "move", "id": "fill", "x": 1, "y": 1}]) == ["'Impute' was deleted meanwhile."]
    assert clashes([{"op": "move", "id": "fill", "x": 1, "y": 1}], [DELETE]) == []


def test_what_others_did_already_is_left_out() -> None:
    cut = {"op": "disconnect", **wire("model", "evaluate", "model")}
    kept, found = rebase(graph(), after(DELETE, cut), [DELETE, cut, SHARE])
    assert (kept, found) == ([(2, SHARE)], [])


def test_shifting_cards_does_not_clash_with_their_deletion() -> None:
    new = {"op": "add_node", "id": "new", "kind": "impute", "params": {}, "x": 0, "y": 0}
    kept, found = rebase(graph(), after(DELETE), [new, {"op": "move", "id": "fill", "x": 9, "y": 9}])
    assert (kept, found) == ([(0, new)], [])


# Words


@pytest.mark.parametrize(
    ("ops", "words"),
    [
        ([SHARE], "Changed 'Test share' of 'Train/test split'"),
        ([RENAME], "Renamed 'Impute'"),
        ([DELETE, {"op": "connect", **wire("data", "split")}], "Deleted 'Impute'"),
        (
            [{"op": "add_node", "id": "new", "kind": "impute"}, {"op": "move", "id": "fill", "x": 1, "y": 2}],
            "Added 'Impute'",
        ),
        (
            [{"op": "disconnect", **wire("split", "model")}],
            "Disconnected 'Logistic regression' from 'Train/test split'",
        ),
        (
            [{"op": "move", "id": name, "x": 1, "y": 2} for name in ("data", "fill")],
            "Moved 'Showcase dataset' and 'Impute'",
        ),
        ([{"op": "move", "id": name, "x": 1, "y": 2} for name in ("data", "fill", "split")], "Moved 3 steps"),
        ([{"op": "set_graph", "set": {"seed": 4}}], "Changed the workflow's settings"),
        ([{"op": "add_note", "id": "n", "text": "x"}], "Added a note"),
    ],
)
def test_a_batch_has_words(ops: list[dict[str, Any]], words: str) -> None:
    assert words_for(graph(), after(*ops), ops) == words
