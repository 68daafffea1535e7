"""Who may see which run, and the changes of state that need no supervisor.

Every change of state is one conditional UPDATE: the database decides who was first, and a row count
other than 1 means "not yours". Times are the database's own (`Now()`), never this machine's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, models, transaction

from apps.accounts.access import OwnedQuerySet, Row
from apps.accounts.models import User
from apps.workflows.models import Workflow

if TYPE_CHECKING:
    from apps.runs.models import Artifact, NodeRun, Run  # noqa: F401  named in annotations


class IdempotencyKeyReused(ValueError):
    """The key of an earlier start was sent again for something else."""


class RunQuerySet(OwnedQuerySet["Run"]):
    """A run belongs to whom its workflow belongs to."""

    owner_path = "version__workflow__owner"

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


class OfRunQuerySet(OwnedQuerySet[Row]):
    """Rows that belong to a run: who may see the run may see them."""

    owner_path = "run__version__workflow__owner"


class NodeRunQuerySet(OfRunQuerySet["NodeRun"]):
    def unfinished(self) -> Self:
        """Steps that wait or go on."""
        return self.filter(state__in=(self.model.State.WAITING, self.model.State.RUNNING))

    def kept_keys(self, user: User, keys: set[str]) -> frozenset[str]:
        """Those of `keys` whose output was stored by a run that `user` may see."""
        return frozenset(self.for_user(user).filter(key__in=keys).values_list("key", flat=True))


class ArtifactQuerySet(OwnedQuerySet["Artifact"]):
    def for_user(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """Artifacts that some step of a run of this person made or read."""
        from apps.runs.models import NodeRun

        visible = NodeRun.objects.for_user(user).filter(artifacts=models.OuterRef("pk"))
        return self.filter(models.Exists(visible))
