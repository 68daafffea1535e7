"""Every address, walked by people who share a workflow (Bob may change it, Vera may look) and by Charlie, a stranger.

Nobody shares the data: what is made of it must be nowhere. An address that is not in these lists is 404 for all three.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.db import transaction
from django.forms.models import model_to_dict
from django.test import Client
from django.urls import reverse

from apps.accounts.models import ApiToken, User
from apps.datasets.models import Dataset, DatasetShare
from apps.datasets.tests.factories import imported
from apps.runs.models import LogLine, NodeRun, OutputFile, Run, RunTag
from apps.runs.tests.finished import finished_run
from apps.workflows.models import Role, Workflow, WorkflowVersion
from apps.workflows.tests.sharing import SECRET, People, graph_of, signed_in
from tests.test_access import ARGUMENTS, AUDIENCES, FOUND, OWNERS
from tests.world import KEY, make_person

VALUES = (SECRET, "Sparta", "Trier")
"""What only the data holds: towns, and the classes that the model answers with."""

LOOK = {
    "workflows:detail",
    "workflows:file",
    "workflows:graph_json",
    "workflows:advice",
    "workflows:parts",
    "workflows:palette",
    "workflows:duplicate",
    "workflows:leave",
    "workflows:share",
    "workflows:step",
    "workflows:rows",
    "workflows:live_json",
    "registry:of_run",
    "api:workflow-detail",
    "api:workflow-runs",
    "runs:data_notices",
    "runs:download_menu",
    "runs:table",
    "runs:table_csv",
    "runs:table_parquet",
    "runs:detail",
    "runs:star",
    "runs:note",
    "runs:tags",
    "runs:progress",
    "runs:log",
    "runs:step",
    "api:run-detail",
}
"""For all who share it. What can be changed at some of them is checked below."""
CHANGE = {
    "workflows:ops",
    "workflows:undo",
    "workflows:redo",
    "workflows:act",
    "workflows:layout",
    "workflows:mend",
    "workflows:rename",
    "runs:start",
    "runs:cancel",
    "runs:star",
    "api:run-cancel",
}
"""403 with a sentence for those who may only look."""
OWN = {"workflows:delete"}
"""403 for everybody but the owner."""
DATA = {
    "runs:download",
    "runs:download_data",
    "runs:step_table",
    "runs:file",
    "runs:rows",
    "api:run-node",
    "api:run-log",
}
"""403 for those who may not read the data."""
POSTED_BY_ALL = {"workflows:duplicate", "workflows:leave", "workflows:version_start"}
"""What changes nothing for others."""

SHARED = sorted((set(AUDIENCES) & set(FOUND)) - {n for n, audience in AUDIENCES.items() if audience != OWNERS})


@pytest.fixture
def people(db: None) -> People:
    cache.clear()
    alice, bob, vera, charlie = (make_person(name) for name in ("alice", "bob", "vera", "charlie"))
    lines = "".join(f"{20 + n},{'Trier' if n % 4 else SECRET},{SECRET if n % 3 else 'Sparta'}\n" for n in range(60))
    dataset = imported(alice, f"age,town,paid\n{lines}", "payments.csv").dataset
    workflow = Workflow.objects.create(pk=KEY, owner=alice, name="Who pays?", graph=graph_of(dataset.reference))
    frozen = workflow.freeze(alice)
    workflow.shares.create(user=bob, role=Role.EDITOR)
    workflow.shares.create(user=vera, role=Role.VIEWER)
    run = moved(finished_run(alice, workflow), frozen)
    LogLine.objects.create(run=run, node_id="data", time=run.created, text=f"Read {SECRET}.")
    file = ContentFile(SECRET.encode(), name="a.csv")
    OutputFile.objects.create(pk=KEY, run=run, node_id="data", name="a.csv", file=file, size=1, sha256="ab")
    step = run.node_runs.get(node_id="encode")
    step.note, step.error = (
        f"There is {SECRET}.",
        {"message": f"Bad {SECRET}", "hint": SECRET, "column": SECRET, "code": "x"},
    )
    step.save()
    return People(alice, bob, vera, charlie, workflow, dataset)


def moved(run: Run, version: WorkflowVersion) -> Run:
    """The run under the key that the addresses name."""
    made = Run.objects.create(
        pk=KEY,
        version=version,
        user=run.user,
        state=run.state,
        seconds=run.seconds,
        started=run.started,
        finished=run.finished,
        error={"message": f"Bad {SECRET}", "hint": SECRET, "code": "x", "column": None, "reference": None},
    )
    for rows in (run.node_runs, run.metrics, run.log_lines, run.inputs):
        rows.update(run=made)
    run.delete()
    return made


def path_of(name: str) -> str:
    arguments = ARGUMENTS | {"node": "data"}
    return reverse(name, kwargs={key: arguments[key] for key in FOUND[name].pattern.converters})


def opened(user: User, name: str) -> tuple[int, str]:
    """Status and text of a GET, or of a POST where GET is not served."""
    client, path = signed_in(user), path_of(name)
    answer = client.get(path, HTTP_AUTHORIZATION=f"Bearer {ApiToken.issue(user, 'x')[1]}")
    if answer.status_code == 405:
        answer = client.post(path, HTTP_AUTHORIZATION=f"Bearer {ApiToken.issue(user, 'x')[1]}")
    return answer.status_code, text_of(answer)


def text_of(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode("utf-8", "replace")


def expected(name: str, who: str) -> set[int]:
    """What somebody who shares the workflow, and not its data, may be answered."""
    fine = {200, 202, 204, 302, 400, 409, 422}
    if name in OWN or name in DATA:
        return {403}
    if name in CHANGE and name not in LOOK:
        return fine if who == "bob" else {403}
    if name == "runs:star":
        return fine if who == "bob" else {403}
    if name.startswith(VERSIONS):
        return fine | {403, 404}
    return fine if name in LOOK else {404}


VERSIONS = (
    "workflows:version",
    "workflows:compare",
    "runs:states",
    "runs:results",
    "runs:last_log",
    "runs:version",
    "runs:of_",
)
"""Parts that have tests of their own for who may do what; here for the values that they must not show."""


@contextmanager
def taken_back() -> Iterator[None]:
    """What is done at one address is not there for the next."""
    with transaction.atomic():
        cache.clear()
        yield
        transaction.set_rollback(True)


def test_what_each_address_answers_and_that_no_value_of_the_data_is_in_it(people: People) -> None:
    wrong = []
    for name in SHARED:
        for who in ("bob", "vera", "charlie"):
            with taken_back():
                status, text = opened(getattr(people, who), name)
            right = {404} if who == "charlie" else expected(name, who)
            if status not in right:
                wrong.append(f"{name}: {who} gets {status}")
            wrong += [f"{name}: {who} reads {value}" for value in VALUES if value in text]
    assert wrong == []


def state_of_everything() -> list[dict[str, Any]]:
    models: tuple[Any, ...] = (Workflow, WorkflowVersion, Run, NodeRun, RunTag, Dataset, DatasetShare)
    return [model_to_dict(row) for model in models for row in model.objects.order_by("pk")] + [
        {"roles": list(Workflow.objects.get(pk=KEY).shares.order_by("pk").values_list("user", "role"))}
    ]


def test_who_may_only_look_changes_nothing_by_any_method(people: People) -> None:
    client, header = signed_in(people.vera), f"Bearer {ApiToken.issue(people.vera, 'x')[1]}"
    before, wrong = state_of_everything(), []
    for name, method in product(sorted(set(SHARED) - POSTED_BY_ALL), ("post", "put", "patch", "delete")):
        for content in ("application/json", "application/x-www-form-urlencoded"):
            sent = {"data": "{}", "content_type": content, "HTTP_AUTHORIZATION": header}
            answer = getattr(client, method)(path_of(name), **sent)
            if answer.status_code not in (403, 404, 405, 415):
                wrong.append(f"{method} {name}: {answer.status_code}")
            if answer.status_code == 403 and "alice" not in text_of(answer):
                wrong.append(f"{method} {name} does not say whom to ask")
    assert wrong == []
    assert state_of_everything() == before


def test_with_the_data_colleagues_see_what_was_made_of_it_and_viewers_take_nothing_along(people: People) -> None:
    for person in (people.bob, people.vera):
        DatasetShare.objects.create(dataset=people.dataset, user=person)
    for name in ("runs:rows", "runs:log", "runs:step", "api:run-node", "api:run-log"):
        for person in (people.bob, people.vera):
            status, text = opened(person, name)
            assert status == 200 and SECRET in text, name
    for name in ("runs:download", "runs:download_data", "runs:step_table", "runs:file"):
        if name == "runs:file":  # a package takes a process of its own
            assert SECRET in opened(people.bob, name)[1]
        status, text = opened(people.vera, name)
        assert status == 403 and "Ask alice for the right to change it" in text


def test_the_view_ends_when_the_data_is_not_shared_any_more(people: People) -> None:
    share = DatasetShare.objects.create(dataset=people.dataset, user=people.vera)
    assert SECRET in opened(people.vera, "runs:step")[1]
    share.delete()
    status, text = opened(people.vera, "runs:step")
    assert status == 200
    assert "You have no access to the data “payments” that this was made from. Ask alice." in text


def test_the_owner_sees_it_also_when_the_data_is_gone_and_the_others_never(people: People) -> None:
    DatasetShare.objects.create(dataset=people.dataset, user=people.vera)
    people.dataset.delete()
    assert SECRET in opened(people.alice, "runs:step")[1]
    assert "no access to the data “payments”" in opened(people.vera, "runs:step")[1]


def test_aggregate_numbers_are_there_without_the_names_of_classes(people: People) -> None:
    found = (
        Client()
        .get(path_of("api:run-detail"), HTTP_AUTHORIZATION=f"Bearer {ApiToken.issue(people.vera, 'x')[1]}")
        .json()
    )
    metrics = {one["name"]: one for one in found["metrics"]}
    assert metrics["accuracy"]["value"] is not None
    assert {one["sentence"] for one in found["metrics"]} == {""}
    assert found["withheld"] == "You have no access to the data “payments” that this was made from. Ask alice."
    assert [one["state"] for one in found["nodes"]] == ["done"] * 5
    assert {one["rows_out"] for one in found["nodes"]} == {None}
    assert found["files"] == [] and {one["digest"] for one in found["inputs"]} == {""}
    comparison = signed_in(people.vera).get(reverse("runs:compare"), {"run": [KEY, twin(people).pk]}).content.decode()
    assert "Accuracy" in comparison
    assert [value for value in VALUES if value in comparison] == []


def twin(people: People) -> Run:
    return finished_run(people.alice, people.workflow)


def test_lists_hold_no_values_either(people: People) -> None:
    twin(people)
    client = signed_in(people.vera)
    for name, query in (
        ("runs:list", {}),
        ("runs:active", {}),
        ("runs:latest", {"workflow": KEY}),
        ("workflows:list", {}),
        ("workflows:recent", {}),
        ("home", {}),
    ):
        text = client.get(reverse(name), query).content.decode()
        assert [value for value in VALUES if value in text] == [], name
    header = f"Bearer {ApiToken.issue(people.vera, 'x')[1]}"
    for name in ("api:run-list", "api:workflow-list"):
        text = client.get(reverse(name), HTTP_AUTHORIZATION=header).content.decode()
        assert [value for value in VALUES if value in text] == [], name
