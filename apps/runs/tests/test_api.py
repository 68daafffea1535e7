"""The API of runs: start once, look, read results and log, cancel; each for the owner alone."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import User
from apps.runs.models import Run
from apps.runs.tests.finished import finished_run
from apps.workflows.tests.graphs import bearer, edge, person, titanic, workflow_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return person("alice")


@pytest.fixture
def api(alice: User) -> Client:
    return Client(headers=bearer(alice))


def start(api: Client, workflow: int, body: Any = None, key: str = "") -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    address = f"/api/v1/workflows/{workflow}/runs/"
    return api.post(address, body or {}, content_type="application/json", headers=headers)


def test_a_run_is_accepted_and_can_be_looked_at(api: Client, alice: User) -> None:
    answer = start(api, workflow_of(alice).pk)
    assert answer.status_code == 202
    run = api.get(answer["Location"]).json()
    assert run["state"] == "queued"
    assert [(node["id"], node["state"]) for node in run["nodes"]][:2] == [("data", "waiting"), ("encode", "waiting")]
    assert api.get("/api/v1/runs/").json()["count"] == 1


def test_the_same_key_gives_the_same_run(api: Client, alice: User) -> None:
    workflow, other = workflow_of(alice), workflow_of(alice, "Other")
    first, second = start(api, workflow.pk, key="nightly 1"), start(api, workflow.pk, key="nightly 1")
    assert first.json()["id"] == second.json()["id"]
    assert Run.objects.count() == 1
    reused = start(api, other.pk, key="nightly 1")
    assert (reused.status_code, reused.json()["code"]) == (409, "idempotency_key_reused")
    assert reused.json()["field"] == "Idempotency-Key"
    assert start(api, workflow.pk, key="k" * 101).status_code == 400


def test_until_runs_a_part_and_names_a_step_that_is_not_there(api: Client, alice: User) -> None:
    workflow = workflow_of(alice)
    nodes = start(api, workflow.pk, {"until": "split"}).json()["nodes"]
    assert {node["id"] for node in nodes} == {"data", "encode", "split"}
    refused = start(api, workflow.pk, {"until": "nothing"})
    assert (refused.status_code, refused.json()["node"]) == (400, "nothing")


def test_a_graph_that_cannot_run_is_refused_with_its_steps(api: Client, alice: User) -> None:
    empty = start(api, workflow_of(alice, graph={"nodes": [], "edges": []}).pk)
    assert (empty.status_code, empty.json()["code"], empty.json()["field"]) == (400, "empty", "nodes")
    graph = titanic()
    graph["edges"] = graph["edges"][1:]
    loose = start(api, workflow_of(alice, graph=graph).pk).json()
    assert (loose["code"], loose["node"]) == ("open_input", "encode")
    assert not Run.objects.exists()


def test_results_are_shown_without_the_stores_internals(api: Client, alice: User) -> None:
    run = finished_run(alice, workflow_of(alice))
    seen = api.get(f"/api/v1/runs/{run.pk}/").json()
    assert seen["state"] == "succeeded"
    assert {metric["name"] for metric in seen["metrics"]} >= {"accuracy", "auc"}
    split = api.get(seen["nodes"][2]["result"] + "?start=10&limit=5").json()
    assert split["manifest"]["target"] == "survived"
    assert split["manifest"]["roles"] == {"train": 1650, "test": 551}
    assert split["page"]["total"] == 2201
    assert len(split["page"]["rows"]) == len(split["page"]["roles"]) == 5
    assert [column["name"] for column in split["page"]["columns"]][-1] == "survived"
    model = api.get(f"/api/v1/runs/{run.pk}/nodes/model/").json()["manifest"]
    assert [column["name"] for column in model["signature"]["inputs"]] == ["class", "sex", "age"]
    report = api.get(f"/api/v1/runs/{run.pk}/nodes/evaluate/").json()
    assert report["manifest"]["figures"]
    assert report["page"] is None
    for inner in ("key", "history", "source", "recipe", "seed"):
        assert inner not in split["manifest"]
        assert inner not in model


@pytest.mark.parametrize("query", ["start=-1", "start=x", "limit=1001", "limit=1e3", "start=99999999999999999999"])
def test_a_bad_page_is_refused_by_its_name(api: Client, alice: User, query: str) -> None:
    run = finished_run(alice, workflow_of(alice, graph=small()))
    answer = api.get(f"/api/v1/runs/{run.pk}/nodes/data/?{query}")
    assert (answer.status_code, answer.json()["field"]) == (400, query.split("=")[0])


def small() -> dict[str, Any]:
    return {"nodes": [{"id": "data", "kind": "showcase"}], "edges": []}


def test_rows_that_are_gone_are_said_to_be_gone(api: Client, alice: User, settings: Any) -> None:
    run = finished_run(alice, workflow_of(alice, graph=small()))
    settings.STORE_ROOT = settings.STORE_ROOT / "elsewhere"
    answer = api.get(f"/api/v1/runs/{run.pk}/nodes/data/")
    assert (answer.status_code, answer.json()["node"]) == (410, "data")
    assert "Run the workflow again" in answer.json()["message"]


def test_a_failed_run_names_the_step_and_the_column(api: Client, alice: User) -> None:
    graph = small()
    graph["nodes"].append({"id": "cast", "kind": "cast", "params": {"columns": ["sex"]}})
    graph["edges"] = [edge("data", "cast")]
    seen = api.get(f"/api/v1/runs/{finished_run(alice, workflow_of(alice, graph=graph)).pk}/").json()
    assert seen["state"] == "failed"
    assert (seen["error"]["node"], seen["error"]["column"]) == ("cast", "sex")
    assert seen["nodes"][1]["error"]["message"] == seen["error"]["message"]


def test_the_log_goes_on_where_it_ended(api: Client, alice: User) -> None:
    run = finished_run(alice, workflow_of(alice))
    log = api.get(f"/api/v1/runs/{run.pk}/log/").json()
    assert log["finished"]
    assert not log["more"]
    first = log["lines"][0]["id"]
    rest = api.get(f"/api/v1/runs/{run.pk}/log/?after={first}").json()
    assert [line["id"] for line in rest["lines"]] == [line["id"] for line in log["lines"]][1:]
    split = api.get(f"/api/v1/runs/{run.pk}/log/?node=split").json()["lines"]
    assert split
    assert {line["node"] for line in split} == {"split"}
    assert api.get(f"/api/v1/runs/{run.pk}/log/?after=x").status_code == 400


def test_a_waiting_run_is_cancelled_and_a_finished_one_is_not(api: Client, alice: User) -> None:
    waiting = start(api, workflow_of(alice).pk).json()["id"]
    answer = api.post(f"/api/v1/runs/{waiting}/cancel/")
    assert (answer.status_code, answer.json()["state"]) == (202, "cancelled")
    again = api.post(f"/api/v1/runs/{waiting}/cancel/")
    assert (again.status_code, again.json()["code"]) == (409, "finished")


def test_for_bob_alices_runs_do_not_exist(alice: User) -> None:
    run = finished_run(alice, workflow_of(alice, graph=small()))
    bob = Client(headers=bearer(person("bob")))
    workflow = run.version.workflow_id
    addresses = ("", "nodes/data/", "log/")
    answers = [bob.get(f"/api/v1/runs/{run.pk}/{end}") for end in addresses]
    answers += [bob.post(f"/api/v1/runs/{run.pk}/cancel/"), bob.get(f"/api/v1/workflows/{workflow}/runs/")]
    answers += [start(bob, workflow)]
    assert {answer.status_code for answer in answers} == {404}
    assert bob.get("/api/v1/runs/").json()["count"] == 0


def test_lists_and_runs_cost_a_fixed_number_of_queries(
    api: Client, alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    workflow = workflow_of(alice)
    run = finished_run(alice, workflow)
    for _ in range(12):
        Run.objects.start(alice, workflow)
    api.get("/api/v1/runs/")
    with django_assert_num_queries(3):  # token, count, page
        assert api.get("/api/v1/runs/").json()["count"] == 13
    with django_assert_num_queries(4):  # and the workflow
        assert api.get(f"/api/v1/workflows/{workflow.pk}/runs/").json()["count"] == 13
    with django_assert_num_queries(7):  # token, run, steps, metrics, files, data, tags
        api.get(f"/api/v1/runs/{run.pk}/")


def test_too_many_requests_say_when_to_come_back(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from apps.accounts.api_throttles import BurstThrottle

    cache.clear()
    monkeypatch.setattr(BurstThrottle, "rate", "1/min", raising=False)
    api.get("/api/v1/runs/")
    answer = api.get("/api/v1/runs/")
    assert answer.status_code == 429
    assert answer.json()["code"] == "throttled"
    assert int(answer["Retry-After"]) > 0
