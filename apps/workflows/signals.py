"""What ends together with a share, however it ends: by its owner, by the person, with the workflow or an account."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_delete, pre_delete
from django.dispatch import receiver

from apps.datasets.models import DatasetShare
from apps.workflows.models import Presence, WorkflowShare
from apps.workflows.sharing import end_data


@receiver(pre_delete, sender=WorkflowShare)
def share_ends(sender: type[WorkflowShare], instance: WorkflowShare, **kwargs: Any) -> None:
    """The view of the data that was given along ends; and nobody is shown as being there who is not let in."""
    end_data(instance)
    Presence.objects.filter(workflow=instance.workflow_id, user=instance.user_id).delete()


@receiver(post_delete, sender=DatasetShare)
def data_is_taken_back(sender: type[DatasetShare], instance: DatasetShare, **kwargs: Any) -> None:
    """It does not belong to any share of a workflow any more: data that is given again stands for itself."""
    given = WorkflowShare.datasets.through.objects
    given.filter(workflowshare__user=instance.user_id, dataset=instance.dataset_id).delete()
