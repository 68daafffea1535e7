"""The addresses that change a graph: what they answer, and that nothing that is sent makes them fail."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import User
from apps.datasets.actions import import_upload
from apps.workflows.models import Workflow, WorkflowOp
from apps.workflows.tests.graphs import edge, person, titanic, workflow_of
from flowza.engine.catalogue import catalogue
from flowza.engine.edit_checks import FIELDS
from flowza.engine.graph import parse
from flowza.engine.tests.random_edits import random_op

pytestmark = pytest.mark.django_db
SHARE = {"op": "set_params", "id": "split", "set": {"test_share": 0.3}}


@pytest.fixture
def alice() -> User:
    return person("alice")


@pytest.fixture
def workflow(alice: User) -> Workflow:
    return workflow_of(alice)


@pytest.fixture
def window(client: Client, alice: User) -> Client:
    client.force_login(alice, backend="apps.accounts.backends.NameOrEmailBackend")
    return client


def send(window: Client, workflow: Workflow, body: Any) -> Any:
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return window.post(reverse("workflows:ops", args=[workflow.pk]), text, content_type="application/json")


def batch(*ops: Any, base: Any = 1, op_id: Any = "a") -> dict[str, Any]:
    return {"base_revision": base, "op_id": op_id, "ops": list(ops)}


def test_the_graph_is_given_with_its_revision_and_what_can_be_undone(window: Client, workflow: Workflow) -> None:
    answer = window.get(reverse("workflows:graph_json", args=[workflow.pk])).json()
    assert answer == {"revision": 1, "graph": titanic(), "undo": None, "redo": None}


def test_an_accepted_batch_says_what_others_did_and_how_to_take_it_back(window: Client, workflow: Workflow) -> None:
    assert send(window, workflow, batch(SHARE)).status_code == 200
    rename = {"op": "rename", "id": "model", "label": "Small"}
    answer = send(window, workflow, batch(rename, op_id="b")).json()
    assert answer["revision"] == 3
    assert [(one["revision"], one["op_id"], one["ops"]) for one in answer["ops_since"]] == [(2, "a", [SHARE])]
    assert answer["inverses"] == [{"op": "rename", "id": "model", "label": ""}]
    assert (answer["undo"], answer["redo"]) == ("Renamed 'Logistic regression'", None)


def test_advice_says_at_once_what_the_graph_alone_tells(window: Client, workflow: Workflow) -> None:
    answer = send(window, workflow, batch({"op": "disconnect", **edge("split", "model")})).json()
    assert [(one["level"], one["node"], one["code"]) for one in answer["advice"]] == [("error", "model", "open_input")]
    assert answer["looked"] is False


def test_schemas_hold_the_columns_of_stored_data(window: Client, alice: User) -> None:
    reference = import_upload(alice, SimpleUploadedFile("t.csv", b"age,sex\n31,male\n29,female\n")).dataset.reference
    node = {"op": "add_node", "id": "csv", "kind": "csv", "params": {"dataset": reference}, "x": 0, "y": 0}
    answer = send(window, workflow_of(alice), batch(node)).json()
    assert [name for name, _ in answer["schemas"]["csv"]] == ["age", "sex"]


def test_a_refused_operation_is_named_and_nothing_is_changed(window: Client, workflow: Workflow) -> None:
    bad = {"op": "connect", "from": "split", "from_port": "table", "to": "evaluate", "to_port": "model"}
    response = send(window, workflow, batch(SHARE, bad))
    assert response.status_code == 422
    assert response.json() == {
        "index": 1,
        "reason": "'Evaluate' takes a model, 'Train/test split' gives a dataset.",
        "node": "evaluate",
        "field": "model",
        "revision": 1,
    }
    assert Workflow.objects.get().graph == titanic()


def test_a_conflict_names_field_values_person_and_time(window: Client, workflow: Workflow) -> None:
    send(window, workflow, batch(SHARE))
    response = send(window, workflow, batch({**SHARE, "set": {"test_share": 0.4}}, op_id="b"))
    assert response.status_code == 409
    answer = response.json()
    assert answer["revision"] == 2
    found = answer["conflicts"][0]
    assert found["reason"] == "'Test share' of 'Train/test split' was changed meanwhile."
    assert (found["who"], found["before"], found["theirs"], found["mine"]) == ("you, in another window", 0.25, 0.3, 0.4)
    assert found["when"] == WorkflowOp.objects.get().created.isoformat()
    assert (found["target"], found["label"]) == (["param", "split", "test_share"], "Train/test split: Test share")
    assert (found["mine_words"], found["theirs_words"]) == ("0.4", "0.3")


def test_several_operations_are_called_what_they_were_as_one(window: Client, workflow: Workflow) -> None:
    rename = {"op": "rename", "id": "model", "label": "Small"}
    sent = [(batch(SHARE, rename), "Tidy up"), (batch(SHARE, rename, base=2, op_id="b"), ["no", "text"])]
    sent[1][0]["ops"][0] = {**SHARE, "set": {"test_share": 0.4}}
    said = [send(window, workflow, {**body, "label": label}).json()["undo"] for body, label in sent]
    assert said == ["Tidy up", "Changed 'Test share' of 'Train/test split'"]


def test_places_of_notes_never_clash(window: Client, workflow: Workflow) -> None:
    send(window, workflow, batch({"op": "add_note", "id": "n", "text": "See", "x": 1, "y": 2}))
    for number, x in enumerate((5, 9)):
        moved = {"op": "edit_note", "id": "n", "set": {"x": x}}
        assert send(window, workflow, batch(moved, base=2, op_id=f"m{number}")).status_code == 200
    assert Workflow.objects.get().graph["notes"][0]["x"] == 9


def test_somebody_elses_dataset_is_refused_with_its_operation(window: Client, workflow: Workflow) -> None:
    theirs = import_upload(person("bob"), SimpleUploadedFile("t.csv", b"a,b\n1,2\n")).dataset.reference
    node = {"op": "add_node", "id": "csv", "kind": "csv", "params": {"dataset": theirs}, "x": 0, "y": 0}
    response = send(window, workflow, batch(SHARE, node))
    assert response.status_code == 422
    assert (response.json()["index"], response.json()["field"]) == (1, "dataset")
    assert not WorkflowOp.objects.exists()


def test_a_step_may_be_changed_while_another_one_names_a_deleted_dataset(window: Client, alice: User) -> None:
    dataset = import_upload(alice, SimpleUploadedFile("t.csv", b"a,b\n1,2\n")).dataset
    graph = titanic()
    graph["nodes"].append({"id": "csv", "kind": "csv", "params": {"dataset": dataset.reference}})
    workflow = workflow_of(alice, graph=graph)
    dataset.delete()
    assert send(window, workflow, batch(SHARE)).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400),
        ("{", 400),
        ("[]", 400),
        (b"\xff\xfe", 400),
        ('{"base_revision": NaN}', 400),
        ('{"base_revision": 1, "op_id": "a", "ops": [{"op": "move", "id": "split", "x": 1e999, "y": 0}]}', 400),
        (json.dumps(batch({**SHARE, "id": "a\x00"})), 400),
        (json.dumps(batch({**SHARE, "id": "\ud800"})), 400),
        ("[" * 100_000 + "]" * 100_000, 400),
        ('{"ops": ' + "[" * 40 + "]" * 40 + "}", 400),
        ('{"ops": "' + "a" * 1_000_001 + '"}', 413),
        (json.dumps({}), 422),
        (json.dumps(batch(SHARE, op_id="a b")), 422),
        (json.dumps(batch(SHARE, base=True)), 422),
        (json.dumps({**batch(), "ops": {}}), 422),
        (json.dumps(batch(*[SHARE] * 2001)), 422),
        (json.dumps(batch("x")), 422),
        (json.dumps(batch({"op": "renam"})), 422),
        (json.dumps(batch(SHARE, base=7)), 409),
        (json.dumps(batch(SHARE, base=-1)), 409),
    ],
)
def test_what_is_no_batch_is_refused_with_a_sentence(
    window: Client, workflow: Workflow, body: str | bytes, status: int
) -> None:
    response = send(window, workflow, body)
    assert response.status_code == status
    answer = response.json()
    assert (answer.get("reason") or answer["conflicts"][0]["reason"]).endswith((".", "?"))
    assert Workflow.objects.get().revision == 1


def test_undo_and_redo_answer_each_asker_in_its_own_way(window: Client, workflow: Workflow) -> None:
    send(window, workflow, batch(SHARE))
    undo, redo = (reverse(f"workflows:{name}", args=[workflow.pk]) for name in ("undo", "redo"))
    response = window.post(undo, headers={"HX-Request": "true"})
    events = json.loads(response.headers["HX-Trigger"])
    assert events["graph-changed"] == {"revision": 3}
    assert events["toast"] == {"text": "Undo: Changed 'Test share' of 'Train/test split'.", "level": "success"}
    answer = window.post(redo, headers={"Accept": "application/json"}).json()
    assert (answer["revision"], answer["ops"]) == (4, [{**SHARE, "unset": []}])
    assert window.post(undo).headers["Location"] == reverse("workflows:detail", args=[workflow.pk])
    refused = window.post(undo, headers={"Accept": "application/json"})
    assert (refused.status_code, refused.json()["reason"]) == (409, "There is nothing to undo.")
    events = json.loads(window.post(undo, headers={"HX-Request": "true"}).headers["HX-Trigger"])
    assert events == {"toast": {"text": "There is nothing to undo.", "level": "warning"}}


def test_a_doubled_click_undoes_once(window: Client, workflow: Workflow) -> None:
    send(window, workflow, batch(SHARE))
    send(window, workflow, batch({"op": "rename", "id": "model", "label": "Small"}, base=2, op_id="b"))
    for _ in range(2):
        window.post(reverse("workflows:undo", args=[workflow.pk]), {"op_id": "once"})
    assert Workflow.objects.get().revision == 4


def test_a_batch_costs_few_queries_however_long_the_log(
    window: Client, workflow: Workflow, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(1, 30):
        send(window, workflow, batch({**SHARE, "set": {"test_share": number / 100}}, base=number, op_id=f"a{number}"))
    with django_assert_num_queries(14):
        send(window, workflow, batch({"op": "rename", "id": "model", "label": "x"}, base=20, op_id="b"))


# Made-up requests

anything = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=8), st.just("dataset:9")
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)),
    max_leaves=8,
)
steps = st.sampled_from(["data", "encode", "split", "model", "evaluate", "new", "gone"])
values = {
    "id": steps,
    "from": steps,
    "to": steps,
    "from_port": st.sampled_from(["table", "model", "nothing"]),
    "to_port": st.sampled_from(["table", "model", "nothing"]),
    "kind": st.sampled_from(sorted(catalogue())),
    "label": st.text(max_size=5),
    "note": st.text(max_size=5),
    "text": st.text(max_size=5),
    "x": st.integers(0, 500),
    "y": st.floats(0, 500),
    "at": st.integers(0, 9),
    "params": st.dictionaries(st.sampled_from(["test_share", "name", "dataset", "columns"]), anything, max_size=2),
    "set": st.dictionaries(
        st.sampled_from(["test_share", "seed", "name", "text", "x"]), st.one_of(st.integers(0, 9), anything), max_size=2
    ),
    "unset": st.lists(st.sampled_from(["test_share", "seed", "text", "x", "id"]), max_size=2),
}


@st.composite
def operations(draw: st.DrawFn) -> Any:
    """An operation of a known name, most of its fields of the right type."""
    name = draw(st.sampled_from(sorted(FIELDS)))
    needed, more = FIELDS[name]
    fields = sorted(needed) + draw(st.lists(st.sampled_from(sorted(more)), max_size=2) if more else st.just([]))
    op = {"op": name} | {
        field: draw(values.get(field, anything) if draw(st.integers(0, 19)) else anything) for field in fields
    }
    if not draw(st.integers(0, 9)):
        op[draw(st.text(max_size=5))] = draw(anything)
    return op


def mostly(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.integers(0, 9).flatmap(lambda number: strategy if number else anything)


bodies = mostly(
    st.fixed_dictionaries(
        {
            "base_revision": mostly(st.sampled_from(["present", "older"])),
            "op_id": mostly(st.uuids().map(str)),
            "ops": mostly(st.lists(mostly(operations()), max_size=2)),
        }
    )
)


def test_whatever_is_sent_is_accepted_or_refused_with_a_sentence(window: Client, workflow: Workflow) -> None:
    @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
    @given(body=bodies, seed=st.none() | st.integers(0, 2**32))
    def sent(body: Any, seed: int | None) -> None:
        stored = Workflow.objects.get()
        if isinstance(body, dict) and body.get("base_revision") in ("present", "older"):
            body["base_revision"] = (
                stored.revision if body["base_revision"] == "present" else max(1, stored.revision - 3)
            )
            if seed is not None:  # something that can be done, alone or before what was made up
                body["ops"] = [random_op(Random(seed), stored.graph, "n"), *([body["ops"]] if seed % 4 == 0 else [])]
        response = send(window, workflow, body)
        assert response.status_code in (200, 400, 409, 413, 422), response.content
        answer = response.json()
        if response.status_code == 200:
            parse(Workflow.objects.get().graph, complete=False)
        elif response.status_code == 409:
            assert all(one["reason"] for one in answer["conflicts"])
        else:
            assert answer["reason"]

    sent()
    assert WorkflowOp.objects.exists()
