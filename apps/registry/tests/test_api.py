"""The API of models: shapes, refusals, strangers."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.registry.models import ModelVersion, RegisteredModel
from apps.registry.tests.factories import INPUTS, make_version
from apps.runs.tests.factories import make_user

pytestmark = pytest.mark.django_db
ENVELOPE = {"code", "message", "field", "node", "hint"}


@pytest.fixture
def alice() -> User:
    return make_user("alice")


@pytest.fixture
def api(alice: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(alice)
    return client


def addresses(version: ModelVersion) -> list[tuple[str, str]]:
    one, pair = [version.model_id], [version.model_id, 1]
    return [
        ("get", reverse("api:model-detail", args=one)),
        ("patch", reverse("api:model-detail", args=one)),
        ("delete", reverse("api:model-detail", args=one)),
        ("get", reverse("api:model-versions", args=one)),
        ("get", reverse("api:model-version", args=pair)),
        ("get", reverse("api:model-file", args=pair)),
    ]


def test_a_stranger_gets_404_and_someone_without_a_token_401(alice: User) -> None:
    version = make_version(alice)
    bob = APIClient()
    bob.force_authenticate(make_user("bob"))
    for method, address in addresses(version):
        refused = getattr(bob, method)(address, {"description": "mine"} if method == "patch" else None)
        assert (refused.status_code, set(refused.json())) == (404, ENVELOPE), address
        assert getattr(APIClient(), method)(address).status_code == 401, address
    assert bob.get(reverse("api:model-list")).json()["count"] == 0
    assert APIClient().get(reverse("api:model-list")).status_code == 401
    assert RegisteredModel.objects.get().description == ""


def test_other_methods_are_refused_with_the_envelope(api: APIClient, alice: User) -> None:
    version = make_version(alice)
    for address in {address for _, address in addresses(version)} | {reverse("api:model-list")}:
        for method in ("post", "put"):
            refused = getattr(api, method)(address, {})
            assert (refused.status_code, refused.json()["code"]) == (405, "method_not_allowed"), address


def test_the_list_names_the_newest_version_in_a_fixed_number_of_queries(
    api: APIClient, alice: User, django_assert_num_queries: Any
) -> None:
    for name in ("Churn", "Wages", "Churn"):
        make_version(alice, name)
    with django_assert_num_queries(2):
        answer = api.get(reverse("api:model-list"), {"ordering": "name"}).json()
    assert [(model["name"], model["version"]) for model in answer["results"]] == [("Churn", 2), ("Wages", 1)]
    found = api.get(reverse("api:model-list"), {"search": "wag"}).json()["results"]
    assert [model["name"] for model in found] == ["Wages"]
    assert api.get(found[0]["url"]).json() == found[0]


def test_a_model_is_described_and_deleted(api: APIClient, alice: User) -> None:
    address = reverse("api:model-detail", args=[make_version(alice).model_id])
    assert api.patch(address, {"description": "Who leaves?"}).json()["description"] == "Who leaves?"
    assert api.patch(address, {}).json()["description"] == "Who leaves?"
    refused = api.patch(address, {"description": "x" * 2001})
    assert (refused.status_code, refused.json()["field"]) == (400, "description")
    assert api.patch(address, {"description": "a\x00b"}).status_code == 400
    assert api.delete(address).status_code == 204
    assert not ModelVersion.objects.exists()


def test_versions_come_newest_first_without_their_columns(
    api: APIClient, alice: User, django_assert_num_queries: Any
) -> None:
    pk = make_version(alice).model_id
    for _ in range(2):
        make_version(alice)
    with django_assert_num_queries(3):  # model, count, page
        answer = api.get(reverse("api:model-versions", args=[pk])).json()
    assert [version["number"] for version in answer["results"]] == [3, 2, 1]
    first = answer["results"][0]
    assert "signature" not in first
    assert (first["name"], first["task"], first["training_rows"], first["run"]) == (
        "Churn",
        "classification",
        1234,
        None,
    )
    main = next(metric for metric in first["metrics"] if metric["main"])
    assert (main["name"], main["value"], main["baseline"]) == ("auc", 0.87, 0.5)


def test_a_version_has_its_signature_and_its_file(api: APIClient, alice: User) -> None:
    version = make_version(alice)
    answer = api.get(reverse("api:model-version", args=[version.model_id, 1])).json()
    assert answer["signature"]["inputs"] == INPUTS
    assert answer["signature"]["positive"] == "yes"
    assert answer["features"] == ["age", "port_Cherbourg"]
    response = api.get(answer["file"])
    assert b"".join(response.streaming_content) == b"model bytes"  # type: ignore[attr-defined]
    assert response.headers["X-Manifest-SHA256"] == answer["digest"] == version.digest
    assert api.get(reverse("api:model-version", args=[version.model_id, 2])).status_code == 404


def test_a_file_that_is_gone_is_404_with_the_envelope(api: APIClient, alice: User) -> None:
    version = make_version(alice)
    version.file.storage.delete(str(version.file.name))
    refused = api.get(reverse("api:model-file", args=[version.model_id, 1]))
    assert (refused.status_code, set(refused.json())) == (404, ENVELOPE)
