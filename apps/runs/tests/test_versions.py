"""What a workflow's versions show of its runs."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import User
from apps.runs.models import Run
from apps.runs.tests.finished import finished_run
from apps.runs.tests.variants import told, variant
from apps.workflows.models import Workflow
from apps.workflows.tests.graphs import person, workflow_of
from apps.workflows.tests.sharing import SECRET, make_people

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(user: User, workflow: Workflow, name: str, query: str) -> str:
    return signed_in(user).get(reverse(f"runs:{name}", args=[workflow.pk]) + query).content.decode()


def test_each_version_gets_its_last_run_and_how_many_there_are() -> None:
    alice = person("alice")
    workflow = workflow_of(alice)
    run = finished_run(alice, workflow)
    Run.objects.create(version=run.version, user=alice, state=Run.State.FAILED)
    told(workflow, "split", test_share=0.4)
    workflow.freeze(alice)
    text = page(alice, workflow, "of_versions", "?version=1&version=2&version=9&version=x")
    first, second = text.split('id="version-runs-2"')
    assert "Failed" in first and "2 runs" in first
    assert "not run" in second


def test_the_places_of_many_versions_take_a_fixed_number_of_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    alice = person("alice")
    workflow = workflow_of(alice)
    for share in range(10, 22):
        told(workflow, "split", test_share=share / 100)
        Run.objects.create(version=workflow.freeze(alice), user=alice, state=Run.State.SUCCEEDED)
    address = reverse("runs:of_versions", args=[workflow.pk]) + "?" + "&".join(f"version={n}" for n in range(1, 13))
    client = signed_in(alice)
    client.get(address)
    with django_assert_num_queries(7):
        assert client.get(address).content.decode().count("Succeeded") == 12


def test_metrics_of_two_versions_stand_beside_each_other_with_their_difference() -> None:
    alice = person("alice")
    workflow = workflow_of(alice)
    finished_run(alice, workflow)
    variant(alice, workflow, "model", C=0.01)
    text = page(alice, workflow, "version_metrics", "?from=1&to=draft")
    assert "Comparable: measured on the same" in text and "Accuracy" in text
    assert "Workflow version 1" in text and "Draft 1" in text


def test_metrics_on_other_rows_are_said_not_to_compare_and_why() -> None:
    alice = person("alice")
    workflow = workflow_of(alice)
    finished_run(alice, workflow)
    variant(alice, workflow, "split", test_share=0.4)
    text = page(alice, workflow, "version_metrics", "?from=1&to=2")
    assert "These numbers do not compare." in text and "test share 0.4 instead of 0.25" in text


def test_a_version_without_a_finished_run_is_named() -> None:
    alice = person("alice")
    workflow = workflow_of(alice)
    finished_run(alice, workflow)
    told(workflow, "split", test_share=0.4)
    text = page(alice, workflow, "version_metrics", "?from=1&to=draft")
    assert "Draft 1 has no run that finished" in text and "run 1" in text.lower()


def test_versions_that_say_the_same_share_their_run() -> None:
    alice = person("alice")
    workflow = workflow_of(alice)
    finished_run(alice, workflow)
    text = page(alice, workflow, "version_metrics", "?from=1&to=draft")
    assert "one run speaks for both" in text


def test_a_run_up_to_a_step_or_one_that_failed_speaks_for_no_version() -> None:
    alice = person("alice")
    workflow = workflow_of(alice)
    frozen = workflow.freeze(alice)
    Run.objects.create(version=frozen, user=alice, state=Run.State.SUCCEEDED, until="split")
    Run.objects.create(version=frozen, user=alice, state=Run.State.FAILED)
    assert "no run that finished" in page(alice, workflow, "version_metrics", "?from=1&to=1")


def test_strangers_and_unknown_versions_get_404() -> None:
    alice, charlie = person("alice"), person("charlie")
    workflow = workflow_of(alice)
    address = reverse("runs:version_metrics", args=[workflow.pk])
    assert signed_in(charlie).get(address).status_code == 404
    assert signed_in(charlie).get(reverse("runs:of_versions", args=[workflow.pk])).status_code == 404
    assert signed_in(alice).get(address + "?from=77").status_code == 404


@pytest.mark.parametrize("query", ["?from=1&to=1", "?from=1&to=2"])
def test_no_value_of_data_is_named_to_a_person_who_may_not_read_it(query: str) -> None:
    people = make_people()
    finished_run(people.alice, people.workflow)
    variant(people.alice, people.workflow, "model", C=0.5)
    assert "for paid = Sparta" in page(people.alice, people.workflow, "version_metrics", query)
    for name, asked in (("version_metrics", query), ("of_versions", "?version=1&version=2")):
        text = page(people.vera, people.workflow, name, asked)
        assert "Accuracy" in text
        assert SECRET not in text and "Sparta" not in text
