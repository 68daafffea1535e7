"""Model files go when their row has gone, whoever deleted it."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver

from apps.datasets.actions import remove_files
from apps.registry.models import ModelVersion


@receiver(post_delete, sender=ModelVersion)
def remove_file_of_version(instance: ModelVersion, **_: Any) -> None:
    transaction.on_commit(lambda: remove_files((instance.file,)))
