"""The part of the editor that shows what a step makes of a sample."""

from __future__ import annotations

import re
from html import unescape
from itertools import pairwise
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from apps.accounts.models import User
from apps.datasets.actions import import_upload
from apps.datasets.models import Dataset
from apps.workflows import live
from apps.workflows.live_process import Busy, Overrun
from apps.workflows.models import Workflow
from apps.workflows.tests.graphs import edge, person, titanic, workflow_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return person("alice")


@pytest.fixture
def visitor(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def table_of(user: User, columns: int = 2, rows: int = 60) -> Dataset:
    head = ",".join(f"Column {number}" for number in range(columns))
    lines = [",".join(str(row % 7 + number) if row % 5 else "" for number in range(columns)) for row in range(rows)]
    return import_upload(user, SimpleUploadedFile("t.csv", "\n".join([head, *lines]).encode())).dataset


def reading(dataset: Dataset, *steps: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    nodes: list[dict[str, Any]] = [{"id": "csv", "kind": "csv", "params": {"dataset": dataset.reference}}]
    nodes += [{"id": f"step{at}", "kind": kind, "params": params} for at, (kind, params) in enumerate(steps)]
    names = [node["id"] for node in nodes]
    edges = [edge(one, other) for one, other in pairwise(names)]
    return {"format": 1, "seed": 0, "nodes": nodes, "edges": edges}


def part_of(visitor: Client, workflow: Workflow, step: str, **query: str) -> str:
    answer = visitor.get(f"/workflows/{workflow.pk}/steps/{step}/rows/", query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def words_of(html: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)))


def test_rows_come_with_types_missing_shares_and_bars(visitor: Client, alice: User) -> None:
    graph = reading(table_of(alice), ("impute", {"numbers": "mean"}))
    workflow = workflow_of(alice, "One", graph)
    before, after = part_of(visitor, workflow, "csv"), part_of(visitor, workflow, "step0")
    assert before.count('<svg class="bars') == 2
    assert "20 % missing" in before
    assert '<span class="missing">missing</span>' in before
    assert "0 % missing" in after
    assert '<span class="missing">' not in after
    assert "Filled 24 missing values in 'Column 0' and 'Column 1'." in words_of(after)
    assert "Learned from all 60 rows, because no Train/test split follows." in words_of(after)
    assert '<td class="number">' in after
    assert "The first 50 of these 60 rows" in words_of(after)


def test_roles_stand_beside_the_rows_behind_a_split(visitor: Client, alice: User) -> None:
    html = part_of(visitor, workflow_of(alice, "One", titanic()), "split")
    assert 'class="role-mark role-train">train</span></td>' in html
    assert 'class="role-mark role-test">test</span></td>' in html
    words = words_of(html)
    assert "train 1,500 test 500" in words
    assert "A preview on 2,000 rows of 'Showcase dataset', chosen at random from 2,201; the run takes all." in words


def test_a_learned_step_before_a_split_says_who_taught_it(visitor: Client, alice: User) -> None:
    graph = reading(table_of(alice), ("impute", {}), ("split", {}))
    graph["nodes"][-1]["label"] = "My <b>split</b>"
    html = part_of(visitor, workflow_of(alice, "One", graph), "step0")
    assert "<b>split" not in html
    assert "as the 48 training rows of 'My <b>split</b>' teach it" in words_of(html)
    graph["nodes"][-1]["params"] = {"target": "gone"}
    words = words_of(part_of(visitor, workflow_of(alice, "Two", graph), "step0"))
    assert "Preview: learned from all 60 rows; the model learns from its training rows." in words


def test_an_error_of_an_earlier_step_names_it_and_leads_there(visitor: Client, alice: User) -> None:
    graph = reading(table_of(alice), ("select", {"columns": ["Colum 0"]}), ("impute", {}))
    graph["nodes"][1]["label"] = "Few columns"
    workflow = workflow_of(alice, "One", graph)
    html = part_of(visitor, workflow, "step1")
    assert "Few columns" in html
    assert "Did you mean &#x27;Column 0&#x27;?" in html
    assert f'href="/workflows/{workflow.pk}/?step=step0#panel"' in html
    assert "<table" not in html
    own = part_of(visitor, workflow, "step0")
    assert "Go to" not in own
    assert "<strong>Column &#x27;Colum 0&#x27; is not in the table" in own


def test_a_step_without_an_input_is_told_what_to_connect(visitor: Client, alice: User) -> None:
    graph = reading(table_of(alice), ("impute", {}), ("one_hot", {})) | {"edges": []}
    html = part_of(visitor, workflow_of(alice, "One", graph), "step1")
    assert "has nothing connected to" in html


def test_a_step_of_models_says_that_the_run_shows_it(visitor: Client, alice: User) -> None:
    html = part_of(visitor, workflow_of(alice, "One", titanic()), "evaluate")
    assert "works with a trained model" in html


def test_many_columns_come_fifty_at_a_time_and_are_found_by_name(visitor: Client, alice: User) -> None:
    workflow = workflow_of(alice, "One", reading(table_of(alice, columns=120)))
    first = part_of(visitor, workflow, "csv")
    assert first.count('<svg class="bars') == 50
    assert "columns 101 to 120" in first
    last = part_of(visitor, workflow, "csv", columns="3")
    assert last.count('<svg class="bars') == 20
    found = part_of(visitor, workflow, "csv", find="column 11")
    assert found.count('<svg class="bars') == 11
    assert "of 11 with this name, 120" in words_of(found)
    assert "No column has 'zzz' in its name" in part_of(visitor, workflow, "csv", find="zzz")
    for nonsense in ({"columns": "-1"}, {"columns": "²"}, {"columns": "9" * 30}, {"find": "\x00"}, {"try": "x"}):
        assert part_of(visitor, workflow, "csv", **nonsense).count('<svg class="bars') in (20, 50)


def test_cells_and_names_are_text_and_never_markup(visitor: Client, alice: User) -> None:
    bad = "<img src=x onerror=alert(1)>"
    upload = SimpleUploadedFile("t.csv", f"{bad},b\n{bad},1\n{bad}x,2\n".encode())
    workflow = workflow_of(alice, "One", reading(import_upload(alice, upload).dataset, ("one_hot", {})))
    for step in ("csv", "step0"):
        html = part_of(visitor, workflow, step)
        assert "<img" not in html
        assert "&lt;img src=x" in html


def test_only_the_owner_sees_rows_and_only_of_own_datasets(visitor: Client, alice: User) -> None:
    charlie = person("charlie")
    dataset = table_of(alice)
    workflow = workflow_of(alice, "One", reading(dataset))
    assert "<table" in part_of(visitor, workflow, "csv")
    stranger = Client()
    stranger.force_login(charlie)
    assert stranger.get(f"/workflows/{workflow.pk}/steps/csv/rows/").status_code == 404
    stolen = workflow_of(charlie, "Mine", reading(dataset))
    html = part_of(stranger, stolen, "csv")
    assert "<table" not in html
    assert "There is no dataset" in html
    assert visitor.get(f"/workflows/{workflow.pk}/steps/nowhere/rows/").status_code == 404


def test_the_part_costs_a_fixed_number_of_queries(
    visitor: Client, alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    workflow = workflow_of(alice, "One", reading(table_of(alice), *[("impute", {})] * 3))
    part_of(visitor, workflow, "csv")
    for step in ("csv", "step2"):
        with django_assert_num_queries(4):  # session, person, workflow, data version
            part_of(visitor, workflow, step)


def test_a_step_that_takes_too_long_says_so_and_is_not_tried_again_at_once(
    visitor: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def overrun(job: dict[str, Any], topic: str) -> dict[str, Any]:
        asked.append(topic)
        raise Overrun

    monkeypatch.setattr(live.process, "ask", overrun)
    workflow = workflow_of(alice, "One", titanic())
    for _ in range(2):
        assert "This step takes longer than 5 s on the sample" in part_of(visitor, workflow, "split")
    assert len(asked) == 1


def test_without_a_turn_the_part_asks_again_by_itself_but_not_for_ever(
    visitor: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(job: dict[str, Any], topic: str) -> dict[str, Any]:
        raise Busy

    monkeypatch.setattr(live.process, "ask", busy)
    workflow = workflow_of(alice, "One", titanic())
    waiting = part_of(visitor, workflow, "split", columns="2", find="a&b")
    assert 'hx-trigger="load delay:500ms"' in waiting
    assert "columns=2&amp;find=a%26b&amp;try=1" in waiting
    assert "hx-trigger" not in part_of(visitor, workflow, "split", **{"try": "19"})


def test_advice_says_when_the_data_could_not_be_looked_at(
    visitor: Client, alice: User, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    from apps.workflows.insight import insight

    def overrun(job: dict[str, Any], topic: str) -> dict[str, Any]:
        raise Overrun

    monkeypatch.setattr(live.process, "ask", overrun)
    graph = reading(table_of(alice), ("impute", {}))
    found = insight(graph, alice)
    assert "The data was not looked at for advice." in found.notice
    assert [name for name, _ in found.columns["csv"]] == ["Column 0", "Column 1"]


def test_the_columns_of_finished_steps_are_known_while_another_is_unfinished(alice: User) -> None:
    from apps.workflows.insight import insight

    graph = reading(table_of(alice), ("drop_nulls", {}), ("one_hot", {}), ("impute", {}))
    graph["edges"] = graph["edges"][:2]
    found = insight(graph, alice)
    assert {"csv", "step0", "step1"} <= set(found.columns)
    assert "step2" not in found.columns
    assert "open_input" in [advice.code for advice in found.advice]
