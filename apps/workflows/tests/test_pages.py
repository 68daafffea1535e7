"""The pages of workflows: list, templates, editor; for their owner and nobody else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import User
from apps.datasets.actions import import_upload
from apps.datasets.models import Dataset
from apps.workflows.models import Workflow
from apps.workflows.tests.graphs import person, titanic, workflow_of
from flowza.engine.templates import TEMPLATES

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return person("alice")


@pytest.fixture
def visitor(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def table_of(user: User) -> Dataset:
    rows = "".join(f"{20 + i % 40},{'m' if i % 3 else 'f'},{'yes' if i % 4 else 'no'}\n" for i in range(60))
    return import_upload(user, SimpleUploadedFile("people.csv", f"age,sex,stays\n{rows}".encode())).dataset


def test_the_list_shows_own_workflows_and_costs_a_fixed_number_of_queries(
    visitor: Client, alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    workflow_of(person("charlie"), "Not hers")
    for number in range(20):
        workflow_of(alice, f"Workflow {number}")
    with django_assert_num_queries(4):  # session, person, count, page
        answer = visitor.get("/workflows/").content.decode()
    assert answer.count('class="card workflow-card"') == 20
    assert "Not hers" not in answer


def test_the_list_is_searched_sorted_and_leads_on_when_empty(visitor: Client, alice: User) -> None:
    assert "Pick a template" in visitor.get("/workflows/").content.decode()
    workflow_of(alice, "Beta")
    workflow_of(alice, "Alpha")
    by_name = visitor.get("/workflows/?sort=name").content.decode()
    assert by_name.index("Alpha") < by_name.index("Beta")
    found = visitor.get("/workflows/?q=alp", headers={"HX-Request": "true"}).content.decode()
    assert "Alpha" in found
    assert "Beta" not in found
    assert "<html" not in found
    assert "Nothing found" in visitor.get("/workflows/?q=zeta").content.decode()


def test_a_name_is_text_and_never_markup(visitor: Client, alice: User) -> None:
    graph = titanic()
    graph["nodes"][0]["label"] = "<script>alert(1)</script>"
    workflow = workflow_of(alice, "<img src=x onerror=alert(1)>", graph)
    for address in ("/workflows/", "/workflows/recent/", f"/workflows/{workflow.pk}/"):
        answer = visitor.get(address).content.decode()
        assert "<img src=x" not in answer
        assert "<script>alert" not in answer


@pytest.mark.parametrize("slug", TEMPLATES)
def test_each_template_runs_on_its_example_after_two_clicks(visitor: Client, alice: User, slug: str) -> None:
    assert f"template={slug}" in visitor.get("/workflows/templates/").content.decode()
    template = TEMPLATES[slug]
    choice = f"/workflows/start/?template={slug}&showcase={template.showcase}"
    assert choice.replace("&", "&amp;") in visitor.get(f"/workflows/start/?template={slug}").content.decode()
    answer = visitor.post(choice)
    workflow = Workflow.objects.for_user(alice).get()
    assert answer["Location"] == f"/workflows/{workflow.pk}/"
    assert workflow.graph == template.graph()
    assert visitor.get(answer["Location"]).status_code == 200


def test_own_data_asks_what_to_predict_and_shows_its_values(visitor: Client, alice: User) -> None:
    dataset = table_of(alice)
    address = f"/workflows/start/?template=classification&dataset={dataset.pk}"
    setup = visitor.get(address).content.decode()
    assert re.search(r'<option value="stays"[^>]*selected', setup)
    assert "text, 2 values: yes, no" in setup
    other = visitor.get(f"{address}&target=sex", headers={"HX-Request": "true"}).content.decode()
    assert "f · 20 rows" in other
    sent = {"setup": "1", "target": "stays", "positive": "no", "split-test_share": "0.3"}
    form = setup_fields(setup) | sent
    answer = visitor.post(address, form)
    assert answer.status_code == 302, answer.content.decode()
    graph = Workflow.objects.for_user(alice).get().graph
    params = {node["id"]: node["params"] for node in graph["nodes"]}
    assert params["data"] == {"dataset": dataset.reference, "target": "stays", "positive": "no"}
    assert params["split"] == {"test_share": 0.3}


def test_a_column_that_does_not_fit_is_told_before_the_workflow_is_made(visitor: Client, alice: User) -> None:
    address = f"/workflows/start/?template=regression&dataset={table_of(alice).pk}"
    told = visitor.get(f"{address}&target=sex", headers={"HX-Request": "true"}).content.decode()
    assert "is no column of numbers" in told
    assert "is no column of numbers" not in visitor.get(address).content.decode()


def setup_fields(html: str) -> dict[str, str]:
    """What a browser would send of the form's inputs and selects as they stand."""
    fields = dict(re.findall(r'<input type="(?:number|text)" name="([^"]+)" value="([^"]*)"', html))
    for name, body in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', html, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', body) or re.search(r'value="([^"]*)"', body)
        fields[name] = chosen[1] if chosen else ""
    return fields


def test_a_bad_parameter_of_a_template_is_said_at_its_field(visitor: Client, alice: User) -> None:
    address = f"/workflows/start/?template=classification&dataset={table_of(alice).pk}"
    fields = setup_fields(visitor.get(address).content.decode())
    answer = visitor.post(address, fields | {"setup": "1", "split-test_share": "7"})
    assert answer.status_code == 422
    assert "Test share" in answer.content.decode()
    assert not Workflow.objects.exists()


def test_data_of_others_cannot_be_started_on(visitor: Client) -> None:
    dataset = table_of(person("bob"))
    assert visitor.get(f"/workflows/start/?template=clustering&dataset={dataset.pk}").status_code == 404
    assert visitor.get("/workflows/start/?template=clustering&dataset=x").status_code == 404


def test_a_workflow_is_renamed_copied_and_deleted(visitor: Client, alice: User) -> None:
    workflow = workflow_of(alice)
    visitor.post(f"/workflows/{workflow.pk}/rename/", {"name": "Who lived", "description": "On the ship."})
    visitor.post(f"/workflows/{workflow.pk}/duplicate/")
    assert sorted(Workflow.objects.for_user(alice).values_list("name", flat=True)) == ["Who lived", "Who lived (copy)"]
    assert visitor.post(f"/workflows/{workflow.pk}/rename/", {"name": ""}).status_code == 422
    visitor.post(f"/workflows/{workflow.pk}/delete/")
    assert not Workflow.objects.filter(pk=workflow.pk).exists()


@pytest.mark.parametrize(
    ("node", "said"),
    [
        ({"id": "data", "kind": "gone", "params": {}}, "There is no kind of step &#x27;gone&#x27;."),
        ({"id": "data", "kind": "showcase", "params": {"gone": 1}}, "There is no parameter &#x27;gone&#x27;."),
    ],
)
def test_a_draft_of_another_release_says_what_it_does_not_understand(node: dict[str, Any], said: str) -> None:
    alice = person("alice")
    client = Client()
    client.force_login(alice, backend="apps.accounts.backends.NameOrEmailBackend")
    graph = {"format": 1, "seed": 0, "nodes": [node], "edges": []}
    workflow = Workflow.objects.create(owner=alice, name="Old", graph=graph)
    page = client.get(f"/workflows/{workflow.pk}/")
    assert page.status_code == 200
    assert said in page.text
    for address in (f"/workflows/{workflow.pk}/versions/", f"/workflows/{workflow.pk}/graph.json"):
        assert address in page.text
        assert client.get(address).status_code == 200
