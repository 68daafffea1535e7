"""Replacing data: a new version, and in words what is different between any two."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.datasets.actions import import_upload
from apps.datasets.differences import Difference, difference
from apps.datasets.models import DatasetVersion
from apps.datasets.tests.factories import csv_upload, imported, person

pytestmark = pytest.mark.django_db

OLD = "name,age,town,paid\nZoë,31,Bonn,yes\nPaul,,Köln,no\nAnn,40,Bonn,no\nEva,25,Aachen,yes\n"
NEW = (
    "name,years_age,town,paid,country\nZoë,31.5,Bonn,yes,DE\nPaul,40,Köln,,DE\nAnn,40,Bonn,,FR\n"
    "Eva,25,Trier,yes,DE\nTim,90,Trier,yes,DE\n"
)


@pytest.fixture
def alice() -> User:
    return person("alice")


@pytest.fixture
def client(alice: User) -> Client:
    client = Client()
    client.force_login(alice, backend="apps.accounts.backends.NameOrEmailBackend")
    return client


def replaced(user: User, *contents: str) -> list[DatasetVersion]:
    """Data versions 1, 2 … of one dataset."""
    first = imported(user, contents[0])
    return [first, *(import_upload(user, csv_upload(one), dataset=first.dataset) for one in contents[1:])]


def told(user: User, old: str, new: str) -> Difference:
    return difference(*replaced(user, old, new))


def column(found: Difference, name: str) -> list[str]:
    return [sentence for change in found.changed if change.column.name == name for sentence in change.sentences]


def numbers(*values: Any) -> str:
    return "n,x\n" + "".join(f"{value},1\n" for value in values)


def test_rows_and_columns_that_came_and_went_are_told_with_numbers(alice: User) -> None:
    found = told(alice, OLD, NEW)
    assert found.rows_words == "5 rows, 1 more than the 4 before (+25.0 %)."
    assert found.columns_words == "5 columns: 1 gone, 2 new, 3 changed, 0 as before."
    assert [one.name for one in found.gone] == ["age"]
    assert [one.name for one in found.added] == ["years_age", "country"]
    assert found.renamed == {"age": "years_age"}


def test_new_and_vanished_levels_are_named_with_their_rows(alice: User) -> None:
    found = told(alice, OLD, NEW)
    assert column(found, "town") == ["New value: “Trier” (2 rows).", "Vanished value: “Aachen” (1 row)."]
    assert column(found, "name") == ["New value: “Tim” (1 row)."]


def test_levels_beyond_those_of_the_profile_are_counted_in_the_table(alice: User) -> None:
    old = "k\n" + "".join(f"level {number}\n" for number in range(40))
    new = "k\n" + "".join(f"level {number}\n" for number in range(1, 41))
    assert column(told(alice, old, new), "k") == [
        "New value: “level 40” (1 row).",
        "Vanished value: “level 0” (1 row).",
    ]


def test_columns_of_very_many_levels_are_counted_only(alice: User) -> None:
    old = "k\n" + "".join(f"level {number}\n" for number in range(1100))
    new = "k\n" + "".join(f"level {number}\n" for number in range(1200))
    assert column(told(alice, old, new), "k") == ["1,200 different values, were 1,100."]


def test_a_type_that_changed_is_told(alice: User) -> None:
    assert column(told(alice, numbers(1, 2, 3), numbers(1, 2, "three")), "n") == ["Type: text, was whole number."]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ((1, 2), (1, ""), "Missing in 50 % of the rows (1), none before."),
        ((1, ""), (1, 1), "No cell is missing any more; 1 were (50 %)."),
        ((1, "", 1, 1), (1, "", "", 1), "Missing in 50 % of the rows (2), 25 % before."),
    ],
)
def test_a_missing_share_that_moved_is_told(alice: User, old: Any, new: Any, sentence: str) -> None:
    decimals = [[f"{value}.5" if value else value for value in values] for values in (old, new)]
    assert sentence in column(told(alice, numbers(*decimals[0]), numbers(*decimals[1])), "n")


def test_a_range_and_a_mean_that_moved_are_told(alice: User) -> None:
    found = told(alice, numbers(0, 10, 20), numbers(0, 10, 80))
    assert column(found, "n") == ["From 0 to 80, was 0 to 20.", "Mean 30, was 10."]
    dates = told(alice, numbers("2024-01-02", "2024-02-03"), numbers("2024-01-02", "2024-03-03"))
    assert column(dates, "n") == ["From 2024-01-02 to 2024-03-03, was 2024-01-02 to 2024-02-03."]


def test_the_same_file_again_is_the_same_table(client: Client, alice: User) -> None:
    versions = replaced(alice, OLD, OLD)
    assert difference(*versions).same
    page = client.get(reverse("datasets:difference", args=[versions[0].dataset_id])).content.decode()
    assert "Data version 2 holds the same table as data version 1" in page


def test_columns_in_another_order_are_told(alice: User) -> None:
    found = told(alice, "a,b\n1,2\n3,4\n", "b,a\n2,1\n4,3\n")
    assert found.reordered
    assert found.columns_words == "2 columns: all as before."


def test_a_column_with_the_same_values_is_the_renamed_one_whatever_its_name(alice: User) -> None:
    assert told(alice, "q,w\n1,x\n2,y\n", "w,zz,other\nx,1,5\ny,2,9\n").renamed == {"q": "zz"}


def test_an_upload_into_a_dataset_leads_to_what_changed(client: Client, alice: User) -> None:
    dataset = imported(alice, OLD).dataset
    page = client.get(dataset.get_absolute_url()).content.decode()
    assert "Replace data" in page
    assert reverse("datasets:upload") + f"?dataset={dataset.pk}" in page
    sent = {"file": csv_upload(NEW), "dataset": dataset.pk}
    answer = client.post(reverse("datasets:upload"), sent, follow=True)
    page = answer.content.decode()
    assert answer.redirect_chain[-1][0] == reverse("datasets:difference", args=[dataset.pk]) + "?from=1&to=2"
    for words in ("What changed", "1 more than the 4 before", "Columns that are gone", "years_age", "“Trier” (2 rows)"):
        assert words in page


def test_any_two_versions_are_compared_from_the_versions_tab(client: Client, alice: User) -> None:
    dataset = replaced(alice, OLD, NEW, OLD)[0].dataset
    address = reverse("datasets:difference", args=[dataset.pk])
    page = client.get(dataset.get_absolute_url() + "?tab=versions").content.decode()
    assert f"{address}?from=1&amp;to=2" in page
    assert f"{address}?from=2&amp;to=3" in page
    assert 'name="from"' in page
    assert "holds the same table" in client.get(address, {"from": 1, "to": 3}).content.decode()
    backwards = client.get(address, {"from": 2, "to": 1}).content.decode()
    assert "1 fewer than the 5 before" in backwards
    for wrong in ({"from": "9"}, {"to": "x"}, {"to": "1" * 30}):
        assert client.get(address, wrong).status_code == 404


def test_with_one_version_there_is_nothing_to_compare(client: Client, alice: User) -> None:
    dataset = imported(alice).dataset
    answer = client.get(reverse("datasets:difference", args=[dataset.pk]))
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{dataset.get_absolute_url()}?tab=versions")


def test_hostile_names_and_levels_are_escaped(client: Client, alice: User) -> None:
    hostile = "<script>alert(1)</script>"
    dataset = replaced(alice, f"a,{hostile}\nx,1\ny,2\n", f"a,b\n{hostile},1\ny,2\n")[0].dataset
    page = client.get(reverse("datasets:difference", args=[dataset.pk])).content.decode()
    assert hostile not in page
    assert "&lt;script&gt;" in page
