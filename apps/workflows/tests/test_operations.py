"""The door to a workflow's graph: what is accepted, merged, refused, undone and done again."""

from __future__ import annotations

from typing import Any

import pytest

from apps.accounts.models import User
from apps.workflows import drafts, operations
from apps.workflows.models import Role, Workflow, WorkflowOp
from apps.workflows.operations import Conflict, redo, submit, undo, undo_state
from apps.workflows.tests.graphs import person, titanic, workflow_of
from flowza.engine.edits import EditError, normal_form

pytestmark = pytest.mark.django_db
SHARE = {"op": "set_params", "id": "split", "set": {"test_share": 0.3}}
IMPUTE = {"op": "add_node", "id": "impute", "kind": "impute", "params": {}, "x": 10, "y": 20}


def editor(name: str, workflow: Workflow) -> User:
    """Somebody with whom the workflow is shared, so that they may change it."""
    bob = person(name)
    workflow.shares.create(user=bob, role=Role.EDITOR)
    return bob


@pytest.fixture
def alice() -> User:
    return person("alice")


@pytest.fixture
def workflow(alice: User) -> Workflow:
    return workflow_of(alice)


def params_of(workflow: Workflow, step: str) -> dict[str, Any]:
    params: dict[str, Any] = next(item for item in workflow.graph["nodes"] if item["id"] == step).get("params", {})
    return params


def test_a_batch_changes_the_graph_counts_and_is_logged(workflow: Workflow, alice: User) -> None:
    answer = submit(workflow, alice, 1, "a", [SHARE])
    assert (answer.revision, workflow.revision, params_of(workflow, "split")) == (2, 2, {"test_share": 0.3})
    entry = WorkflowOp.objects.get()
    assert (entry.workflow, entry.revision, entry.user, entry.kind) == (workflow, 2, alice, "edit")
    assert entry.label == "Changed 'Test share' of 'Train/test split'"
    assert answer.inverses == [{"op": "set_params", "id": "split", "set": {"test_share": 0.25}, "unset": []}]


def test_undo_and_redo_follow_the_persons_own_edits(workflow: Workflow, alice: User) -> None:
    first = workflow.graph
    submit(workflow, alice, 1, "a", [SHARE])
    submit(workflow, alice, 2, "b", [IMPUTE])
    assert undo_state(workflow, alice) == ("Added 'Impute'", None)
    undo(workflow, alice)
    assert undo_state(workflow, alice) == ("Changed 'Test share' of 'Train/test split'", "Added 'Impute'")
    undo(workflow, alice)
    assert normal_form(workflow.graph) == normal_form(first)
    with pytest.raises(EditError, match="nothing to undo"):
        undo(workflow, alice)
    redo(workflow, alice)
    redo(workflow, alice)
    assert workflow.revision == 7
    assert [item["id"] for item in workflow.graph["nodes"]][-1] == "impute"
    with pytest.raises(EditError, match="nothing to redo"):
        redo(workflow, alice)


def test_a_new_edit_ends_what_redo_knows(workflow: Workflow, alice: User) -> None:
    submit(workflow, alice, 1, "a", [SHARE])
    undo(workflow, alice)
    submit(workflow, alice, 3, "b", [IMPUTE])
    assert undo_state(workflow, alice) == ("Added 'Impute'", None)
    undo(workflow, alice)
    assert undo_state(workflow, alice) == (None, "Added 'Impute'")


def test_the_same_field_of_the_same_step_is_a_conflict(workflow: Workflow, alice: User) -> None:
    submit(workflow, alice, 1, "a", [SHARE])
    with pytest.raises(Conflict) as caught:
        submit(workflow, alice, 1, "b", [{**SHARE, "set": {"test_share": 0.4}}])
    found = caught.value.conflicts[0]
    assert (found["node"], found["field"], found["before"], found["theirs"], found["mine"]) == (
        "split",
        "test_share",
        0.25,
        0.3,
        0.4,
    )
    assert params_of(Workflow.objects.get(), "split") == {"test_share": 0.3}


def test_saving_a_whole_graph_goes_through_the_log(workflow: Workflow, alice: User) -> None:
    changed = titanic()
    changed["nodes"][2]["params"] = {}
    del changed["nodes"][4]
    del changed["edges"][3]
    drafts.save(workflow, graph=drafts.checked(changed, alice))
    assert normal_form(workflow.graph) == normal_form(changed)
    assert WorkflowOp.objects.count() == 1
    operations.undo(workflow, alice)
    assert normal_form(workflow.graph) == normal_form(titanic())


