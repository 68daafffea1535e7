"""Tables that people brought, each with its immutable versions."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone

from apps.accounts.access import OwnedQuerySet, search_words

NAME_LENGTH = 120
DAYS_IN_BIN = 30


class DatasetQuerySet(OwnedQuerySet["Dataset"]):
    """Datasets of a person, with what lists show."""

    def for_user(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """The datasets this person may read; what lies in the bin is not among them."""
        return super().for_user(user).filter(deleted=None)

    def seen_by(self, person: int) -> Q:
        """One's own, and those that somebody else lets one see."""
        return super().seen_by(person) | Q(pk__in=DatasetShare.objects.filter(user=person).values("dataset"))

    def owned_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """The datasets this person may also change, replace, delete and share; not those in the bin."""
        return super().owned_by(user).filter(deleted=None)

    def in_bin_of(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """What this person deleted and may still restore. It is for nobody else as long as it lies there."""
        return super().owned_by(user).filter(deleted__isnull=False)

    def overdue(self, moment: datetime | None = None) -> Self:
        """Datasets whose days in the bin are over at `moment` (now)."""
        return self.filter(deleted__lt=(moment or timezone.now()) - timedelta(days=DAYS_IN_BIN))

    def with_latest(self) -> Self:
        """Adds `latest_id`, `latest_number`, `rows`, `column_count`, `size` and `latest_created`."""
        latest = DatasetVersion.objects.filter(dataset=OuterRef("pk")).order_by("-number")
        return self.annotate(
            latest_id=Subquery(latest.values("pk")[:1]),
            latest_number=Subquery(latest.values("number")[:1]),
            rows=Subquery(latest.values("rows")[:1]),
            column_count=Subquery(latest.values("column_count")[:1]),
            size=Subquery(latest.values("size")[:1]),
            latest_created=Subquery(latest.values("created")[:1]),
        )

    def search(self, words: str) -> Self:
        """Those whose name or original file name holds every word."""
        found = self
        for word in search_words(words):
            file_named = Q(pk__in=DatasetVersion.objects.filter(original_name__icontains=word).values("dataset"))
            found = found.filter(Q(name__icontains=word) | file_named)
        return found

    def free_name(self, wanted: str) -> str:
        """The wanted name, or the first of `name 2`, `name 3` … that none of these datasets has."""
        taken = set(self.filter(name__startswith=wanted[: NAME_LENGTH - 8]).values_list("name", flat=True))
        name, number = wanted, 1
        while name in taken:
            number += 1
            name = f"{wanted[: NAME_LENGTH - 8]} {number}"
        return name


class Dataset(models.Model):
    """A named table of one person; its content is that of its latest version."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="datasets")
    name = models.CharField(max_length=NAME_LENGTH)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True, db_index=True)
    deleted = models.DateTimeField(null=True, blank=True, db_index=True, help_text="Since when it lies in the bin.")

    latest_number: int | None  # by `with_latest`

    objects: ClassVar[DatasetQuerySet] = DatasetQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-updated", "-pk")
        constraints = [
            # A name in the bin is free again.
            models.UniqueConstraint(
                fields=("owner", "name"),
                condition=Q(deleted=None),
                name="datasets_owner_name",
                violation_error_message="You have a dataset of that name.",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="datasets_name_not_empty"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("datasets:detail", args=[self.pk])

    @property
    def reference(self) -> str:
        """What a step's parameter holds to mean the latest version."""
        return f"dataset:{self.pk}"

    @property
    def gone_at(self) -> datetime | None:
        """When a dataset in the bin is gone for good; None for one that is not there."""
        return self.deleted + timedelta(days=DAYS_IN_BIN) if self.deleted else None

    @property
    def days_left(self) -> int:
        """Days that a dataset in the bin can still be restored, the last one counted whole; at least 0."""
        left = self.gone_at - timezone.now() if self.gone_at else timedelta(days=DAYS_IN_BIN)
        return max(math.ceil(left / timedelta(days=1)), 0)

    def latest(self) -> DatasetVersion | None:
        """The newest version; None only while a dataset is being made."""
        return self.versions.order_by("-number").first()


class DatasetShareQuerySet(OwnedQuerySet["DatasetShare"]):
    """A share belongs to the dataset's owner; the one who may see it sees the dataset."""

    owner_path = "dataset__owner"


class DatasetShare(models.Model):
    """Somebody else may see a dataset: read it, and run workflows that read it. Changing it stays with its owner."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="shares")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="dataset_shares")
    created = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[DatasetShareQuerySet] = DatasetShareQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("created", "pk")
        constraints = [models.UniqueConstraint("dataset", "user", name="datasets_share_once")]

    def __str__(self) -> str:
        return f"{self.dataset} for {self.user}"


class DatasetVersionQuerySet(OwnedQuerySet["DatasetVersion"]):
    owner_path = "dataset__owner"

    def for_user(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """The versions of the datasets this person may read; not of those in the bin."""
        return super().for_user(user).filter(dataset__deleted=None)

    def owned_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """The versions of the datasets that are this person's own; not of those in the bin."""
        return super().owned_by(user).filter(dataset__deleted=None)

    def seen_by(self, person: int) -> Q:
        """Those of one's own datasets, and of those that somebody else lets one see."""
        return super().seen_by(person) | Q(dataset__in=DatasetShare.objects.filter(user=person).values("dataset"))


def stored_as(version: DatasetVersion, name: str) -> str:
    """Place of a stored file. `name` is a generated one, never the uploader's."""
    return f"datasets/{version.dataset.owner_id}/{name}"


class DatasetVersion(models.Model):
    """The table as one upload or one new reading gave it. Never changed afterwards."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(help_text="1, 2, 3 … within the dataset.")
    digest = models.CharField(max_length=64, db_index=True, help_text="BLAKE2b of the stored table.")
    rows = models.PositiveBigIntegerField()
    column_count = models.PositiveIntegerField()
    columns: models.JSONField[Any] = models.JSONField(
        help_text="Per column: name, type, missing, unique and its profile."
    )
    size = models.PositiveBigIntegerField(help_text="Bytes of the original file.")
    parquet = models.FileField(upload_to=stored_as, max_length=200, help_text="The table as steps read it.")
    original = models.FileField(upload_to=stored_as, max_length=200, help_text="The file as it was uploaded.")
    original_name = models.CharField(max_length=200, help_text="What the uploader called it; only shown.")
    import_settings: models.JSONField[Any] = models.JSONField(
        default=dict, help_text="How the file was read: dialect, names and types of all columns."
    )
    notices: models.JSONField[Any] = models.JSONField(default=list, blank=True, help_text="What reading changed.")
    doubts: models.JSONField[Any] = models.JSONField(default=list, blank=True, help_text="What must be asked.")
    created = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects: ClassVar[DatasetVersionQuerySet] = DatasetVersionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("dataset", "-number")
        constraints = [
            models.UniqueConstraint("dataset", "number", name="datasets_version_number"),
            models.CheckConstraint(condition=Q(number__gte=1), name="datasets_version_number_from_1"),
        ]

    def __str__(self) -> str:
        return f"{self.dataset} · data version {self.number}"

    @property
    def reference(self) -> str:
        """What a step's parameter holds to mean exactly this version."""
        return f"dataset:{self.dataset_id}@{self.number}"

    @property
    def column_names(self) -> list[str]:
        return [column["name"] for column in self.columns]


class ReferenceInvalid(ValueError):
    """Text that names no dataset in the way of references."""


def parse_reference(reference: str) -> tuple[int, int | None]:
    """(dataset id, version number or None for the latest) of `dataset:12` or `dataset:12@3`."""
    match = re.fullmatch(r"dataset:([1-9]\d{0,17})(?:@([1-9]\d{0,8}))?", reference, re.ASCII)
    if not match:
        raise ReferenceInvalid(f"'{reference}' names no dataset; write dataset:12 or dataset:12@3.")
    return int(match[1]), int(match[2]) if match[2] else None
