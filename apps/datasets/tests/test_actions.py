"""Importing: what is stored, what is refused, and that nothing stays half done."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from django.conf import settings as project
from django.db import DatabaseError, IntegrityError, transaction

from apps.accounts.models import User
from apps.datasets import actions, reading
from apps.datasets.models import Dataset, DatasetVersion
from apps.datasets.sources import DatasetMissing, dataset_source
from apps.datasets.tests.factories import csv_upload, imported, person
from flowza.engine.operations.reading import TableRefused, digest, read_parquet

pytestmark = pytest.mark.django_db


def stored_files() -> list[Path]:
    return [path for path in Path(project.DATA_DIR).rglob("*") if path.is_file()]


@pytest.fixture
def alice() -> User:
    return person("alice")


def test_an_import_stores_table_original_and_facts(alice: User) -> None:
    version = imported(alice)
    version.refresh_from_db()
    assert (version.dataset.name, version.number, version.rows, version.column_count) == ("people", 1, 2, 3)
    assert [(c["name"], c["type"], c["missing"], c["unique"]) for c in version.columns] == [
        ("name", "text", 0, 2),
        ("age", "number", 1, 1),
        ("joined", "date", 0, 2),
    ]
    frame = read_parquet(Path(version.parquet.path))
    assert frame["name"].tolist() == ["Zoë", "Paul"]
    assert version.digest == digest(Path(version.parquet.path))
    assert Path(version.original.path).read_text().startswith("name,age,joined")
    assert len(stored_files()) == 2


@pytest.mark.parametrize("name", ["../../etc/passwd.csv", "..\\x.csv", "a/b\0c.csv", "", "x" * 400 + ".csv"])
def test_files_get_generated_names(alice: User, name: str) -> None:
    upload = csv_upload()
    upload._name = name  # type: ignore[attr-defined]  # past Django's own cleaning
    version = actions.import_upload(alice, upload)
    stored = Path(version.original.path)
    assert stored.parent == Path(project.MEDIA_ROOT) / "datasets" / str(alice.pk)
    assert len(stored.stem) == 32
    assert "/" not in version.original_name
    assert len(version.dataset.name) <= 120


def test_a_refused_file_leaves_nothing_behind(alice: User) -> None:
    with pytest.raises(TableRefused, match="empty"):
        imported(alice, b"")
    assert not stored_files()
    assert not Dataset.objects.exists()


def test_a_failure_of_the_database_leaves_no_file_behind(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise DatabaseError("disk full")

    monkeypatch.setattr(DatasetVersion, "save", fail)
    with pytest.raises(DatabaseError), transaction.atomic():
        imported(alice)
    assert not stored_files()
    assert not Dataset.objects.exists()


def test_a_file_over_the_limit_is_refused(alice: User, settings: Any) -> None:
    settings.FLOWZA_UPLOAD_LIMIT = 10
    with pytest.raises(TableRefused) as caught:
        imported(alice)
    assert caught.value.category == "too_large"


def test_a_file_that_lies_about_its_size_is_refused(alice: User, settings: Any) -> None:
    settings.FLOWZA_UPLOAD_LIMIT = 10
    upload = csv_upload()
    upload.size = None
    with pytest.raises(TableRefused) as caught:
        actions.import_upload(alice, upload)
    assert caught.value.category == "too_large"
    assert not stored_files()


def test_a_gzip_bomb_is_refused(alice: User, settings: Any) -> None:
    settings.FLOWZA_UNPACKED_LIMIT = 100_000
    with pytest.raises(TableRefused) as caught:
        imported(alice, gzip.compress(b"a,b\n" + b"0,0\n" * 500_000), "x.csv.gz")
    assert caught.value.code == "unpacked_too_large"
    assert not stored_files()


def test_a_name_that_is_taken_gets_a_number(alice: User) -> None:
    names = [imported(alice).dataset.name for _ in range(3)]
    assert names == ["people", "people 2", "people 3"]
    assert imported(person("bob")).dataset.name == "people"


def test_two_uploads_of_one_name_at_once_both_arrive(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    imported(alice)
    queryset = type(Dataset.objects.all())
    free_name, calls = queryset.free_name, iter([True])
    monkeypatch.setattr(queryset, "free_name", lambda self, name: name if next(calls, False) else free_name(self, name))
    assert imported(alice).dataset.name == "people 2"


def test_a_second_file_becomes_the_next_version(alice: User) -> None:
    first = imported(alice)
    second = actions.import_upload(alice, csv_upload("a,b\n1,2\n"), dataset=first.dataset)
    assert (second.dataset, second.number) == (first.dataset, 2)
    assert first.dataset.latest() == second
    assert dataset_source(alice, first.reference).digest == first.digest


def test_the_same_content_has_the_same_digest(alice: User) -> None:
    assert imported(alice).digest == imported(alice).digest


def test_answers_give_a_new_version_and_keep_earlier_answers(alice: User) -> None:
    asked = imported(alice, "d;x\n03/04/2024;1.234\n05/06/2024;950\n", "marks.csv")
    fields = [(doubt["field"], doubt["column"]) for doubt in asked.doubts]
    assert fields == [("date_formats", "d"), ("numbers", "x")]
    dated = actions.read_again(alice, asked, {("date_formats", "d"): "%d/%m/%Y"})
    frame = read_parquet(Path(dated.parquet.path))
    assert (dated.number, frame["d"].tolist()[0], frame["x"].tolist()) == (2, pd.Timestamp("2024-04-03"), [1.234, 950])
    assert [doubt["field"] for doubt in dated.doubts] == ["numbers"]
    whole = actions.read_again(alice, dated, {("numbers", "x"): "decimal comma"})
    frame = read_parquet(Path(whole.parquet.path))
    assert (frame["d"].tolist()[0], frame["x"].tolist()) == (pd.Timestamp("2024-04-03"), [1234, 950])
    assert not whole.doubts


def test_an_answer_about_the_header_leaves_other_questions(alice: User) -> None:
    asked = imported(alice, "1,2.5\n3,4.5\n", "bare.csv")
    assert [doubt["field"] for doubt in asked.doubts] == ["header"]
    headed = actions.read_again(alice, asked, {("header", ""): "true"})
    assert headed.column_names == ["1", "2.5"]
    assert (headed.rows, headed.doubts) == (1, [])


def test_a_file_read_in_a_process_of_its_own_gives_the_same(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = imported(alice)
    monkeypatch.setattr(reading, "SMALL", 0)
    apart = imported(alice)
    at_once.refresh_from_db()
    apart.refresh_from_db()
    for field in ("digest", "rows", "columns", "import_settings", "notices", "doubts"):
        assert getattr(apart, field) == getattr(at_once, field)


def test_the_process_brings_back_the_sentence_of_a_refusal(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "SMALL", 0)
    with pytest.raises(TableRefused) as caught:
        imported(alice, b"a,b\n1,2,3\n")
    assert (caught.value.code, caught.value.category) == ("ragged", "bad")
    assert "Line 2 does not have 2 cells" in caught.value.message
    assert not stored_files()


def test_a_file_that_needs_more_memory_than_allowed_is_refused(
    alice: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "SMALL", 0)
    settings.IMPORT_MEMORY_LIMIT_MB = 200
    lines = "".join(f"{i},{'x' * 90}{i}\n" for i in range(500_000))
    with pytest.raises(TableRefused) as caught:
        imported(alice, f"a,b\n{lines}")
    assert (caught.value.code, caught.value.category) == ("out_of_memory", "too_large")
    assert not stored_files()


def test_deleting_takes_rows_and_files(alice: User, django_capture_on_commit_callbacks: Any) -> None:
    version = imported(alice)
    with django_capture_on_commit_callbacks(execute=True):
        version.dataset.delete()
    assert not stored_files()


def test_a_source_is_found_by_its_owner_only(alice: User) -> None:
    version = imported(alice)
    bob = person("bob")
    source = dataset_source(alice, version.dataset.reference)
    assert (source.name, source.format, source.digest) == ("people", "parquet", version.digest)
    assert source.path == Path(version.parquet.path)
    for reference in (version.dataset.reference, version.reference):
        with pytest.raises(DatasetMissing):
            dataset_source(bob, reference)


@pytest.mark.parametrize(
    "reference", ["", "dataset:", "dataset:0", "dataset:1@0", "dataset:x", "dataset:999", "dataset:1 ", "dataset:٣"]
)
def test_a_reference_that_names_nothing_is_a_sentence(alice: User, reference: str) -> None:
    with pytest.raises(DatasetMissing, match=r"\.$"):
        dataset_source(alice, reference)


def test_an_empty_name_is_refused_by_the_database(alice: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Dataset.objects.create(owner=alice, name="")
