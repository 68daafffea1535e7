"""What the editor shows of the last run, where a step is still as it was then; starting and stopping from there."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.runs.models import NodeRun, Run
from apps.runs.outline_states import unchanged
from apps.workflows.models import Workflow
from apps.workflows.tests.graphs import edge, person, titanic, workflow_of


def test_a_change_reaches_every_step_that_comes_after_it() -> None:
    changed = titanic()
    changed["nodes"][2]["params"] = {"test_share": 0.5}
    assert unchanged(changed, titanic()) == {"data", "encode"}


def test_a_name_or_a_place_is_no_change() -> None:
    moved = titanic()
    moved["nodes"][0] |= {"label": "Passengers", "x": 40, "y": 2}
    assert unchanged(moved, titanic()) == {"data", "encode", "split", "model", "evaluate"}


def test_another_input_is_a_change() -> None:
    rewired = titanic()
    rewired["edges"][1] = edge("data", "split")
    assert unchanged(rewired, titanic()) == {"data", "encode"}


def run_of(workflow: Workflow, state: Run.State) -> Run:
    run = Run.objects.create(version=workflow.freeze(workflow.owner), user=workflow.owner, state=state)
    for place, name in enumerate(("data", "split")):
        NodeRun.objects.create(
            run=run,
            node_id=name,
            kind="showcase",
            position=place,
            state="done",
            output="table",
            rows_out=2201,
            columns=4,
        )
    return run


def told(client: Client, workflow: Workflow, **asked: str) -> Any:
    answer = client.get(f"/runs/states/{workflow.pk}/", asked)
    return answer.json() if answer.status_code == 200 else answer.status_code


@pytest.fixture
def alice(db: None) -> User:
    return person("alice")


@pytest.fixture
def client(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def test_the_editor_is_told_what_the_last_run_made_of_the_steps_that_are_still_the_same(
    alice: User, client: Client
) -> None:
    workflow = workflow_of(alice)
    run = run_of(workflow, Run.State.SUCCEEDED)
    workflow.graph["nodes"][2]["params"] = {"test_share": 0.5}
    workflow.save()
    said = told(client, workflow)
    assert (said["run"], said["going"], said["cancel"]) == (run.pk, False, "")
    assert list(said["steps"]) == ["data"]
    assert said["steps"]["data"]["words"] == "Done"
    assert said["steps"]["data"]["size"] == "2,201 × 4"


def test_nothing_is_said_twice_until_something_happens(alice: User, client: Client) -> None:
    workflow = workflow_of(alice)
    assert told(client, workflow)["run"] is None
    run = run_of(workflow, Run.State.RUNNING)
    said = told(client, workflow)
    assert said["cancel"] == f"/runs/{run.pk}/cancel/"
    assert (said["done"], said["total"]) == (2, 2)
    assert told(client, workflow, since=said["mark"]) == 204
    run.request_cancel()
    again = told(client, workflow, since=said["mark"])
    assert (again["state"], again["cancel"]) == ("cancelling", "")


def test_only_a_workflow_with_steps_is_told_to_press_run(alice: User, client: Client) -> None:
    filled = workflow_of(alice)
    empty = type(filled).objects.create(owner=alice, name="Empty")
    for part in ("results", "last-log"):
        assert "Nothing has run yet. Press Run" in client.get(f"/runs/{part}/{filled.pk}/").content.decode()
        assert "Nothing has run yet.</p>" in client.get(f"/runs/{part}/{empty.pk}/").content.decode()


def test_the_drawer_shows_the_chosen_step_or_the_whole_run(alice: User, client: Client) -> None:
    workflow = workflow_of(alice)
    address = f"/runs/results/{workflow.pk}/"
    assert "Nothing has run yet" in client.get(address).content.decode()
    assert "Nothing has run yet" in client.get(f"/runs/last-log/{workflow.pk}/").content.decode()
    run = run_of(workflow, Run.State.FAILED)
    run.node_runs.filter(node_id="split").update(state="failed", output="", error={"message": "No rows.", "hint": ""})
    whole = client.get(address).content.decode()
    assert "No rows." in whole
    assert 'data-choose="split"' in whole
    assert 'data-step-shown="split"' in client.get(address, {"step": "split"}).content.decode()
    assert "This step was not part of run" in client.get(address, {"step": "model"}).content.decode()


def test_a_run_is_started_and_stopped_without_leaving_the_editor(alice: User, client: Client) -> None:
    workflow = workflow_of(alice)
    answer = client.post(
        f"/runs/start/{workflow.pk}/", {"idempotency_key": "k"}, headers={"Accept": "application/json"}
    )
    assert answer.status_code == 201
    run = Run.objects.get()
    assert answer.json() == {"run": run.pk, "page": f"/runs/{run.pk}/"}
    stopped = client.post(f"/runs/{run.pk}/cancel/", headers={"Accept": "application/json"})
    assert stopped.json() == {"run": run.pk, "stops": True}


def test_what_keeps_a_run_from_starting_is_said_with_its_step(alice: User, client: Client) -> None:
    graph = titanic()
    del graph["edges"][0]
    workflow = workflow_of(alice, graph=graph)
    answer = client.post(f"/runs/start/{workflow.pk}/", headers={"Accept": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["step"] == "encode"
    assert answer.json()["problems"][0]["message"]
