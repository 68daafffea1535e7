"""Pages of datasets as Alice (owner), Bob (another person) and Charlie (not signed in) meet them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.datasets.models import Dataset, DatasetVersion
from apps.datasets.tests.factories import csv_upload, imported, person
from flowza.engine.showcase import SHOWCASES

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return person("alice")


@pytest.fixture
def client(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


@pytest.fixture
def bobs() -> Client:
    client = Client()
    client.force_login(person("bob"))
    return client


def text_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return str(response.content.decode())


def addresses(version: DatasetVersion) -> list[tuple[str, str]]:
    pk = version.dataset_id
    return [
        ("get", reverse("datasets:detail", args=[pk])),
        ("get", reverse("datasets:detail", args=[pk]) + "?tab=columns"),
        ("get", reverse("datasets:original", args=[pk, 1])),
        ("get", reverse("datasets:upload") + f"?dataset={pk}"),
        ("post", reverse("datasets:rename", args=[pk])),
        ("post", reverse("datasets:read_again", args=[pk])),
        ("post", reverse("datasets:delete", args=[pk])),
    ]


def test_a_stranger_gets_404_and_changes_nothing(alice: User, bobs: Client) -> None:
    version = imported(alice)
    for method, address in addresses(version):
        response = bobs.get(address) if method == "get" else bobs.post(address, {"name": "mine"})
        assert response.status_code == 404, address
    response = bobs.post(reverse("datasets:upload"), {"file": csv_upload(), "dataset": version.dataset_id})
    assert response.status_code == 404
    assert Dataset.objects.get().name == "people"
    assert version.dataset.versions.count() == 1


def test_someone_not_signed_in_is_sent_to_the_sign_in_page(alice: User) -> None:
    version = imported(alice)
    everywhere = [*addresses(version), ("get", reverse("datasets:list")), ("get", reverse("datasets:upload"))]
    everywhere += [("get", reverse("datasets:showcase", args=["iris"]))]
    for method, address in everywhere:
        response = getattr(Client(), method)(address)
        assert (response.status_code, response.url[:9]) == (302, "/sign-in/"), address


def test_the_empty_list_leads_on(client: Client) -> None:
    page = text_of(client, reverse("datasets:list"))
    assert "Drop a CSV file here" in page
    for table in SHOWCASES.values():
        assert table.title in page


def test_the_list_shows_only_my_datasets_with_their_size(client: Client, alice: User) -> None:
    imported(alice)
    imported(person("bob"), name="secret.csv")
    page = text_of(client, reverse("datasets:list"))
    assert "people" in page
    assert "secret" not in page


def test_the_list_costs_a_fixed_number_of_queries(client: Client, alice: User, django_assert_num_queries: Any) -> None:
    imported(alice)
    with django_assert_num_queries(7):  # session, person, count, page, workflows and models, the bin's count
        client.get(reverse("datasets:list"))
    for _ in range(4):
        imported(alice)
    with django_assert_num_queries(7):
        client.get(reverse("datasets:list"))


def test_the_list_is_searched_and_sorted(client: Client, alice: User) -> None:
    imported(alice, name="wages.csv")
    imported(alice, "a,b\n1,2\n", name="bikes.csv")
    page = text_of(client, reverse("datasets:list") + "?q=wag")
    assert "wages" in page
    assert "bikes" not in page
    assert "Nothing found" in text_of(client, reverse("datasets:list") + "?q=nothing")
    page = text_of(client, reverse("datasets:list") + "?sort=-rows")
    assert page.index("wages") < page.index("bikes")
    for sort in ("rows", "name", "-size", "columns", "nonsense", "owner__password"):
        text_of(client, reverse("datasets:list") + f"?sort={sort}&page=99")


def test_searching_by_htmx_gives_the_results_alone(client: Client, alice: User) -> None:
    imported(alice)
    response = client.get(reverse("datasets:list"), {"q": "peo"}, headers={"HX-Request": "true"})
    page = response.content.decode()
    assert "people" in page
    assert "<html" not in page


def test_an_upload_without_script_leads_to_the_dataset(client: Client) -> None:
    response = client.post(reverse("datasets:upload"), {"file": csv_upload()})
    assert response.status_code == 302
    assert "people" in text_of(client, response.headers["Location"])


def test_an_upload_by_script_answers_in_json(client: Client) -> None:
    response = client.post(reverse("datasets:upload"), {"file": csv_upload()}, headers={"Accept": "application/json"})
    assert response.status_code == 201
    assert response.json()["url"] == Dataset.objects.get().get_absolute_url()


def test_a_refused_upload_says_why_on_the_page_and_in_json(client: Client) -> None:
    response = client.post(reverse("datasets:upload"), {"file": csv_upload("a,b\n1\n")})
    assert response.status_code == 400
    assert "Line 2 does not have 2 cells" in response.content.decode()
    response = client.post(
        reverse("datasets:upload"), {"file": csv_upload("a,b\n1\n")}, headers={"Accept": "application/json"}
    )
    assert response.status_code == 400
    assert set(response.json()) == {"code", "message", "field", "node", "hint"}
    assert client.post(reverse("datasets:upload"), {}).status_code == 400


def test_an_upload_over_the_limit_is_413(client: Client, settings: Any) -> None:
    settings.FLOWZA_UPLOAD_LIMIT = 1000
    upload = csv_upload(b"a,b\n" + b"1,2\n" * 40_000)
    for file in (upload, csv_upload(b"a,b\n" + b"1,2\n" * 400)):
        response = client.post(reverse("datasets:upload"), {"file": file}, headers={"Accept": "application/json"})
        assert response.status_code == 413
        assert response.json()["code"] == "too_large"
    assert not Dataset.objects.exists()


def test_an_upload_needs_the_csrf_token(alice: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    assert strict.post(reverse("datasets:upload"), {"file": csv_upload()}).status_code == 403


def test_a_dataset_shows_rows_types_and_missing_share(client: Client, alice: User) -> None:
    page = text_of(client, imported(alice).dataset.get_absolute_url())
    for words in ("Zoë", "2024-01-02", ">50 % missing<", ">0 % missing<", "<svg", "data version 1"):
        assert words in page
    assert "style=" not in page


def test_a_long_table_is_paged_and_numbered(client: Client, alice: User) -> None:
    content = "n,w\n" + "".join(f"{number},x\n" for number in range(70_000))
    address = imported(alice, content).dataset.get_absolute_url()
    page = text_of(client, address + "?page=1400")
    assert "69999" in page
    assert "69,951 to 70,000 of 70,000" in page
    text_of(client, address + "?page=nonsense&columns=-3")


def test_a_wide_table_shows_a_window_of_columns(client: Client, alice: User) -> None:
    names = [f"c{number}" for number in range(100)]
    version = imported(alice, ",".join(names) + "\n" + ",".join(names) + "\n")
    page = text_of(client, version.dataset.get_absolute_url() + "?columns=2")
    assert "columns 51 to 100 of 100" in page
    assert ">c51<" in page
    assert ">c49<" not in page
    assert "Choose columns" in page


def test_chosen_columns_of_a_wide_table_stay_while_paging(client: Client, alice: User) -> None:
    names = [f"c{number}" for number in range(60)]
    row = ",".join("1" for _ in names) + "\n"
    address = imported(alice, ",".join(names) + "\n" + row * 70).dataset.get_absolute_url()
    page = text_of(client, address + "?show=3&show=57&show=57&show=60&show=x&show=-1")
    assert "2 chosen columns of 60" in page
    assert [name for name in names if f">{name}</span>" in page] == ["c3", "c57"]
    assert "?show=3&amp;show=57&amp;show=57&amp;show=60&amp;show=x&amp;show=-1&amp;page=2" in page
    every = "".join(f"&show={number}" for number in range(60))
    assert "50 chosen columns of 60" in text_of(client, f"{address}?page=2{every}")


def test_the_list_of_columns_is_a_part_of_the_page_or_stands_open_in_it(client: Client, alice: User) -> None:
    names = [f"c{number}" for number in range(60)]
    address = imported(alice, ",".join(names) + "\n" + ",".join(names) + "\n").dataset.get_absolute_url()
    assert "data-choose-columns" not in text_of(client, address)
    assert "data-choose-columns" in text_of(client, address + "?choose=1")
    part = client.get(address + "?choose=1&version=1", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert part.count('name="show"') == 60
    assert 'name="version" value="1"' in part
    small = imported(alice).dataset.get_absolute_url()
    assert "Choose columns" not in text_of(client, small)


def test_the_columns_of_a_wide_table_are_searched_by_name(client: Client, alice: User) -> None:
    names = [f"width_{number}" for number in range(20)] + ["Height"]
    address = imported(alice, ",".join(names) + "\n" + ",".join("1" for _ in names) + "\n").dataset.get_absolute_url()
    page = text_of(client, address + "?tab=columns&q=hei")
    assert ">Height<" in page
    assert ">width_3<" not in page
    assert "No column has a name like this" in text_of(client, address + "?tab=columns&q=nothing")


def test_the_columns_page_profiles_each_column(client: Client, alice: User) -> None:
    page = text_of(client, imported(alice).dataset.get_absolute_url() + "?tab=columns")
    for words in ("Zoë", "median", "2024-01-02 to 2024-03-04"):
        assert words in page


def test_hostile_headers_and_cells_are_escaped(client: Client, alice: User) -> None:
    hostile = "<script>alert(1)</script>"
    version = imported(alice, f'{hostile},"""onload="\n{hostile},=cmd\n', f"{hostile}.csv")
    for tab in ("table", "columns", "versions"):
        assert hostile not in text_of(client, version.dataset.get_absolute_url() + f"?tab={tab}")
    assert hostile not in text_of(client, reverse("datasets:list"))


