"""The queue: entries that say "look at run 7", written in the transaction that makes the run wait.

The broker is the same database. An entry is deleted by whoever claims the run, so that what lies in the
queue is what nobody has claimed. A second entry, or a second delivery, of the same run does nothing.
"""

from __future__ import annotations

from django.db.models.functions import Now
from django_q.brokers.orm import ORM
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.tasks import async_task

TASK = "apps.runs.tasks.execute"


class _RecordingBroker(ORM):  # type: ignore[misc]  # django-q2 has no types
    """The ORM broker, remembering the id of the entry it wrote."""

    entry: int

    def enqueue(self, task: str) -> int:
        self.entry = super().enqueue(task)
        return self.entry


def enqueue(run_id: int) -> int:
    """Write an entry for the run in the current transaction and give its id."""
    broker = _RecordingBroker(list_key=Conf.CLUSTER_NAME)
    async_task(TASK, run_id, broker=broker, task_name=f"run {run_id}")
    return broker.entry


def withdraw(entry: int | None) -> None:
    """Delete an entry that nobody needs to look at any more."""
    if entry is not None:
        OrmQ.objects.filter(pk=entry).delete()


def put(run_id: int) -> None:
    """Let a run wait from now on, with an entry written in the current transaction."""
    from apps.runs.models import Run

    waiting = Run.objects.filter(pk=run_id, state=Run.State.QUEUED)
    waiting.update(queue_entry=enqueue(run_id), queued=Now())


def replace(run_id: int, entry: int | None) -> bool:
    """Write a new entry instead of one that came to nothing; who takes the old one away first does it."""
    from apps.runs.models import Run

    waiting = Run.objects.filter(pk=run_id, state=Run.State.QUEUED)
    # `queue_entry=None` in a filter means IS NULL.
    taken = waiting.filter(queue_entry=entry).update(queue_entry=None)
    if taken:
        withdraw(entry)
        waiting.update(queue_entry=enqueue(run_id))
    return bool(taken)
