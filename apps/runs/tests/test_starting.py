"""From a click to a run that waits, and from there through the real engine to its end."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django_q.models import OrmQ

from apps.accounts.models import User
from apps.datasets.actions import import_upload
from apps.datasets.models import Dataset
from apps.runs.models import NodeRun, Run
from apps.runs.planning import plan
from apps.runs.querysets import IdempotencyKeyReused
from apps.runs.supervisor import supervise
from apps.runs.tests.factories import QUICK, make_user
from apps.runs.tests.processes import Process
from apps.workflows.models import Workflow
from flowza.engine.errors import GraphError
from flowza.engine.job import perform
from flowza.engine.tests.graphs import chain

EXPORT = chain(("showcase", {"name": "titanic"}), ("export_dataset", {}))


def make_workflow(user: User, graph: dict[str, Any] = EXPORT) -> Workflow:
    return Workflow.objects.create(owner=user, name="Titanic", graph=graph)


def make_dataset(user: User) -> Dataset:
    file = SimpleUploadedFile("people.csv", b"age,city\n31,Ulm\n42,Bonn\n")
    return import_upload(user, file, "people").dataset


def do(run: Run) -> Run:
    """The run from claim to end, by the real engine."""
    supervise(run.pk, plan, perform, QUICK)
    run.refresh_from_db()
    return run


@pytest.mark.django_db
def test_a_started_run_waits_with_its_steps_and_one_entry_in_the_queue() -> None:
    alice = make_user()
    run = Run.objects.start(alice, make_workflow(alice))
    assert (run.state, run.version.number, run.user) == (Run.State.QUEUED, 1, alice)
    steps = run.node_runs.values_list("node_id", "kind", "label", "position", "state")
    assert list(steps) == [
        ("showcase", "showcase", "Showcase dataset", 0, "waiting"),
        ("export_dataset", "export_dataset", "Export dataset", 1, "waiting"),
    ]
    assert OrmQ.objects.count() == 1


@pytest.mark.django_db
def test_the_run_and_its_entry_come_in_one_transaction() -> None:
    alice = make_user()
    with pytest.raises(RuntimeError), transaction.atomic():
        Run.objects.start(alice, make_workflow(alice))
        raise RuntimeError
    assert not Run.objects.exists() and not OrmQ.objects.exists()


@pytest.mark.django_db
def test_a_double_click_gives_one_run() -> None:
    alice, bob = make_user(), make_user()
    workflow = make_workflow(alice)
    first = Run.objects.start(alice, workflow, idempotency_key="click")
    assert Run.objects.start(alice, workflow, idempotency_key="click") == first
    assert Run.objects.start(alice, workflow) != first
    assert Run.objects.start(bob, make_workflow(bob), idempotency_key="click") != first
    assert OrmQ.objects.count() == 3


@pytest.mark.django_db
def test_a_key_cannot_be_used_for_another_run() -> None:
    alice = make_user()
    workflow = make_workflow(alice)
    Run.objects.start(alice, workflow, idempotency_key="click")
    with pytest.raises(IdempotencyKeyReused):
        Run.objects.start(alice, make_workflow(alice), idempotency_key="click")
    with pytest.raises(IdempotencyKeyReused):
        Run.objects.start(alice, workflow, until="showcase", idempotency_key="click")


@pytest.mark.usefixtures("shared_database")
def test_two_clicks_at_the_same_moment_give_one_run() -> None:
    alice = make_user()
    workflow = make_workflow(alice)

    def click() -> None:
        Run.objects.start(alice, workflow, idempotency_key="click")

    with Process(click) as one, Process(click) as other:
        assert (one.wait(), other.wait()) == (0, 0)
    assert Run.objects.count() == OrmQ.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "graph",
    [
        {"format": 1, "seed": 0, "nodes": [], "edges": []},
        chain(("showcase", {"name": "titanic"})) | {"nodes": [{"id": "a", "kind": "no such kind"}]},
        {"format": 1, "nodes": [{"id": "out", "kind": "export_dataset"}], "edges": []},
        chain(("csv", {})),
    ],
    ids=["empty", "unknown kind", "open input", "no dataset chosen"],
)
def test_a_graph_that_cannot_run_is_refused_and_leaves_nothing(graph: dict[str, Any]) -> None:
    alice = make_user()
    workflow = make_workflow(alice, graph)
    with pytest.raises(GraphError) as refusal:
        Run.objects.start(alice, workflow)
    assert refusal.value.problems
    assert not Run.objects.exists() and not workflow.versions.exists()


@pytest.mark.django_db
def test_run_to_here_needs_only_the_steps_before_it() -> None:
    alice = make_user()
    graph = {**EXPORT, "nodes": [*EXPORT["nodes"], {"id": "open", "kind": "export_dataset"}]}
    workflow = make_workflow(alice, graph)
    run = Run.objects.start(alice, workflow, until="showcase")
    assert [row.node_id for row in run.node_runs.all()] == ["showcase"]
    with pytest.raises(GraphError):
        Run.objects.start(alice, workflow, until="open")
    with pytest.raises(GraphError):
        Run.objects.start(alice, workflow, until="no such step")


@pytest.mark.django_db
def test_another_persons_dataset_is_refused_in_the_words_for_one_that_is_not_there() -> None:
    alice, charlie = make_user(), make_user()
    there, missing = f"dataset:{make_dataset(alice).pk}", "dataset:987654"
    said = []
    for reference in (there, missing):
        with pytest.raises(GraphError) as refusal:
            Run.objects.start(charlie, make_workflow(charlie, chain(("csv", {"dataset": reference}))))
        (problem,) = refusal.value.problems
        assert (problem.node, problem.field, problem.code) == ("csv", "dataset", "dataset_missing")
        said.append(problem.message.replace(reference, "…"))
    assert said[0] == said[1]
    run = Run.objects.start(alice, make_workflow(alice, chain(("csv", {"dataset": there}))))
    assert run.state == Run.State.QUEUED


@pytest.mark.usefixtures("shared_database")
def test_a_dataset_deleted_after_the_click_is_a_failed_run_that_says_so() -> None:
    alice = make_user()
    dataset = make_dataset(alice)
    run = Run.objects.start(alice, make_workflow(alice, chain(("csv", {"dataset": f"dataset:{dataset.pk}"}))))
    dataset.delete()
    do(run)
    assert run.state == Run.State.FAILED
    assert run.error is not None and "deleted" in run.error["message"]


@pytest.mark.usefixtures("shared_database")
def test_a_run_through_the_engine_ends_with_its_file() -> None:
    alice = make_user()
    run = do(Run.objects.start(alice, make_workflow(alice)))
    assert (run.state, run.error) == (Run.State.SUCCEEDED, None)
    showcase = run.node_runs.get(node_id="showcase")
    assert (showcase.state, showcase.rows_out, showcase.output) == ("done", 2201, "table")
    assert [path.exists() for artifact in showcase.artifacts.all() if (path := artifact.path)]
    with run.output_files.get().file as file:
        assert len(pd.read_csv(file)) == 2201


@pytest.mark.usefixtures("shared_database")
def test_what_a_person_ran_before_is_kept_and_what_others_ran_is_not() -> None:
    alice, bob = make_user(), make_user()
    first = do(Run.objects.start(alice, make_workflow(alice)))
    again = do(Run.objects.start(alice, make_workflow(alice)))
    other = do(Run.objects.start(bob, make_workflow(bob)))
    kept = again.node_runs.get(node_id="showcase")
    assert (kept.state, kept.kept_from) == (NodeRun.State.KEPT, first)
    assert other.node_runs.get(node_id="showcase").state == NodeRun.State.DONE
