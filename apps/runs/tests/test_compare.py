"""Runs side by side: what differs, which is best, and which do not compare and why."""

from __future__ import annotations

import copy

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import User
from apps.datasets.actions import import_upload
from apps.datasets.tests.factories import csv_upload
from apps.runs.comparable import split_words
from apps.runs.comparing import Comparison, compare
from apps.runs.models import Run
from apps.runs.tests.finished import finished_run
from apps.runs.tests.variants import redrawn, variant
from apps.workflows.models import Workflow
from apps.workflows.tests.graphs import edge, person, workflow_of

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


def compared(*runs: Run) -> Comparison:
    return compare([Run.objects.for_user(run.user).select_related("version").get(pk=run.pk) for run in runs])


def address(*runs: Run) -> str:
    return "/runs/compare/?" + "&".join(f"run={run.pk}" for run in runs)


def houses(rows: int, first: int = 0) -> str:
    return "size,price\n" + "".join(f"{n % 17},{(n % 17) * 2 + n % 5}\n" for n in range(first, first + rows))


def test_parameters_that_differ_and_the_better_metrics_are_marked(alice: User, workflow: Workflow) -> None:
    first, second = finished_run(alice, workflow), variant(alice, workflow, "model", C=0.001)
    found = compared(first, second)
    assert [(title, [(cell.words, cell.differs) for cell in cells]) for title, cells in found.settings] == [
        ("Logistic regression: Freedom (C)", [("1", False), ("0.001", True)])
    ]
    (section,) = found.sections
    assert section.alike
    assert section.rows == 551
    cells = dict(section.metrics)
    for label, higher in (("AUC for survived = yes", True), ("Log loss", False)):
        one, other = cells[label]
        assert one.value is not None
        assert other.value is not None
        assert other.difference == other.value - one.value
        assert (one.best, other.best) == ((one.value > other.value) == higher, (other.value > one.value) == higher)
        assert other.better is other.best
        assert one.difference is None
    assert [figure["id"] for figure in section.overlays] == ["roc", "precision_recall"]
    names = [trace["name"] for trace in section.overlays[0]["data"]]
    assert names == [f"Run {first.pk}", f"Run {second.pk}", "chance"]
    assert [[name for name, _ in figures] for figures in section.beside] == [[f"Run {first.pk}", f"Run {second.pk}"]]


def test_another_split_is_not_comparable_and_never_best(alice: User, workflow: Workflow) -> None:
    first, second = finished_run(alice, workflow), variant(alice, workflow, "split", test_share=0.1)
    (section,) = compared(first, second).sections
    assert [list(why) for why in section.why] == [
        [],
        ["the rows were divided differently (test share 0.1 instead of 0.25)"],
    ]
    for _, (one, other) in section.metrics:
        assert (one.best, other.best, other.difference, other.better) == (False, False, None, None)


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        ({"shuffle": True}, {"column": "day"}, "by the time in 'day' instead of by lot"),
        ({"column": "day"}, {"column": "sold"}, "by the time in 'sold' instead of by the time in 'day'"),
        ({"column": "day"}, {"shuffle": False}, "in their order instead of by the time in 'day'"),
    ],
)
def test_a_split_by_time_and_one_by_lot_are_told_apart_in_words(
    one: dict[str, object], other: dict[str, object], words: str
) -> None:
    assert split_words(one, other) == f"the rows were divided {words}"


def test_dropped_rows_are_a_reason_of_their_own(alice: User, workflow: Workflow) -> None:
    first = finished_run(alice, workflow)
    graph = copy.deepcopy(workflow.graph)
    filtering = {"conditions": [{"column": "class", "operator": "!=", "value": "crew"}]}
    graph["nodes"].insert(1, {"id": "filter", "kind": "filter", "params": filtering})
    graph["edges"][0] = edge("data", "filter")
    graph["edges"].append(edge("filter", "encode"))
    redrawn(workflow, graph)
    (section,) = compared(first, finished_run(alice, workflow)).sections
    (reason,) = section.why[1]
    assert reason.startswith("its steps keep other rows (")


