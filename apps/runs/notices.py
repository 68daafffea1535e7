"""What a person is told when their run has ended: that it failed, or that a long one is done."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from apps.accounts.inbox import notify
from apps.accounts.models import Message
from apps.runs.models import Run

LONG_SECONDS = 60.0
"""Who started a shorter run is still there to see its end: no message of success, and no mail of a failure."""


def run_ended(run_id: int, state: str, error: dict[str, Any] | None, seconds: float | None = None) -> Message | None:
    """Tell the person who started the run; in the transaction that ends it, so that it is told once.

    seconds: how long it went on; None when its worker was lost.
    """
    long = seconds is None or seconds > LONG_SECONDS
    if state not in (Run.State.FAILED, Run.State.SUCCEEDED) or (state == Run.State.SUCCEEDED and not long):
        return None
    run = Run.objects.select_related("user", "version__workflow").get(pk=run_id)
    failed = state == Run.State.FAILED
    return notify(
        run.user,
        f"Run {run.pk} of “{run.version.workflow.name[:120]}” {'failed' if failed else 'is done'}",
        reason(error) if failed else results(run),
        kind=Message.Kind.RUN_FAILED if failed else Message.Kind.RUN_SUCCEEDED,
        link=reverse("runs:detail", args=[run.pk]),
        by_mail=long,
    )


def reason(error: dict[str, Any] | None) -> str:
    """The sentence about what went wrong, and what to do."""
    error = error or {}
    return f"{error.get('message') or ''} {error.get('hint') or ''}".strip()


def results(run: Run) -> str:
    """The first metric in words, where there is one."""
    metric = run.metrics.first()
    if metric is None or metric.value is None:
        return ""
    baseline = f", baseline {metric.baseline:.4g}" if metric.baseline is not None else ""
    return f"{metric.label} {metric.value:.4g}{baseline}. {metric.sentence}".strip()
