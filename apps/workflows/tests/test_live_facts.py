"""`live.json`: what the sample says about every step of a draft."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import User
from apps.datasets.actions import import_upload
from apps.datasets.models import Dataset
from apps.workflows import live_facts_views
from apps.workflows.insight import at_hand
from apps.workflows.live_facts import figure_note, figure_words, short_words, step_words
from apps.workflows.live_facts_views import advice_by_step, first_sentence
from apps.workflows.live_process import Busy, Overrun, Superseded, process
from apps.workflows.models import Workflow
from apps.workflows.tests.graphs import edge, person, titanic, workflow_of
from flowza.engine.advice import Advice
from flowza.engine.live_facts import StepFacts
from flowza.engine.live_figure import QuickFigure

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    cache.clear()
    return person("alice")


@pytest.fixture
def visitor(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def table_of(user: User, name: str = "people") -> Dataset:
    lines = [f"{row % 50},{row % 3},{'yes' if row % 50 > 25 else 'no'}" for row in range(120)]
    return import_upload(user, SimpleUploadedFile(f"{name}.csv", "\n".join(["age,kind,left", *lines]).encode())).dataset


def ask(visitor: Client, workflow: Workflow, **query: Any) -> dict[str, Any]:
    answer = visitor.get(f"/workflows/{workflow.pk}/live.json", query)
    assert answer.status_code == 200
    found: dict[str, Any] = json.loads(answer.content)
    return found


def ask_until_known(visitor: Client, workflow: Workflow, **query: Any) -> dict[str, Any]:
    """As a window asks; with more patience than it has."""
    for turn in range(200):
        found = ask(visitor, workflow, **query, **{"try": turn})
        if not found["again"]:
            return found
    raise AssertionError("it never ends")


def test_every_step_says_its_size_and_the_model_how_good_it_is(visitor: Client, alice: User) -> None:
    workflow = workflow_of(alice)
    found = ask_until_known(visitor, workflow)
    assert found["revision"] == workflow.revision
    steps = found["steps"]
    assert (steps["data"]["rows"], steps["data"]["columns"], steps["data"]["sampled"]) == (2000, 4, True)
    assert steps["split"]["roles"] == "1,500 training, 500 test"
    figure = steps["evaluate"]["figure"]
    assert figure.startswith("AUC 0.7")
    assert figure.endswith(" on a sample, Baseline 0.50")
    assert steps["model"]["figure"] == figure
    assert steps["model"]["note"] == "Learned from 1,500 rows of the sample. The run says more."
    assert found["notice"] == ""


def test_what_is_wrong_stands_with_its_step_in_a_sentence(visitor: Client, alice: User) -> None:
    graph = titanic()
    graph["nodes"][1]["params"] = {"columns": ["sexx"]}
    graph["nodes"].append({"id": "lonely", "kind": "impute"})
    found = ask_until_known(visitor, workflow_of(alice, "One", graph))
    problem = found["steps"]["encode"]["problem"]
    assert "'sexx'" in problem["text"]
    assert problem["column"] == "sexx"
    assert problem["level"] == "error"
    assert found["steps"]["lonely"]["problem"]["text"] == "'Impute' has nothing connected to 'Dataset'."
    assert found["steps"]["split"]["rows"] is None


def test_the_answer_knows_the_advice_of_each_step(visitor: Client, alice: User) -> None:
    graph = titanic()
    graph["nodes"][1]["params"] = {"columns": ["sexx"]}
    found = ask_until_known(visitor, workflow_of(alice, "One", graph))
    assert found["advice"]["encode"]["level"] == "error"
    assert found["advice"]["encode"]["count"] >= 1
    said = [
        Advice("note", "a", "x", "A note. More."),
        Advice("error", "a", "y", "It is 0.5 too much! Mend it."),
        Advice("warning", "", "z", "About all."),
    ]
    assert advice_by_step(said) == {"a": {"level": "error", "text": "It is 0.5 too much!", "count": 2}}


def test_the_first_sentence_ends_where_another_begins() -> None:
    assert first_sentence("Use 0.5 of a.b. Then go on.") == "Use 0.5 of a.b."
    assert first_sentence("Without an end") == "Without an end"
    assert first_sentence("") == ""


def test_an_answer_that_is_known_is_not_sent_again(visitor: Client, alice: User) -> None:
    workflow = workflow_of(alice)
    ask_until_known(visitor, workflow)
    address = f"/workflows/{workflow.pk}/live.json"
    answer = visitor.get(address)
    assert answer["Cache-Control"] == "private, no-cache"
    again = visitor.get(address, headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    graph = workflow.graph
    graph["nodes"][2]["params"] = {"test_share": 0.5}
    workflow.save()
    changed = visitor.get(address, headers={"If-None-Match": answer["ETag"]})
    assert changed.status_code == 200


def test_what_is_known_is_not_looked_at_again(visitor: Client, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    workflow = workflow_of(alice)
    first = ask_until_known(visitor, workflow)

    def refuse(*arguments: Any) -> None:
        raise AssertionError("it is known")

    monkeypatch.setattr(process, "ask", refuse)
    workflow.graph["nodes"][0]["x"] = 700
    workflow.save()
    assert ask(visitor, workflow)["steps"] == first["steps"]


def test_strangers_see_nothing_and_visitors_sign_in(visitor: Client, alice: User) -> None:
    workflow = workflow_of(person("charlie"))
    address = f"/workflows/{workflow.pk}/live.json"
    assert visitor.get(address).status_code == 404
    assert Client().get(address).status_code == 302
    assert visitor.post(address).status_code == 405


def test_data_of_others_stays_theirs_in_a_workflow_that_names_it(visitor: Client, alice: User) -> None:
    secret = table_of(person("charlie"))
    graph: dict[str, Any] = {
        "format": 1,
        "seed": 0,
        "nodes": [{"id": "csv", "kind": "csv", "params": {"dataset": secret.reference}}],
        "edges": [],
    }
    found = ask_until_known(visitor, workflow_of(alice, "One", graph))
    assert found["steps"]["csv"]["rows"] is None
    assert "deleted for good" in found["steps"]["csv"]["problem"]["text"]


def many_sources(user: User, count: int) -> dict[str, Any]:
    """So many stored datasets and as many that are gone, each with a step behind it."""
    graph: dict[str, Any] = {"format": 1, "seed": 0, "nodes": [], "edges": []}
    for number in range(count):
        own, gone = table_of(user, f"table {number}").reference, f"dataset:{9000 + number}"
        for name, reference in ((f"own{number}", own), (f"gone{number}", gone)):
            graph["nodes"] += [
                {"id": name, "kind": "csv", "params": {"dataset": reference}},
                {"id": f"{name}-fill", "kind": "impute"},
            ]
            graph["edges"].append(edge(name, f"{name}-fill"))
    return graph


def test_the_number_of_queries_does_not_depend_on_the_graph(visitor: Client, alice: User) -> None:
    counts = []
    for count in (1, 4):
        workflow = workflow_of(alice, "One", many_sources(alice, count))
        ask_until_known(visitor, workflow)
        with CaptureQueriesContext(connection) as queries:
            ask(visitor, workflow)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 10


@pytest.mark.parametrize("refused", [Busy, Superseded, Overrun])
def test_a_refusal_is_calm_and_says_whether_to_ask_again(
    visitor: Client, alice: User, monkeypatch: pytest.MonkeyPatch, refused: type[Exception]
) -> None:
    asked: list[str] = []

    def ask_process(job: dict[str, Any], topic: str) -> None:
        asked.append(job["what"])
        raise refused

    monkeypatch.setattr(process, "ask", ask_process)
    monkeypatch.setattr(live_facts_views, "insight", lambda *_: at_hand(titanic(), alice)[0])
    workflow = workflow_of(alice)
    found = ask(visitor, workflow, **{"try": 1})
    assert found["steps"] == {}
    assert found["again"] == (refused is not Overrun)
    ask(visitor, workflow, **{"try": 2})
    assert len(asked) == (1 if refused is Overrun else 2)


def test_the_window_and_the_chosen_step_go_with_the_question(
    visitor: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str]] = []

    def ask_process(job: dict[str, Any], topic: str) -> None:
        asked.append((job["chosen"], topic))
        raise Busy

    monkeypatch.setattr(process, "ask", ask_process)
    workflow = workflow_of(alice)
    ask(visitor, workflow, chosen="split", tab="a-1")
    ask(visitor, workflow, chosen="x" * 500, tab="../nonsense")
    topic = f"facts/{workflow.pk}/{alice.pk}/"
    assert asked == [("split", f"{topic}a-1"), ("x" * 64, topic)]


# Words


def figure(**more: Any) -> dict[str, Any]:
    return QuickFigure("auc", "AUC", 0.8125, 0.5, rows=1500, sampled=True).as_dict() | more


def test_a_figure_says_what_it_was_measured_on() -> None:
    assert figure_words(figure()) == "AUC 0.81 on a sample, Baseline 0.50"
    assert figure_words(figure(sampled=False)) == "AUC 0.81 in a quick look, Baseline 0.50"
    assert figure_words(figure(on="folds", folds=3)) == "AUC 0.81 in 3 folds of a sample, Baseline 0.50"
    assert figure_words(figure(on="train")) == "AUC 0.81 on its own training rows of a sample, Baseline 0.50"
    grouped = QuickFigure("silhouette", "Silhouette", 0.4, on="groups", sampled=True).as_dict()
    assert figure_words(grouped) == "Silhouette 0.40 on a sample"
    explained = QuickFigure("r2", "R²", 0.33, -0.0013, sampled=True).as_dict()
    assert figure_words(explained) == "R² 0.33 on a sample, Baseline 0.00"


def test_a_card_has_room_for_the_figure_and_what_it_is_of() -> None:
    assert short_words(figure()) == "AUC 0.81 on a sample"
    assert short_words(figure(on="folds", folds=3, sampled=False)) == "AUC 0.81, quick look"
    assert short_words(figure(on="train")) == "AUC 0.81 on known rows"
    assert short_words(figure(refused="No.")) is None


def test_a_note_says_what_was_held_back_and_what_the_number_hides() -> None:
    assert figure_note(figure(trees=30, all_trees=100)) == (
        "Learned from 1,500 rows of the sample, with 30 of its 100 trees. The run says more."
    )
    assert "measured on rows that the model knows" in figure_note(figure(on="train", sampled=False))
    refused = QuickFigure(refused="This takes too long.").as_dict()
    assert figure_words(refused) is None
    assert figure_note(refused) == "This takes too long."


def test_what_only_the_sample_may_lack_is_a_warning() -> None:
    facts = dict.fromkeys(("rows", "columns", "train", "test"))
    problem = {"message": "No rows are left.", "hint": "Loosen it.", "column": "", "code": "no_rows"}
    said = step_words({**facts, "sampled": True, "unsure": True, "problem": problem, "slow": False}, None)
    assert said["problem"]["level"] == "warning"
    assert said["problem"]["more"] == "Loosen it. This may come from the sample; the run looks at all rows."


def test_a_step_that_was_stopped_says_so() -> None:
    said = step_words(asdict(StepFacts(slow=True)), None)
    assert (said["rows"], said["problem"]) == (None, None)
    assert said["note"] == "This step takes too long for a quick look at the sample. Run the workflow to see it."
