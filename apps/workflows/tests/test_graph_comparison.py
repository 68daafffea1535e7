"""Two graphs beside each other: in words, field by field, and as one drawing."""

from __future__ import annotations

import copy
from typing import Any

from apps.workflows.difference_drawing import MARKS, difference_drawing
from apps.workflows.graph_comparison import Row, compare
from apps.workflows.tests.graphs import edge, titanic
from flowza.engine.version_words import words_between


def changed() -> dict[str, Any]:
    """Titanic with a step put into a wire, one field set, one step renamed, and the evaluation taken out."""
    graph = titanic()
    graph["nodes"] = [node for node in graph["nodes"] if node["id"] != "evaluate"]
    graph["nodes"].insert(1, {"id": "fill", "kind": "impute", "params": {"number_method": "mean"}})
    graph["nodes"][3]["params"] = {"test_share": 0.3}
    graph["nodes"][4]["label"] = "Plain model"
    graph["edges"] = [
        edge("data", "fill"),
        edge("fill", "encode"),
        edge("encode", "split"),
        edge("split", "model"),
    ]
    return graph


def test_each_step_that_is_not_the_same_is_told_with_its_state() -> None:
    found = compare(titanic(), changed(), {})
    assert found.states == {"fill": "added", "split": "changed", "model": "changed", "evaluate": "removed"}
    assert found.counts == [("added", 1), ("removed", 1), ("changed", 2)]


def test_a_changed_field_has_its_label_and_both_values_in_words() -> None:
    rows = {step.id: step.rows for step in compare(titanic(), changed(), {}).steps}
    assert rows["split"] == [Row("Test share", "0.25", "0.3")]
    assert rows["model"] == [Row("Name", "the usual name", "Plain model")]


def test_of_a_step_that_came_only_what_was_set_is_told() -> None:
    rows = {step.id: step.rows for step in compare(titanic(), changed(), {}).steps}
    assert [(row.before, row.after) for row in rows["fill"]] == [(None, rows["fill"][0].after)]
    assert rows["evaluate"] == []


def test_wires_are_told_by_the_names_of_their_steps() -> None:
    found = [(wire.state, wire.words) for wire in compare(titanic(), changed(), {}).wires]
    assert ("added", "Showcase dataset → Impute") in found
    assert ("removed", "Logistic regression → Evaluate") in found
    assert len(found) == 4


def test_the_other_way_round_what_was_added_is_removed() -> None:
    states = compare(changed(), titanic(), {}).states
    assert states == {"fill": "removed", "split": "changed", "model": "changed", "evaluate": "added"}


def test_a_graph_is_the_same_as_itself_however_it_is_written() -> None:
    written = copy.deepcopy(titanic())
    written["nodes"][0] |= {"label": "", "note": "", "x": 0, "y": 0}
    assert compare(titanic(), written, {}).same


def test_moved_cards_are_counted_and_change_no_step() -> None:
    moved = titanic()
    moved["nodes"][0]["x"] = 300
    found = compare(titanic(), moved, {})
    assert (found.moved, list(found.steps), found.same) == (1, [], False)


def test_another_kind_under_the_same_id_is_a_change_of_kind() -> None:
    other = titanic()
    other["nodes"][3] = {"id": "model", "kind": "linear_regression"}
    (step,) = compare(titanic(), other, {}).steps
    assert step.state == "changed"
    assert step.rows[0] == Row("Kind of step", "Logistic regression", "Linear regression")


def test_seed_notes_and_frames_stand_beside_the_steps() -> None:
    noted = titanic() | {"seed": 7, "notes": [{"id": "n1", "text": "Why", "x": 0, "y": 0, "width": 200, "height": 80}]}
    assert compare(titanic(), noted, {}).beside == [Row("Seed", "0", "7"), Row("Note", None, "Why")]
    assert compare(noted, titanic(), {}).beside == [Row("Seed", "7", "0"), Row("Note", "Why", None)]


def test_a_kind_that_is_not_known_any_more_is_compared_as_it_was_written() -> None:
    old, new = titanic(), titanic()
    old["nodes"][1] = {"id": "encode", "kind": "gone_long_ago", "params": {"depth": 1}}
    new["nodes"][1] = {"id": "encode", "kind": "gone_long_ago", "params": {"depth": 2}}
    (step,) = compare(old, new, {}).steps
    assert step.rows == [Row("depth", "1", "2")]


def test_the_drawing_marks_steps_and_wires_of_both() -> None:
    before, after = titanic(), changed()
    drawn = difference_drawing(before, after, compare(before, after, {}).states, {})
    assert {one.card.id: one.mark for one in drawn.cards if one.mark} == {
        "fill": MARKS["added"],
        "split": MARKS["changed"],
        "model": MARKS["changed"],
        "evaluate": MARKS["removed"],
    }
    assert sorted(one.state for one in drawn.wires) == ["added", "added", "removed", "removed", "same", "same"]


def test_a_wire_that_was_turned_round_is_drawn_both_ways() -> None:
    before, after = titanic(), titanic()
    after["edges"][:2] = [edge("data", "split"), edge("split", "encode")]
    after["edges"][2] = edge("encode", "model")
    drawn = difference_drawing(before, after, {}, {})
    assert len(drawn.wires) == 7


def test_what_changed_since_is_told_wholly_and_a_wire_that_only_goes_along_is_not() -> None:
    assert words_between(titanic(), titanic()) == "Nothing"
    assert words_between(titanic(), changed()) == (
        "Added 'Impute'; deleted 'Evaluate'; changed 'Test share' of 'Train/test split'; renamed 'Logistic regression'"
    )
