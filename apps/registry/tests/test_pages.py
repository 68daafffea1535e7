"""Pages of models: what they say, what they refuse, what they cost."""

from __future__ import annotations

import itertools
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.datasets.actions import import_upload
from apps.datasets.bin import put_in_bin
from apps.datasets.sources import references_of_graph, versions_named
from apps.datasets.tests.factories import csv_upload, imported
from apps.registry.models import ModelVersion, RegisteredModel
from apps.registry.tests.factories import make_version, metric
from apps.runs.models import Run, RunInput
from apps.runs.tests.factories import make_user
from apps.workflows.models import Workflow
from flowza.engine.tests.modelling import separable, split, table_of, train

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return make_user("alice")


@pytest.fixture
def client(alice: User) -> Client:
    client = Client()
    client.force_login(alice, backend="apps.accounts.backends.NameOrEmailBackend")
    return client


@pytest.fixture
def bobs() -> Client:
    client = Client()
    client.force_login(make_user("bob"), backend="apps.accounts.backends.NameOrEmailBackend")
    return client


def text_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return str(response.content.decode())


def run_of(user: User, graph: dict[str, Any], name: str = "Survivors") -> Run:
    """A run that has ended, with what it read."""
    workflow = Workflow.objects.create(owner=user, name=name, graph=graph)
    run = Run.objects.create(version=workflow.freeze(user), user=user, state=Run.State.SUCCEEDED)
    named = list(references_of_graph(graph))
    found = versions_named(user, [reference for _, reference in named])
    for node, reference in named:
        data = found[reference]
        facts = {"name": data.dataset.name, "number": data.number, "digest": data.digest}
        RunInput.objects.create(run=run, node_id=node, reference=reference, version=data, data_owner=user, **facts)
    return run


def chain(*nodes: tuple[str, str, dict[str, Any]]) -> dict[str, Any]:
    edges = [
        {"from": one[0], "from_port": "table", "to": other[0], "to_port": "table"}
        for one, other in itertools.pairwise(nodes)
    ]
    return {
        "format": 1,
        "seed": 0,
        "nodes": [{"id": name, "kind": kind, "params": params} for name, kind, params in nodes],
        "edges": edges,
    }


def addresses(version: ModelVersion) -> list[tuple[str, str]]:
    pk = version.model_id
    return [
        ("get", reverse("registry:detail", args=[pk])),
        ("get", reverse("registry:version", args=[pk, 1])),
        ("get", reverse("registry:file", args=[pk, 1])),
        ("post", reverse("registry:describe", args=[pk])),
        ("post", reverse("registry:delete", args=[pk])),
    ]


# Who may


def test_a_stranger_gets_404_and_changes_nothing(alice: User, bobs: Client) -> None:
    version = make_version(alice)
    for method, address in addresses(version):
        response = getattr(bobs, method)(address, {"description": "mine"})
        assert response.status_code == 404, address
    assert "Churn" not in text_of(bobs, reverse("registry:list"))
    assert RegisteredModel.objects.get().description == ""


def test_someone_not_signed_in_is_sent_to_the_sign_in_page(alice: User) -> None:
    version = make_version(alice)
    for method, address in [*addresses(version), ("get", reverse("registry:list"))]:
        response = getattr(Client(), method)(address)
        assert (response.status_code, response.url[:9]) == (302, "/sign-in/"), address
    assert RegisteredModel.objects.exists()


def test_a_page_takes_no_other_method_than_its_own(client: Client, alice: User) -> None:
    for method, address in addresses(make_version(alice)):
        other = client.post if method == "get" else client.get
        assert other(address).status_code == 405, address
    assert client.post(reverse("registry:list")).status_code == 405


def test_changes_need_the_csrf_token(alice: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice, backend="apps.accounts.backends.NameOrEmailBackend")
    version = make_version(alice)
    for name in ("describe", "delete"):
        assert strict.post(reverse(f"registry:{name}", args=[version.model_id])).status_code == 403


# The list


def test_the_empty_list_leads_on(client: Client) -> None:
    page = text_of(client, reverse("registry:list"))
    assert "No models yet" in page
    assert reverse("workflows:templates") in page


def test_the_navigation_leads_to_the_models(client: Client) -> None:
    page = text_of(client, reverse("registry:list"))
    assert 'class="nav-link active" href="/models/" aria-current="page"' in page


