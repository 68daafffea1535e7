"""The pages of runs: as it happens, what came out, what went wrong; for the owner alone."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import User
from apps.runs.models import NodeRun, OutputFile, Run
from apps.runs.tests.finished import finished_run
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


def graph_of(*nodes: dict[str, Any]) -> dict[str, Any]:
    edges = [edge(one["id"], other["id"]) for one, other in pairwise(nodes)]
    return {"nodes": list(nodes), "edges": edges}


def read(visitor: Client, address: str) -> str:
    answer = visitor.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_run_starts_once_for_a_double_click(visitor: Client, alice: User) -> None:
    workflow = workflow_of(alice)
    sent = {"idempotency_key": "click"}
    first, second = (visitor.post(f"/runs/start/{workflow.pk}/", sent) for _ in range(2))
    assert first["Location"] == second["Location"] == f"/runs/{Run.objects.get().pk}/"


def test_a_key_of_another_start_starts_nothing_and_says_so(visitor: Client, alice: User) -> None:
    first, second = workflow_of(alice), workflow_of(alice, "Second")
    visitor.post(f"/runs/start/{first.pk}/", {"idempotency_key": "click"})
    answer = visitor.post(f"/runs/start/{second.pk}/", {"idempotency_key": "click"}, follow=True)
    assert answer.redirect_chain == [(f"/workflows/{second.pk}/", 302)]
    assert "Nothing was started" in answer.content.decode()
    assert Run.objects.count() == 1


def test_a_workflow_that_cannot_run_says_why_and_opens_the_step(visitor: Client, alice: User) -> None:
    graph = titanic() | {"edges": titanic()["edges"][1:]}
    workflow = workflow_of(alice, graph=graph)
    answer = visitor.post(f"/runs/start/{workflow.pk}/", follow=True)
    assert answer.redirect_chain[-1][0] == f"/workflows/{workflow.pk}/?step=encode"
    assert "has nothing connected" in answer.content.decode()
    assert not Run.objects.exists()


def test_the_page_asks_again_only_while_the_run_is_unfinished(visitor: Client, alice: User) -> None:
    run = Run.objects.start(alice, workflow_of(alice))
    going = read(visitor, f"/runs/{run.pk}/")
    assert 'hx-trigger="every 1s"' in going
    assert "Cancel" in going
    run.request_cancel()
    answer = visitor.get(f"/runs/{run.pk}/progress/")
    assert 'hx-trigger="every' not in answer.content.decode()
    ended = read(visitor, f"/runs/{run.pk}/")
    assert 'hx-trigger="every' not in ended
    assert "Run again" in ended


def test_the_time_line_says_state_time_and_rows_of_each_step(visitor: Client, alice: User) -> None:
    run = finished_run(alice, workflow_of(alice))
    answer = read(visitor, f"/runs/{run.pk}/")
    assert answer.count('data-state="done"') == 5
    assert "2,201 rows" in answer
    assert "5 of 5 steps" in answer
    assert "baseline" in answer
    assert "style=" not in answer
    assert not re.search(r"<script(?![^>]*\bsrc=)", answer)


def test_the_last_poll_names_the_step_to_show(visitor: Client, alice: User) -> None:
    run = finished_run(alice, workflow_of(alice))
    answer = visitor.get(f"/runs/{run.pk}/progress/")
    assert json.loads(answer["HX-Trigger"]) == {"run-finished": {"step": "evaluate"}}


def test_kept_steps_name_the_run_they_are_kept_from(visitor: Client, alice: User) -> None:
    workflow = workflow_of(alice)
    first, second = finished_run(alice, workflow), finished_run(alice, workflow)
    NodeRun.objects.filter(run=second, node_id="data").update(kept_from=first)
    answer = read(visitor, f"/runs/{second.pk}/")
    assert 'data-state="kept"' in answer
    assert f'kept from <a href="/runs/{first.pk}/">run {first.pk}</a>' in answer


def test_a_table_is_shown_row_by_row_with_types_and_roles(visitor: Client, alice: User) -> None:
    run = finished_run(alice, workflow_of(alice))
    answer = read(visitor, f"/runs/{run.pk}/steps/split/")
    assert "2,201 rows" in answer
    assert "1,650 training rows, 551 test rows" in answer
    assert "text · target" in answer
    assert "1 to 20 of 2,201" in answer
    further = read(visitor, f"/runs/{run.pk}/steps/split/rows/?page=2")
    assert "21 to 40 of 2,201" in further
    assert "Log of this step" not in further
    assert "2,201 to 2,201" in read(visitor, f"/runs/{run.pk}/steps/split/rows/?page=9999")


def test_a_report_has_metrics_beside_the_baseline_and_figures_with_words(visitor: Client, alice: User) -> None:
    run = finished_run(alice, workflow_of(alice))
    answer = read(visitor, f"/runs/{run.pk}/steps/evaluate/")
    assert "Accuracy" in answer
    assert "Right on" in answer
    figures = re.findall(r'<figure class="plot" data-figure="([^"]+)"', answer)
    assert len(figures) == answer.count("<figcaption>") >= 3
    for figure in figures:
        assert set(json.loads(figure.replace("&quot;", '"').replace("&amp;", "&"))) == {"data", "layout"}
    assert "<script" not in answer


def test_a_model_shows_what_a_client_sends(visitor: Client, alice: User) -> None:
    run = finished_run(alice, workflow_of(alice))
    answer = read(visitor, f"/runs/{run.pk}/steps/model/")
    assert "Logistic regression" in answer
    for name in ("class", "sex", "age"):
        assert f'<th scope="row">{name}</th>' in answer
    assert '<th scope="row">survived</th>' not in answer


def test_rows_of_pixels_show_their_picture(visitor: Client, alice: User) -> None:
    data = {"id": "data", "kind": "showcase", "params": {"name": "digits"}}
    run = finished_run(alice, workflow_of(alice, graph=graph_of(data)))
    answer = read(visitor, f"/runs/{run.pk}/steps/data/")
    assert answer.count('<img class="row-picture" src="data:image/png;base64,') == 20
    assert 'alt="Picture of row 1"' in answer
    assert "columns 1 to 40 of 65" in answer
    assert "columns 41 to 65 of 65" in read(visitor, f"/runs/{run.pk}/steps/data/rows/?columns=2")


def test_an_error_stands_at_its_step_as_a_sentence_with_a_way_on(visitor: Client, alice: User) -> None:
    cast = {"id": "cast", "kind": "cast", "params": {"columns": ["sex"]}}
    workflow = workflow_of(
        alice, graph=graph_of({"id": "data", "kind": "showcase"}, cast, {"id": "s", "kind": "split"})
    )
    run = finished_run(alice, workflow)
    answer = read(visitor, f"/runs/{run.pk}/")
    assert "which is not a number" in answer
    assert 'data-state="failed"' in answer
    assert 'data-state="skipped"' in answer
    step = read(visitor, f"/runs/{run.pk}/steps/cast/")
    assert f"/workflows/{workflow.pk}/?step=cast" in step
    assert "Traceback" not in answer + step


def test_hostile_names_are_text(visitor: Client, alice: User) -> None:
    graph = graph_of({"id": "data", "kind": "showcase", "label": "<script>alert(1)</script>"})
    run = finished_run(alice, workflow_of(alice, "<b>bold</b>", graph))
    answer = read(visitor, f"/runs/{run.pk}/") + read(visitor, f"/runs/{run.pk}/steps/data/") + read(visitor, "/runs/")
    assert "<script>alert" not in answer
    assert "<b>bold" not in answer


def test_the_log_is_asked_for_line_by_line(visitor: Client, alice: User) -> None:
    run = finished_run(alice, workflow_of(alice))
    whole = read(visitor, f"/runs/{run.pk}/log/")
    assert "training rows" in whole
    last = run.log_lines.last()
    assert last is not None
    rest = read(visitor, f"/runs/{run.pk}/log/?after={last.pk}")
    assert "log-line" not in rest
    assert "hx-get" not in rest
    waiting = Run.objects.start(alice, workflow_of(alice))
    assert 'hx-trigger="load delay:1s"' in read(visitor, f"/runs/{waiting.pk}/log/?after=0")


def test_rows_that_are_gone_leave_a_sentence(visitor: Client, alice: User, settings: Any) -> None:
    run = finished_run(alice, workflow_of(alice))
    settings.STORE_ROOT = settings.STORE_ROOT / "elsewhere"
    assert "Run the workflow again to see them" in read(visitor, f"/runs/{run.pk}/steps/split/")


def test_a_file_is_downloaded_under_its_name_by_its_owner(visitor: Client, alice: User) -> None:
    run = finished_run(alice, workflow_of(alice))
    stored = OutputFile.objects.create(
        run=run, node_id="evaluate", name="model.zip", file=ContentFile(b"zip", "x.zip"), size=3, sha256="0" * 64
    )
    address = f"/runs/{run.pk}/files/{stored.pk}/"
    assert address in read(visitor, f"/runs/{run.pk}/")
    answer = visitor.get(address)
    assert answer["Content-Disposition"] == 'attachment; filename="model.zip"'
    assert b"".join(answer.streaming_content) == b"zip"  # type: ignore[attr-defined]
    bob = Client()
    bob.force_login(person("bob"))
    assert bob.get(address).status_code == 404


def test_lists_show_own_runs_with_a_fixed_number_of_queries(
    visitor: Client, alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    charlie = person("charlie")
    Run.objects.start(charlie, workflow_of(charlie, "Not hers"))
    workflow = workflow_of(alice)
    finished_run(alice, workflow)
    for _ in range(15):
        Run.objects.start(alice, workflow)
    with django_assert_num_queries(5):  # session, person, count, page, metrics
        answer = read(visitor, "/runs/")
    assert "Not hers" not in answer
    assert answer.count('<th scope="row">') == 16
    with django_assert_num_queries(4):
        assert "every 2s" in read(visitor, "/runs/active/")
    with django_assert_num_queries(5):  # session, person, workflow, run, its steps
        assert '"steps"' in read(visitor, f"/runs/states/{workflow.pk}/")
    with django_assert_num_queries(6):  # session, person, runs, metrics, newer data, graphs
        latest = read(visitor, f"/runs/latest/?workflow={workflow.pk}&workflow=x")
    assert latest.count("hx-swap-oob") == 1


def test_runs_are_found_by_workflow_and_state(visitor: Client, alice: User) -> None:
    assert "No runs yet" in read(visitor, "/runs/")
    finished_run(alice, workflow_of(alice, "Alpha"))
    Run.objects.start(alice, workflow_of(alice, "Beta"))
    assert "Beta" not in read(visitor, "/runs/?state=succeeded")
    assert "Alpha" not in read(visitor, "/runs/?q=bet")
    assert "Nothing found" in read(visitor, "/runs/?q=zeta")


def test_cancelling_a_waiting_run_ends_it(visitor: Client, alice: User) -> None:
    run = Run.objects.start(alice, workflow_of(alice))
    visitor.post(f"/runs/{run.pk}/cancel/")
    run.refresh_from_db()
    assert run.state == Run.State.CANCELLED
    answer = visitor.post(f"/runs/{run.pk}/cancel/", follow=True)
    assert "had ended before" in answer.content.decode()
