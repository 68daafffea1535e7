"""The API of datasets: envelope, sizes, rows, strangers."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.datasets.models import Dataset
from apps.datasets.tests.factories import PEOPLE, csv_upload, imported, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return person("alice")


@pytest.fixture
def api(alice: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(alice)
    return client


def upload(api: APIClient, content: str | bytes = PEOPLE, **fields: Any) -> Any:
    return api.post(reverse("api:dataset-list"), {"file": csv_upload(content), **fields}, format="multipart")


def test_an_upload_gives_the_version_that_was_made(api: APIClient) -> None:
    response = upload(api, name="Staff")
    assert response.status_code == 201
    answer = response.json()
    assert (answer["name"], answer["number"], answer["rows"]) == ("Staff", 1, 2)
    assert answer["columns"][1] == {"name": "age", "type": "number", "missing": 1, "unique": 1}
    again = upload(api, dataset=answer["dataset"]).json()
    assert (again["dataset"], again["number"]) == (answer["dataset"], 2)


def test_settings_may_be_given(api: APIClient) -> None:
    answer = upload(api, settings='{"types": {"age": "text"}}').json()
    assert answer["columns"][1]["type"] == "text"
    refused = upload(api, settings='{"types": {"age": "colour"}}')
    assert (refused.status_code, refused.json()["field"]) == (400, "settings")


def test_settings_nested_too_deep_are_refused(api: APIClient) -> None:
    refused = upload(api, settings="[" * 50_000)
    assert (refused.status_code, refused.json()["field"]) == (400, "settings")


def test_an_id_beyond_the_databases_numbers_is_404(api: APIClient) -> None:
    for name in ("dataset-detail", "dataset-rows"):
        assert api.get(reverse(f"api:{name}", args=[10**25])).status_code == 404


@pytest.mark.parametrize("content", ["a,b\n1\n", b"\x00", "", "a,b\n", b"PK\x03\x04"])
def test_a_refusal_is_400_with_the_envelope(api: APIClient, content: str | bytes) -> None:
    response = upload(api, content)
    assert response.status_code == 400
    assert {"code", "message", "field", "hint"} <= set(response.json())
    assert response.json()["field"] == "file"
    assert not Dataset.objects.exists()


def test_too_large_is_413(api: APIClient, settings: Any) -> None:
    settings.FLOWZA_UPLOAD_LIMIT = 1000
    for rows in (400, 40_000):
        response = upload(api, "a,b\n" + "1,2\n" * rows)
        assert (response.status_code, response.json()["code"]) == (413, "too_large")


def test_a_request_without_a_file_names_the_field(api: APIClient) -> None:
    response = api.post(reverse("api:dataset-list"), {}, format="multipart")
    assert (response.status_code, response.json()["field"]) == (400, "file")


def test_rows_are_read_by_position(api: APIClient, alice: User) -> None:
    pk = imported(alice).dataset_id
    answer = api.get(reverse("api:dataset-rows", args=[pk]), {"start": 1, "count": 1}).json()
    assert answer == {
        "start": 1,
        "total": 2,
        "columns": ["name", "age", "joined"],
        "rows": [["Paul", None, "2024-03-04T00:00:00"]],
    }
    assert api.get(reverse("api:dataset-rows", args=[pk]), {"start": 99}).json()["rows"] == []
    for wrong in ({"start": "-1"}, {"count": "0"}, {"count": "x"}, {"count": "9" * 30}, {"version": "0"}):
        response = api.get(reverse("api:dataset-rows", args=[pk]), wrong)
        assert (response.status_code, response.json()["field"]) == (400, next(iter(wrong)))


def test_the_list_costs_a_fixed_number_of_queries(api: APIClient, alice: User, django_assert_num_queries: Any) -> None:
    for _ in range(3):
        imported(alice)
    with django_assert_num_queries(2):
        answer = api.get(reverse("api:dataset-list")).json()
    assert [item["rows"] for item in answer["results"]] == [2, 2, 2]


def test_a_stranger_gets_404(alice: User) -> None:
    version = imported(alice)
    bob = APIClient()
    bob.force_authenticate(person("bob"))
    assert bob.get(reverse("api:dataset-list")).json()["count"] == 0
    for address in (
        reverse("api:dataset-detail", args=[version.dataset_id]),
        reverse("api:dataset-rows", args=[version.dataset_id]),
    ):
        assert bob.get(address).status_code == 404
    assert bob.delete(reverse("api:dataset-detail", args=[version.dataset_id])).status_code == 404
    assert upload(bob, dataset=version.dataset_id).status_code == 404
    assert APIClient().get(reverse("api:dataset-list")).status_code in (401, 403)


def test_a_dataset_is_read_by_version_and_deleted(api: APIClient, alice: User) -> None:
    version = imported(alice)
    address = reverse("api:dataset-detail", args=[version.dataset_id])
    assert api.get(address, {"version": 1}).json()["reference"] == version.reference
    assert api.get(address, {"version": 2}).status_code == 404
    assert api.delete(address).status_code == 204
    assert api.get(address).status_code == 404