def test_the_original_is_handed_out_as_an_attachment(client: Client, alice: User) -> None:
    version = imported(alice)
    response = client.get(reverse("datasets:original", args=[version.dataset_id, 1]))
    assert response.headers["Content-Disposition"] == 'attachment; filename="people.csv"'
    assert b"".join(response.streaming_content).decode().startswith("name,age")  # type: ignore[attr-defined]


def test_a_question_is_answered_on_the_page(client: Client, alice: User) -> None:
    version = imported(alice, "d,n\n03/04/2024,1\n")
    address = version.dataset.get_absolute_url()
    assert "In which order are day and month?" in text_of(client, address)
    again = reverse("datasets:read_again", args=[version.dataset_id])
    client.post(again, {"version": 1, "doubt-0": "%d/%m/%Y"})
    assert "2024-04-03" in text_of(client, address)
    client.post(again, {"version": 1, "doubt-0": "nonsense"})
    client.post(again, {"version": 1})
    assert client.post(again, {"version": 99}).status_code == 404
    assert version.dataset.versions.count() == 2


def test_renaming_refuses_a_taken_name(client: Client, alice: User) -> None:
    first, second = imported(alice).dataset, imported(alice).dataset
    for name, stands in (("  Staff  list ", "Staff list"), ("people", "Staff list"), ("", "Staff list")):
        client.post(reverse("datasets:rename", args=[second.pk]), {"name": name})
        second.refresh_from_db()
        assert second.name == stands
    assert first.name == "people"


@pytest.mark.parametrize("slug", SHOWCASES)
def test_each_showcase_has_a_page_and_a_file(client: Client, slug: str) -> None:
    page = text_of(client, reverse("datasets:showcase", args=[slug]))
    assert ("data:image/png;base64," in page) == (slug == "digits")
    text_of(client, reverse("datasets:showcase", args=[slug]) + "?tab=columns")
    response = client.get(reverse("datasets:showcase_csv", args=[slug]))
    assert response.content.count(b"\n") == SHOWCASES[slug].rows + 1
    assert response.headers["Content-Disposition"] == f'attachment; filename="{slug}.csv"'


def test_an_unknown_showcase_is_404(client: Client) -> None:
    assert client.get(reverse("datasets:showcase", args=["nothing"])).status_code == 404