def test_the_list_shows_each_models_newest_version(client: Client, alice: User) -> None:
    make_version(alice, estimator="Logistic regression", metrics=[metric("auc", 0.61)])
    make_version(alice, metrics=[metric("accuracy", 0.7), metric("auc", 0.872)])
    page = text_of(client, reverse("registry:list"))
    for words in ("Churn", "Random forest", "survived", "classification", "AUC", "0.872", "baseline 0.5", "1,234 rows"):
        assert words in page
    assert "Logistic regression" not in page
    assert "0.61" not in page


def test_a_clustering_has_no_target_and_no_metric(client: Client, alice: User) -> None:
    make_version(alice, task="clustering", metrics=[], signature={"inputs": [], "target": None, "classes": None})
    assert "groups" in text_of(client, reverse("registry:list"))
    page = text_of(client, reverse("registry:version", args=[RegisteredModel.objects.get().pk, 1]))
    assert "groups of rows that are alike" in page
    assert "How good it is" not in page


def test_the_list_costs_a_fixed_number_of_queries(client: Client, alice: User, django_assert_num_queries: Any) -> None:
    make_version(alice)
    with django_assert_num_queries(5):  # session, person, count, page, newest versions
        client.get(reverse("registry:list"))
    for name in ("a", "b", "c", "b"):
        make_version(alice, name)
    with django_assert_num_queries(5):
        client.get(reverse("registry:list"))


def test_the_list_is_searched_sorted_and_paged(client: Client, alice: User) -> None:
    make_version(alice, "wages", training_rows=5, estimator="Linear regression")
    make_version(alice, "bikes", training_rows=9)
    page = text_of(client, reverse("registry:list") + "?q=wag")
    assert "wages" in page
    assert "bikes" not in page
    assert "wages" in text_of(client, reverse("registry:list") + "?q=linear+wages")
    assert "Nothing found" in text_of(client, reverse("registry:list") + "?q=nothing")
    page = text_of(client, reverse("registry:list") + "?sort=rows")
    assert page.index("wages") < page.index("bikes")
    for sort in ("name", "-version", "-trained", "nonsense", "owner__password"):
        text_of(client, reverse("registry:list") + f"?sort={sort}&page=99")
    for number in range(26):
        make_version(alice, f"model {number}")
    assert "1 to 25 of 28" in text_of(client, reverse("registry:list"))


def test_searching_by_htmx_gives_the_results_alone(client: Client, alice: User) -> None:
    make_version(alice)
    page = client.get(reverse("registry:list"), {"q": "chu"}, headers={"HX-Request": "true"}).content.decode()
    assert "Churn" in page
    assert "<html" not in page


# One model


def test_versions_stand_side_by_side_with_the_best_marked(client: Client, alice: User) -> None:
    make_version(alice, metrics=[metric("auc", 0.8), metric("log_loss", 0.4)])
    second = make_version(alice, metrics=[metric("auc", 0.9), metric("log_loss", 0.5)])
    page = text_of(client, second.model.get_absolute_url())
    assert page.index("model version 2") < page.index("model version 1")
    assert page.count("best</span>") == 2
    assert 'cell-value">0.9</span> <span class="best">' in page
    assert 'cell-value">0.4</span> <span class="best">' in page
    assert "measured on different rows" not in page


def test_versions_measured_on_other_rows_are_not_ranked(client: Client, alice: User) -> None:
    make_version(alice, metrics=[metric("auc", 0.8)])
    version = make_version(alice, metrics=[metric("auc", 0.9, rows=99), metric("brier", None, None)])
    page = text_of(client, version.model.get_absolute_url())
    assert "measured on different rows" in page
    assert "best</span>" not in page


def test_a_models_page_costs_a_fixed_number_of_queries(
    client: Client, alice: User, django_assert_num_queries: Any
) -> None:
    run = run_of(alice, chain(("data", "showcase", {"name": "titanic"})))
    address = make_version(alice, run=run).model.get_absolute_url()
    with django_assert_num_queries(5):  # session, person, model, count, versions
        client.get(address)
    for _ in range(7):
        make_version(alice, run=run)
    with django_assert_num_queries(5):
        client.get(address)
    assert "1 to 5 of 8" in text_of(client, address)
    assert "model version 3" in text_of(client, address + "?page=2")


