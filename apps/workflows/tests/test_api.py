"""/api/v1/workflows/: what it takes, what it refuses, and in which words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import User
from apps.datasets.actions import import_upload
from apps.workflows.models import Workflow
from apps.workflows.tests.graphs import bearer, edge, person, titanic, workflow_of

pytestmark = pytest.mark.django_db
LIST = "/api/v1/workflows/"


@pytest.fixture
def alice() -> User:
    return person("alice")


@pytest.fixture
def api(alice: User) -> Client:
    return Client(headers=bearer(alice))


def send(api: Client, body: Any, address: str = LIST, method: str = "post") -> Any:
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return getattr(api, method)(address, text, content_type="application/json")


def assert_refused(response: Any, status: int, code: str) -> dict[str, Any]:
    """The envelope: a code, a sentence, and a step or field that is to blame."""
    assert response.status_code == status, response.content
    answer: dict[str, Any] = response.json()
    assert {"code", "message", "field", "node", "hint"} <= answer.keys()
    assert answer["code"] == code
    assert answer["message"]
    assert answer["field"] or answer["node"]
    return answer


def test_a_workflow_is_made_read_changed_and_deleted(api: Client, alice: User) -> None:
    made = send(api, {"name": "Survivors", "graph": titanic()})
    assert made.status_code == 201
    address = made["Location"]
    assert api.get(address).json()["graph"]["nodes"] == titanic()["nodes"]
    changed = send(api, {"name": "Who survived?", "revision": 1}, address, "patch").json()
    assert (changed["name"], changed["revision"]) == ("Who survived?", 2)
    assert api.delete(address).status_code == 204
    assert api.get(address).status_code == 404
    assert not Workflow.objects.for_user(alice).exists()


def test_a_workflow_without_a_graph_begins_empty(api: Client) -> None:
    assert send(api, {"name": "Later"}).json()["graph"]["nodes"] == []


def test_others_workflows_do_not_exist(api: Client) -> None:
    other = workflow_of(person("bob"))
    address = f"{LIST}{other.pk}/"
    for response in (api.get(address), send(api, {"name": "Mine"}, address, "patch"), api.delete(address)):
        assert response.status_code == 404
        assert response.json()["code"] == "not_found"
    assert api.get(LIST).json()["count"] == 0
    other.refresh_from_db()
    assert other.name == "Survivors"


def test_nobody_gets_in_without_a_token() -> None:
    response = Client().get(LIST)
    assert response.status_code == 401
    assert response.json()["code"] == "not_authenticated"
    assert "flz_" in response.json()["hint"]


def test_the_list_costs_the_same_for_one_and_for_thirty(
    api: Client, alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        workflow_of(alice, f"Workflow {number}")
    api.get(LIST)
    with django_assert_num_queries(3):  # the token, the count, the page
        answer = api.get(f"{LIST}?search=workflow&ordering=name").json()
    assert answer["count"] == 30
    assert "graph" not in answer["results"][0]


def test_a_stale_revision_is_a_conflict_and_changes_nothing(api: Client, alice: User) -> None:
    workflow = workflow_of(alice)
    address = f"{LIST}{workflow.pk}/"
    send(api, {"name": "First"}, address, "patch")
    answer = assert_refused(send(api, {"name": "Second", "revision": 1}, address, "patch"), 409, "stale_revision")
    assert answer["revision"] == 2
    assert api.get(address).json()["name"] == "First"


def test_each_problem_of_a_graph_is_named(api: Client) -> None:
    graph = titanic()
    graph["nodes"][2]["params"] = {"test_share": 3, "colour": "red"}
    graph["nodes"][3]["kind"] = "logistic_regresion"
    answer = assert_refused(send(api, {"name": "x", "graph": graph}), 400, "param")
    assert {(problem["node"], problem["field"]) for problem in answer["problems"]} == {
        ("split", "test_share"),
        ("split", "colour"),
        ("model", "kind"),
    }
    assert "logistic_regression" in answer["problems"][2]["hint"]


CYCLE = {
    "nodes": [{"id": "a", "kind": "one_hot"}, {"id": "b", "kind": "one_hot"}],
    "edges": [edge("a", "b"), edge("b", "a")],
}


@pytest.mark.parametrize(
    ("graph", "code"),
    [
        (CYCLE, "cycle"),
        ({"nodes": [{"id": "a", "kind": "one_hot"}], "edges": [edge("a", "a")]}, "self_edge"),
        ({"nodes": [{"id": "a", "kind": "one_hot"}], "edges": [edge("a", "z")]}, "dangling"),
        ({"nodes": [{"id": "a", "kind": "nonsense"}], "edges": []}, "unknown_kind"),
        ({"nodes": [{"id": "a", "kind": "one_hot"}] * 2, "edges": []}, "duplicate_id"),
        ({"nodes": [{"id": "__proto__", "kind": "one_hot"}], "edges": []}, "bad_id"),
        ({"nodes": [{"id": "a", "kind": "one_hot", "label": "\x00"}], "edges": []}, "graph"),
        ({"nodes": [{"id": f"n{i}", "kind": "one_hot"} for i in range(501)], "edges": []}, "too_many"),
        ([], "graph"),
        ("text", "graph"),
        (None, "null"),
    ],
)
def test_a_graph_that_cannot_be_is_refused(api: Client, graph: Any, code: str) -> None:
    assert_refused(send(api, {"name": "x", "graph": graph}), 400, code)
    assert not Workflow.objects.exists()


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e999", "-1e999"])
def test_numbers_that_are_none_are_refused(api: Client, text: str) -> None:
    body = '{"name": "x", "graph": {"nodes": [{"id": "a", "kind": "split", "x": X}], "edges": []}}'.replace("X", text)
    response = send(api, body)
    assert response.status_code == 400
    assert response.json()["field"]


@pytest.mark.parametrize("body", ["", "{", "[1", '{"name": "\\ud800"}', b"\xff\xfe", "9" * 5000, '{"name": "\\u0000"}'])
def test_what_is_no_json_or_no_text_is_refused(api: Client, body: str | bytes) -> None:
    response = send(api, body)
    assert response.status_code == 400
    answer = response.json()
    assert answer["field"]


def test_deep_nesting_is_refused_before_it_can_hurt(api: Client) -> None:
    for depth in (40, 100_000):
        body = '{"name": "x", "graph": ' + "[" * depth + "]" * depth + "}"
        assert_refused(send(api, body), 400, "graph" if depth == 40 else "too_deep")
    graph = '{"nodes": [{"id": "a", "kind": "split", "params": ' + '{"a":' * 40 + "1" + "}" * 40 + '}], "edges": []}'
    assert_refused(send(api, '{"name": "x", "graph": ' + graph + "}"), 400, "too_deep")


def test_more_than_a_megabyte_is_too_large(api: Client) -> None:
    assert_refused(send(api, {"name": "x", "description": "a" * 1_000_001}), 413, "too_large")


def test_somebody_elses_dataset_is_not_there(api: Client, alice: User) -> None:
    def made_for(user: User) -> str:
        file = SimpleUploadedFile("t.csv", b"age,sex\n31,male\n29,female\n")
        return import_upload(user, file).dataset.reference

    def graph(reference: str) -> dict[str, Any]:
        return {"nodes": [{"id": "data", "kind": "csv", "params": {"dataset": reference}}], "edges": []}

    theirs = send(api, {"name": "x", "graph": graph(made_for(person("bob")))})
    missing = send(api, {"name": "x", "graph": graph("dataset:999999")})
    for response in (theirs, missing):
        answer = assert_refused(response, 404, "dataset_missing")
        assert (answer["node"], answer["field"]) == ("data", "dataset")
    assert send(api, {"name": "x", "graph": graph(made_for(alice))}).status_code == 201


def test_a_name_is_needed(api: Client) -> None:
    assert_refused(send(api, {"graph": titanic()}), 400, "required")
    assert_refused(send(api, {"name": " "}), 400, "blank")
    assert_refused(send(api, [1]), 400, "invalid")
