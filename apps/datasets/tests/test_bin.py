"""A deleted dataset: who is told, what is hidden, what comes back, what is gone for good."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.datasets.actions import read_with
from apps.datasets.bin import purge, purge_now, put_in_bin, restore
from apps.datasets.models import DAYS_IN_BIN, Dataset, DatasetVersion
from apps.datasets.sources import DatasetMissing, dataset_version
from apps.datasets.tests.factories import imported, person
from flowza.engine.operations.csv_settings import CsvSettings
from flowza.engine.operations.refusals import TableRefused

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return person("alice")


@pytest.fixture
def client(alice: User) -> Client:
    client = Client()
    client.force_login(alice, backend="apps.accounts.backends.NameOrEmailBackend")
    return client


def text_of(client: Client, address: str, **data: Any) -> str:
    return str(client.get(address, data, follow=True).content.decode())


def deleted_days_ago(user: User, days: float) -> Dataset:
    dataset = imported(user).dataset
    Dataset.objects.filter(pk=dataset.pk).update(deleted=timezone.now() - timedelta(days=days))
    dataset.refresh_from_db()
    return dataset


def test_deleting_asks_once_and_moves_to_the_bin(client: Client, alice: User) -> None:
    dataset = imported(alice).dataset
    address = reverse("datasets:delete", args=[dataset.pk])
    assert address in text_of(client, dataset.get_absolute_url())
    page = text_of(client, address)
    assert "You can restore it for 30 days" in page
    assert "Nothing uses it." in page
    assert Dataset.objects.for_user(alice).exists()
    page = client.post(address, follow=True).content.decode()
    assert "“people” is in the bin" in page
    assert reverse("datasets:bin") in page
    assert not Dataset.objects.for_user(alice).exists()
    assert Dataset.objects.in_bin_of(alice).get() == dataset


def test_what_is_in_the_bin_is_hidden_everywhere_else(client: Client, alice: User) -> None:
    version = imported(alice)
    put_in_bin(version.dataset)
    assert version.dataset.get_absolute_url() not in text_of(client, reverse("datasets:list"))
    assert not DatasetVersion.objects.for_user(alice).exists()
    for name in ("delete", "difference"):
        assert client.get(reverse(f"datasets:{name}", args=[version.dataset_id])).status_code == 404
    assert client.get(reverse("datasets:original", args=[version.dataset_id, 1])).status_code == 404
    with pytest.raises(DatasetMissing, match="“people” is in the bin"):
        dataset_version(alice, version.reference)
    api = APIClient()
    api.force_authenticate(alice)
    assert api.get(reverse("api:dataset-list")).json()["count"] == 0
    for name in ("dataset-detail", "dataset-rows"):
        assert api.get(reverse(f"api:{name}", args=[version.dataset_id])).status_code == 404


def test_the_page_of_a_dataset_in_the_bin_leads_its_owner_to_the_bin(client: Client, alice: User) -> None:
    dataset = deleted_days_ago(alice, 1)
    page = text_of(client, dataset.get_absolute_url())
    assert "“people” is in the bin. Restore it to see it again." in page
    assert reverse("datasets:restore", args=[dataset.pk]) in page
    bobs = Client()
    bobs.force_login(person("bob"), backend="apps.accounts.backends.NameOrEmailBackend")
    assert bobs.get(dataset.get_absolute_url()).status_code == 404


def test_the_bin_says_how_long_each_dataset_stays(client: Client, alice: User) -> None:
    assert "The bin is empty" in text_of(client, reverse("datasets:bin"))
    deleted_days_ago(alice, 3.5)
    deleted_days_ago(person("bob"), 1)
    page = text_of(client, reverse("datasets:bin"))
    assert "in 27 days" in page
    assert page.count("Delete now") == 2  # the button and the word of its question


def test_the_bin_costs_a_fixed_number_of_queries(client: Client, alice: User, django_assert_num_queries: Any) -> None:
    for _ in range(2):
        deleted_days_ago(alice, 1)
        with django_assert_num_queries(6):  # session, person, count, page, workflows and models that use them
            client.get(reverse("datasets:bin"))


def test_a_restored_dataset_is_as_it_was(client: Client, alice: User) -> None:
    dataset = deleted_days_ago(alice, 29)
    page = client.post(reverse("datasets:restore", args=[dataset.pk]), follow=True).content.decode()
    assert "“people” is back." in page
    assert "Zoë" in page
    assert dataset_version(alice, dataset.reference).number == 1


def test_a_name_in_the_bin_is_free_and_restoring_takes_the_next_free_one(client: Client, alice: User) -> None:
    old = deleted_days_ago(alice, 1)
    new = imported(alice).dataset
    assert new.name == old.name == "people"
    page = client.post(reverse("datasets:restore", args=[old.pk]), follow=True).content.decode()
    assert "It is called “people 2” now, because “people” is taken." in page
    old.refresh_from_db()
    assert old.name == "people 2"


def test_restoring_goes_back_to_the_page_that_missed_it_and_nowhere_else(client: Client, alice: User) -> None:
    for back, expected in (("/workflows/7/", "/workflows/7/"), ("https://evil.example/", None)):
        dataset = deleted_days_ago(alice, 1)
        answer = client.post(reverse("datasets:restore", args=[dataset.pk]), {"next": back})
        assert answer.headers["Location"] == (expected or dataset.get_absolute_url())


def test_delete_now_asks_once_and_takes_rows_and_files(
    client: Client, alice: User, django_capture_on_commit_callbacks: Any
) -> None:
    dataset = deleted_days_ago(alice, 1)
    stored = Path(dataset.versions.get().parquet.path)
    assert stored.exists()
    assert "data-confirm=" in text_of(client, reverse("datasets:bin"))
    address = reverse("datasets:purge", args=[dataset.pk])
    assert client.get(address).status_code == 405
    with django_capture_on_commit_callbacks(execute=True):
        client.post(address)
    assert not Dataset.objects.exists()
    assert not stored.exists()
    assert [path for path in Path(project.MEDIA_ROOT).rglob("*") if path.is_file()] == []


def test_what_is_not_in_the_bin_can_be_neither_restored_nor_deleted_for_good(client: Client, alice: User) -> None:
    dataset = imported(alice).dataset
    for name in ("restore", "purge"):
        assert client.post(reverse(f"datasets:{name}", args=[dataset.pk])).status_code == 404
    assert Dataset.objects.for_user(alice).exists()


def test_after_thirty_days_it_is_gone_with_its_files(alice: User, django_capture_on_commit_callbacks: Any) -> None:
    kept = [imported(alice).dataset, deleted_days_ago(alice, DAYS_IN_BIN - 0.1)]
    gone = deleted_days_ago(alice, DAYS_IN_BIN + 0.1)
    stored = Path(gone.versions.get().original.path)
    with django_capture_on_commit_callbacks(execute=True):
        assert purge() == 1
    assert set(Dataset.objects.all()) == set(kept)
    assert not stored.exists()
    assert purge(timezone.now() + timedelta(days=1)) == 1


def test_restoring_twice_changes_nothing_more(alice: User) -> None:
    dataset = deleted_days_ago(alice, 1)
    restore(dataset)
    assert dataset.deleted is None
    assert dataset.gone_at is None
    assert dataset.name == "people"


def test_the_api_deletes_into_the_bin_and_restores(alice: User) -> None:
    dataset = imported(alice).dataset
    api = APIClient()
    api.force_authenticate(alice)
    assert api.delete(reverse("api:dataset-detail", args=[dataset.pk])).status_code == 204
    assert Dataset.objects.in_bin_of(alice).exists()
    answer = api.post(reverse("api:dataset-restore", args=[dataset.pk]))
    assert (answer.status_code, answer.json()["reference"], answer.json()["version"]) == (200, dataset.reference, 1)
    assert api.post(reverse("api:dataset-restore", args=[dataset.pk])).status_code == 404


def test_what_was_restored_meanwhile_is_not_deleted_for_good(alice: User) -> None:
    dataset = deleted_days_ago(alice, 1)
    restore(Dataset.objects.get(pk=dataset.pk))
    with pytest.raises(Dataset.DoesNotExist):
        purge_now(alice, dataset.pk)
    assert Dataset.objects.for_user(alice).filter(pk=dataset.pk).exists()


@pytest.mark.parametrize("purged", [False, True])
def test_a_file_read_anew_while_its_dataset_is_deleted_is_refused_and_leaves_nothing(
    alice: User, purged: bool, django_capture_on_commit_callbacks: Any
) -> None:
    version = imported(alice)
    put_in_bin(Dataset.objects.get(pk=version.dataset_id))
    if purged:
        with django_capture_on_commit_callbacks(execute=True):
            purge_now(alice, version.dataset_id)
    with pytest.raises(TableRefused, match="deleted meanwhile"):
        read_with(alice, version, CsvSettings.model_validate(version.import_settings))
    assert DatasetVersion.objects.count() == (0 if purged else 1)
