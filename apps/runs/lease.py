"""Lease: the right to work on a run, held by one supervisor at a time.

Each claim draws a new owner token and raises the attempt. Every later write is fenced by both: the rows
of a lease are found only while it is held, so an old owner that wakes up late changes nothing.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce, Now

from apps.runs import queue
from apps.runs.models import NodeRun, Run

LEASE_SECONDS = 12.0
"""How long a run stays with a supervisor that is not heard of."""
RENEW_SECONDS = 0.5
MAX_ATTEMPTS = 3


class LeaseLost(Exception):
    """Another owner has the run, or it has ended, or it was deleted: stop, write nothing."""


@dataclass(frozen=True)
class Lease:
    run_id: int
    owner: str
    attempt: int
    seconds: float = LEASE_SECONDS

    @classmethod
    def claim(cls, run_id: int, cluster: str = "", seconds: float = LEASE_SECONDS) -> Lease | None:
        """Take a waiting run. None when it does not wait any more (a second delivery, a cancel)."""
        owner = f"{cluster}:{uuid.uuid4().hex}"
        with transaction.atomic():
            entry = Run.objects.filter(pk=run_id).values_list("queue_entry", flat=True).first()
            taken = Run.objects.filter(pk=run_id, state=Run.State.QUEUED).update(
                state=Run.State.RUNNING,
                owner=owner,
                attempt=F("attempt") + 1,
                lease_until=Now() + timedelta(seconds=seconds),
                started=Coalesce(F("started"), Now()),
                queue_entry=None,
            )
            if taken != 1:
                return None
            queue.withdraw(entry)
            attempt = Run.objects.values_list("attempt", flat=True).get(pk=run_id)
        return cls(run_id, owner, attempt, seconds)

    def held(self) -> QuerySet[Run]:
        """The run's row while this lease is held, else nothing."""
        return Run.objects.filter(pk=self.run_id, state=Run.State.RUNNING, owner=self.owner, attempt=self.attempt)

    def renew(self) -> None:
        """Push the end of the lease. In a transaction it also locks the run's row, so that what follows
        is written by the holder. Raises LeaseLost."""
        if self.held().update(lease_until=Now() + timedelta(seconds=self.seconds)) != 1:
            raise LeaseLost(f"Run {self.run_id} has another owner or has ended.")

    def cancel_requested(self) -> bool:
        """Raises LeaseLost."""
        asked = self.held().values_list("cancel_requested", flat=True).first()
        if asked is None:
            raise LeaseLost(f"Run {self.run_id} has another owner or has ended.")
        return asked

    def finish(self, state: str, seconds: float | None = None, error: dict[str, Any] | None = None) -> None:
        """End the run; the caller has renewed the lease and looked for a cancel in this transaction.

        Raises LeaseLost.
        """
        ended = self.held().update(
            state=state, finished=Now(), lease_until=None, owner="", seconds=seconds, error=error
        )
        if ended != 1:
            raise LeaseLost(f"Run {self.run_id} has another owner or has ended.")

    def give_back(self, counts: bool = False) -> bool:
        """Queue the run again for another supervisor; True when this lease was held.

        `counts`: the attempt counts as one that failed (an orderly stop does not).
        """
        with transaction.atomic():
            return requeue(self.held(), self.run_id, counts=counts)


def requeue(rows: QuerySet[Run], run_id: int, *, counts: bool) -> bool:
    """Running -> queued, or cancelled when that was asked for; within the caller's transaction."""
    reset: dict[str, Any] = {"owner": "", "lease_until": None}
    if not counts:
        reset["given_back"] = F("given_back") + 1
    if rows.filter(cancel_requested=True).update(state=Run.State.CANCELLED, finished=Now(), **reset):
        NodeRun.objects.filter(run=run_id).unfinished().update(state=NodeRun.State.CANCELLED)
        return True
    if rows.update(state=Run.State.QUEUED, queue_entry=None, **reset) != 1:
        return False
    # Keys stay: what was stored is read back by the next attempt.
    NodeRun.objects.filter(run=run_id).update(
        state=NodeRun.State.WAITING, note="", error=None, seconds=None, rows_in=None, rows_out=None
    )
    queue.put(run_id)
    return True
