"""The page of import settings: its preview, what it makes, and where uploads lead."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.datasets import actions
from apps.datasets.import_forms import column_forms, dialect_fields, same_reading, sent_settings
from apps.datasets.models import DatasetVersion
from apps.datasets.tests.factories import csv_upload, imported, person
from flowza.engine.operations.csv_preview import preview_csv
from flowza.engine.operations.csv_settings import CsvSettings
from flowza.engine.operations.parquet import read_parquet

pytestmark = pytest.mark.django_db

UGLY = "price;when;left;zip\n" + "".join(
    f"1.{i:03},50 €;{i % 28 + 1:02}.01.2024;{('Yes', 'YES', 'No')[i % 3]};0{i:04}\n" for i in range(40)
)
DOUBTFUL = "when,n\n01/02/2024,1\n03/04/2024,2\n"


@pytest.fixture
def alice() -> User:
    return person("alice")


@pytest.fixture
def pages(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def address(version: DatasetVersion, name: str = "import") -> str:
    return reverse(f"datasets:{name}", args=[version.dataset_id, version.number])


def form_of(version: DatasetVersion) -> dict[str, str]:
    """What the page sends when nothing was touched."""
    settings = CsvSettings.model_validate(version.import_settings)
    fields = dialect_fields(settings)
    data = {key: str(fields[key]) for key in ("delimiter", "encoding", "quote", "decimal", "thousands", "missing")}
    data |= {key: "yes" for key in ("header", "usual_missing") if fields[key]}
    with version.original.open("rb") as file:
        preview = preview_csv(file.read(), settings, whole=True)
    for each in column_forms(preview, settings):
        data |= {f"name-{each.place}": each.column.name, f"type-{each.place}": each.fields.kind}
        data |= {f"format-{each.place}": each.fields.formats, f"decimal-{each.place}": each.fields.decimal}
        data |= {f"thousands-{each.place}": each.fields.thousands, f"strip-{each.place}": each.fields.strip}
        data |= {f"labels-{each.place}": "yes"} if each.fields.unify else {}
    return data


def frame_of(version: DatasetVersion) -> pd.DataFrame:
    return read_parquet(Path(version.parquet.path))


def test_an_upload_without_doubts_leads_to_the_dataset(pages: Client) -> None:
    answer = pages.post(reverse("datasets:upload"), {"file": csv_upload()}, headers={"Accept": "application/json"})
    assert answer.json()["url"] == DatasetVersion.objects.get().dataset.get_absolute_url()


def test_an_upload_with_doubts_leads_to_the_questions(pages: Client) -> None:
    sent = {"file": csv_upload(DOUBTFUL)}
    answer = pages.post(reverse("datasets:upload"), sent, headers={"Accept": "application/json"})
    version = DatasetVersion.objects.get()
    assert answer.json()["url"] == address(version)
    page = pages.get(address(version)).content.decode()
    assert "Is this read right?" in page
    assert "day first: 01/02/2024 is 1 February 2024" in page


def test_the_page_shows_each_cell_as_it_stands_and_as_it_is_read(alice: User, pages: Client) -> None:
    page = pages.get(address(imported(alice, UGLY, "ugly.csv"))).content.decode()
    assert '1000.5 <span class="cell-raw" title="in the file">1.000,50 €</span>' in page
    assert '2024-01-01 <span class="cell-raw" title="in the file">01.01.2024</span>' in page
    assert "<td>00001</td>" in page


@pytest.mark.parametrize("content", [UGLY, DOUBTFUL, "a,b,c\n1,2.5,true\n2,?,false\n", "1,2\n3,4\n", "x\ty\n1\t2\n"])
def test_a_form_that_nobody_touched_says_what_was_there(alice: User, content: str) -> None:
    version = imported(alice, content)
    before = CsvSettings.model_validate(version.import_settings)
    assert same_reading(sent_settings(form_of(version), before), before)


def test_keeping_everything_makes_no_version_and_answers_the_questions(alice: User, pages: Client) -> None:
    version = imported(alice, DOUBTFUL)
    pages.post(address(version), form_of(version))
    version.refresh_from_db()
    assert version.doubts == []
    assert DatasetVersion.objects.count() == 1
    other = imported(alice, DOUBTFUL)
    answer = pages.post(address(other), {"keep": "yes"})
    assert answer.url == f"{other.dataset.get_absolute_url()}?version=1"  # type: ignore[attr-defined]
    other.refresh_from_db()
    assert other.doubts == []


def test_an_answer_makes_the_next_version(alice: User, pages: Client) -> None:
    version = imported(alice, DOUBTFUL)
    pages.post(address(version), {**form_of(version), "doubt-0": "%d/%m/%Y"})
    made = version.dataset.latest()
    assert made is not None
    assert (made.number, made.doubts) == (2, [])
    assert frame_of(made)["when"].iloc[0] == pd.Timestamp("2024-02-01")


def test_a_column_gets_another_type_and_cells_that_do_not_fit_become_missing(alice: User, pages: Client) -> None:
    version = imported(alice, "a,b\n1,x\nfew,y\n3,z\n")
    sent = {**form_of(version), "type-0": "number"}
    preview = pages.post(address(version, "import_preview"), sent).content.decode()
    assert "1 of 3 become missing, such as “few”" in preview
    pages.post(address(version), sent)
    made = version.dataset.latest()
    assert made is not None
    assert frame_of(made)["a"].tolist()[::2] == [1.0, 3.0]
    assert frame_of(made)["a"].isna().sum() == 1
    assert any("1 cell is no number" in notice["text"] for notice in made.notices)


def test_another_delimiter_finds_the_columns_anew(alice: User, pages: Client) -> None:
    version = imported(alice, "a|b;c\n1|2;3\n")
    sent = {**form_of(version), "delimiter": "bar"}
    preview = pages.post(address(version, "import_preview"), sent).content.decode()
    assert 'value="b;c"' in preview
    pages.post(address(version), sent)
    made = version.dataset.latest()
    assert made is not None
    assert made.column_names == ["a", "b;c"]


def test_words_that_mean_missing_turn_a_column_into_numbers(alice: User, pages: Client) -> None:
    version = imported(alice, "a,b\n1,x\n?,y\n3,z\n")
    pages.post(address(version), {**form_of(version), "missing": "?, -"})
    made = version.dataset.latest()
    assert made is not None
    assert frame_of(made)["a"].tolist()[::2] == [1.0, 3.0]


def test_formats_marks_and_spellings_can_be_set_by_column(alice: User, pages: Client) -> None:
    version = imported(alice, 'd,p,l\n01/02/2024,"EUR 1,5",Yes\n02/02/2024,2,yes\n2024-03-01,x,no\n')
    sent = form_of(version) | {"type-0": "date", "format-0": "%d/%m/%Y | %Y-%m-%d"}
    sent |= {"type-1": "number", "decimal-1": ",", "thousands-1": ".", "strip-1": "EUR €", "labels-2": "yes"}
    pages.post(address(version), sent)
    made = version.dataset.latest()
    assert made is not None
    frame = frame_of(made)
    assert frame["d"].dt.day.tolist() == [1, 2, 1]
    assert frame["p"].tolist()[:2] == [1.5, 2.0]
    assert frame["l"].nunique() == 2
    assert json.loads(json.dumps(made.import_settings["numbers"]["p"]["strip"])) == ["EUR", "€"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"type-0": "date", "format-0": "%Q"}, "a date format has day, month and year"),
        ({"delimiter": ";;"}, "The delimiter must be one character"),
        ({"thousands": "."}, "The decimal mark and the thousands mark must differ"),
        ({"encoding": "nope"}, "&#x27;nope&#x27; is not a text encoding"),
        ({"type-0": "boolean"}, "which is not true or false"),
        ({"type-0": "number", "strip-0": "5"}, "a sign to take away holds no digit"),
    ],
)
def test_settings_that_cannot_be_are_said_in_the_page_and_in_the_preview(
    alice: User, pages: Client, change: dict[str, str], sentence: str
) -> None:
    version = imported(alice, "a,b\nx,1\ny,2\n")
    for name, status in (("import_preview", 200), ("import", 422)):
        answer = pages.post(address(version, name), {**form_of(version), **change})
        assert answer.status_code == status
        assert sentence in answer.content.decode()
    assert DatasetVersion.objects.count() == 1


def test_the_api_says_what_is_wrong_with_settings(pages: Client, alice: User) -> None:
    sent = {"file": csv_upload(), "settings": json.dumps({"types": {"age": "int"}})}
    answer = pages.post(reverse("api:dataset-list"), sent)
    assert answer.status_code == 400
    assert answer.json()["message"] == "Column 'age': the type must be integer, number, text, boolean or date."


MARKS = "age,hours,passed\n-,3,no\n" + "".join(f"{10 + i},{i},{('yes', 'no')[i % 2]}\n" for i in range(40))


def test_answers_hold_for_the_next_file_and_what_it_lacks_is_seen(alice: User, pages: Client) -> None:
    first = imported(alice, MARKS, "marks.csv")
    assert [doubt["column"] for doubt in first.doubts] == ["age"]
    answer = pages.post(address(first), {**form_of(first), "doubt-0": "number"})
    assert answer.url == first.dataset.get_absolute_url()  # type: ignore[attr-defined]
    newer = "age,passed\n-,no\n" + "".join(f"{12 + i},{('yes', 'no')[i % 2]}\n" for i in range(50))
    sent = {"file": csv_upload(newer, "spring.csv"), "dataset": str(first.dataset_id)}
    url = pages.post(reverse("datasets:upload"), sent, headers={"Accept": "application/json"}).json()["url"]
    made = first.dataset.latest()
    assert made is not None
    assert (made.number, made.doubts, made.columns[0]["type"]) == (3, [], "number")
    assert "Column 'age' is read as in data version 2" in " ".join(notice["text"] for notice in made.notices)
    assert url == reverse("datasets:difference", args=[first.dataset_id]) + "?from=2&to=3"
    assert "hours" in pages.get(url).content.decode()


def test_reading_a_new_file_otherwise_still_tells_it_from_the_file_before(alice: User, pages: Client) -> None:
    first = imported(alice, MARKS, "marks.csv")
    sent = {
        "file": csv_upload("passed,when\nyes,01/02/2024\nno,03/04/2024\n", "b.csv"),
        "dataset": str(first.dataset_id),
    }
    pages.post(reverse("datasets:upload"), sent)
    second = first.dataset.latest()
    assert second is not None
    answer = pages.post(address(second), {**form_of(second), "doubt-0": "%d/%m/%Y"})
    assert answer.url.endswith("?from=1&to=3")  # type: ignore[attr-defined]


def test_a_question_that_nobody_answered_is_asked_of_the_next_file_too(alice: User) -> None:
    first = imported(alice, MARKS, "marks.csv")
    second = actions.import_upload(alice, csv_upload(MARKS, "again.csv"), dataset=first.dataset)
    assert [doubt["column"] for doubt in second.doubts] == ["age"]
