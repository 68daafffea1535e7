"""What only a dataset's owner does with it: 404 for those who may not see it, 403 for those who may only look."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from apps.accounts.models import User
from apps.datasets.models import Dataset, DatasetVersion


def check_owned(user: User, dataset: Dataset, doing: str) -> None:
    """Raises PermissionDenied for everybody but the owner. doing: what only the owner may do, as a verb."""
    if dataset.owner_id != user.pk:
        whom = dataset.owner.display_name
        raise PermissionDenied(f"You can look at “{dataset}”, which belongs to {whom}. Ask {whom} to {doing} it.")


def owned_dataset(user: User, pk: int, doing: str) -> Dataset:
    """A dataset that this person may see and that is their own. Raises Http404, PermissionDenied."""
    dataset = get_object_or_404(Dataset.objects.for_user(user).select_related("owner"), pk=pk)
    check_owned(user, dataset, doing)
    return dataset


def owned_version(user: User, versions: QuerySet[DatasetVersion], number: int, doing: str) -> DatasetVersion:
    """The version of that number among those that this person may see, of their own. Raises Http404,
    PermissionDenied.
    """
    version = get_object_or_404(versions.select_related("dataset__owner"), number=number)
    check_owned(user, version.dataset, doing)
    return version
