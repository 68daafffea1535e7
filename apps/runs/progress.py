"""A run's steps as its page shows them: a time line on one axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.accounts.regions import in_format
from apps.accounts.templatetags.flowza import duration
from apps.runs.models import Metric, NodeRun, Run
from flowza.engine.catalogue import CATEGORIES, find

SHOWN_METRICS = 4
MOST_TICKS = 5
LEAST_WIDTH = 0.6
"""Percent of the axis that the shortest step is drawn with."""


@dataclass(frozen=True)
class Row:
    """One step. start, width: of its bar, percent of the axis; width None where nothing was computed."""

    node_run: NodeRun
    icon: str
    category: str
    output: str
    start: float = 0
    width: float | None = None


@dataclass(frozen=True)
class Tick:
    """A mark of the axis: where it stands, percent, and what it says."""

    place: float
    words: str


@dataclass(frozen=True)
class Timeline:
    """All steps on a common axis of `seconds`."""

    rows: Sequence[Row]
    ticks: Sequence[Tick]
    seconds: float


def timeline(run: Run, node_runs: Sequence[NodeRun], now: datetime) -> Timeline:
    """Where each step began and how long it took, from the run's start to its end (or now)."""
    spans = {one.pk: span_of(run, one, now) for one in node_runs}
    ends = [start + length for start, length in filter(None, spans.values())]
    whole = run.seconds if run.is_finished else (now - run.started).total_seconds() if run.started else 0
    seconds = max([whole or 0, *ends])
    return Timeline([row_of(one, spans[one.pk], seconds) for one in node_runs], ticks(seconds), seconds)


def span_of(run: Run, one: NodeRun, now: datetime) -> tuple[float, float] | None:
    """Seconds from the run's start to the step's, and how long it took; None for one that computed nothing."""
    if run.started is None or one.started is None or one.state == NodeRun.State.KEPT:
        return None
    start = max((one.started - run.started).total_seconds(), 0)
    if one.state == NodeRun.State.RUNNING:
        return start, max((now - one.started).total_seconds(), 0)
    return start, one.seconds or 0


def row_of(one: NodeRun, span: tuple[float, float] | None, seconds: float) -> Row:
    cls = find(one.kind)
    start, width = 0.0, None
    if span is not None and seconds > 0:
        width = max(round(100 * span[1] / seconds, 2), LEAST_WIDTH)
        start = min(round(100 * span[0] / seconds, 2), 100 - width)
    return Row(
        one,
        cls.icon if cls else "point",
        CATEGORIES[cls.category] if cls else "",
        cls.outputs[0].type if cls and cls.outputs else "report",
        start,
        width,
    )


def ticks(seconds: float) -> list[Tick]:
    """At most MOST_TICKS marks at round times; none for an axis without length."""
    if seconds <= 0:
        return []
    rough = seconds / MOST_TICKS
    power = 10 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    count = math.floor(seconds / step)
    decimals = max(0, -math.floor(math.log10(step)))
    return [
        Tick(round(100 * place * step / seconds, 2), tick_words(place * step, decimals)) for place in range(count + 1)
    ]


def tick_words(seconds: float, decimals: int) -> str:
    """As many decimals as tell the marks of an axis apart; long times as they are said elsewhere."""
    return duration(seconds) if seconds == 0 or not decimals else in_format(f"{seconds:.{decimals}f} s")


def state_of(run: Run) -> str:
    """The run's state, or "cancelling" while it has still to stop."""
    return "cancelling" if run.cancel_requested and not run.is_finished else run.state


def telling_step(node_runs: Sequence[NodeRun]) -> NodeRun | None:
    """What a finished run opens with: what failed, else the first report with metrics, else the last output."""
    failed = [one for one in node_runs if one.state == NodeRun.State.FAILED]
    reports = [one for one in node_runs if one.output == NodeRun.Output.REPORT]
    measured = [one for one in reports if (one.manifest or {}).get("metrics")]
    outputs = [one for one in node_runs if one.output]
    return next(iter(failed or measured or reports or outputs[::-1]), None)


def main_metrics(metrics: Sequence[Metric]) -> list[Metric]:
    """The first step's first metrics: the ones that its report puts first."""
    return [metric for metric in metrics if metric.node_id == metrics[0].node_id][:SHOWN_METRICS]
