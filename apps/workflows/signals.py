"""What ends together with a share, however it ends: by its owner, by the person, with the workflow or an account."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import pre_delete
from django.dispatch import receiver

from apps.workflows.models import Presence, WorkflowShare
from apps.workflows.sharing import end_data


@receiver(pre_delete, sender=WorkflowShare)
def share_ends(sender: type[WorkflowShare], instance: WorkflowShare, **kwargs: Any) -> None:
    """The view of the data that was given along ends; and nobody is shown as being there who is not let in."""
    end_data(instance)
    Presence.objects.filter(workflow=instance.workflow_id, user=instance.user_id).delete()
