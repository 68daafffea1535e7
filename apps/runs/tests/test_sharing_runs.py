"""Runs of a shared workflow act with the rights of who started them, and tell nobody of data that is not theirs."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import User
from apps.datasets.models import DatasetShare
from apps.datasets.tests.factories import imported
from apps.runs.models import Artifact, NodeRun, OutputFile, Run, RunInput
from apps.runs.plan import PlanRefused
from apps.runs.planning import plan
from apps.runs.tests.factories import make_user
from apps.runs.tests.finished import finished_run
from apps.workflows.models import Role, Workflow
from apps.workflows.tests.sharing import DATA, People, graph_of, make_people, signed_in
from flowza.engine.errors import GraphError
from flowza.engine.job import Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(db: None) -> People:
    return make_people()


def keys_of(run: Run) -> set[str]:
    return set(run.node_runs.exclude(key="").values_list("key", flat=True))


def test_who_lacks_the_data_cannot_run_and_reads_whom_to_ask(people: People) -> None:
    with pytest.raises(GraphError) as refused:
        Run.objects.start(people.bob, people.workflow)
    (problem,) = refused.value.problems
    assert problem.message == "You have no access to the data “payments”. Ask alice, or choose other data."
    answer = signed_in(people.bob).post(reverse("runs:start", args=[people.workflow.pk]), follow=True)
    assert "You have no access to the data “payments”." in answer.content.decode()
    assert not Run.objects.exists()


def test_who_may_only_look_cannot_run_even_with_the_data(people: People) -> None:
    DatasetShare.objects.create(dataset=people.dataset, user=people.vera)
    with pytest.raises(PermissionDenied):
        Run.objects.start(people.vera, people.workflow)
    with pytest.raises(PermissionDenied):
        Run.objects.start(people.charlie, people.workflow)
    assert not Run.objects.exists()


def test_an_editor_with_the_data_runs_and_the_run_knows_whose_data_it_was(people: People) -> None:
    DatasetShare.objects.create(dataset=people.dataset, user=people.bob)
    run = finished_run(people.bob, people.workflow)
    assert RunInput.objects.get(run=run).data_owner == people.alice
    for user in (people.alice, people.bob):
        assert Run.objects.for_user(user).get().data_hidden is False
    assert Run.objects.for_user(people.vera).get().data_hidden is True
    assert not Run.objects.for_user(people.charlie).exists()


def test_a_run_that_waits_is_refused_when_the_data_is_not_shared_any_more(people: People) -> None:
    share = DatasetShare.objects.create(dataset=people.dataset, user=people.bob)
    run = Run.objects.start(people.bob, people.workflow)
    share.delete()
    with pytest.raises(PlanRefused):
        plan(run)


def test_who_ran_it_sees_no_more_of_it_when_the_data_is_not_shared_any_more(people: People) -> None:
    share = DatasetShare.objects.create(dataset=people.dataset, user=people.bob)
    own = Workflow.objects.create(owner=people.bob, name="Mine", graph=people.workflow.graph)
    run = finished_run(people.bob, own)
    assert Run.objects.for_user(people.bob).get(pk=run.pk).data_hidden is False
    share.delete()
    assert Run.objects.for_user(people.bob).get(pk=run.pk).data_hidden is True


def test_a_guess_at_the_content_of_hidden_data_is_not_told_by_what_is_kept(people: People) -> None:
    run = finished_run(people.alice, people.workflow)
    # Bob uploads what he guesses to be Alice's table: the same content, so the same keys.
    guess = imported(people.bob, DATA, "guess.csv").dataset
    own = Workflow.objects.create(owner=people.bob, name="Guess", graph=graph_of(guess.reference))
    job = plan(Run.objects.start(people.bob, own)).job
    assert isinstance(job, Job)
    assert NodeRun.objects.for_user(people.bob).filter(key__in=keys_of(run)).exists()
    assert job.available == frozenset()
    assert NodeRun.objects.kept_keys(people.bob, keys_of(run)) == frozenset()
    # With the data, what Alice's run stored is used.
    DatasetShare.objects.create(dataset=people.dataset, user=people.bob)
    assert NodeRun.objects.kept_keys(people.bob, keys_of(run)) == keys_of(run)
    assert NodeRun.objects.kept_keys(people.charlie, keys_of(run)) == frozenset()


def test_files_and_artifacts_are_for_those_who_may_read_the_data(people: People) -> None:
    run = finished_run(people.alice, people.workflow)
    step = run.node_runs.get(node_id="data")
    artifact = Artifact.objects.create(key=step.key, suffix=".arrow", size=1, run=run)
    step.artifacts.add(artifact)
    OutputFile.objects.create(run=run, node_id="data", name="a.csv", file="a.csv", size=1, sha256="ab")
    models = (Artifact, OutputFile)
    assert [model.objects.for_user(people.alice).count() for model in models] == [1, 1]
    assert [model.objects.for_user(people.bob).count() for model in models] == [0, 0]
    DatasetShare.objects.create(dataset=people.dataset, user=people.bob)
    assert [model.objects.for_user(people.bob).count() for model in models] == [1, 1]
    assert [model.objects.for_user(people.charlie).count() for model in models] == [0, 0]


def test_data_whose_owner_is_gone_is_hidden_from_all(people: People) -> None:
    run = finished_run(people.alice, people.workflow)
    RunInput.objects.filter(run=run).update(data_owner=None, version=None)
    for user in (people.alice, people.bob, people.vera):
        found = Run.objects.for_user(user).get()
        assert found.data_hidden is True
        assert NodeRun.objects.kept_keys(user, keys_of(run)) == frozenset()


def test_showcase_data_is_for_everybody(people: People) -> None:
    graph = graph_of("")
    graph["nodes"][0] = {"id": "data", "kind": "showcase", "params": {"name": "titanic"}}
    Workflow.objects.filter(pk=people.workflow.pk).update(graph=graph)
    people.workflow.refresh_from_db()
    finished_run(people.bob, people.workflow)
    assert Run.objects.for_user(people.vera).get().data_hidden is False


def test_where_an_output_was_kept_from_is_not_told_of_runs_of_other_workflows(people: People) -> None:
    DatasetShare.objects.create(dataset=people.dataset, user=people.bob)
    own = Workflow.objects.create(owner=people.bob, name="Mine", graph=people.workflow.graph)
    before = finished_run(people.bob, own)
    run = finished_run(people.bob, people.workflow)
    run.node_runs.filter(node_id="data").update(state=NodeRun.State.KEPT, kept_from=before)
    address = reverse("runs:detail", args=[run.pk])
    assert f"run {before.pk}</a>" in signed_in(people.bob).get(address).content.decode()
    assert f"run {before.pk}</a>" not in signed_in(people.alice).get(address).content.decode()


def test_an_editor_cancels_and_who_may_only_look_does_not(people: People) -> None:
    run = Run.objects.start(people.alice, people.workflow)
    address = reverse("runs:cancel", args=[run.pk])
    assert signed_in(people.vera).post(address).status_code == 403
    assert signed_in(people.charlie).post(address).status_code == 404
    run.refresh_from_db()
    assert not run.cancel_requested
    signed_in(people.bob).post(address)
    run.refresh_from_db()
    assert run.state == Run.State.CANCELLED


def test_who_lost_the_right_to_change_may_still_stop_the_own_run(people: People) -> None:
    DatasetShare.objects.create(dataset=people.dataset, user=people.bob)
    run = Run.objects.start(people.bob, people.workflow)
    people.workflow.shares.filter(user=people.bob).update(role=Role.VIEWER)
    signed_in(people.bob).post(reverse("runs:cancel", args=[run.pk]))
    run.refresh_from_db()
    assert run.state == Run.State.CANCELLED


def test_lists_of_runs_cost_the_same_whatever_is_shared(people: People) -> None:
    def cost(user: User, name: str) -> int:
        client = signed_in(user)
        client.get(reverse(name))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(name)).status_code == 200
        return len(queries)

    finished_run(people.alice, people.workflow)
    before = [cost(user, "runs:list") for user in (people.alice, people.vera)]
    for _ in range(3):
        finished_run(people.alice, people.workflow)
    assert [cost(user, "runs:list") for user in (people.alice, people.vera)] == before
    assert before[0] == before[1]


def test_cards_of_shared_workflows_name_the_data_in_a_fixed_number_of_queries(people: People) -> None:
    def cards(user: User) -> tuple[str, int]:
        client = signed_in(user)
        ids = list(Workflow.objects.values_list("pk", flat=True))
        client.get(reverse("runs:latest"), {"workflow": ids})
        with CaptureQueriesContext(connection) as queries:
            text = client.get(reverse("runs:latest"), {"workflow": ids}).content.decode()
        return text, len(queries)

    text, before = cards(people.vera)
    assert "You have no access to the data “payments”. Ask alice" in text
    for number in range(3):
        owner = make_user(f"owner{number}")
        data = imported(owner, DATA, f"table{number}.csv").dataset
        more = Workflow.objects.create(owner=owner, name="More", graph=graph_of(data.reference))
        more.shares.create(user=people.vera, role=Role.VIEWER)
    text, after = cards(people.vera)
    assert "“table2”. Ask owner2" in text
    assert after == before