def test_another_seed_and_another_data_version_are_told(alice: User) -> None:
    version = import_upload(alice, csv_upload(houses(120), "houses.csv"))
    data = {"id": "data", "kind": "csv", "params": {"dataset": version.dataset.reference, "target": "price"}}
    kinds = [("split", "split"), ("model", "linear_regression"), ("evaluate", "evaluate")]
    nodes = [data, *({"id": name, "kind": kind} for name, kind in kinds)]
    edges = [edge("data", "split"), edge("split", "model"), edge("model", "evaluate", "model")]
    workflow = workflow_of(alice, graph={"format": 1, "seed": 0, "nodes": nodes, "edges": edges})
    first = finished_run(alice, workflow)
    import_upload(alice, csv_upload(houses(140, 3), "houses.csv"), dataset=version.dataset)
    second = finished_run(alice, workflow)
    name = version.dataset.name
    found = compared(first, second)
    assert found.sections[0].why[1][0] == f"it read {name}, data version 2 instead of {name}, data version 1"
    assert found.settings[0][0] == "Data"
    pinned = copy.deepcopy(workflow.graph)
    pinned["nodes"][0]["params"]["dataset"] = f"{version.dataset.reference}@1"
    redrawn(workflow, pinned)
    again = finished_run(alice, workflow)
    assert compared(first, again).sections[0].alike, "the same data by its number"
    redrawn(workflow, pinned | {"seed": 5})
    seeded = finished_run(alice, workflow)
    assert compared(first, seeded).sections[0].why[1] == ["the rows were divided differently (seed 5 instead of 0)"]


def test_unknown_rows_are_said_to_be_unknown(alice: User, workflow: Workflow) -> None:
    first, second = finished_run(alice, workflow), finished_run(alice, workflow)
    second.node_runs.update(measured=None)
    (section,) = compared(first, second).sections
    assert section.why[1] == ["it is not known which rows were measured"]


def test_runs_without_a_report_say_so(visitor: Client, alice: User, workflow: Workflow) -> None:
    first, second = Run.objects.start(alice, workflow), Run.objects.start(alice, workflow)
    assert "None of these runs has measured anything" in visitor.get(address(first, second)).content.decode()
    finished = finished_run(alice, workflow)
    assert "it has no such step" not in visitor.get(address(first, second)).content.decode()
    (section,) = compared(first, finished).sections
    assert section.why[0]
    assert section.metrics


def test_two_to_six_runs_are_compared(visitor: Client, alice: User, workflow: Workflow) -> None:
    runs = [Run.objects.start(alice, workflow) for _ in range(7)]
    for chosen in (runs[:1], runs):
        answer = visitor.get(address(*chosen), follow=True)
        assert answer.redirect_chain == [(f"/runs/workflow/{workflow.pk}/", 302)]
        assert "Choose 2 to 6 runs to compare" in answer.content.decode()
    assert visitor.get(address(*runs[:6])).status_code == 200
    assert visitor.get("/runs/compare/?run=x&run=99999").status_code == 404
    assert visitor.get("/runs/compare/").status_code == 302


def test_other_peoples_runs_do_not_exist(visitor: Client, alice: User, workflow: Workflow) -> None:
    bob = person("bob")
    theirs = Run.objects.start(bob, workflow_of(bob, "Not hers"))
    assert visitor.get(address(Run.objects.start(alice, workflow), theirs)).status_code == 404


def test_the_page_costs_a_fixed_number_of_queries(
    visitor: Client, alice: User, workflow: Workflow, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    runs = [finished_run(alice, workflow) for _ in range(4)]
    with django_assert_num_queries(6):  # session, person, runs, data, tags, steps
        page = visitor.get(address(*runs)).content.decode()
    assert "Comparable: measured on the same 551 rows." in page
    assert "style=" not in page
