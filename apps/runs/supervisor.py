"""The supervisor of a run: claims it, forks the child that does the work, watches, and writes what happens.

It computes nothing itself. A second delivery finds the run claimed and does nothing; a lost lease kills the
child and discards what it did; an orderly stop of the worker gives the run back to the queue.
"""

from __future__ import annotations

import json
import logging
import os
import select
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.db import InterfaceError, OperationalError, connections, transaction

from apps.runs import effects, notices, outcomes, processes, stopping
from apps.runs.child import MEMORY_EXIT, Child, Perform, spawn
from apps.runs.lease import Lease, LeaseLost
from apps.runs.limits import Limits
from apps.runs.models import NodeRun, Run
from apps.runs.outcomes import Outcome
from apps.runs.plan import Plan, PlanRefused
from apps.runs.recorder import Recorder

logger = logging.getLogger(__name__)

BATCH_SECONDS = 0.1
"""Events are written at most this often; the first one at once."""
READ_BYTES = 1 << 20
FINISH_PATIENCE = 300.0
"""Seconds for which a finished run's results are held while the database is away."""
AWAY = (OperationalError, InterfaceError)


class GivenBack(Exception):
    """The worker stops: the run waits in the queue again."""


Planner = Callable[[Run], Plan]
"""`apps.runs.planning.plan`; raises PlanRefused."""


def supervise(run_id: int, planner: Planner, perform: Perform, limits: Limits | None = None) -> str:
    """Do the run from claim to end. The answer is one word for the queue's log."""
    if stopping.asked():
        return "stopping"
    limits = limits or Limits.from_settings()
    lease = Lease.claim(run_id, cluster=stopping.cluster(), seconds=limits.lease)
    if lease is None:
        return "not waiting"
    started = time.monotonic()
    run = Run.objects.select_related("user", "version__workflow").get(pk=run_id)
    recorder = Recorder(run, lease)
    try:
        try:
            with prepared(run, planner, recorder) as made:
                outcome = Supervision(lease, recorder, limits).run(perform, made)
                state = finish(lease, recorder, outcome, time.monotonic() - started, made)
        except PlanRefused as refusal:
            state = finish(lease, recorder, refusal.outcome, time.monotonic() - started)
    except LeaseLost:
        logger.warning("Run %s: the lease was lost, its process is gone, nothing more is written.", run_id)
        return "lost"
    except GivenBack:
        lease.give_back()
        return "given back"
    except Exception:
        outcome = outcomes.bug()
        logger.exception("Run %s: %s", run_id, (outcome.error or {})["reference"])
        with suppress(LeaseLost):
            return finish(lease, Recorder(run, lease), outcome, time.monotonic() - started)
        return "lost"
    return state


@contextmanager
def prepared(run: Run, planner: Planner, recorder: Recorder) -> Iterator[Plan]:
    """The run's job with an empty folder for the files it hands out. Raises PlanRefused."""
    made = planner(run)
    recorder.datasets = made.datasets
    for left in made.outbox.parent.glob(f"{run.pk}-*"):
        # An earlier attempt's, whose supervisor was killed.
        shutil.rmtree(left, ignore_errors=True)
    made.outbox.mkdir(parents=True)
    try:
        yield made
    finally:
        shutil.rmtree(made.outbox, ignore_errors=True)


