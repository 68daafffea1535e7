"""Changes of state: each by one conditional UPDATE, each with one winner."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models.functions import Now
from django_q.models import OrmQ
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from apps.runs import keeper
from apps.runs.lease import MAX_ATTEMPTS, Lease, LeaseLost
from apps.runs.models import NodeRun, Run
from apps.runs.tests.factories import make_run, make_user

ENDED = {Run.State.SUCCEEDED, Run.State.FAILED, Run.State.CANCELLED}


def claimed(run: Run) -> Lease:
    lease = Lease.claim(run.pk)
    assert lease is not None
    return lease


def let_lease_run_out(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(lease_until=Now() - timedelta(seconds=1))


def finish(lease: Lease, state: str = Run.State.SUCCEEDED) -> None:
    with transaction.atomic():
        lease.renew()
        lease.finish(Run.State.CANCELLED if lease.cancel_requested() else state)


@pytest.mark.django_db
def test_a_second_delivery_does_not_claim_again() -> None:
    run = make_run(make_user())
    first = claimed(run)
    assert Lease.claim(run.pk) is None
    run.refresh_from_db()
    assert (run.state, run.owner, run.attempt) == (Run.State.RUNNING, first.owner, 1)


@pytest.mark.django_db
def test_a_claim_takes_the_entry_out_of_the_queue() -> None:
    run = make_run(make_user())
    assert OrmQ.objects.filter(pk=run.queue_entry).exists()
    claimed(run)
    assert not OrmQ.objects.exists()


@pytest.mark.django_db
def test_the_lease_ends_by_the_databases_clock() -> None:
    run = make_run(make_user())
    lease = claimed(run)
    latest, earliest = timedelta(seconds=lease.seconds), timedelta(seconds=lease.seconds - 2)
    assert Run.objects.filter(lease_until__lte=Now() + latest, lease_until__gt=Now() + earliest).get() == run


@pytest.mark.django_db
def test_an_old_owner_writes_nothing() -> None:
    run = make_run(make_user())
    old = claimed(run)
    let_lease_run_out(run)
    assert keeper.reap() == 1
    new = claimed(run)
    for late in (old.renew, old.cancel_requested, lambda: old.finish(Run.State.SUCCEEDED)):
        with pytest.raises(LeaseLost):
            late()
    assert not old.give_back()
    new.renew()


@pytest.mark.django_db
def test_cancelling_a_waiting_run_is_final_at_once() -> None:
    run = make_run(make_user())
    assert run.request_cancel()
    assert run.state == Run.State.CANCELLED
    assert run.finished is not None
    assert set(run.node_runs.values_list("state", flat=True)) == {NodeRun.State.CANCELLED}
    assert not OrmQ.objects.exists()
    assert Lease.claim(run.pk) is None


@pytest.mark.django_db
def test_cancelling_an_ended_run_says_that_it_came_too_late() -> None:
    run = make_run(make_user())
    finish(claimed(run))
    assert not run.request_cancel()
    assert run.state == Run.State.SUCCEEDED


@pytest.mark.django_db
def test_a_run_whose_cancel_was_accepted_does_not_succeed() -> None:
    run = make_run(make_user())
    lease = claimed(run)
    assert run.request_cancel()
    finish(lease)
    run.refresh_from_db()
    assert run.state == Run.State.CANCELLED


@pytest.mark.django_db
def test_a_cancelled_run_is_not_queued_again_when_its_worker_dies() -> None:
    run = make_run(make_user())
    claimed(run)
    run.request_cancel()
    let_lease_run_out(run)
    keeper.reap()
    run.refresh_from_db()
    assert run.state == Run.State.CANCELLED
    assert not run.node_runs.unfinished().exists()


@pytest.mark.django_db
def test_a_run_given_back_keeps_its_attempts() -> None:
    run = make_run(make_user())
    for _ in range(MAX_ATTEMPTS + 2):
        assert claimed(run).give_back()
    claimed(run)
    let_lease_run_out(run)
    keeper.reap()
    run.refresh_from_db()
    assert run.state == Run.State.QUEUED
    assert OrmQ.objects.filter(pk=run.queue_entry).count() == 1


ACTIONS = ["claim", "renew", "finish", "finish late", "cancel", "expire", "reap", "give back", "sweep"]


class AnyOrderOfEvents(TestCase):
    @given(st.lists(st.sampled_from(ACTIONS), max_size=25))
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_a_run_has_one_holder_one_end_and_a_bounded_number_of_attempts(self, names: list[str]) -> None:
        run = make_run(make_user(), nodes=1)
        leases: list[Lease] = []
        ended: str | None = None
        for name in names:
            self.do(name, run, leases)
            run.refresh_from_db()
            assert sum(lease.held().exists() for lease in leases) == (run.state == Run.State.RUNNING)
            assert (run.state == Run.State.RUNNING) == bool(run.owner) == (run.lease_until is not None)
            assert run.attempt - run.given_back <= MAX_ATTEMPTS
            assert OrmQ.objects.filter(pk=run.queue_entry).exists() == (run.state == Run.State.QUEUED)
            assert OrmQ.objects.count() == (run.state == Run.State.QUEUED)
            assert ended in (None, run.state)
            if run.state in ENDED:
                ended = run.state
                assert run.finished is not None

    def do(self, name: str, run: Run, leases: list[Lease]) -> None:
        try:
            if name == "claim" and (lease := Lease.claim(run.pk)):
                leases.append(lease)
            elif name == "renew" and leases:
                leases[-1].renew()
            elif name in ("finish", "finish late") and leases:
                finish(leases[0 if name == "finish late" else -1])
            elif name == "give back" and leases:
                leases[-1].give_back()
        except LeaseLost:
            pass
        if name == "cancel":
            run.request_cancel()
        elif name == "expire":
            Run.objects.filter(pk=run.pk, state=Run.State.RUNNING).update(lease_until=Now() - timedelta(seconds=1))
        elif name == "reap":
            keeper.reap()
        elif name == "sweep":
            keeper.sweep(0)
