"""Who may see which run, and the changes of state that need no supervisor.

Every change of state is one conditional UPDATE: the database decides who was first, and a row count
other than 1 means "not yours". Times are the database's own (`Now()`), never this machine's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, models, transaction
from django.db.models import Q

from apps.accounts.access import OwnedQuerySet, Row
from apps.accounts.models import User
from apps.datasets.models import DatasetShare
from apps.workflows.models import Workflow
from apps.workflows.share_models import OfWorkflowQuerySet

if TYPE_CHECKING:
    from apps.runs.models import Artifact, NodeRun, OutputFile, Run, RunInput  # noqa: F401  named in annotations

Person = AbstractBaseUser | AnonymousUser


class IdempotencyKeyReused(ValueError):
    """The key of an earlier start was sent again for something else."""


class RunQuerySet(OfWorkflowQuerySet["Run"]):
    """Who may see the workflow may see its runs. What holds values of the data they may see with the data alone."""

    workflow_path = "version__workflow"
    owner_path = "version__workflow__owner"

    def for_user(self, user: Person) -> Self:
        """The runs of the workflows that this person may see.

        Each knows for whom it was found (`viewer`) and whether it has read data that this person may not read
        (`data_hidden`); `apps.runs.withholding` says what is shown of such a run.
        """
        found = super().for_user(user)
        return found.annotate(viewer=models.Value(user.pk or 0), data_hidden=reads_hidden_data(user, "pk"))

    def with_readable_data(self, user: Person) -> Self:
        """Only the runs all of whose data this person may read."""
        return self.exclude(reads_hidden_data(user, "pk"))

    def unfinished(self) -> Self:
        """Runs that wait or go on."""
        return self.filter(state__in=(self.model.State.QUEUED, self.model.State.RUNNING))

    def for_lists(self) -> Self:
        """With what a list of runs shows, in one query."""
        return self.select_related("version__workflow", "user")

    def start(self, user: User, workflow: Workflow, until: str = "", idempotency_key: str = "") -> Run:
        """Queue a run of the workflow as it is now, up to the step `until` ("": all of it).

        The same key of the same person gives the same run, so that a double click runs once.
        Raises flowza.engine.graph.GraphError when the graph cannot run, IdempotencyKeyReused when the key
        belongs to a run of another workflow or up to another step.
        """
        from apps.runs.planning import create_run

        if earlier := self._started_with(user, workflow, until, idempotency_key):
            return earlier
        try:
            with transaction.atomic():
                return create_run(user, workflow, until, idempotency_key)
        except IntegrityError:
            # Two clicks at once: the unique constraint let the first one through.
            if earlier := self._started_with(user, workflow, until, idempotency_key):
                return earlier
            raise

    def _started_with(self, user: User, workflow: Workflow, until: str, key: str) -> Run | None:
        if not key:
            return None
        run = self.filter(user=user, idempotency_key=key).select_related("version").first()
        if run is not None and (run.version.workflow_id, run.until) != (workflow.pk, until):
            raise IdempotencyKeyReused(
                "This idempotency key was used before for another run. Send a new key for a new run."
            )
        return run


class OfRunQuerySet(OfWorkflowQuerySet[Row]):
    """Rows that belong to a run: who may see the run may see them."""

    workflow_path = "run__version__workflow"
    owner_path = "run__version__workflow__owner"

    def with_readable_data(self, user: Person) -> Self:
        """Only the rows of runs all of whose data this person may read."""
        return self.exclude(reads_hidden_data(user, "run"))


class RunInputQuerySet(OfRunQuerySet["RunInput"]):
    def readable_by(self, person: int) -> Self:
        """Those whose data this person may read now: their own, also when it is deleted, and what is shared."""
        shared = DatasetShare.objects.filter(user=person).values("dataset")
        mine = Q(data_owner=person)
        return self.filter(mine | Q(version__dataset__in=shared, version__dataset__deleted=None))

    def known_to(self, person: int) -> Self:
        """Adds `readable`: whether this person may read the data. Who may not is not told what became of it."""
        one = self.model.objects.filter(pk=models.OuterRef("pk")).readable_by(person)
        return self.annotate(readable=models.Exists(one))


class OutputFileQuerySet(OfRunQuerySet["OutputFile"]):
    def for_user(self, user: Person) -> Self:
        """The files of the runs that this person may see, made of data that they may read."""
        return super().for_user(user).with_readable_data(user)


def reads_hidden_data(user: Person, run: str) -> models.Exists:
    """Whether the run of a row has read data that this person may not read. run: the row's field for it."""
    from apps.runs.models import RunInput

    # Somebody without a key is 0, not None: data without an owner is nobody's.
    read = RunInput.objects.filter(run=models.OuterRef(run))
    # What is not known to be readable is hidden: data that was deleted, with an owner who is gone, is nobody's.
    readable = RunInput.objects.filter(pk=models.OuterRef("pk")).readable_by(user.pk or 0)
    return models.Exists(read.exclude(models.Exists(readable)))


class NodeRunQuerySet(OfRunQuerySet["NodeRun"]):
    def with_origin(self) -> Self:
        """With the run that an output was kept from, and its workflow's id."""
        return self.select_related("kept_from__version").defer("kept_from__version__graph")

    def unfinished(self) -> Self:
        """Steps that wait or go on."""
        return self.filter(state__in=(self.model.State.WAITING, self.model.State.RUNNING))

    def kept_keys(self, user: User, keys: set[str]) -> frozenset[str]:
        """Those of `keys` whose output was stored by a run that `user` may see, of data that they may read.

        A key is made of the data's content. Who guessed that content would be told so if "kept" asked for less.
        """
        stored = self.for_user(user).with_readable_data(user)
        return frozenset(stored.filter(key__in=keys).values_list("key", flat=True))


class ArtifactQuerySet(OwnedQuerySet["Artifact"]):
    def for_user(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """Artifacts that some step of a run made or read, which this person may see, of data that they may read."""
        from apps.runs.models import NodeRun

        visible = NodeRun.objects.for_user(user).with_readable_data(user).filter(artifacts=models.OuterRef("pk"))
        return self.filter(models.Exists(visible))
