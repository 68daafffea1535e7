"""Tables of a step as files: the whole table, those of a report, for the owner alone."""

from __future__ import annotations

import io
from typing import Any

import pandas as pd
import pytest
from django.test import Client

from apps.accounts.models import User
from apps.datasets.tests.factories import imported
from apps.runs.models import Run
from apps.runs.tests.finished import finished_run
from apps.workflows.tests.graphs import person, workflow_of
from flowza.engine import preview

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return person("alice")


@pytest.fixture
def visitor(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


@pytest.fixture
def run(alice: User) -> Run:
    return finished_run(alice, workflow_of(alice))


def fetched(visitor: Client, run: Run, step: str, table: str, format: str) -> tuple[str, bytes]:
    answer: Any = visitor.get(f"/runs/{run.pk}/steps/{step}/tables/{table}/{format}/")
    assert answer.status_code == 200
    return answer["Content-Disposition"], b"".join(answer.streaming_content)


def test_the_whole_table_comes_as_csv_and_parquet(visitor: Client, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview.frames, "__defaults__", (500,))  # several parts
    named, content = fetched(visitor, run, "split", "rows", "csv")
    assert named == 'attachment; filename="Train-test-split.csv"'
    frame = pd.read_csv(io.BytesIO(content))
    assert frame.shape == (2201, 10)
    assert frame["role"].value_counts().to_dict() == {"train": 1650, "test": 551}
    named, content = fetched(visitor, run, "split", "rows", "parquet")
    assert named == 'attachment; filename="Train-test-split.parquet"'
    stored = pd.read_parquet(io.BytesIO(content))
    assert stored.shape == frame.shape
    assert stored["sex_male"].tolist() == frame["sex_male"].tolist()


def test_tables_of_a_report_and_of_its_figures_come_whole(visitor: Client, run: Run) -> None:
    named, content = fetched(visitor, run, "evaluate", "table-0", "csv")
    assert named == 'attachment; filename="Evaluate-Each-class.csv"'
    frame = pd.read_csv(io.BytesIO(content))
    assert list(frame["Class"]) == ["no", "yes"]
    assert frame["Rows"].sum() == 551
    _, content = fetched(visitor, run, "evaluate", "figure-roc", "parquet")
    assert len(pd.read_parquet(io.BytesIO(content))) > 5


def test_cells_that_start_like_a_formula_are_quoted(visitor: Client, alice: User) -> None:
    version = imported(alice, "name,age\n=1+1,3\nPaul,4\n")
    data = {"id": "data", "kind": "csv", "params": {"dataset": version.dataset.reference}}
    run = finished_run(alice, workflow_of(alice, graph={"format": 1, "seed": 0, "nodes": [data], "edges": []}))
    _, content = fetched(visitor, run, "data", "rows", "csv")
    assert content.decode().splitlines() == ["name,age", "'=1+1,3", "Paul,4"]


@pytest.mark.parametrize(
    ("step", "table", "format"),
    [
        ("split", "rows", "xlsx"),
        ("evaluate", "rows", "csv"),
        ("evaluate", "table-9", "csv"),
        ("evaluate", "figure-nothing", "csv"),
        ("split", "table-0", "csv"),
        ("nothing", "rows", "csv"),
    ],
)
def test_what_is_not_there_is_not_found(visitor: Client, run: Run, step: str, table: str, format: str) -> None:
    assert visitor.get(f"/runs/{run.pk}/steps/{step}/tables/{table}/{format}/").status_code == 404


def test_rows_that_are_gone_and_other_peoples_rows_are_not_found(visitor: Client, run: Run, settings: Any) -> None:
    bob = Client()
    bob.force_login(person("bob"))
    assert bob.get(f"/runs/{run.pk}/steps/split/tables/rows/csv/").status_code == 404
    settings.STORE_ROOT = settings.STORE_ROOT / "elsewhere"
    assert visitor.get(f"/runs/{run.pk}/steps/split/tables/rows/csv/").status_code == 404


def test_the_page_offers_them(visitor: Client, run: Run) -> None:
    page = visitor.get(f"/runs/{run.pk}/steps/split/").content.decode()
    for format in ("csv", "parquet"):
        assert f'href="/runs/{run.pk}/steps/split/tables/rows/{format}/"' in page
    report = visitor.get(f"/runs/{run.pk}/steps/evaluate/").content.decode()
    assert f'href="/runs/{run.pk}/steps/evaluate/tables/figure-roc/parquet/"' in report
    assert report.count("data-figure-png") == 3
