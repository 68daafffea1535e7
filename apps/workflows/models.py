"""Workflow: the graph a person is drawing. WorkflowOp: each change of it. WorkflowVersion: the graph as it ran."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models.functions import Coalesce

from apps.accounts.models import User
from apps.workflows.share_models import (
    OfWorkflowQuerySet,
    Presence,
    Role,
    WorkflowLink,
    WorkflowShare,
)
from flowza.engine.edit_difference import normal_form
from flowza.engine.version_words import words_between

__all__ = [
    "Presence",
    "Role",
    "Workflow",
    "WorkflowLink",
    "WorkflowOp",
    "WorkflowShare",
    "WorkflowVersion",
    "empty_graph",
    "graph_digest",
]


def empty_graph() -> dict[str, Any]:
    """A graph without steps, in the form that `flowza.engine.graph` parses."""
    return {"format": 1, "seed": 0, "nodes": [], "edges": []}


def graph_digest(graph: dict[str, Any]) -> str:
    """SHA-256 (hex) of what a graph means: where its cards lie on the canvas does not count."""
    meaning = normal_form(graph)
    for node in meaning["nodes"]:
        del node["x"], node["y"]
    text = json.dumps(meaning, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class WorkflowQuerySet(OfWorkflowQuerySet["Workflow"]):
    """`for_user` gives a person's own workflows and those that are shared with them."""

    owner_path = "owner"
    workflow_path = ""

    def with_role_of(self, user: AbstractBaseUser | AnonymousUser) -> WorkflowQuerySet:
        """With the owner, the role that this person has by a share, and how many people it is shared with (`people`),
        so that lists ask for none of it again.
        """
        shares = WorkflowShare.objects.filter(workflow=models.OuterRef("pk")).order_by()
        counted = shares.values("workflow").annotate(count=models.Count("pk")).values("count")
        return self.select_related("owner").annotate(
            given_to=models.Value(user.pk or 0),
            given_role=models.Subquery(shares.filter(user=user.pk or 0).values("role")[:1]),
            people=Coalesce(models.Subquery(counted), 0),
        )

    def shared_with(self, user: AbstractBaseUser | AnonymousUser) -> WorkflowQuerySet:
        """Those of other people that this person may see."""
        return self.for_user(user).exclude(owner=user.pk)


class Workflow(models.Model):
    """A named graph that its owner edits; `revision` counts the accepted changes.

    The graph is changed through `apps.workflows.operations` alone, so that each change is in the log.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="workflows")
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    graph = models.JSONField(default=empty_graph)
    revision = models.PositiveIntegerField(default=1)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    objects = WorkflowQuerySet.as_manager()

    class Meta:
        ordering = ("-updated", "-id")

    def __str__(self) -> str:
        return self.name

    def role_of(self, user: AbstractBaseUser | AnonymousUser) -> str:
        """What this person may do here, a `Role`; "" for a stranger. One query for others than the owner, once."""
        if not user.is_authenticated:
            return ""
        if user.pk == self.owner_id:
            return Role.OWNER
        known: dict[int, str] = self.__dict__.setdefault("_roles", {})
        if self.__dict__.get("given_to") == user.pk:
            return self.__dict__["given_role"] or ""
        if user.pk not in known:
            share = self.shares.filter(user=user.pk).values_list("role", flat=True).first()
            known[user.pk] = share or ""
        return known[user.pk]

    def can_edit(self, user: AbstractBaseUser | AnonymousUser) -> bool:
        """Whether this person may change and run it."""
        return self.role_of(user) in (Role.EDITOR, Role.OWNER)

    def check_can_edit(self, user: AbstractBaseUser | AnonymousUser) -> None:
        """Raises PermissionDenied with the sentence that a person reads who may not change it."""
        if not self.can_edit(user):
            name = self.owner.display_name
            raise PermissionDenied(
                f"You can look at this workflow. Ask {name} for the right to change it, or make a copy."
            )

    def check_owned_by(self, user: AbstractBaseUser | AnonymousUser, doing: str) -> None:
        """Raises PermissionDenied for everybody but the owner. doing: what only they may do, as a verb."""
        if self.role_of(user) != Role.OWNER:
            raise PermissionDenied(f"Only {self.owner.display_name}, who owns this workflow, can {doing} it.")

    def freeze(self, user: User) -> WorkflowVersion:
        """The graph as an immutable version: the newest one when it says the same, else a new one."""
        digest = graph_digest(self.graph)
        with transaction.atomic():
            # The row lock makes two people who freeze at once count one after the other.
            Workflow.objects.select_for_update().get(pk=self.pk)
            newest = self.newest_version()
            if newest is not None and newest.digest == digest:
                return newest
            return self.new_version(user, newest)

    def newest_version(self) -> WorkflowVersion | None:
        return self.versions.order_by("-number").first()

    def new_version(
        self, user: User, newest: WorkflowVersion | None, name: str = "", note: str = ""
    ) -> WorkflowVersion:
        """The graph as the version after `newest`. To be called with the row locked."""
        return self.versions.create(
            number=newest.number + 1 if newest is not None else 1,
            graph=self.graph,
            digest=graph_digest(self.graph),
            created_by=user,
            name=name,
            note=note,
            changes=words_between(newest.graph, self.graph) if newest is not None else "",
        )


class WorkflowOpQuerySet(OfWorkflowQuerySet["WorkflowOp"]):
    """The changes of the workflows that a person may see."""

    def done_by(self, user: User) -> WorkflowOpQuerySet:
        """The person's edits that stand, newest first: the first is what undo takes back."""
        return self.filter(user=user, kind=WorkflowOp.Kind.EDIT, state=WorkflowOp.State.DONE).order_by("-revision")

    def undone_by(self, user: User) -> WorkflowOpQuerySet:
        """The person's edits that were taken back; the first is what redo does again."""
        return self.filter(user=user, kind=WorkflowOp.Kind.EDIT, state=WorkflowOp.State.UNDONE).order_by("revision")