def test_undo_is_refused_when_somebody_else_changed_the_same_since(workflow: Workflow, alice: User) -> None:
    bob = editor("bob", workflow)
    submit(workflow, alice, 1, "a", [SHARE])
    submit(workflow, bob, 2, "b", [{**SHARE, "set": {"test_share": 0.4}}])
    with pytest.raises(EditError, match=r"cannot be undone any more\. 'Test share' of .* was changed meanwhile\."):
        undo(workflow, alice)
    assert (workflow.revision, params_of(workflow, "split")) == (3, {"test_share": 0.4})
    undo(workflow, bob)
    undo(workflow, alice)
    assert params_of(workflow, "split") == {"test_share": 0.25}


def test_undo_leaves_what_others_did_elsewhere(workflow: Workflow, alice: User) -> None:
    submit(workflow, alice, 1, "a", [SHARE])
    submit(workflow, editor("bob", workflow), 2, "b", [{"op": "rename", "id": "split", "label": "Halves"}])
    undo(workflow, alice)
    step = next(item for item in workflow.graph["nodes"] if item["id"] == "split")
    assert (step["params"], step["label"]) == ({"test_share": 0.25}, "Halves")


def test_an_edit_that_changes_nothing_is_neither_logged_nor_counted(workflow: Workflow, alice: User) -> None:
    answer = submit(workflow, alice, 1, "a", [{**SHARE, "set": {"test_share": 0.25}}])
    assert (answer.revision, answer.ops, WorkflowOp.objects.exists()) == (1, [], False)


def test_what_is_only_valid_on_the_older_graph_is_a_conflict_with_the_reason(workflow: Workflow, alice: User) -> None:
    cut = {"op": "disconnect", "from": "data", "from_port": "table", "to": "encode", "to_port": "table"}
    loose: list[dict[str, Any]] = [cut, IMPUTE, {**IMPUTE, "id": "other"}]
    submit(workflow, alice, 1, "a", loose)
    wire = {"op": "connect", "from_port": "table", "to_port": "table"}
    submit(workflow, alice, 2, "b", [{**wire, "from": "impute", "to": "encode"}])
    with pytest.raises(Conflict, match="'One-hot' has its dataset from 'Impute' already"):
        submit(workflow, alice, 2, "c", [{**wire, "from": "other", "to": "encode"}])


def test_a_graph_saved_on_an_old_revision_is_stale(workflow: Workflow, alice: User) -> None:
    submit(workflow, alice, 1, "a", [SHARE])
    with pytest.raises(drafts.StaleRevision):
        drafts.save(workflow, 1, graph=titanic())
    assert workflow.revision == 2


def test_who_made_the_other_changes_is_asked_once_for_a_whole_batch(
    workflow: Workflow, alice: User, django_assert_max_num_queries: Any
) -> None:
    bob = editor("bob", workflow)
    steps = [item["id"] for item in workflow.graph["nodes"]]
    submit(workflow, bob, 1, "b1", [{"op": "rename", "id": step, "label": "Bob"} for step in steps])
    submit(workflow, bob, 2, "b2", [{"op": "comment", "id": steps[0], "note": "mine"}])
    deleted = [{"op": "delete_node", "id": step} for step in steps]
    with pytest.raises(Conflict) as caught, django_assert_max_num_queries(8):
        submit(workflow, alice, 1, "a1", deleted)
    said = caught.value.conflicts
    assert len(said) == len(steps) > 4
    newest = {entry.revision: entry.created.isoformat() for entry in workflow.ops.all()}
    assert [one["who"] for one in said] == ["bob"] * len(steps)
    assert [one["when"] for one in said] == [newest[3], *[newest[2]] * (len(steps) - 1)]


def test_an_id_of_somebody_elses_batch_is_refused_instead_of_answered_with_theirs(
    workflow: Workflow, alice: User
) -> None:
    bob = editor("bob", workflow)
    submit(workflow, alice, 1, "same", [IMPUTE])
    for again in (
        lambda: submit(workflow, bob, 2, "same", [IMPUTE | {"id": "other"}]),
        lambda: undo(workflow, bob, "same"),
    ):
        with pytest.raises(EditError, match="used by somebody else"):
            again()
    assert workflow.ops.count() == 1
    assert submit(workflow, alice, 1, "same", [IMPUTE]).revision == 2
