"""Runs of a workflow as one table: differing parameters, sorting, filters, columns, marks, file."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pandas as pd
import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import User
from apps.runs import chart
from apps.runs.chart import metric_figure
from apps.runs.models import MOST_TAGS, NOTE_LENGTH, TAG_LENGTH, Metric, Run
from apps.runs.run_table import RunTable, run_table
from apps.runs.tests.finished import finished_run
from apps.runs.tests.variants import told, variant
from apps.workflows.models import Workflow
from apps.workflows.tests.graphs import person, workflow_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return person("alice")


@pytest.fixture
def workflow(alice: User) -> Workflow:
    return workflow_of(alice)


@pytest.fixture
def visitor(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def read(visitor: Client, address: str) -> str:
    answer = visitor.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def runs_in(page: str) -> list[int]:
    return [int(pk) for pk in re.findall(r'name="run" value="(\d+)"', page)]


def table_of(user: User, sort: str = "") -> RunTable:
    return run_table(Run.objects.for_user(user), sort)


def test_only_parameters_that_differ_are_columns(alice: User, workflow: Workflow) -> None:
    first = finished_run(alice, workflow)
    assert not [column for column in table_of(alice).columns if column.kind == "setting"]
    second = variant(alice, workflow, "model", C=0.1)
    settings = [column for column in table_of(alice).columns if column.kind == "setting"]
    assert [(column.key, column.numeric) for column in settings] == [("p:model.C", True)]
    table = table_of(alice)
    assert [line.run for line in table.lines] == [second, first]
    assert [table.cells(line, settings)[0].value for line in table.lines] == [0.1, 1.0]


def test_the_main_metric_comes_first_and_the_best_is_marked_by_its_direction(alice: User, workflow: Workflow) -> None:
    finished_run(alice, workflow)
    variant(alice, workflow, "model", C=0.001)
    table = table_of(alice)
    metrics = [column for column in table.columns if column.kind == "metric"]
    assert metrics[0].key == "m:evaluate.auc"
    assert [column.aside for column in metrics[:5]] == [False, False, False, False, True]
    for name, choose in (("auc", max), ("log_loss", min)):
        column = [one for one in metrics if one.key == f"m:evaluate.{name}"]
        found = [table.cells(line, column)[0] for line in table.lines]
        assert len({cell.value for cell in found}) == 2
        assert [cell.value for cell in found if cell.best] == [choose(cell.value for cell in found)]


def test_runs_on_other_test_rows_have_another_letter_with_the_reason(alice: User, workflow: Workflow) -> None:
    finished_run(alice, workflow)
    variant(alice, workflow, "split", test_share=0.4)
    variant(alice, workflow, "split", test_share=0.25)
    table = table_of(alice)
    assert [line.letter for line in table.lines] == ["A", "B", "A"]
    assert [list(line.why) for line in table.lines] == [
        [],
        ["the rows were divided differently (test share 0.4 instead of 0.25)"],
        [],
    ]
    assert table.groups == 2


def test_any_column_sorts_and_runs_without_a_value_come_last(alice: User, workflow: Workflow) -> None:
    low, high = finished_run(alice, workflow), variant(alice, workflow, "model", C=5.0)
    waiting = Run.objects.start(alice, workflow)
    told_order = {
        "p:model.C": [low, waiting, high],
        "-p:model.C": [waiting, high, low],
        "run": [low, high, waiting],
        "nonsense": [waiting, high, low],
    }
    for sort, expected in told_order.items():
        assert [line.run for line in table_of(alice, sort).lines] == expected, sort
    assert table_of(alice, "m:evaluate.auc").lines[-1].run == waiting
    assert table_of(alice, "-m:evaluate.auc").lines[-1].run == waiting


def test_the_address_remembers_filters_columns_and_order(visitor: Client, alice: User, workflow: Workflow) -> None:
    first, second = finished_run(alice, workflow), variant(alice, workflow, "model", C=0.1)
    Run.objects.start(alice, workflow)
    first.set_tags("tuned")
    visitor.post(f"/runs/{second.pk}/star/")
    address = f"/runs/workflow/{workflow.pk}/"
    assert runs_in(read(visitor, f"{address}?tag=tuned")) == [first.pk]
    assert runs_in(read(visitor, f"{address}?starred=1")) == [second.pk]
    assert runs_in(read(visitor, f"{address}?state=succeeded&sort=run")) == [first.pk, second.pk]
    chosen = read(visitor, f"{address}?columns=state&columns=m:evaluate.auc")
    heads = re.findall(r"<span data-name>([^<]+)</span>", chosen)
    assert heads == ["Run", "State", "AUC for survived = yes"]
    assert "columns=state&amp;columns=m%3Aevaluate.auc&amp;sort=" in chosen
    assert "Nothing found" in read(visitor, f"{address}?tag=unknown")
    part = visitor.get(address, headers={"HX-Request": "true"}).content.decode()
    assert part.strip().startswith('<div id="results">')


def test_one_metric_is_drawn_over_the_runs(visitor: Client, alice: User, workflow: Workflow) -> None:
    finished_run(alice, workflow)
    assert "over runs" not in read(visitor, f"/runs/workflow/{workflow.pk}/")
    variant(alice, workflow, "model", C=0.1)
    page = read(visitor, f"/runs/workflow/{workflow.pk}/?chart=m:evaluate.log_loss")
    assert "Log loss over runs" in page
    assert "The best is run" in page
    assert "AUC for survived = yes over runs" in read(visitor, f"/runs/workflow/{workflow.pk}/?chart=nonsense")


def test_the_chart_of_many_runs_leaves_its_numbers_to_the_page(
    alice: User, workflow: Workflow, monkeypatch: Any
) -> None:
    for C in (0.1, 1.0, 10.0):
        variant(alice, workflow, "model", C=C)
    made = table_of(alice)
    metric = next(column for column in made.columns if column.kind == "metric")
    few = metric_figure(metric, made.lines)
    monkeypatch.setattr(chart, "MOST_IN_TABLE", 2)
    many = metric_figure(metric, made.lines)
    assert few is not None and few.table is not None and len(few.table.rows) == 3
    assert many is not None and many.table is None and many.data == few.data


def test_the_file_has_every_digit_and_no_formula(visitor: Client, alice: User, workflow: Workflow) -> None:
    run = finished_run(alice, workflow)
    Run.objects.filter(pk=run.pk).update(note="=1+1")
    answer = visitor.get(f"/runs/workflow/{workflow.pk}/csv/?columns=m:evaluate.auc&columns=note")
    assert answer["Content-Disposition"] == 'attachment; filename="Runs-of-Survivors.csv"'
    head, line = csv.reader(io.StringIO(answer.content.decode()))
    assert head == ["Run", "Starred", "AUC for survived = yes", "Note"]
    assert line == [str(run.pk), "no", repr(Metric.objects.get(run=run, name="auc").value), "'=1+1"]


def test_the_same_table_comes_as_parquet_with_types(visitor: Client, alice: User, workflow: Workflow) -> None:
    finished_run(alice, workflow)
    second = variant(alice, workflow, "model", C=0.1)
    answer: Any = visitor.get(f"/runs/workflow/{workflow.pk}/parquet/")
    frame = pd.read_parquet(io.BytesIO(b"".join(answer.streaming_content)))
    assert frame["Run"].tolist()[0] == second.pk
    assert frame["Logistic regression: Freedom (C)"].tolist() == [0.1, 1.0]
    assert frame["AUC for survived = yes"].dtype == "float64"
    assert str(frame["Started"].dtype).startswith("datetime64")


def test_star_note_and_tags_are_changed_in_place(visitor: Client, alice: User, workflow: Workflow) -> None:
    run = Run.objects.start(alice, workflow)
    starred = visitor.post(f"/runs/{run.pk}/star/", headers={"HX-Request": "true"}).content.decode()
    assert 'aria-pressed="true"' in starred
    taken = visitor.post(f"/runs/{run.pk}/star/", headers={"HX-Request": "true"}).content.decode()
    assert 'aria-pressed="false"' in taken
    form = read(visitor, f"/runs/{run.pk}/note/?edit=1")
    assert "data-mark-input" in form
    visitor.post(f"/runs/{run.pk}/note/", {"note": "  <b>deeper</b> " + "x" * 600})
    run.refresh_from_db()
    assert run.note.startswith("<b>deeper</b>")
    assert len(run.note) == NOTE_LENGTH
    assert "<b>deeper" not in read(visitor, f"/runs/{run.pk}/note/")
    many = ", ".join(f"tag {number}" for number in range(20))
    visitor.post(f"/runs/{run.pk}/tags/", {"tags": f" tuned ,, tuned,{'y' * 50},{many}"})
    words = [tag.word for tag in run.tags.all()]
    assert words[:2] == ["tuned", "y" * TAG_LENGTH]
    assert len(words) == MOST_TAGS
    visitor.post(f"/runs/{run.pk}/tags/", {"tags": ""})
    assert not run.tags.exists()


def test_without_scripts_a_mark_leads_back_to_where_it_was_made(alice: User, workflow: Workflow) -> None:
    run = Run.objects.start(alice, workflow)
    client = Client()
    client.force_login(alice)
    table = f"http://testserver/runs/workflow/{workflow.pk}/?sort=run"
    for came, back in ((table, table), ("https://elsewhere.example/", f"/runs/{run.pk}/")):
        assert client.post(f"/runs/{run.pk}/star/", headers={"Referer": came})["Location"] == back


def test_a_stranger_can_neither_see_nor_mark(alice: User, workflow: Workflow) -> None:
    run = Run.objects.start(alice, workflow)
    bob = Client()
    bob.force_login(person("bob"))
    for part in ("star", "note", "tags"):
        assert bob.post(f"/runs/{run.pk}/{part}/").status_code == 404
    assert bob.get(f"/runs/workflow/{workflow.pk}/").status_code == 404
    assert bob.get(f"/runs/workflow/{workflow.pk}/csv/").status_code == 404


def test_the_table_costs_a_fixed_number_of_queries(
    visitor: Client, alice: User, workflow: Workflow, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    finished_run(alice, workflow).set_tags("a, b")
    for place in range(6):
        told(workflow, "model", C=1.0 + place)
        Run.objects.start(alice, workflow).set_tags(f"a, c{place}")
    # session, person, workflow, runs, their number, whether there is data, data, tags, metrics, graphs, test rows,
    # words of tags
    with django_assert_num_queries(12):
        assert len(runs_in(read(visitor, f"/runs/workflow/{workflow.pk}/"))) == 7