def test_the_description_is_changed_and_escaped(client: Client, alice: User) -> None:
    model = make_version(alice).model
    client.post(reverse("registry:describe", args=[model.pk]), {"description": "<b>Who</b>\nleaves?"})
    page = text_of(client, model.get_absolute_url())
    assert "&lt;b&gt;Who&lt;/b&gt;<br>leaves?" in page
    client.post(reverse("registry:describe", args=[model.pk]), {"description": "x" * 2001})
    model.refresh_from_db()
    assert model.description == "<b>Who</b>\r\nleaves?".replace("\r", "")


def test_deleting_asks_once_and_takes_the_files_too(
    client: Client, alice: User, django_capture_on_commit_callbacks: Any
) -> None:
    versions = [make_version(alice), make_version(alice)]
    paths = [Path(version.file.path) for version in versions]
    assert all(path.exists() for path in paths)
    model = versions[0].model
    page = text_of(client, model.get_absolute_url())
    assert 'data-confirm="Delete “Churn” with 2 model versions and their files? This cannot be undone."' in page
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(reverse("registry:delete", args=[model.pk]))
    assert response.url == reverse("registry:list")  # type: ignore[attr-defined]
    assert not ModelVersion.objects.exists()
    assert not any(path.exists() for path in paths)


# One version


def test_the_card_says_what_the_model_predicts_and_from_what(client: Client, alice: User) -> None:
    version = make_version(alice)
    page = text_of(client, version.get_absolute_url())
    for words in (
        "survived",
        "Positive class",
        "yes",
        "Cherbourg",
        "whole number",
        "1 to 80",
        "port_Cherbourg",
        "0.87",
    ):
        assert words in page
    assert "on 143 test rows" in page
    assert version.digest in page


def test_metrics_of_training_rows_are_said_to_be_that(client: Client, alice: User) -> None:
    version = make_version(alice, metrics=[metric("auc", 0.99, role="train")])
    assert "expect less on new ones" in text_of(client, version.get_absolute_url())


def test_an_older_version_leads_to_the_newest(client: Client, alice: User) -> None:
    first = make_version(alice)
    assert "There is a newer one" not in text_of(client, first.get_absolute_url())
    second = make_version(alice)
    page = text_of(client, first.get_absolute_url())
    assert second.get_absolute_url() in page
    assert client.get(reverse("registry:version", args=[first.model_id, 3])).status_code == 404


def test_the_file_is_downloaded_with_the_digest_that_reading_asks_for(client: Client, alice: User) -> None:
    version = make_version(alice, "Who/leaves?")
    response = client.get(reverse("registry:file", args=[version.model_id, 1]))
    assert b"".join(response.streaming_content) == b"model bytes"  # type: ignore[attr-defined]
    assert response.headers["Content-Disposition"] == 'attachment; filename="Who-leaves-1.flowza-model.zip"'
    assert response.headers["X-Manifest-SHA256"] == version.digest
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_a_real_model_file_tells_its_library_versions(client: Client, alice: User, tmp_path: Path) -> None:
    from django.core.files.base import ContentFile

    from flowza.engine.store import write_bundle
    from flowza.engine.versions import library_versions

    digest = write_bundle(train(split(table_of(separable()))), tmp_path / "model.zip", {})
    content = ContentFile((tmp_path / "model.zip").read_bytes(), "model.zip")
    version = make_version(alice, digest=digest, file=content)
    page = text_of(client, version.get_absolute_url())
    assert f"<dt>scikit-learn</dt><dd>{library_versions()['scikit-learn']}</dd>" in page
    assert "Download model file" in page


def test_a_file_that_is_gone_damaged_or_foreign_is_said_to_be(client: Client, alice: User, tmp_path: Path) -> None:
    version = make_version(alice)
    assert "The model file is damaged." in text_of(client, version.get_absolute_url())
    with zipfile.ZipFile(version.file.path, "w") as other:
        other.writestr("manifest.json", "{}")
    assert "manifest was changed after it was written" in text_of(client, version.get_absolute_url())
    Path(version.file.path).unlink()
    page = text_of(client, version.get_absolute_url())
    assert "The model file is not there any more." in page
    assert "Download model file" not in page
    assert client.get(reverse("registry:file", args=[version.model_id, 1])).status_code == 404


