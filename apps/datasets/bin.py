"""The bin: a deleted dataset lies there for 30 days with all its versions, then it is gone for good."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.datasets.models import Dataset

RESTORE_TRIES = 5
PURGED_AT_ONCE = 100


def put_in_bin(dataset: Dataset) -> None:
    """From now on the dataset is for nobody but the bin; nothing of it is lost. Its name is free again."""
    dataset.deleted = timezone.now()
    dataset.save(update_fields=["deleted"])


def restore(dataset: Dataset) -> Dataset:
    """Bring a dataset back, under the next free name when its own was taken meanwhile.

    Raises IntegrityError only when other uploads take every free name at that moment.
    """
    owned = Dataset.objects.owned_by(dataset.owner)
    for attempt in range(RESTORE_TRIES):
        name = owned.free_name(dataset.name)
        try:
            with transaction.atomic():
                Dataset.objects.filter(pk=dataset.pk).update(deleted=None, name=name)
            break
        except IntegrityError:
            if attempt == RESTORE_TRIES - 1:
                raise
    dataset.refresh_from_db()
    return dataset


def purge_now(user: User, pk: int) -> Dataset:
    """Delete one dataset of this person's bin for good. Raises Dataset.DoesNotExist, also when it was restored."""
    with transaction.atomic():
        dataset = Dataset.objects.in_bin_of(user).select_for_update().get(pk=pk)
        dataset.delete()
    return dataset


def purge(moment: datetime | None = None) -> int:
    """Delete, with their files, what has been in the bin for its 30 days at `moment` (now). How many.

    At most `PURGED_AT_ONCE` at a call, so that whoever calls it is not held up.
    """
    gone = 0
    for pk in Dataset.objects.overdue(moment).order_by("deleted").values_list("pk", flat=True)[:PURGED_AT_ONCE]:
        with transaction.atomic():
            # Somebody may have restored it since.
            for dataset in Dataset.objects.overdue(moment).select_for_update().filter(pk=pk):
                dataset.delete()
                gone += 1
    return gone
