"""Sharing a workflow: giving and taking rights, links, the view of the data beside it, leaving, copies, presence."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import Message, User
from apps.datasets.models import Dataset, DatasetShare, DatasetVersion
from apps.datasets.tests.factories import imported
from apps.workflows import presence, sharing
from apps.workflows.models import Presence, Role, Workflow, WorkflowLink
from apps.workflows.sharing import ShareRefused
from apps.workflows.tests.graphs import bearer, edge, person, workflow_of
from apps.workflows.tests.sharing import People, graph_of, make_people, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(db: None) -> People:
    cache.clear()
    return make_people()


def sent(client: Client, workflow: Workflow, do: str, **values: Any) -> Any:
    return client.post(
        reverse("workflows:share", args=[workflow.pk]), {"do": do} | values, headers={"HX-Request": "true"}
    )


# Giving and taking


def test_a_workflow_is_shared_by_name_or_address_and_the_person_is_told(people: People) -> None:
    dora = person("dora")
    client = signed_in(people.alice)
    answer = sent(client, people.workflow, "add", called="Dora@Example.org", role="editor")
    assert answer.status_code == 200
    assert people.workflow.role_of(dora) == Role.EDITOR
    assert Workflow.objects.for_user(dora).get() == people.workflow
    message = Message.objects.get(owner=dora)
    assert message.title == "alice shared “Who pays?” with you"
    assert signed_in(dora).get(message.link).status_code == 200


@pytest.mark.parametrize(
    ("called", "says"),
    [
        ("nobody", "There is no account “nobody” here. Ask the person for their user name."),
        ("nobody@example.org", "There is no account “nobody@example.org” here. Ask the person for their user name."),
        ("  ", "Write the user name or the e-mail address of the person first."),
        ("alice", "This workflow is yours already."),
    ],
)
def test_whom_it_cannot_be_shared_with_is_said_in_a_sentence(people: People, called: str, says: str) -> None:
    answer = sent(signed_in(people.alice), people.workflow, "add", called=called, role="viewer")
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert people.workflow.shares.count() == 2


def test_an_address_does_not_tell_whose_it_is_before_the_person_has_come(people: People) -> None:
    dora = User.objects.create_user("dora77", "d@example.org", "x", first_name="Dora", last_name="Lind")
    client = signed_in(people.alice)
    text = sent(client, people.workflow, "add", called="d@example.org", role="viewer").content.decode()
    assert "d@example.org" in text
    assert "Dora" not in text and "dora77" not in text
    # Others who share it do not learn the address either.
    assert (
        "d@example.org"
        not in signed_in(people.bob).get(reverse("workflows:share", args=[people.workflow.pk])).content.decode()
    )
    signed_in(dora).get(reverse("workflows:detail", args=[people.workflow.pk]))
    text = client.get(reverse("workflows:share", args=[people.workflow.pk])).content.decode()
    assert "Dora Lind" in text and "d@example.org" not in text


def test_somebody_who_cannot_sign_in_any_more_is_as_unknown_as_nobody(people: People) -> None:
    dora = person("dora")
    User.objects.filter(pk=dora.pk).update(is_active=False)
    with pytest.raises(ShareRefused, match="There is no account"):
        sharing.share(people.workflow, "dora", "viewer")


def test_the_owners_role_cannot_be_given(people: People) -> None:
    answer = sent(signed_in(people.alice), people.workflow, "add", called="charlie", role="owner")
    assert answer.status_code == 422
    bob = people.workflow.shares.get(user=people.bob)
    assert sent(signed_in(people.alice), people.workflow, "role", share=bob.pk, role="owner").status_code == 422
    assert people.workflow.role_of(people.charlie) == ""


def test_a_role_is_changed_and_a_right_is_taken(people: People) -> None:
    client = signed_in(people.alice)
    vera = people.workflow.shares.get(user=people.vera)
    sent(client, people.workflow, "role", share=vera.pk, role="editor")
    assert Workflow.objects.get().can_edit(people.vera)
    sent(client, people.workflow, "remove", share=vera.pk)
    assert signed_in(people.vera).get(reverse("workflows:detail", args=[people.workflow.pk])).status_code == 404


def test_only_the_owner_shares_and_a_share_of_another_workflow_is_nothing(people: People) -> None:
    other = workflow_of(people.bob)
    theirs = other.shares.create(user=people.charlie, role=Role.VIEWER)
    own = people.workflow.shares.get(user=people.bob)
    for who, status in ((people.bob, 403), (people.vera, 403), (people.charlie, 404)):
        client = signed_in(who)
        for do, values in (
            ("add", {"called": "charlie", "role": "editor"}),
            ("role", {"share": own.pk, "role": "viewer"}),
            ("remove", {"share": own.pk}),
            ("link", {"role": "editor"}),
            ("unlink", {}),
        ):
            assert sent(client, people.workflow, do, **values).status_code == status
    assert sent(signed_in(people.alice), people.workflow, "remove", share=theirs.pk).status_code == 404
    assert sent(signed_in(people.alice), people.workflow, "role", share="9" * 30, role="viewer").status_code == 404
    assert sent(signed_in(people.alice), people.workflow, "nonsense").status_code == 404
    assert not WorkflowLink.objects.exists()


def test_anyone_but_the_owner_may_leave(people: People) -> None:
    address = reverse("workflows:leave", args=[people.workflow.pk])
    assert signed_in(people.vera).post(address).status_code == 302
    assert people.workflow.shares.get().user == people.bob
    assert signed_in(people.alice).post(address).status_code == 403
    assert signed_in(people.charlie).post(address).status_code == 404


# Links


def made_link(people: People, **values: Any) -> str:
    text = sent(signed_in(people.alice), people.workflow, "link", **({"role": "viewer"} | values)).content.decode()
    found = re.search(r'value="http://testserver(/workflows/join/[^"]+)"', text)
    assert found
    return found[1]


def test_a_link_lets_in_who_has_signed_in_and_is_stored_as_a_digest(people: People) -> None:
    path = made_link(people, role="editor")
    token = path.split("/")[-2]
    assert token not in str(list(WorkflowLink.objects.values()))
    assert Client().get(path).headers["Location"].startswith(reverse("accounts:sign_in"))
    assert not people.workflow.shares.filter(user=people.charlie).exists()
    answer = signed_in(people.charlie).get(path)
    assert answer.headers["Location"] == reverse("workflows:detail", args=[people.workflow.pk])
    assert people.workflow.role_of(people.charlie) == Role.EDITOR
    assert "charlie opened the link" in Message.objects.get(owner=people.alice).title
    # It is shown once: later the dialog does not know it.
    assert (
        token not in signed_in(people.alice).get(reverse("workflows:share", args=[people.workflow.pk])).content.decode()
    )


def test_a_link_that_was_switched_off_or_made_anew_is_nothing(people: People) -> None:
    first = made_link(people)
    second = made_link(people)
    client = signed_in(people.charlie)
    assert client.get(first).status_code == 404
    sent(signed_in(people.alice), people.workflow, "unlink")
    assert client.get(second).status_code == 404
    assert client.get(reverse("workflows:join", args=["x"])).status_code == 404
    assert not people.workflow.shares.filter(user=people.charlie).exists()


def test_a_link_changes_nothing_for_those_who_are_in(people: People) -> None:
    path = made_link(people, role="editor")
    signed_in(people.vera).get(path)
    signed_in(people.alice).get(path)
    assert people.workflow.shares.get(user=people.vera).role == Role.VIEWER
    assert not people.workflow.shares.filter(user=people.alice).exists()


def test_a_link_shares_data_only_where_the_owner_said_so(people: People) -> None:
    path = made_link(people)
    signed_in(people.charlie).get(path)
    assert not Dataset.objects.for_user(people.charlie).exists()
    dora = person("dora")
    signed_in(dora).get(made_link(people, datasets=[people.dataset.pk]))
    assert Dataset.objects.for_user(dora).get() == people.dataset


# The data beside it


def test_sharing_a_workflow_shares_its_data_only_when_asked_to(people: People) -> None:
    client, dora, emil = signed_in(people.alice), person("dora"), person("emil")
    sent(client, people.workflow, "add", called="dora", role="viewer")
    assert not Dataset.objects.for_user(dora).exists()
    sent(client, people.workflow, "add", called="emil", role="viewer", datasets=[people.dataset.pk])
    assert Dataset.objects.for_user(emil).get() == people.dataset
    assert DatasetVersion.objects.for_user(emil).count() == 1
    assert not Dataset.objects.owned_by(emil).exists()


def test_only_ones_own_data_that_the_workflow_reads_can_be_shared_along(people: People) -> None:
    unread = imported(people.alice, "a\n1\n", "unread.csv").dataset
    foreign = imported(people.charlie, "a\n2\n", "foreign.csv").dataset
    dora = person("dora")
    values = {"called": "dora", "role": "viewer", "datasets": [unread.pk, foreign.pk, "x"]}
    sent(signed_in(people.alice), people.workflow, "add", **values)
    assert not Dataset.objects.for_user(dora).exists()


def test_the_view_of_the_data_ends_with_the_right_to_the_workflow(people: People) -> None:
    dora = person("dora")
    row = sharing.share(people.workflow, "dora", "viewer", [people.dataset.pk])
    row.delete()
    assert not Dataset.objects.for_user(dora).exists()
    sharing.share(people.workflow, "dora", "viewer", [people.dataset.pk])
    people.workflow.delete()
    assert not Dataset.objects.for_user(dora).exists()


def test_data_that_was_shared_before_or_by_another_workflow_stays(people: People) -> None:
    second = Workflow.objects.create(owner=people.alice, name="Second", graph=graph_of(people.dataset.reference))
    dora, emil = person("dora"), person("emil")
    rows = [sharing.share(one, "dora", "viewer", [people.dataset.pk]) for one in (people.workflow, second)]
    rows[0].delete()
    assert Dataset.objects.for_user(dora).exists()
    rows[1].delete()
    assert not Dataset.objects.for_user(dora).exists()
    DatasetShare.objects.create(dataset=people.dataset, user=emil)
    sharing.share(people.workflow, "emil", "viewer", [people.dataset.pk]).delete()
    assert Dataset.objects.for_user(emil).exists()


def test_data_that_was_taken_back_and_given_for_itself_stays(people: People) -> None:
    emil = person("emil")
    row = sharing.share(people.workflow, "emil", Role.VIEWER, [people.dataset.pk])
    DatasetShare.objects.filter(user=emil).delete()
    DatasetShare.objects.create(dataset=people.dataset, user=emil)
    row.delete()
    assert Dataset.objects.for_user(emil).filter(pk=people.dataset.pk).exists()


def test_the_owner_of_the_data_gives_and_takes_the_view_of_it(people: People) -> None:
    client = signed_in(people.alice)
    share = people.workflow.shares.get(user=people.vera).pk
    sent(client, people.workflow, "data", share=share, dataset=people.dataset.pk, see="1")
    assert Dataset.objects.for_user(people.vera).exists()
    sent(client, people.workflow, "data", share=share, dataset=people.dataset.pk, see="0")
    assert not Dataset.objects.for_user(people.vera).exists()
    for who in (people.bob, people.vera):
        assert (
            sent(signed_in(who), people.workflow, "data", share=share, dataset=people.dataset.pk, see="1").status_code
            == 404
        )
    assert not DatasetShare.objects.exists()


def test_an_editor_who_brought_data_decides_who_sees_it(people: People) -> None:
    brought = imported(people.bob, "a,b\n1,2\n", "bobs.csv").dataset
    graph = people.workflow.graph
    graph["nodes"].append({"id": "more", "kind": "csv", "params": {"dataset": brought.reference}})
    Workflow.objects.filter(pk=people.workflow.pk).update(graph=graph)
    sent(signed_in(people.bob), people.workflow, "data", share="owner", dataset=brought.pk, see="1")
    assert Dataset.objects.for_user(people.alice).filter(pk=brought.pk).exists()
    # Alice owns the workflow, and gives nobody a view of Bob's data.
    vera = people.workflow.shares.get(user=people.vera).pk
    assert (
        sent(signed_in(people.alice), people.workflow, "data", share=vera, dataset=brought.pk, see="1").status_code
        == 404
    )
    sharing.give_data(people.workflow.shares.get(user=people.vera), people.alice, [brought.pk])
    assert not Dataset.objects.for_user(people.vera).exists()


def test_a_shared_dataset_can_be_read_and_nothing_else(people: People) -> None:
    DatasetShare.objects.create(dataset=people.dataset, user=people.bob)
    client, pk = signed_in(people.bob), people.dataset.pk
    for name, args in (("detail", [pk]), ("table_file", [pk, 1, "csv"])):
        assert client.get(reverse(f"datasets:{name}", args=args)).status_code == 200
    for name, args in (
        ("rename", [pk]),
        ("delete", [pk]),
        ("read_again", [pk]),
        ("import_preview", [pk, 1]),
        ("unshare", [pk, people.bob.pk]),
    ):
        assert client.post(reverse(f"datasets:{name}", args=args)).status_code == 403, name
    for name in ("delete", "import", "original"):
        args = [pk] if name == "delete" else [pk, 1]
        assert client.get(reverse(f"datasets:{name}", args=args)).status_code == 403, name
    assert client.get(reverse("datasets:upload"), {"dataset": pk}).status_code == 403
    headers = bearer(people.bob)
    assert client.get(reverse("api:dataset-rows", args=[pk]), headers=headers).status_code == 200
    detail = client.get(reverse("api:dataset-detail", args=[pk]), headers=headers)
    assert detail.json()["import_settings"] == {}
    refused = client.delete(reverse("api:dataset-detail", args=[pk]), headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    assert "Ask alice to delete it." in refused.json()["message"]
    assert client.post(reverse("datasets:restore", args=[pk])).status_code == 404
    # In the owner's bin it is for nobody else.
    Dataset.objects.filter(pk=pk).update(deleted=timezone.now())
    assert client.get(reverse("datasets:detail", args=[pk])).status_code == 404


def test_the_owner_stops_sharing_a_dataset_on_its_page(people: People) -> None:
    DatasetShare.objects.create(dataset=people.dataset, user=people.bob)
    client = signed_in(people.alice)
    assert "Stop sharing" in client.get(people.dataset.get_absolute_url()).content.decode()
    client.post(reverse("datasets:unshare", args=[people.dataset.pk, people.bob.pk]))
    assert signed_in(people.bob).get(people.dataset.get_absolute_url()).status_code == 404


# Names of data, told and not told


def test_who_guesses_numbers_of_datasets_learns_nothing(people: People) -> None:
    hidden = imported(people.alice, "salary\n1\n", "Salaries.csv").dataset
    ops = [{"op": "set_params", "id": "data", "set": {"dataset": hidden.reference}, "unset": []}]
    gone = [{"op": "set_params", "id": "data", "set": {"dataset": "dataset:987654"}, "unset": []}]
    client, said = signed_in(people.bob), []
    for number, batch in enumerate((ops, gone)):
        answer = client.post(
            reverse("workflows:ops", args=[people.workflow.pk]),
            {"base_revision": people.workflow.revision, "op_id": f"guess{number}", "ops": batch},
            content_type="application/json",
        )
        assert answer.status_code == 422
        said.append(answer.json()["reason"].replace(hidden.reference, "…").replace("dataset:987654", "…"))
    assert said[0] == said[1]
    # A graph of one's own that names somebody's data, however it came there, tells nothing either.
    own = [
        Workflow.objects.create(owner=people.bob, name="Guess", graph=graph_of(one))
        for one in (hidden.reference, "dataset:987654")
    ]
    pages = [client.get(reverse("workflows:detail", args=[one.pk]), {"step": "data"}).content.decode() for one in own]
    assert all("Salaries" not in page for page in pages)


def test_a_colleague_is_told_which_data_to_ask_for(people: People) -> None:
    text = signed_in(people.bob).get(reverse("runs:data_notices", args=[people.workflow.pk])).content.decode()
    assert "You have no access to the data “payments”. Ask alice, or choose other data." in text
    assert (
        "payments"
        in signed_in(people.vera).get(reverse("workflows:detail", args=[people.workflow.pk])).content.decode()
    )


# Copies


def test_a_copy_without_the_data_says_which_to_choose(people: People) -> None:
    answer = signed_in(people.vera).post(reverse("workflows:duplicate", args=[people.workflow.pk]), follow=True)
    copy = Workflow.objects.get(owner=people.vera)
    assert copy.graph["nodes"][0]["params"] == {"target": "paid"}
    assert "Choose the data for &#x27;CSV" in answer.content.decode()
    assert not copy.shares.exists()


def test_a_copy_with_the_data_is_whole(people: People) -> None:
    DatasetShare.objects.create(dataset=people.dataset, user=people.bob)
    signed_in(people.bob).post(reverse("workflows:duplicate", args=[people.workflow.pk]))
    assert Workflow.objects.get(owner=people.bob).graph["nodes"] == people.workflow.graph["nodes"]


# Lists


def test_lists_say_whose_a_workflow_is_in_a_fixed_number_of_queries(
    people: People, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(people.bob)
    address = reverse("workflows:list")
    client.get(address)
    with django_assert_num_queries(4):
        text = client.get(address).content.decode()
    assert "alice · you can change and run it" in text
    for number in range(5):
        workflow_of(people.alice, f"More {number}").shares.create(user=people.bob, role=Role.VIEWER)
    with django_assert_num_queries(4):
        assert "alice · you can look" in client.get(address).content.decode()
    workflow_of(people.bob, "My very own")
    assert "My very own" not in client.get(address, {"of": "shared"}).content.decode()
    assert "Who pays?" not in client.get(address, {"of": "mine"}).content.decode()
    assert "shared with 2 people" in signed_in(people.alice).get(address).content.decode()


def test_the_api_says_whose_it_is_and_what_one_may_do(people: People) -> None:
    client = Client()
    found = client.get(reverse("api:workflow-list"), headers=bearer(people.vera)).json()["results"]
    assert [(one["owner"], one["role"]) for one in found] == [("alice", "viewer")]
    assert client.get(reverse("api:workflow-list"), headers=bearer(people.charlie)).json()["results"] == []


# Who is here


def asked(user: User, workflow: Workflow) -> Any:
    client = signed_in(user)
    return client.get(reverse("workflows:parts", args=[workflow.pk]), {"revision": workflow.revision})


def test_who_has_the_workflow_open_is_shown_to_the_others(people: People) -> None:
    assert asked(people.bob, people.workflow).status_code == 204
    trigger = asked(people.alice, people.workflow).headers["HX-Trigger"]
    assert '"people-here"' in trigger and '"name": "bob"' in trigger and "alice" not in trigger
    text = signed_in(people.vera).get(reverse("workflows:detail", args=[people.workflow.pk])).content.decode()
    assert "bob is here" in text and "vera is here" not in text


def test_presence_is_written_at_most_every_15_seconds(people: People) -> None:
    asked(people.bob, people.workflow)
    before = Presence.objects.get().seen
    assert "HX-Trigger" not in asked(people.bob, people.workflow).headers
    assert Presence.objects.get().seen == before


def test_who_left_or_lost_the_right_is_not_shown(people: People) -> None:
    asked(people.bob, people.workflow)
    alone = Workflow.objects.for_user(people.alice).with_role_of(people.alice).get()
    Presence.objects.update(seen=timezone.now() - timedelta(minutes=2))
    assert presence.people_here(alone, people.alice) == []
    people.workflow.shares.get(user=people.bob).delete()
    assert not Presence.objects.exists()
    Presence.objects.create(workflow=alone, user=people.bob, seen=timezone.now())
    assert presence.people_here(alone, people.alice) == []


def test_a_workflow_nobody_shares_costs_no_query_for_presence(
    people: People, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    own = workflow_of(people.alice)
    found = Workflow.objects.for_user(people.alice).with_role_of(people.alice).get(pk=own.pk)
    with django_assert_num_queries(0):
        assert presence.noted(found, people.alice) is None
        assert presence.people_here(found, people.alice) == []


def test_a_graph_that_names_two_wires_is_the_same_for_all(people: People) -> None:
    graphs = [
        signed_in(who).get(reverse("workflows:graph_json", args=[people.workflow.pk])).json()["graph"]
        for who in (people.alice, people.bob, people.vera)
    ]
    assert graphs[0] == graphs[1] == graphs[2]
    assert edge("data", "encode") in graphs[0]["edges"]
