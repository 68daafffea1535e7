"""Recorder: turns a child's events into rows, a batch at a time, each batch one fenced transaction."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.runs.lease import Lease
from apps.runs.models import Artifact, LogLine, Metric, NodeRun, Run

logger = logging.getLogger(__name__)

Event = dict[str, Any]

FACTS = ("seconds", "rows_in", "rows_out", "columns", "key", "output", "manifest", "note", "error")
WRITTEN = (*FACTS, "state", "kept_from", "started", "measured")
LINE_LIMIT = 20_000
LINES_LIMIT = 20_000
"""Characters in one line and lines in one run that are kept."""
TRACEBACK = "Traceback (most recent call last):"
UNSAID = "Flowza made a mistake. The worker's log has the details."


@dataclass(frozen=True)
class Effect:
    kind: str
    node_run: NodeRun
    payload: dict[str, Any]


@dataclass
class Recorder:
    """Collects events by `take`, writes them by `flush`; `finished` is the child's last word."""

    run: Run
    lease: Lease
    datasets: list[str] = field(default_factory=list)
    finished: Event | None = None
    effects: list[Effect] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.nodes = {row.node_id: row for row in self.run.node_runs.all()}
        self._changed: dict[str, NodeRun] = {}
        self._lines: list[LogLine] = []
        self._blobs: dict[str, list[Event]] = {}
        self._line_count = 0

    @property
    def pending(self) -> bool:
        return bool(self._changed or self._lines)

    def take(self, event: Event) -> None:
        """Note one event. Raises KeyError for a step that the run does not have: a bug in the engine."""
        kind = event["event"]
        if kind == "node":
            self._take_node(event)
        elif kind == "log":
            self.log(self._for_persons(event["text"]), level=event["level"], node_id=event["node"] or "")
        elif kind == "effect":
            self.effects.append(Effect(event["kind"], self.nodes[event["node"]], event["payload"]))
        elif kind == "finished":
            self.finished = event

    def _for_persons(self, text: str) -> str:
        """The text without a traceback, which names folders and may quote data: the worker's log has it whole."""
        said, traceback, _ = text.partition(TRACEBACK)
        if not traceback:
            return text
        logger.error("Run %s: %s", self.run.pk, text)
        return said.strip() or UNSAID

    def log(self, text: str, level: str = "info", node_id: str = "", time: datetime | None = None) -> None:
        """Add a line to the run's log; beyond the limit nothing but one line that says so."""
        self._line_count += 1
        if self._line_count > LINES_LIMIT:
            return
        if self._line_count == LINES_LIMIT:
            text, level, node_id = f"More than {LINES_LIMIT:,} lines: the rest is left out.", "warning", ""
        if len(text) > LINE_LIMIT:
            text = f"{text[:LINE_LIMIT]} … ({len(text) - LINE_LIMIT:,} more characters)"
        self._lines.append(LogLine(run=self.run, node_id=node_id, time=time or timezone.now(), level=level, text=text))

    def _take_node(self, event: Event) -> None:
        row = self.nodes[event["node"]]
        row.state = event["state"]
        for fact in FACTS:
            # A later event adds facts; what it does not know stays.
            if (value := event.get(fact)) is not None:
                setattr(row, fact, value)
        if event["state"] == NodeRun.State.RUNNING:
            row.started = datetime.fromtimestamp(event["time"], UTC)
        if event.get("manifest"):
            row.measured = event["manifest"].get("measured")
        if blobs := event.get("blobs"):
            self._blobs.setdefault(row.node_id, []).extend(blobs)
        self._changed[row.node_id] = row

    def flush(self) -> None:
        """Write what was taken since the last flush, as the holder of the lease. Raises LeaseLost, then
        nothing is written."""
        with transaction.atomic():
            self.lease.renew()
            self.write()
        self._changed, self._lines, self._blobs = {}, [], {}

    def write(self) -> None:
        """The same within the caller's fenced transaction; it can be done again after a rollback."""
        self._find_origins()
        if self._changed:
            NodeRun.objects.bulk_create(
                self._changed.values(),
                update_conflicts=True,
                unique_fields=("id",),
                update_fields=WRITTEN,
            )
        self._write_artifacts()
        for line in self._lines:
            # Ids that a rolled-back write gave may be another run's by now.
            line.pk = None
        LogLine.objects.bulk_create(self._lines)

    def _find_origins(self) -> None:
        """For outputs that were kept: the run of this person that made them first."""
        kept = self._kept()
        if not kept:
            return
        made = (
            NodeRun.objects.for_user(self.run.user)
            .with_readable_data(self.run.user)
            .filter(key__in={row.key for row in kept}, state=NodeRun.State.DONE)
            .exclude(run=self.run)
            .order_by("-run_id")
            .values_list("key", "run_id")
        )
        origins = dict(made)
        for row in kept:
            row.kept_from_id = origins.get(row.key)

    def _write_artifacts(self) -> None:
        """Register the files of outputs that were made, and link those of outputs that were kept."""
        self._link(self._kept_artifacts())
        if not self._blobs:
            return
        Artifact.objects.bulk_create(
            (
                Artifact(
                    key=blob["key"],
                    suffix=blob["suffix"],
                    kind=self.nodes[node_id].output,
                    size=blob["size"],
                    sha256=blob["sha256"],
                    run=self.run,
                    datasets=self.datasets,
                )
                for node_id, blobs in self._blobs.items()
                for blob in blobs
            ),
            ignore_conflicts=True,
        )
        keys = {blob["key"] for blobs in self._blobs.values() for blob in blobs}
        stored = Artifact.objects.filter(key__in=keys).values_list("key", "suffix", "pk")
        ids = {(key, suffix): pk for key, suffix, pk in stored}
        self._link(
            (self.nodes[node_id].pk, ids[blob["key"], blob["suffix"]])
            for node_id, blobs in self._blobs.items()
            for blob in blobs
        )

    def _kept_artifacts(self) -> list[tuple[int, int]]:
        """(step's row, artifact) for outputs that were kept, as earlier runs of this person have them."""
        kept = self._kept()
        if not kept:
            return []
        keys = {row.key for row in kept}
        seen = NodeRun.objects.for_user(self.run.user).with_readable_data(self.run.user)
        earlier = seen.filter(key__in=keys, artifacts__isnull=False)
        pairs = set(earlier.values_list("key", "artifacts"))
        return [(row.pk, artifact) for row in kept for key, artifact in pairs if key == row.key]

    def _link(self, pairs: Iterable[tuple[int, int]]) -> None:
        through = NodeRun.artifacts.through
        rows = [through(noderun_id=row, artifact_id=artifact) for row, artifact in pairs]
        if rows:
            through.objects.bulk_create(rows, ignore_conflicts=True)

    def _kept(self) -> list[NodeRun]:
        return [row for row in self._changed.values() if row.state == NodeRun.State.KEPT and row.key]

    def close_nodes(self, running: str, waiting: str, error: Event | None = None) -> None:
        """Give each step that has not ended a last state: `running` if it ran, `waiting` if it waited."""
        for row in self.nodes.values():
            if row.state == NodeRun.State.RUNNING:
                self.set_state(row, running, error)
            elif row.state == NodeRun.State.WAITING:
                self.set_state(row, waiting)

    def set_state(self, row: NodeRun, state: str, error: Event | None = None) -> None:
        row.state = state
        row.error = error or row.error
        self._changed[row.node_id] = row

    def write_metrics(self, metrics: Iterable[Event]) -> None:
        """Replace the run's metrics; within the transaction that finishes it."""
        self.run.metrics.all().delete()
        Metric.objects.bulk_create(
            Metric(
                run=self.run,
                node_id=metric["node"],
                name=metric["name"],
                label=metric["label"],
                value=metric["value"],
                baseline=metric.get("baseline"),
                sentence=metric.get("sentence") or "",
                higher_is_better=metric["higher_is_better"],
                rows=metric.get("rows"),
            )
            for metric in metrics
        )
