"""The keeper: puts right what a dead worker, a lost queue entry or a standing cluster leaves behind.

It runs beside the cluster, in a process of its own, and believes only the database: the cluster's own
heartbeat goes on while it stands still.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import Error, connections, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django_q.conf import Conf
from django_q.models import OrmQ

from apps.datasets.bin import purge
from apps.runs import notices, outcomes, queue
from apps.runs.lease import LEASE_SECONDS, MAX_ATTEMPTS, requeue
from apps.runs.models import LogLine, NodeRun, Run

logger = logging.getLogger(__name__)

CYCLE_SECONDS = 1.0
BIN_SECONDS = 300.0
UNCLAIMED_SECONDS = 10.0
"""A run that waits this long while a supervisor is free has a lost entry or a cluster that stands still."""


def reap(max_attempts: int = MAX_ATTEMPTS) -> int:
    """End the attempts whose lease is over: queue the run again, or fail it after too many. How many."""
    over = list(
        Run.objects.filter(state=Run.State.RUNNING, lease_until__lt=Now()).values_list(
            "pk", "owner", "attempt", "given_back"
        )
    )
    return sum(
        _end_attempt(pk, owner, attempt, attempt - given_back >= max_attempts)
        for pk, owner, attempt, given_back in over
    )


def _end_attempt(run_id: int, owner: str, attempt: int, last: bool) -> bool:
    with transaction.atomic():
        rows = Run.objects.filter(
            pk=run_id, state=Run.State.RUNNING, owner=owner, attempt=attempt, lease_until__lt=Now()
        )
        if not rows.select_for_update(skip_locked=True).values_list("pk"):
            # A supervisor that stands still in the middle of a transaction holds the row until the server ends that;
            # meanwhile the other runs are looked after.
            return False
        ended = _give_up(rows, run_id, attempt) if last else requeue(rows, run_id, counts=True)
        if ended:
            sentence = "The run was given up." if last else "The run is queued again."
            _say(run_id, f"The worker of attempt {attempt} stopped answering. {sentence}")
    if ended:
        logger.warning("Run %s: lease over at attempt %s. %s", run_id, attempt, sentence)
    return ended


def _give_up(rows: QuerySet[Run], run_id: int, attempt: int) -> bool:
    outcome = outcomes.gave_up(attempt)
    if rows.filter(cancel_requested=True).exists():
        outcome = outcomes.cancelled()
    ended = rows.update(state=outcome.state, error=outcome.error, finished=Now(), owner="", lease_until=None)
    if ended:
        nodes = NodeRun.objects.filter(run=run_id)
        nodes.filter(state=NodeRun.State.RUNNING).update(state=outcome.running_nodes, error=outcome.error)
        nodes.filter(state=NodeRun.State.WAITING).update(state=outcome.waiting_nodes)
        notices.run_ended(run_id, outcome.state, outcome.error)
    return bool(ended)


def _say(run_id: int, text: str) -> None:
    LogLine.objects.create(run_id=run_id, time=timezone.now(), level=LogLine.Level.WARNING, text=text)


def unclaimed(seconds: float = UNCLAIMED_SECONDS) -> QuerySet[Run]:
    """Runs that have waited in the queue for at least so long."""
    return Run.objects.filter(state=Run.State.QUEUED, queued__lt=Now() - timedelta(seconds=seconds))


def sweep(seconds: float = UNCLAIMED_SECONDS) -> int:
    """Write a new entry for each run that waits and has none, or one that was fetched and came to nothing.

    An entry that nobody has fetched yet only waits its turn. How many were written.
    """
    waiting = OrmQ.objects.filter(lock__lte=timezone.now())
    lost = unclaimed(seconds).exclude(queue_entry__in=waiting.values("pk"))
    count = 0
    for run_id, entry in lost.values_list("pk", "queue_entry"):
        with transaction.atomic():
            count += queue.replace(run_id, entry)
    return count


def free_supervisors(cluster: str) -> int:
    """How many runs the cluster of that name could claim now."""
    busy = Run.objects.filter(state=Run.State.RUNNING, owner__startswith=f"{cluster}:").count()
    return int(Conf.WORKERS) - busy


def give_back(cluster: str) -> int:
    """Queue again what a cluster that is gone still held, and what it had fetched and not begun."""
    held = Run.objects.filter(state=Run.State.RUNNING, owner__startswith=f"{cluster}:")
    count = 0
    for run_id, owner in held.values_list("pk", "owner"):
        with transaction.atomic():
            count += requeue(Run.objects.filter(pk=run_id, owner=owner), run_id, counts=False)
    return count + sweep(0)


@dataclass(frozen=True)
class Standing:
    """Since when these runs have waited without one of them being claimed."""

    since: float
    runs: frozenset[int]


@dataclass
class Keeper:
    """One cluster's keeper. `restart` is called when the cluster stands still."""

    cluster: str
    restart: Callable[[], object]
    clock: Callable[[], float] = time.monotonic
    _swept: bool = field(default=False, init=False)
    _standing: Standing | None = field(default=None, init=False)
    _trusted_from: float = field(default=0.0, init=False)
    _emptied: float | None = field(default=None, init=False)

    def cycle(self) -> None:
        """Reap, sweep and watch once; a database that is away is tried again at the next cycle."""
        try:
            if not self._swept:
                # What an earlier worker had fetched and not begun.
                sweep(0)
                self._swept = True
            # Supervisors that the database's absence kept from renewing get a lease's time to do so.
            if self.clock() >= self._trusted_from:
                reap()
            self.watch()
            self.empty_bin()
        except Error as error:
            logger.warning("The keeper could not do its work in the database (%s).", error)
            self._trusted_from = self.clock() + LEASE_SECONDS
            connections.close_all()

    def empty_bin(self) -> None:
        """Every few minutes: delete for good the datasets whose days in the bin are over, a number at a time."""
        if self._emptied is None or self.clock() - self._emptied >= BIN_SECONDS:
            self._emptied = self.clock()
            if gone := purge():
                logger.info("%s datasets left the bin for good.", gone)

    def watch(self) -> None:
        """Sweep when runs wait while a supervisor is free; when that does not help, restart the cluster."""
        waiting = frozenset(unclaimed().values_list("pk", flat=True))
        if not waiting or free_supervisors(self.cluster) <= 0:
            self._standing = None
        elif self._standing is None or not self._standing.runs <= waiting:
            # None before, or some of them were claimed since.
            self._standing = Standing(self.clock(), waiting)
            sweep()
        elif self.clock() - self._standing.since >= UNCLAIMED_SECONDS:
            logger.error("Runs wait and nobody claims them: the cluster is started anew.")
            self._standing = None
            self.restart()