class Supervision:
    """Watches one child from fork to end."""

    def __init__(self, lease: Lease, recorder: Recorder, limits: Limits) -> None:
        self.lease = lease
        self.recorder = recorder
        self.limits = limits
        self.child: Child
        self._rest = b""
        self._verdict: Outcome | None = None
        self._cancel_by: float | None = None
        self._written = self._renewed = 0.0

    def run(self, perform: Perform, made: Plan) -> Outcome:
        """How the child ended. Nothing of it is left then. Raises LeaseLost or GivenBack."""
        # A child must not share a socket or a file lock with us.
        connections.close_all()
        self.started = self._renewed = time.monotonic()
        self.child = spawn(perform, made.job, self.limits.memory)
        try:
            self._watch()
        finally:
            # Whatever happens here, nothing goes on behind our back.
            self.child.kill()
            code = self.child.wait()
            self._read()
            self.child.close()
        return self._judge(code)

    def _judge(self, code: int) -> Outcome:
        if self._verdict is not None:
            return self._verdict
        if self.recorder.finished is not None:
            return outcomes.from_event(self.recorder.finished)
        if code == MEMORY_EXIT:
            return outcomes.too_large(self.limits.memory)
        return outcomes.crashed(code)

    def _watch(self) -> None:
        """Until the child has ended or was condemned."""
        poll = select.poll()
        poll.register(self.child.events, select.POLLIN)
        poll.register(self.child.pidfd, select.POLLIN)
        while self._verdict is None:
            ready = dict(poll.poll(self._wait() * 1000))
            if self.child.events in ready and not self._read():
                poll.unregister(self.child.events)
            if self.child.pidfd in ready:
                return
            now = time.monotonic()
            if self.recorder.pending and now - self._written >= BATCH_SECONDS:
                self._with_database(self.recorder.flush)
                self._written = time.monotonic()
            if now - self._renewed >= self.limits.renew:
                self._renewed = now
                self._beat(now)

    def _wait(self) -> float:
        """Seconds until something is due."""
        due = self._renewed + self.limits.renew
        if self.recorder.pending:
            due = min(due, self._written + BATCH_SECONDS)
        if self._cancel_by is not None:
            due = min(due, self._cancel_by)
        return max(due - time.monotonic(), 0.0)

    def _read(self) -> bool:
        """Take all whole lines that the child has written; False at the end of its output."""
        while True:
            try:
                data = os.read(self.child.events, READ_BYTES)
            except BlockingIOError:
                return True
            if not data:
                return False
            *lines, self._rest = (self._rest + data).split(b"\n")
            for line in lines:
                self.recorder.take(json.loads(line))

    def _beat(self, now: float) -> None:
        """Renew the lease and look for what would end the run early. Raises LeaseLost, GivenBack."""
        if stopping.asked():
            raise GivenBack
        self._with_database(self._renew)
        if self._cancel_by is not None and now >= self._cancel_by:
            self._verdict = outcomes.cancelled()
        elif now - self.started > self.limits.seconds:
            self._verdict = outcomes.too_long(self.limits.seconds)
        elif processes.session_memory(self.child.pid) > self.limits.memory:
            self._verdict = outcomes.too_large(self.limits.memory)

    def _renew(self) -> None:
        self.lease.renew()
        if self._cancel_by is None and self.lease.cancel_requested():
            self.child.cancel()
            self._cancel_by = time.monotonic() + self.limits.patience

    def _with_database(self, work: Callable[[], None]) -> None:
        """A database that is away for a while does not end the run: nobody else can claim it then either."""
        try:
            work()
        except AWAY as error:
            logger.warning("Run %s: the database did not answer (%s).", self.lease.run_id, error)
            connections.close_all()


def finish(lease: Lease, recorder: Recorder, outcome: Outcome, seconds: float, made: Plan | None = None) -> str:
    """Write the end of the run in one transaction and give its state; waits for a database that is away.

    Raises LeaseLost, then nothing is written.
    """
    give_up = time.monotonic() + FINISH_PATIENCE
    while True:
        try:
            return _finish(lease, recorder, outcome, seconds, made)
        except EffectFailed as failure:
            outcome = Outcome(Run.State.FAILED, failure.error)
            recorder.set_state(failure.node_run, NodeRun.State.FAILED, failure.error)
        except AWAY as error:
            if time.monotonic() > give_up:
                raise
            logger.warning("Run %s: cannot write its end yet (%s).", lease.run_id, error)
            connections.close_all()
            time.sleep(0.5)


def _finish(lease: Lease, recorder: Recorder, outcome: Outcome, seconds: float, made: Plan | None) -> str:
    with transaction.atomic():
        # This locks the run's row: a cancel came before, or it comes too late.
        lease.renew()
        if lease.cancel_requested():
            outcome = outcomes.cancelled()
        recorder.close_nodes(outcome.running_nodes, outcome.waiting_nodes, outcome.error)
        recorder.write()
        recorder.write_metrics(outcome.metrics)
        if outcome.state == Run.State.SUCCEEDED and made is not None:
            apply_effects(recorder, made.outbox)
        lease.finish(outcome.state, seconds, outcome.error)
        notices.run_ended(lease.run_id, outcome.state, outcome.error, seconds)
    return outcome.state


class EffectFailed(Exception):
    """What a step hands out was refused: the transaction is rolled back and the run fails."""

    def __init__(self, node_run: NodeRun, refusal: effects.EffectRefused) -> None:
        super().__init__(refusal.message)
        self.node_run = node_run
        self.error = outcomes.problem(refusal.message, "effect", refusal.hint)


def apply_effects(recorder: Recorder, files: Path) -> None:
    """All effects in the order in which the steps asked. Raises EffectFailed at the first that is refused."""
    for effect in recorder.effects:
        try:
            effects.apply(effect.kind, recorder.run, effect.node_run, effect.payload, files)
        except effects.EffectRefused as refusal:
            raise EffectFailed(effect.node_run, refusal) from refusal