class WorkflowOp(models.Model):
    """A batch of operations that was accepted, with the operations that take it back.

    `revision` is the workflow's after it, `base` the one that it was made on. `op_id` is chosen by the sender: a batch
    that is sent twice is done once. `of` is the edit that an undo or redo is about.
    """

    class Kind(models.TextChoices):
        EDIT = "edit"
        UNDO = "undo"
        REDO = "redo"

    class State(models.TextChoices):
        DONE = "done"
        UNDONE = "undone"
        DROPPED = "dropped", "undone, and followed by another edit"

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="ops")
    revision = models.PositiveIntegerField()
    base = models.PositiveIntegerField()
    op_id = models.CharField(max_length=64)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=4, choices=Kind, default=Kind.EDIT)
    state = models.CharField(max_length=7, choices=State, default=State.DONE)
    of = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="turns")
    label = models.CharField(max_length=500)
    ops = models.JSONField()
    inverses = models.JSONField()
    created = models.DateTimeField(auto_now_add=True)

    objects = WorkflowOpQuerySet.as_manager()

    class Meta:
        verbose_name = "change"
        ordering = ("-revision",)
        constraints = (
            models.UniqueConstraint(fields=("workflow", "revision"), name="unique_revision_in_workflow"),
            models.UniqueConstraint(fields=("workflow", "op_id"), name="unique_op_id_in_workflow"),
        )
        indexes = (models.Index(fields=("workflow", "user", "kind", "state", "revision"), name="workflow_op_turns"),)

    def __str__(self) -> str:
        return f"{self.workflow}: {self.label}"

    @property
    def last_turn(self) -> WorkflowOp:
        """For an edit: the last time that it was done or undone."""
        return self.turns.order_by("-revision").first() or self


class WorkflowVersionQuerySet(OfWorkflowQuerySet["WorkflowVersion"]):
    """The versions of the workflows that a person may see."""


class WorkflowVersionChanged(TypeError):
    """Somebody tried to change a version; versions are what runs and models point at and stay as they are."""


NAME_LENGTH = 100
NOTE_LENGTH = 1000
NAMING = {"name", "note"}
"""What may change of a version."""


class WorkflowVersion(models.Model):
    """One graph of a workflow, numbered from 1. The graph never changes; name and note may.

    `changes` says in words what is different from the version before. It is written once, because neither of the two
    will ever be another.
    """

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    graph = models.JSONField()
    digest = models.CharField(max_length=64, db_index=True)
    created = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=NAME_LENGTH, blank=True)
    note = models.CharField(max_length=NOTE_LENGTH, blank=True)
    changes = models.TextField(blank=True)

    objects = WorkflowVersionQuerySet.as_manager()

    class Meta:
        ordering = ("-number",)
        constraints = (models.UniqueConstraint(fields=("workflow", "number"), name="unique_number_in_workflow"),)

    def __str__(self) -> str:
        return f"{self.workflow} (workflow version {self.number})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write a new version, or name and note of one. Raises WorkflowVersionChanged for anything else."""
        if not self._state.adding and not set(kwargs.get("update_fields") or ("graph",)) <= NAMING:
            raise WorkflowVersionChanged(f"Workflow version {self.number} of {self.workflow} cannot be changed.")
        super().save(*args, **kwargs)

    @property
    def title(self) -> str:
        """`Workflow version 3 “Baseline”`."""
        return f"Workflow version {self.number}" + (f" “{self.name}”" if self.name else "")
