"""The steps of a run on one axis of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from apps.runs.models import NodeRun, Run
from apps.runs.progress import LEAST_WIDTH, ticks, timeline
from apps.runs.reading import groups_of
from apps.runs.tests.finished import finished_run
from apps.workflows.tests.graphs import person, workflow_of

BEGUN = datetime(2026, 5, 4, 12, tzinfo=UTC)


def run_of(state: str = Run.State.SUCCEEDED, seconds: float | None = 10.0) -> Run:
    return Run(pk=1, state=state, started=BEGUN, seconds=seconds)


def step(number: int, state: str, start: float | None = None, seconds: float | None = None) -> NodeRun:
    started = None if start is None else BEGUN + timedelta(seconds=start)
    return NodeRun(pk=number, node_id=f"n{number}", kind="csv", state=state, started=started, seconds=seconds)


def test_bars_stand_where_their_step_ran() -> None:
    steps = [step(1, "kept", seconds=0), step(2, "done", 1, 4), step(3, "done", 5, 5), step(4, "skipped")]
    line = timeline(run_of(), steps, BEGUN)
    assert [(row.start, row.width) for row in line.rows] == [(0, None), (10, 40), (50, 50), (0, None)]
    assert line.seconds == 10


def test_a_step_that_goes_on_grows_to_now() -> None:
    now = BEGUN + timedelta(seconds=8)
    line = timeline(run_of(Run.State.RUNNING, None), [step(1, "done", 0, 2), step(2, "running", 4)], now)
    assert [(row.start, row.width) for row in line.rows] == [(0, 25), (50, 50)]


def test_the_shortest_step_can_be_seen_and_none_leaves_the_axis() -> None:
    steps = [step(1, "done", 0, 0.0), step(2, "done", 9.9999, 0.0), step(3, "done", 9, 3)]
    rows = timeline(run_of(), steps, BEGUN).rows
    assert rows[0].width == LEAST_WIDTH
    for row in rows:
        assert row.width is not None
        assert 0 <= row.start <= row.start + row.width <= 100


@pytest.mark.parametrize("seconds", [0.003, 0.07, 0.22, 0.9, 1, 7.3, 59, 61, 4000, 86_000])
def test_the_axis_has_a_few_round_marks(seconds: float) -> None:
    marks = ticks(seconds)
    assert 2 <= len(marks) <= 6
    assert marks[0].place == 0
    assert marks[-1].place <= 100
    assert len({mark.words for mark in marks}) == len(marks)


def test_a_run_that_waits_has_no_axis() -> None:
    line = timeline(Run(pk=1, state=Run.State.QUEUED), [step(1, "waiting")], BEGUN)
    assert (list(line.ticks), line.rows[0].width) == ([], None)


@pytest.mark.django_db
def test_the_page_draws_bars_and_hatches_what_was_kept() -> None:
    alice = person("alice")
    workflow = workflow_of(alice)
    client = Client()
    client.force_login(alice)
    first, second = finished_run(alice, workflow), finished_run(alice, workflow)
    assert client.get(f"/runs/{first.pk}/").content.decode().count('height="8" rx="2"/>') == 5
    page = client.get(f"/runs/{second.pk}/").content.decode()
    assert page.count('fill="url(#kept-hatch)"') >= 4
    assert "Nothing: the same steps on the same data." in page


def metric(name: str, value: float, baseline: float | None, higher: bool | None = True) -> dict[str, object]:
    return {"name": name, "value": value, "baseline": baseline, "higher_is_better": higher}


def test_metrics_that_need_no_threshold_stand_apart() -> None:
    groups = groups_of([metric("accuracy", 0.8, 0.7), metric("auc", 0.8, 0.5), metric("log_loss", 0.5, 0.6, False)])
    assert [[one.metric["name"] for one in group.metrics] for group in groups] == [["accuracy"], ["auc", "log_loss"]]
    (alone,) = groups_of([metric("rmse", 1.0, 2.0, False)])
    assert alone.title == ""
    assert groups_of([]) == []


def test_what_is_no_better_than_the_baseline_is_said_by_its_direction() -> None:
    given = [
        metric("rmse", 2.0, 1.0, False),
        metric("mae", 1.0, 1.0, False),
        metric("r2", 0.5, 0.0),
        metric("clusters", 3.0, None, None),
    ]
    (group,) = groups_of(given)
    assert [one.warning for one in group.metrics] == ["worse than the baseline", "no better than the baseline", "", ""]
