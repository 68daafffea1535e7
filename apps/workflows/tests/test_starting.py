"""From a dataset to a workflow: what to predict, which task that is, and what happens to the columns."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.accounts.models import User
from apps.datasets.actions import import_upload
from apps.datasets.models import Dataset
from apps.workflows.models import Workflow
from apps.workflows.tests.graphs import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return person("alice")


@pytest.fixture
def visitor(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def uploaded(owner: User, header: str, rows: list[str]) -> Dataset:
    text = "\n".join([header, *rows]) + "\n"
    return import_upload(owner, SimpleUploadedFile("table.csv", text.encode())).dataset


def stock(owner: User) -> Dataset:
    """200 rows: a key, a row number, two honest columns, a constant, a price, and an answer in odd spellings."""
    rows = [
        f"K{row:04d},{row},{row % 7},{'ab'[row % 2]},x,{row * 1.5},{['yes', 'Yes', 'no', 'NO', 'no'][row % 5]}"
        for row in range(200)
    ]
    return uploaded(owner, "key,row,size,kind,same,price,sold", rows)


def page(visitor: Client, dataset: Dataset, more: str = "") -> str:
    answer = visitor.get(f"/workflows/start/?dataset={dataset.pk}{more}")
    assert answer.status_code == 200
    return answer.content.decode()


def sentence(html: str) -> str:
    found = re.search(r'<p class="target-sentence">(.*?)</p>', html, re.DOTALL)
    return re.sub(r"<[^>]+>", "", found[1]) if found else ""


def made(visitor: Client, alice: User, dataset: Dataset, **form: Any) -> dict[str, Any]:
    """The graph that a posted form makes: step -> kind and parameters."""
    answer = visitor.post(f"/workflows/start/?dataset={dataset.pk}", form)
    assert answer.status_code == 302, answer.content.decode()
    graph = Workflow.objects.for_user(alice).latest("pk").graph
    return {node["id"]: (node["kind"], node["params"]) for node in graph["nodes"]}


def test_a_dataset_proposes_what_to_predict_and_the_task_follows_from_the_column(visitor: Client, alice: User) -> None:
    dataset = stock(alice)
    assert sentence(page(visitor, dataset)) == "sold has 2 values: classification"
    assert sentence(page(visitor, dataset, "&target=price")) == "price has 200 values: regression"
    assert sentence(page(visitor, dataset, "&target=size")) == "size has 7 values: classification"


def test_a_class_of_several_gives_way_to_a_last_column_of_two_values(visitor: Client, alice: User) -> None:
    marks = [f"{'abc'[row % 3]},{row},{['yes', 'no'][row % 2]}" for row in range(60)]
    assert sentence(page(visitor, uploaded(alice, "class,mark,passed", marks))).startswith("passed has 2 values")
    wines = [f"{'abc'[row % 3]},{row},{row * 1.5}" for row in range(60)]
    assert sentence(page(visitor, uploaded(alice, "class,acid,colour", wines))).startswith("class has 3 values")


def test_numbers_of_values_are_grouped(visitor: Client, alice: User) -> None:
    rows = [f"{row * 0.5},{['yes', 'no'][row % 2]}" for row in range(1200)]
    assert "price · number, 1,200 values" in page(visitor, uploaded(alice, "price,sold", rows))


def test_the_task_can_be_changed_and_is_not_taken_over_to_another_column(visitor: Client, alice: User) -> None:
    dataset = stock(alice)
    changed = page(visitor, dataset, "&target=size&about=size&task=regression")
    assert sentence(changed) == "size has 7 values: regression"
    assert re.search(r'<details class="task-change" open', changed)
    assert sentence(page(visitor, dataset, "&target=sold&about=size&task=regression")).endswith("classification")
    steps = made(visitor, alice, dataset, target="size", about="size", task="regression")
    assert steps["model"][0] == "linear_regression"


def test_the_template_can_be_changed_within_the_task(visitor: Client, alice: User) -> None:
    dataset = stock(alice)
    html = page(visitor, dataset)
    assert 'value="model-comparison"' in html
    assert 'value="regression"' in html
    assert 'id="use-regression"' not in html
    steps = made(visitor, alice, dataset, target="sold", about="sold", use="boosted-classification")
    assert steps["model"][0] == "xgboost_classifier"


def test_what_is_left_out_has_a_reason_and_can_be_kept(visitor: Client, alice: User) -> None:
    dataset = stock(alice)
    html = page(visitor, dataset)
    left_out = re.search(r'<ul class="left-out">(.*?)</ul>', html, re.DOTALL)
    assert left_out is not None
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", left_out[1]))
    assert "key It is an id or a name: nearly every row has a value of its own." in words
    assert "row It counts the rows." in words
    assert "same It has one value only." in words
    plain = made(visitor, alice, dataset, target="sold")
    assert plain["leave_out"] == ("select", {"mode": "drop", "columns": ["key", "row", "same"]})
    kept = made(visitor, alice, dataset, target="sold", keep=["row", "same"])
    assert kept["leave_out"] == ("select", {"mode": "drop", "columns": ["key"]})


def test_spellings_of_the_answer_are_unified_and_the_positive_class_is_one_of_them(
    visitor: Client, alice: User
) -> None:
    dataset = stock(alice)
    html = page(visitor, dataset)
    assert "‘yes’" in html or "‘Yes’" in html
    assert "80 rows" in html
    steps = made(visitor, alice, dataset, target="sold", positive="no")
    assert steps["data"][1]["positive"] == "no"
    assert steps["clean"] == ("clean_text", {"columns": ["sold"]})


def test_rows_without_the_answer_are_counted(visitor: Client, alice: User) -> None:
    rows = [f"{row % 9},{['yes', 'no', ''][row % 3]}" for row in range(90)]
    html = page(visitor, uploaded(alice, "size,sold", rows))
    assert "30 of 90 rows have no value here and are left out" in html


def test_a_column_that_cannot_be_predicted_is_told(visitor: Client, alice: User) -> None:
    html = page(visitor, stock(alice), "&target=key")
    assert "too many to be told apart as categories" in html


def test_a_cleaning_says_nothing_of_columns_that_it_leaves_alone(visitor: Client, alice: User) -> None:
    dataset = stock(alice)
    html = page(visitor, dataset, "&template=data-cleaning")
    assert "Left out" not in html
    assert "Left out" in page(visitor, dataset, "&template=clustering")


def test_a_table_of_plain_numbers_has_nothing_told_of_its_columns(visitor: Client, alice: User) -> None:
    rows = [f"{row % 9 + 0.5},{row % 7 + 0.25},{row % 2}" for row in range(90)]
    html = page(visitor, uploaded(alice, "size,weight,sold", rows))
    assert "What happens to the columns" not in html
    assert "What happens to the columns" in page(visitor, stock(alice))


def test_a_dataset_without_a_target_leads_on_to_other_templates(visitor: Client, alice: User) -> None:
    dataset = stock(alice)
    html = page(visitor, dataset)
    assert f"?template=clustering&amp;dataset={dataset.pk}" in html
    assert "Compare three models" in page(visitor, dataset, "&all=1")


def test_a_choice_made_again_keeps_the_settings_of_the_steps(visitor: Client, alice: User) -> None:
    dataset = stock(alice)
    answer = visitor.get(
        f"/workflows/start/?dataset={dataset.pk}&target=sold&about=sold&shown=classification&split-test_share=0.35&"
        "keep=row",
        headers={"HX-Request": "true"},
    )
    html = answer.content.decode()
    assert "<html" not in html
    assert 'value="0.35"' in html


def test_example_data_of_a_template_is_set_up_under_the_template_s_name(visitor: Client) -> None:
    html = visitor.get("/workflows/start/?template=regression&showcase=housing").content.decode()
    assert "<h1" in html
    assert "Estimate a number" in html
    assert "What do you want to know?" not in html


def test_what_was_chosen_for_a_column_is_dropped_when_the_form_is_sent_with_another(
    visitor: Client, alice: User
) -> None:
    dataset = stock(alice)
    steps = made(
        visitor,
        alice,
        dataset,
        target="price",
        about="sold",
        task="classification",
        use="model-comparison",
        positive="no",
    )
    assert steps["model"][0] == "linear_regression"
    assert "positive" not in steps["data"][1]
