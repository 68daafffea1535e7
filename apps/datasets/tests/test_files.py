"""Data versions and showcase sets as files: whole, quoted, for their owner alone."""

from __future__ import annotations

import io
from typing import Any

import pandas as pd
import pytest
from django.test import Client

from apps.accounts.models import User
from apps.datasets import file_views
from apps.datasets.tests.factories import imported, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return person("alice")


@pytest.fixture
def visitor(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def fetched(visitor: Client, address: str) -> tuple[str, bytes]:
    answer: Any = visitor.get(address)
    assert answer.status_code == 200
    return answer["Content-Disposition"], b"".join(answer.streaming_content)


def test_a_data_version_comes_whole_in_both_formats(
    visitor: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_views, "ROWS_AT_ONCE", 10)
    version = imported(alice, "name,n\n" + "".join(f"=row{n},{n}\n" for n in range(25)))
    address = f"/datasets/{version.dataset_id}/versions/1/table"
    named, content = fetched(visitor, f"{address}/csv/")
    assert named == 'attachment; filename="people-1.csv"'
    frame = pd.read_csv(io.BytesIO(content))
    assert frame["n"].tolist() == list(range(25))
    assert frame["name"].str.startswith("'=").all()
    _, content = fetched(visitor, f"{address}/parquet/")
    assert pd.read_parquet(io.BytesIO(content))["name"].tolist() == [f"=row{n}" for n in range(25)]
    assert f'href="{address}/parquet/"' in visitor.get(f"/datasets/{version.dataset_id}/").content.decode()


def test_other_versions_formats_and_people_find_nothing(visitor: Client, alice: User) -> None:
    version = imported(alice)
    address = f"/datasets/{version.dataset_id}/versions"
    assert visitor.get(f"{address}/2/table/csv/").status_code == 404
    assert visitor.get(f"{address}/1/table/xlsx/").status_code == 404
    bob = Client()
    bob.force_login(person("bob"))
    assert bob.get(f"{address}/1/table/csv/").status_code == 404


def test_a_showcase_set_comes_in_both_formats(visitor: Client) -> None:
    _, content = fetched(visitor, "/datasets/showcase/titanic/table/parquet/")
    assert len(pd.read_parquet(io.BytesIO(content))) == 2201
    _, content = fetched(visitor, "/datasets/showcase/titanic/table/csv/")
    assert len(pd.read_csv(io.BytesIO(content))) == 2201
    assert visitor.get("/datasets/showcase/nothing/table/csv/").status_code == 404
