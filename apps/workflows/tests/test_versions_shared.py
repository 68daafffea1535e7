"""Versions of a workflow that is shared: who may look, who may keep and restore."""

from __future__ import annotations

import pytest
from django.urls import reverse

from apps.workflows import versions
from apps.workflows.models import Workflow, WorkflowVersion
from apps.workflows.tests.sharing import People, make_people, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(db: None) -> People:
    found = make_people()
    versions.save_version(found.workflow, found.alice, "Baseline")
    return found


def address(people: People, name: str, number: int | None = None, query: str = "") -> str:
    return reverse(f"workflows:{name}", args=[people.workflow.pk, *([number] if number else [])]) + query


def test_a_viewer_sees_versions_and_finds_no_button_that_changes_any(people: People) -> None:
    client = signed_in(people.vera)
    for page in (
        address(people, "versions"),
        address(people, "versions_newest"),
        address(people, "version", 1),
        address(people, "compare", query="?from=1"),
    ):
        text = client.get(page).content.decode()
        assert "Baseline" in text, page
        assert "Restore" not in text and "Save a version" not in text, page


def test_a_viewer_may_not_keep_name_or_restore(people: People) -> None:
    client = signed_in(people.vera)
    assert client.get(address(people, "version_save")).status_code == 403
    assert client.post(address(people, "version_save"), {"name": "Mine"}).status_code == 403
    assert client.post(address(people, "version_rename", 1), {"name": "Mine"}).status_code == 403
    assert client.post(address(people, "version_restore", 1)).status_code == 403
    assert list(WorkflowVersion.objects.values_list("name", flat=True)) == ["Baseline"]


def test_an_editor_keeps_and_restores_and_the_list_says_who_it_was(people: People) -> None:
    client = signed_in(people.bob)
    graph = people.workflow.graph | {"seed": 7}
    Workflow.objects.filter(pk=people.workflow.pk).update(graph=graph)
    client.post(address(people, "version_save"), {"name": "Other seed"})
    client.post(address(people, "version_restore", 1))
    people.workflow.refresh_from_db()
    assert people.workflow.graph["seed"] == 0
    assert "bob" in client.get(address(people, "versions")).content.decode()


def test_a_new_workflow_on_data_that_a_person_may_not_read_is_refused_in_a_sentence(people: People) -> None:
    answer = signed_in(people.vera).post(address(people, "version_start", 1), follow=True)
    assert "No workflow can be started from workflow version 1" in answer.content.decode()
    assert not Workflow.objects.filter(owner=people.vera).exists()
