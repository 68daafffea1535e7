"""What pages say of references: names, choices of data versions, and what is missing."""

from __future__ import annotations

from typing import Any

import pytest

from apps.accounts.models import User
from apps.datasets.actions import import_upload
from apps.datasets.bin import put_in_bin
from apps.datasets.models import DatasetVersion
from apps.datasets.naming import dataset_choices, missing_data, reference_names, version_choices
from apps.datasets.sources import versions_named
from apps.datasets.tests.factories import csv_upload, imported, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return person("alice")


def next_version(version: DatasetVersion, content: str = "a,b\n1,2\n") -> DatasetVersion:
    return import_upload(version.dataset.owner, csv_upload(content), dataset=version.dataset)


def graph_of(*references: str) -> dict[str, Any]:
    nodes = [{"id": f"n{place}", "kind": "csv", "params": {"dataset": one}} for place, one in enumerate(references)]
    return {"format": 1, "seed": 0, "nodes": nodes, "edges": []}


def test_a_step_may_say_the_latest_or_one_data_version(alice: User) -> None:
    first = imported(alice)
    second = next_version(first)
    assert version_choices(alice, first.dataset_id) == [
        (first.dataset.reference, "people: latest (data version 2 now)"),
        (second.reference, "people: data version 2, 1 rows"),
        (first.reference, "people: data version 1, 2 rows"),
    ]
    assert version_choices(person("bob"), first.dataset_id) == []


def test_datasets_are_offered_by_name_and_the_chosen_one_with_its_versions(alice: User) -> None:
    people, bikes = imported(alice), imported(alice, name="bikes.csv")
    next_version(people)
    imported(person("bob"), name="secret.csv")
    assert [label for _, label in dataset_choices(alice)] == [
        "bikes: latest (data version 1 now)",
        "people: latest (data version 2 now)",
    ]
    chosen = dataset_choices(alice, [people.reference])
    assert [reference for reference, _ in chosen] == [
        bikes.dataset.reference,
        people.dataset.reference,
        f"{people.dataset.reference}@2",
        people.reference,
    ]


def test_a_chosen_dataset_in_the_bin_is_named_among_the_choices(alice: User) -> None:
    people = imported(alice)
    put_in_bin(people.dataset)
    assert dataset_choices(alice) == []
    assert dataset_choices(alice, [people.dataset.reference, ""]) == [(people.dataset.reference, "people, in the bin")]


def test_references_are_named_also_when_they_are_gone(alice: User) -> None:
    people, bikes = imported(alice), imported(alice, name="bikes.csv")
    put_in_bin(bikes.dataset)
    secret = imported(person("bob"), name="secret.csv").dataset.reference
    references = [people.dataset.reference, people.reference, f"{people.dataset.reference}@9", bikes.reference, secret]
    assert reference_names(alice, graph_of(*references, "dataset:x", "")) == {
        people.dataset.reference: "people, latest",
        people.reference: "people, data version 1",
        f"{people.dataset.reference}@9": "people, data version 9, gone",
        bikes.reference: "bikes, in the bin",
        secret: "a deleted dataset",
    }


def test_what_is_missing_says_what_to_do(alice: User) -> None:
    people = imported(alice)
    put_in_bin(people.dataset)
    (binned,) = missing_data(alice, [people.dataset.reference])
    assert binned.dataset == people.dataset
    assert binned.message == "The dataset “people” is in the bin. Restore it, or choose another one."
    (gone,) = missing_data(alice, ["dataset:99999"])
    assert gone.dataset is None
    assert "deleted for good" in gone.message
    assert missing_data(alice, []) == []


def test_the_versions_of_many_references_cost_one_query(alice: User, django_assert_num_queries: Any) -> None:
    first = imported(alice)
    second = next_version(first)
    other = imported(alice, name="bikes.csv")
    latest = first.dataset.reference
    with django_assert_num_queries(1):
        found = versions_named(alice, [latest, first.reference, other.dataset.reference, latest, "x"])
    assert found == {latest: second, first.reference: first, other.dataset.reference: other}
    assert versions_named(person("bob"), found) == {}
    with django_assert_num_queries(0):
        assert versions_named(alice, ["", "nothing"]) == {}
