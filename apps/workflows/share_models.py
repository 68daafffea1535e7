"""Who may do what with a workflow: WorkflowShare and WorkflowLink. Presence: who looks at it now."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.accounts.access import OwnedQuerySet, Row

if TYPE_CHECKING:
    from apps.workflows.models import Workflow


class Role(models.TextChoices):
    """What a person may do with a workflow."""

    VIEWER = "viewer", "can look"
    EDITOR = "editor", "can change and run"
    OWNER = "owner", "owner"


GIVEN = [(Role.VIEWER.value, "can look"), (Role.EDITOR.value, "can change and run")]
"""The roles that an owner gives to others."""


class OfWorkflowQuerySet(OwnedQuerySet[Row]):
    """Rows of a workflow, or the workflow itself: who may see it may see them. `workflow_path` "" is itself."""

    workflow_path = "workflow"
    owner_path = "workflow__owner"

    def seen_by(self, person: int) -> Q:
        """Those of one's own workflows and of those that are shared with one."""
        shared = WorkflowShare.objects.filter(user=person).values("workflow")
        return super().seen_by(person) | Q(**{f"{self.workflow_path or 'pk'}__in": shared})


class WorkflowShareQuerySet(OwnedQuerySet["WorkflowShare"]):
    """A share belongs to the workflow's owner."""

    owner_path = "workflow__owner"


class WorkflowShare(models.Model):
    """A person's right to somebody else's workflow.

    `datasets` are the owner's that were shared along: this right ends, and so does the view of them. `given` is what
    the owner called the person; until the person has opened the workflow, the owner learns no other name.
    """

    workflow = models.ForeignKey("workflows.Workflow", on_delete=models.CASCADE, related_name="shares")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="workflow_shares")
    role = models.CharField(max_length=6, choices=GIVEN, default=Role.VIEWER)
    given = models.CharField(max_length=254, blank=True)
    datasets = models.ManyToManyField("datasets.Dataset", blank=True, related_name="+")
    opened = models.DateTimeField(null=True, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    objects = WorkflowShareQuerySet.as_manager()

    class Meta:
        verbose_name = "share"
        ordering = ("created", "pk")
        constraints = (models.UniqueConstraint(fields=("workflow", "user"), name="unique_user_of_workflow"),)

    def __str__(self) -> str:
        return f"{self.workflow}: {self.called} {self.get_role_display()}"

    @property
    def called(self) -> str:
        """What the owner reads: the person's name once they have come, else what the owner wrote."""
        return self.user.display_name if self.opened or not self.given else self.given


class WorkflowLinkQuerySet(OwnedQuerySet["WorkflowLink"]):
    """A link belongs to the workflow's owner."""

    owner_path = "workflow__owner"


class WorkflowLink(models.Model):
    """An address that lets whoever has it (and has signed in) into a workflow.

    256 random bits, shown once; at rest only their SHA-256.
    """

    workflow = models.OneToOneField("workflows.Workflow", on_delete=models.CASCADE, related_name="link")
    digest = models.CharField(max_length=64, unique=True)
    role = models.CharField(max_length=6, choices=GIVEN, default=Role.VIEWER)
    datasets = models.ManyToManyField("datasets.Dataset", blank=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)

    objects = WorkflowLinkQuerySet.as_manager()

    class Meta:
        verbose_name = "link"

    def __str__(self) -> str:
        return f"{self.workflow}: link, {self.get_role_display()}"

    @classmethod
    def issue(cls, workflow: Workflow, role: str, datasets: list[Any]) -> str:
        """Make the workflow's link anew and give its secret, which cannot be had again. The one before is over."""
        secret = secrets.token_urlsafe(32)
        link, _ = cls.objects.update_or_create(workflow=workflow, defaults={"digest": digest_of(secret), "role": role})
        link.datasets.set(datasets)
        return secret


class PresenceQuerySet(OfWorkflowQuerySet["Presence"]):
    """Who may see the workflow may see who is there."""


class Presence(models.Model):
    """When a person had a shared workflow open last."""

    workflow = models.ForeignKey("workflows.Workflow", on_delete=models.CASCADE, related_name="presences")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    seen = models.DateTimeField()

    objects = PresenceQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("workflow", "user"), name="unique_presence"),)

    def __str__(self) -> str:
        return f"{self.user} at {self.workflow}"


def digest_of(secret: str) -> str:
    """SHA-256 of a link's secret, in hexadecimal."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
