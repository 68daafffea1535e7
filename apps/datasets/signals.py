"""Files go when their row has gone, whoever deleted it: a page, the API, the admin, or the owner's account."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver

from apps.datasets.actions import remove_files
from apps.datasets.models import DatasetVersion


@receiver(post_delete, sender=DatasetVersion)
def remove_files_of_version(instance: DatasetVersion, **_: Any) -> None:
    transaction.on_commit(lambda: remove_files((instance.parquet, instance.original)))
