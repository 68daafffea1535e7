"""Run: one execution of a workflow's version. The rows are the truth; the queue only says "look at run 7"."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Now

from apps.datasets.models import DatasetVersion
from apps.runs.querysets import (
    ArtifactQuerySet,
    NodeRunQuerySet,
    OfRunQuerySet,
    OutputFileQuerySet,
    RunInputQuerySet,
    RunQuerySet,
)
from apps.workflows.models import WorkflowVersion

TAG_LENGTH = 30
MOST_TAGS = 8
NOTE_LENGTH = 500


class Run(models.Model):
    """One execution. Its process is fenced by (owner, attempt): who does not hold them writes nothing."""

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        SUCCEEDED = "succeeded", "Succeeded"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    version = models.ForeignKey(WorkflowVersion, on_delete=models.CASCADE, related_name="runs")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="runs")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    until = models.CharField(max_length=100, blank=True, help_text="Run to this step; empty: all steps.")
    idempotency_key = models.CharField(max_length=100, blank=True)

    owner = models.CharField(max_length=100, blank=True, help_text="Token of the supervisor that holds the run.")
    lease_until = models.DateTimeField(null=True, blank=True)
    attempt = models.PositiveIntegerField(default=0, help_text="How often a supervisor has claimed the run.")
    given_back = models.PositiveIntegerField(
        default=0, help_text="Attempts that an orderly stop of the worker ended; they do not count as failed."
    )
    cancel_requested = models.BooleanField(default=False)
    queue_entry = models.BigIntegerField(null=True, blank=True, help_text="Id of the entry in the queue.")

    created = models.DateTimeField(auto_now_add=True)
    queued = models.DateTimeField(auto_now_add=True, help_text="When it was put in the queue last.")
    started = models.DateTimeField(null=True, blank=True)
    finished = models.DateTimeField(null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True, help_text="From its start to its end.")
    error = models.JSONField(null=True, blank=True)

    starred = models.BooleanField(default=False)
    note = models.CharField(max_length=NOTE_LENGTH, blank=True, help_text="What a person wants to remember of it.")

    objects = RunQuerySet.as_manager()
    data_hidden: bool  # by `for_user`
    viewer: int  # by `for_user`

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("user", "idempotency_key"),
                condition=~Q(idempotency_key=""),
                name="unique_idempotency_key_of_user",
            ),
        )
        indexes = (models.Index(fields=("state", "lease_until"), name="run_state_lease"),)

    def __str__(self) -> str:
        return f"Run {self.pk}"

    @property
    def is_finished(self) -> bool:
        return self.state not in (self.State.QUEUED, self.State.RUNNING)

    def set_tags(self, text: str) -> None:
        """Give it the words of the text, parted by commas, and no other tags. Long words are cut, and there are at
        most MOST_TAGS.
        """
        words = dict.fromkeys(" ".join(word.split())[:TAG_LENGTH].strip() for word in text.split(","))
        words.pop("", None)
        with transaction.atomic():
            # The row lock makes a double click write one after the other.
            Run.objects.select_for_update().get(pk=self.pk)
            self.tags.all().delete()
            RunTag.objects.bulk_create(RunTag(run=self, word=word) for word in list(words)[:MOST_TAGS])

    def request_cancel(self) -> bool:
        """Cancel: at once when the run waits, else by its supervisor within seconds.

        True when the run is or will be cancelled; False when it had ended before. Of a cancel and a finish
        at the same moment one wins: whichever UPDATE the database takes first.
        """
        from apps.runs import queue

        with transaction.atomic():
            asked = Run.objects.filter(pk=self.pk, state=self.State.RUNNING).update(cancel_requested=True)
            done = Run.objects.filter(pk=self.pk, state=self.State.QUEUED).update(
                state=self.State.CANCELLED, cancel_requested=True, finished=Now(), queue_entry=None
            )
            if done:
                self.node_runs.unfinished().update(state=NodeRun.State.CANCELLED)
                queue.withdraw(self.queue_entry)
            elif not asked:
                # Between the two UPDATEs a waiting run may have been claimed.
                asked = Run.objects.filter(pk=self.pk, state=self.State.RUNNING).update(cancel_requested=True)
        self.refresh_from_db()
        return bool(asked or done)


class RunInput(models.Model):
    """A stored table that a step of a run reads: "latest" is decided when the run is started, not when it begins.

    Name, number and digest stay when the dataset is deleted.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="inputs")
    node_id = models.CharField(max_length=100)
    reference = models.CharField(max_length=100, help_text="What the step's parameter says.")
    version = models.ForeignKey(
        DatasetVersion, on_delete=models.SET_NULL, null=True, blank=True, related_name="run_inputs"
    )
    name = models.CharField(max_length=200, help_text="What the dataset was called.")
    number = models.PositiveIntegerField(help_text="Number of the data version.")
    digest = models.CharField(max_length=64)
    data_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        help_text="Whose dataset it was. Who sees the workflow, and may not read the data, sees nothing made of it.",
    )

    objects = RunInputQuerySet.as_manager()
    readable: bool  # by `known_to`

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("run", "node_id", "reference"), name="unique_input_of_node"),)

    def __str__(self) -> str:
        return f"{self.name}, data version {self.number}"

    @property
    def is_pinned(self) -> bool:
        """Whether the step names this version, not the latest one."""
        return "@" in self.reference