def test_hostile_names_are_escaped(client: Client, alice: User) -> None:
    hostile = '"><script>alert(1)</script>'
    column = {"name": hostile, "type": "text", "dtype": "str", "nulls": True, "categories": [hostile]}
    signature = {
        "inputs": [column | {"minimum": None, "maximum": None}],
        "target": hostile,
        "classes": [hostile],
        "positive": hostile,
    }
    version = make_version(
        alice, hostile, signature=signature, features=[hostile], estimator=hostile, metrics=[metric(hostile, 1.0)]
    )
    for address in (reverse("registry:list"), version.model.get_absolute_url(), version.get_absolute_url()):
        page = text_of(client, address)
        assert "<script>alert" not in page
        assert "style=" not in page


def test_many_columns_are_paged(client: Client, alice: User) -> None:
    inputs = [
        {"name": f"c{n}", "type": "number", "dtype": "float64", "nulls": False, "categories": None, "minimum": 0.5}
        | {"maximum": 2.25}
        for n in range(120)
    ]
    version = make_version(alice, signature={"inputs": inputs, "target": "y", "classes": None, "positive": None})
    page = text_of(client, version.get_absolute_url())
    assert "0.5 to 2.25" in page
    assert "1 to 50 of 120" in page
    assert ">c119<" in text_of(client, version.get_absolute_url() + "?page=3")


# Where it comes from


def test_the_lineage_links_data_workflow_and_run(client: Client, alice: User) -> None:
    data = imported(alice)
    graph = chain(("data", "csv", {"dataset": data.dataset.reference}), ("model", "logistic_regression", {}))
    graph["nodes"].append({"id": "other", "kind": "showcase", "params": {"name": "iris"}})
    run = run_of(alice, graph)
    version = make_version(alice, run=run)
    page = text_of(client, version.get_absolute_url())
    assert f"{data.dataset.get_absolute_url()}?version=1" in page
    assert "workflow version 1" in page
    assert reverse("workflows:detail", args=[run.version.workflow_id]) in page
    assert f"{reverse('runs:detail', args=[run.pk])}?step=model" in page
    assert "Iris" not in page


def test_the_lineage_names_the_data_version_that_the_run_read(client: Client, alice: User) -> None:
    first = imported(alice)
    latest = chain(("model", "csv", {"dataset": first.dataset.reference}))
    pinned = chain(("model", "csv", {"dataset": first.reference}))
    run = run_of(alice, latest)
    second = import_upload(alice, csv_upload("name,age\nEve,1\n"), dataset=first.dataset)
    for graph_run, number in ((run, 1), (run_of(alice, latest), second.number), (run_of(alice, pinned), 1)):
        page = text_of(client, make_version(alice, run=graph_run).get_absolute_url())
        assert f"data version {number}<" in page


def test_the_lineage_names_showcase_data_and_says_what_is_gone(client: Client, alice: User) -> None:
    run = run_of(alice, chain(("model", "showcase", {"name": "titanic"})))
    assert reverse("datasets:showcase", args=["titanic"]) in text_of(
        client, make_version(alice, run=run).get_absolute_url()
    )
    data = imported(alice)
    run = run_of(alice, chain(("model", "csv", {"dataset": data.dataset.reference})))
    version = make_version(alice, run=run)
    put_in_bin(data.dataset)
    page = text_of(client, version.get_absolute_url())
    assert "data version 1, in the bin" in page
    assert reverse("datasets:bin") in page
    data.dataset.delete()
    page = text_of(client, version.get_absolute_url())
    assert "people" in page
    assert "data version 1, deleted since" in page
    Run.objects.all().delete()
    assert "A run that was deleted" in text_of(client, version.get_absolute_url())
    assert "a run that was deleted" in text_of(client, version.model.get_absolute_url())


def test_a_versions_page_costs_a_fixed_number_of_queries(
    client: Client, alice: User, django_assert_num_queries: Any
) -> None:
    nodes = [("data", "csv", {"dataset": imported(alice).reference}), ("model", "logistic_regression", {})]
    few = make_version(alice, run=run_of(alice, chain(*nodes)))
    more = [(f"data{n}", "csv", {"dataset": imported(alice).reference}) for n in range(3)]
    many = make_version(alice, run=run_of(alice, chain(*more, *nodes)))
    for version in (few, many):
        with django_assert_num_queries(5):  # session, person, version, newest number, data read
            client.get(version.get_absolute_url())
