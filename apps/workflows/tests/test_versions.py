"""Keeping, naming and restoring versions, and the pages that show them."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import User
from apps.datasets.actions import import_upload
from apps.datasets.models import Dataset
from apps.workflows import operations, versions
from apps.workflows.models import Workflow, WorkflowVersion
from apps.workflows.tests.graphs import person, titanic, workflow_of
from flowza.engine.edit_difference import normal_form
from flowza.engine.templates import TEMPLATES

pytestmark = pytest.mark.django_db


def set_share(workflow: Workflow, user: User, share: float) -> None:
    ops = [{"op": "set_params", "id": "split", "set": {"test_share": share}}]
    operations.submit(workflow, user, workflow.revision, f"share-{round(share * 100)}", ops)


def share_of(graph: dict) -> float:
    return float(next(node["params"]["test_share"] for node in graph["nodes"] if node["id"] == "split"))


def post(client: Client, workflow: Workflow, page: str, number: int | None = None, **sent: str) -> str:
    """The text of the page that the form leads to."""
    address = reverse(f"workflows:{page}", args=[workflow.pk, *([number] if number else [])])
    return client.post(address, sent, follow=True).content.decode()


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


# Keeping


def test_a_saved_version_has_the_name_and_what_changed_since_the_one_before() -> None:
    alice = person("alice")
    workflow = workflow_of(alice)
    first = versions.save_version(workflow, alice, "Baseline", "Nothing tuned")
    set_share(workflow, alice, 0.3)
    second = versions.save_version(workflow, alice, "More test rows")
    assert (first.number, first.name, first.note, first.changes) == (1, "Baseline", "Nothing tuned", "")
    assert (second.number, second.changes) == (2, "Changed 'Test share' of 'Train/test split'")


def test_the_version_that_a_run_kept_takes_the_name_when_it_is_the_very_same() -> None:
    alice = person("alice")
    workflow = workflow_of(alice)
    kept = workflow.freeze(alice)
    assert versions.save_version(workflow, alice, "Baseline") == kept
    assert WorkflowVersion.objects.get().name == "Baseline"


def test_saving_twice_under_one_name_keeps_one_version_and_another_name_is_refused() -> None:
    alice = person("alice")
    workflow = workflow_of(alice)
    versions.save_version(workflow, alice, "Baseline")
    versions.save_version(workflow, alice, "Baseline")
    with pytest.raises(versions.VersionRefused, match="Nothing has changed since workflow version 1 “Baseline”"):
        versions.save_version(workflow, alice, "Other")
    assert workflow.versions.count() == 1


def test_a_moved_card_is_kept_by_name_and_a_run_uses_that_version() -> None:
    alice = person("alice")
    workflow = workflow_of(alice)
    workflow.freeze(alice)
    operations.submit(workflow, alice, 1, "move", [{"op": "move", "id": "split", "x": 400, "y": 80}])
    named = versions.save_version(workflow, alice, "Tidy")
    assert (named.number, named.changes) == (2, "Moved 'Train/test split'")
    assert workflow.freeze(alice) == named


# Restoring


def test_restoring_is_one_change_that_undo_takes_back_and_the_draft_before_is_kept() -> None:
    alice = person("alice")
    workflow = workflow_of(alice)
    first = versions.save_version(workflow, alice, "Baseline")
    set_share(workflow, alice, 0.4)
    done = versions.restore(workflow, alice, first, "r1")
    assert done.changed and done.kept is not None
    assert (share_of(workflow.graph), workflow.revision, workflow.ops.count()) == (0.25, 3, 2)
    assert share_of(done.kept.graph) == 0.4
    assert operations.undo_state(workflow, alice)[0] == "Restored workflow version 1 “Baseline”"
    operations.undo(workflow, alice)
    assert share_of(workflow.graph) == 0.4


def test_restoring_brings_back_steps_wires_notes_and_places() -> None:
    alice = person("alice")
    graph = titanic() | {"notes": [{"id": "n1", "text": "Why", "x": 9, "y": 9, "width": 200, "height": 80}]}
    graph["nodes"][1] |= {"x": 120, "y": 60}
    workflow = workflow_of(alice, graph=graph)
    first = versions.save_version(workflow, alice, "Whole")
    ops = [{"op": "delete_node", "id": "encode"}, {"op": "delete_note", "id": "n1"}]
    operations.submit(workflow, alice, 1, "cut", ops)
    versions.restore(workflow, alice, first, "r1")
    assert versions.is_exactly(first, workflow)


def test_a_restore_that_is_sent_twice_is_done_once() -> None:
    alice = person("alice")
    workflow = workflow_of(alice)
    first = versions.save_version(workflow, alice, "Baseline")
    set_share(workflow, alice, 0.4)
    versions.restore(workflow, alice, first, "r1")
    set_share(workflow, alice, 0.45)
    assert not versions.restore(workflow, alice, first, "r1").changed
    assert (share_of(workflow.graph), workflow.versions.count()) == (0.45, 2)


def test_restoring_what_the_draft_says_already_changes_nothing() -> None:
    alice = person("alice")
    workflow = workflow_of(alice)
    first = versions.save_version(workflow, alice, "Baseline")
    assert not versions.restore(workflow, alice, first, "r1").changed
    assert (workflow.revision, workflow.versions.count()) == (1, 1)


def test_a_draft_that_some_version_holds_is_not_kept_again() -> None:
    alice = person("alice")
    workflow = workflow_of(alice)
    first = versions.save_version(workflow, alice, "One")
    set_share(workflow, alice, 0.4)
    second = versions.save_version(workflow, alice, "Two")
    versions.restore(workflow, alice, first, "r1")
    assert versions.restore(workflow, alice, second, "r2").kept is None
    assert workflow.versions.count() == 2


def stored_table(owner: User) -> Dataset:
    return import_upload(owner, SimpleUploadedFile("people.csv", b"age,sex\n31,male\n40,female\n")).dataset


def test_a_version_whose_dataset_is_gone_is_refused_and_nothing_is_changed() -> None:
    alice = person("alice")
    dataset = stored_table(alice)
    csv = {"id": "data", "kind": "csv", "params": {"dataset": dataset.reference}}
    workflow = workflow_of(alice, graph={"format": 1, "seed": 0, "nodes": [csv], "edges": []})
    first = versions.save_version(workflow, alice, "With people")
    operations.submit(workflow, alice, 1, "cut", [{"op": "delete_node", "id": "data"}])
    dataset.delete()
    with pytest.raises(versions.VersionRefused, match="its step 'CSV' needs data"):
        versions.restore(workflow, alice, first, "r1")
    with pytest.raises(versions.VersionRefused, match="No workflow can be started"):
        versions.start_from(workflow, alice, first)
    assert (workflow.revision, workflow.versions.count()) == (2, 1)
    text = post(signed_in(alice), workflow, "version_restore", 1)
    assert "cannot be restored" in text and "Workflow version 1" in text


def test_a_version_with_a_kind_that_is_not_known_any_more_is_shown_and_not_restored() -> None:
    alice = person("alice")
    workflow = workflow_of(alice)
    graph = titanic()
    graph["nodes"][1] = {"id": "encode", "kind": "gone_long_ago"}
    WorkflowVersion.objects.create(workflow=workflow, number=1, graph=graph, digest="0" * 64, created_by=alice)
    client = signed_in(alice)
    page = client.get(reverse("workflows:version", args=[workflow.pk, 1])).content.decode()
    assert "gone_long_ago" in page
    assert "cannot be restored" in post(client, workflow, "version_restore", 1)
    assert client.get(reverse("workflows:compare", args=[workflow.pk]) + "?from=1").status_code == 200


# Pages


def test_the_page_saves_renames_restores_and_says_so() -> None:
    alice = person("alice")
    workflow = workflow_of(alice)
    client = signed_in(alice)
    assert "No versions yet" in client.get(reverse("workflows:versions", args=[workflow.pk])).content.decode()
    assert "The draft is kept as workflow version 1 “Baseline”." in post(
        client, workflow, "version_save", name="Baseline"
    )
    set_share(workflow, alice, 0.4)
    text = post(client, workflow, "version_rename", 1, name="Start", note="As it came")
    assert "Workflow version 1 “Start”" in text and "As it came" in text
    text = post(client, workflow, "version_restore", 1, mark="x")
    assert "The draft before is kept as workflow version 2." in text
    nameless = client.post(reverse("workflows:version_save", args=[workflow.pk]), {"name": ""})
    assert nameless.status_code == 422


def test_a_new_workflow_starts_from_a_version() -> None:
    alice = person("alice")
    workflow = workflow_of(alice)
    versions.save_version(workflow, alice, "Baseline")
    set_share(workflow, alice, 0.4)
    post(signed_in(alice), workflow, "version_start", 1)
    new = Workflow.objects.exclude(pk=workflow.pk).get()
    assert (new.name, new.owner, share_of(new.graph)) == ("Survivors (Baseline)", alice, 0.25)


def test_a_version_is_taken_along_as_a_workflow_file() -> None:
    alice = person("alice")
    workflow = workflow_of(alice)
    versions.save_version(workflow, alice, "Baseline")
    set_share(workflow, alice, 0.4)
    answer = signed_in(alice).get(reverse("workflows:version_file", args=[workflow.pk, 1]))
    assert 'filename="survivors-version-1.flowza.yaml"' in answer["Content-Disposition"]
    assert "test_share: 0.25" in answer.content.decode()


def many_versions(workflow: Workflow, user: User, count: int) -> None:
    WorkflowVersion.objects.bulk_create(
        WorkflowVersion(
            workflow=workflow,
            number=number,
            graph=titanic() | {"seed": number},
            digest=f"{number:064d}",
            created_by=user,
            name=f"Try {number}" if number % 10 == 0 else "",
            changes="Changed the workflow's settings",
        )
        for number in range(1, count + 1)
    )


def test_the_list_is_paged_searched_and_takes_a_fixed_number_of_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    alice = person("alice")
    workflow = workflow_of(alice)
    client = signed_in(alice)
    address = reverse("workflows:versions", args=[workflow.pk])
    many_versions(workflow, alice, 45)
    client.get(address)
    with django_assert_num_queries(5):
        text = client.get(address).content.decode()
    assert text.count('class="version-item"') == 20 and "1 to 20 of 45" in text
    assert client.get(address + "?page=3").content.decode().count('class="version-item"') == 5
    assert client.get(address + "?named=1").content.decode().count('class="version-item"') == 4
    assert client.get(address + "?q=try+30").content.decode().count('class="version-item"') == 1
    assert "Nothing found" in client.get(address + "?q=nowhere", headers={"HX-Request": "true"}).content.decode()


@pytest.mark.parametrize(
    ("name", "arguments", "query", "count"),
    [("versions_newest", [], "", 4), ("version", [7], "", 3), ("compare", [], "?from=3&to=40", 5)],
)
def test_other_pages_of_versions_take_a_fixed_number_of_queries(
    name: str, arguments: list[int], query: str, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    alice = person("alice")
    workflow = workflow_of(alice)
    client = signed_in(alice)
    many_versions(workflow, alice, 45)
    address = reverse(f"workflows:{name}", args=[workflow.pk, *arguments]) + query
    client.get(address)
    with django_assert_num_queries(count):
        assert client.get(address).status_code == 200


def test_two_versions_or_the_draft_are_compared_in_any_order() -> None:
    alice = person("alice")
    workflow = workflow_of(alice)
    versions.save_version(workflow, alice, "Baseline")
    set_share(workflow, alice, 0.4)
    client = signed_in(alice)
    address = reverse("workflows:compare", args=[workflow.pk])
    text = client.get(address).content.decode()
    assert "1 step changed" in text and text.index(">0.25<") < text.index(">0.4<")
    text = client.get(address + "?from=draft&to=1").content.decode()
    assert text.index(">0.4<") < text.index(">0.25<")
    assert "on both sides" in client.get(address + "?from=1&to=1").content.decode()
    for nonsense in ("?from=99", "?from=x", "?to=-1", "?from=1234567890123"):
        assert client.get(address + nonsense).status_code == 404


def test_the_canvas_gets_the_difference_as_json() -> None:
    alice = person("alice")
    workflow = workflow_of(alice)
    versions.save_version(workflow, alice, "Baseline")
    set_share(workflow, alice, 0.4)
    found = signed_in(alice).get(reverse("workflows:compare_json", args=[workflow.pk]) + "?from=1").json()
    assert (found["from"], found["to"], found["revision"]) == ("Workflow version 1 “Baseline”", "Draft 2", 2)
    rows = [["Test share", "0.25", "0.4"]]
    assert found["steps"] == {"split": {"state": "changed", "label": "Train/test split", "rows": rows}}


def test_a_stranger_finds_no_version() -> None:
    alice, charlie = person("alice"), person("charlie")
    workflow = workflow_of(alice)
    versions.save_version(workflow, alice, "Baseline")
    client = signed_in(charlie)
    for name in ("version", "version_rename", "version_file"):
        assert client.get(reverse(f"workflows:{name}", args=[workflow.pk, 1])).status_code == 404
    for name in ("version_restore", "version_start"):
        assert client.post(reverse(f"workflows:{name}", args=[workflow.pk, 1])).status_code == 404


def test_any_template_is_restored_over_any_other_and_undo_brings_the_other_back() -> None:
    alice = person("alice")
    graphs = {slug: template.graph() for slug, template in TEMPLATES.items()}
    for one in graphs:
        workflow = workflow_of(alice, one, graphs[one])
        version = versions.save_version(workflow, alice, "Whole")
        for other in graphs:
            operations.replace(workflow, alice, graphs[other])
            before = normal_form(workflow.graph)
            changed = versions.restore(workflow, alice, version, f"{one}-{other}").changed
            assert changed == (one != other)
            assert versions.is_exactly(version, workflow)
            if changed:
                operations.undo(workflow, alice)
                assert normal_form(workflow.graph) == before