class RunTag(models.Model):
    """A short word that a person gave a run, to find it again."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="tags")
    word = models.CharField(max_length=TAG_LENGTH)

    objects = OfRunQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("run", "word"), name="unique_tag_of_run"),)
        indexes = (models.Index(fields=("word",), name="run_tag_word"),)

    def __str__(self) -> str:
        return self.word


class NodeRun(models.Model):
    """What one step did in a run. `key` is set once its output lies in the store."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        KEPT = "kept", "Kept"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"
        SKIPPED = "skipped", "Skipped"

    class Output(models.TextChoices):
        TABLE = "table", "Table"
        MODEL = "model", "Model"
        REPORT = "report", "Report"

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="node_runs")
    node_id = models.CharField(max_length=100)
    kind = models.CharField(max_length=100)
    label = models.CharField(max_length=200)
    position = models.PositiveIntegerField(help_text="Place in the order of execution, from 0.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    started = models.DateTimeField(null=True, blank=True, help_text="When it began to compute.")
    seconds = models.FloatField(null=True, blank=True)
    rows_in = models.BigIntegerField(null=True, blank=True)
    rows_out = models.BigIntegerField(null=True, blank=True)
    columns = models.PositiveIntegerField(null=True, blank=True)
    key = models.CharField(max_length=128, blank=True, db_index=True)
    output = models.CharField(max_length=10, choices=Output.choices, blank=True)
    manifest = models.JSONField(null=True, blank=True)
    measured = models.JSONField(
        null=True, blank=True, help_text="Which rows a report was measured on: flowza.engine.measured."
    )
    note = models.TextField(blank=True)
    error = models.JSONField(null=True, blank=True)
    kept_from = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    artifacts = models.ManyToManyField("runs.Artifact", blank=True, related_name="node_runs")

    objects = NodeRunQuerySet.as_manager()

    class Meta:
        ordering = ("position", "id")
        constraints = (models.UniqueConstraint(fields=("run", "node_id"), name="unique_node_in_run"),)

    def __str__(self) -> str:
        return f"{self.label or self.node_id} in run {self.run_id}"


class LogLine(models.Model):
    """One line that a run said, in order of id."""

    class Level(models.TextChoices):
        INFO = "info", "Information"
        WARNING = "warning", "Warning"
        ERROR = "error", "Error"

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="log_lines")
    node_id = models.CharField(max_length=100, blank=True)
    time = models.DateTimeField()
    level = models.CharField(max_length=7, choices=Level.choices, default=Level.INFO)
    text = models.TextField()

    objects = OfRunQuerySet.as_manager()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return self.text[:80]


class Artifact(models.Model):
    """A file of the content store: the key says what it is made of, so it never changes."""

    key = models.CharField(max_length=128)
    suffix = models.CharField(max_length=40, blank=True)
    kind = models.CharField(max_length=10, choices=NodeRun.Output.choices, blank=True)
    size = models.BigIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64, blank=True)
    run = models.ForeignKey(
        Run,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="artifacts",
        help_text="The run that made it first.",
    )
    datasets: models.JSONField[Any] = models.JSONField(
        default=list, blank=True, help_text="Digests of the data that the run read."
    )
    created = models.DateTimeField(auto_now_add=True)

    objects = ArtifactQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = (models.UniqueConstraint(fields=("key", "suffix"), name="unique_artifact"),)

    def __str__(self) -> str:
        return f"{self.key[:12]}{self.suffix}"

    @property
    def path(self) -> Path | None:
        """Where the file lies; None when it is not there any more."""
        from flowza.engine.cache import DirectoryStore

        return DirectoryStore(settings.STORE_ROOT).path(self.key, self.suffix)


class Metric(models.Model):
    """One number that a run ends with, beside its baseline."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="metrics")
    node_id = models.CharField(max_length=100)
    name = models.CharField(max_length=100)
    label = models.CharField(max_length=200)
    value = models.FloatField(null=True, blank=True)
    baseline = models.FloatField(null=True, blank=True)
    sentence = models.TextField(blank=True)
    higher_is_better = models.BooleanField(null=True, default=True, help_text="Unknown: neither good nor bad.")
    rows = models.BigIntegerField(null=True, blank=True)

    objects = OfRunQuerySet.as_manager()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.label}: {self.value}"


def output_file_path(output_file: OutputFile, name: str) -> str:
    """A name of our own: what the person called the file is only shown."""
    return f"runs/{output_file.run_id}/{uuid.uuid4().hex}{Path(name).suffix[:10]}"


class OutputFile(models.Model):
    """A file that a step of a run handed out for download: an exported model or dataset."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="output_files")
    node_id = models.CharField(max_length=100)
    name = models.CharField(max_length=255, help_text="The name offered when it is downloaded.")
    file = models.FileField(upload_to=output_file_path, max_length=255)
    size = models.BigIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64)
    created = models.DateTimeField(auto_now_add=True)

    objects = OutputFileQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("run", "node_id", "name"), name="unique_output_file_of_node"),)

    def __str__(self) -> str:
        return self.name
