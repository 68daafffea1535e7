"""The keeper mends what dead workers, lost entries and standing clusters leave behind."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone
from django_q.models import OrmQ

from apps.runs import keeper
from apps.runs.lease import Lease
from apps.runs.models import NodeRun, Run
from apps.runs.tests.factories import make_run, make_user
from apps.runs.tests.test_transitions import claimed, let_lease_run_out

pytestmark = pytest.mark.django_db


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Restarts:
    count = 0

    def __call__(self) -> None:
        self.count += 1


def waited_long(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(queued=Now() - timedelta(seconds=60))


def fetched(run: Run) -> None:
    """As the pusher leaves the entry: locked, and then the pusher died."""
    OrmQ.objects.filter(pk=run.queue_entry).update(lock=timezone.now() + timedelta(hours=1))


def test_a_run_whose_lease_is_over_waits_again_with_a_line_in_its_log() -> None:
    run = make_run(make_user())
    claimed(run)
    run.node_runs.filter(node_id="n0").update(state=NodeRun.State.RUNNING, seconds=3.0)
    let_lease_run_out(run)
    assert keeper.reap() == 1
    run.refresh_from_db()
    assert run.state == Run.State.QUEUED
    assert run.node_runs.filter(state=NodeRun.State.WAITING, seconds=None).count() == 2
    assert "queued again" in run.log_lines.get().text


def test_a_run_that_is_heard_of_is_left_alone() -> None:
    claimed(make_run(make_user()))
    assert keeper.reap() == 0


def test_a_run_that_always_kills_its_worker_fails_after_three_attempts() -> None:
    run = make_run(make_user())
    for _ in range(3):
        claimed(run)
        let_lease_run_out(run)
        keeper.reap()
    run.refresh_from_db()
    assert run.state == Run.State.FAILED
    assert run.error is not None and "3 times in a row" in run.error["message"]
    assert set(run.node_runs.values_list("state", flat=True)) == {NodeRun.State.SKIPPED}
    assert "3 times in a row" in run.user.messages.get().text
    assert Lease.claim(run.pk) is None


def test_a_run_without_an_entry_in_the_queue_gets_one() -> None:
    run = make_run(make_user())
    OrmQ.objects.all().delete()
    waited_long(run)
    assert keeper.sweep() == 1
    run.refresh_from_db()
    assert OrmQ.objects.get().pk == run.queue_entry


def test_an_entry_that_was_fetched_and_came_to_nothing_is_written_anew() -> None:
    run = make_run(make_user())
    fetched(run)
    waited_long(run)
    assert keeper.sweep() == 1
    assert OrmQ.objects.get().lock <= timezone.now()


def test_a_run_that_only_waits_its_turn_keeps_its_entry() -> None:
    run = make_run(make_user())
    waited_long(run)
    assert keeper.sweep() == 0
    assert OrmQ.objects.get().pk == run.queue_entry


def test_a_cluster_that_stands_still_is_started_anew() -> None:
    run = make_run(make_user())
    waited_long(run)
    clock, restarts = Clock(), Restarts()
    watch = keeper.Keeper("here", restarts, clock)
    for clock.now in range(12):
        watch.cycle()
    assert restarts.count == 1


def test_a_busy_cluster_with_a_long_queue_is_not_started_anew() -> None:
    user = make_user()
    runs = [make_run(user, nodes=1) for _ in range(30)]
    for run in runs:
        waited_long(run)
    clock, restarts = Clock(), Restarts()
    watch = keeper.Keeper("here", restarts, clock)
    for clock.now in range(25):
        claimed(runs[int(clock.now)])
        watch.cycle()
    assert restarts.count == 0


def test_a_cluster_without_a_free_supervisor_is_not_started_anew(settings: object) -> None:
    user = make_user()
    for run in (make_run(user), make_run(user)):
        assert Lease.claim(run.pk, cluster="here")
    waited_long(make_run(user))
    clock, restarts = Clock(), Restarts()
    watch = keeper.Keeper("here", restarts, clock)
    for clock.now in range(25):
        watch.cycle()
    assert restarts.count == 0


def test_what_a_stopped_cluster_held_waits_again_without_losing_an_attempt() -> None:
    user = make_user()
    mine, other = make_run(user), make_run(user)
    assert Lease.claim(mine.pk, cluster="here")
    assert Lease.claim(other.pk, cluster="there")
    assert keeper.give_back("here") == 1
    mine.refresh_from_db()
    other.refresh_from_db()
    assert (mine.state, mine.attempt, mine.given_back) == (Run.State.QUEUED, 1, 1)
    assert other.state == Run.State.RUNNING


def test_the_bin_is_emptied_at_the_start_and_then_every_few_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[float] = []
    clock = Clock()
    monkeypatch.setattr(keeper, "purge", lambda: calls.append(clock.now))
    watch = keeper.Keeper("none", Restarts(), clock)
    for now in (0.0, 1.0, keeper.BIN_SECONDS, keeper.BIN_SECONDS + 1.0):
        clock.now = now
        watch.cycle()
    assert calls == [0.0, keeper.BIN_SECONDS]
