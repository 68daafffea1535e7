"""RegisteredModel: a name. ModelVersion: one trained model under it, whole and immutable."""

from __future__ import annotations

import re
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, Max, OuterRef, Q, Subquery
from django.db.models.fields.json import KT
from django.urls import reverse

from apps.accounts.access import OwnedQuerySet, search_words
from apps.accounts.models import User
from apps.runs.models import Run


class RegisteredModelQuerySet(OwnedQuerySet["RegisteredModel"]):
    """`for_user` comes from OwnedQuerySet."""

    def with_latest(self) -> Self:
        """With `latest_number`, `latest_pk`, `latest_created` and `latest_rows`, those of the newest version."""
        newest = ModelVersion.objects.filter(model=OuterRef("pk")).order_by("-number")
        return self.annotate(
            latest_number=Subquery(newest.values("number")[:1]),
            latest_pk=Subquery(newest.values("pk")[:1]),
            latest_created=Subquery(newest.values("created")[:1]),
            latest_rows=Subquery(newest.values("training_rows")[:1]),
        )

    def search(self, words: str) -> Self:
        """Those whose name, description or kind of model holds every word."""
        found = self
        for word in search_words(words):
            of_kind = Q(pk__in=ModelVersion.objects.filter(estimator__icontains=word).values("model"))
            found = found.filter(Q(name__icontains=word) | Q(description__icontains=word) | of_kind)
        return found


class RegisteredModel(models.Model):
    """A name in a person's registry; its versions belong together."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="registered_models")
    name = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    objects = RegisteredModelQuerySet.as_manager()
    latest_pk: int | None  # by `with_latest`

    class Meta:
        ordering = ("-updated", "-id")
        constraints = (models.UniqueConstraint(fields=("owner", "name"), name="unique_model_name_of_owner"),)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("registry:detail", args=[self.pk])

    def next_number(self) -> int:
        last = self.versions.aggregate(last=Max("number"))["last"]
        return (last or 0) + 1


class ModelVersionQuerySet(OwnedQuerySet["ModelVersion"]):
    """The versions of the models that a person may see."""

    owner_path = "model__owner"

    def for_lists(self) -> Self:
        """With `target`, without the parts that grow with the number of columns."""
        return self.annotate(target=KT("signature__target")).defer("signature", "features")

    def with_open_run(self, user: User) -> Self:
        """Adds `run_is_open`: whether this person may (still) see the run that made it, and its workflow."""
        return self.annotate(run_is_open=Exists(Run.objects.for_user(user).filter(pk=OuterRef("run"))))


class ModelVersion(models.Model):
    """One trained model: the model file, what goes in and comes out, and where it comes from.

    `digest` is the SHA-256 of the file's manifest, checked before the file is read. `key` is the content key of the
    model: the same model registered again is the same version.
    """

    model = models.ForeignKey(RegisteredModel, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    key = models.CharField(max_length=128)
    file = models.FileField(upload_to="models/%Y/%m/")
    size = models.BigIntegerField(help_text="Bytes.")
    digest = models.CharField(max_length=64)
    task = models.CharField(max_length=20)
    estimator = models.CharField(max_length=100)
    signature = models.JSONField()
    features = models.JSONField(default=list)
    training_rows = models.BigIntegerField()
    metrics: models.JSONField[Any] = models.JSONField(default=list, blank=True)
    run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, related_name="model_versions")
    node_id = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    created = models.DateTimeField(auto_now_add=True)

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(fields=("model", "number"), name="unique_number_in_model"),
            models.UniqueConstraint(fields=("model", "key"), name="unique_key_in_model"),
        )

    def __str__(self) -> str:
        return f"{self.model}, model version {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("registry:version", args=[self.model_id, self.number])

    @property
    def title(self) -> str:
        return f"Model version {self.number}"

    @property
    def main_metric(self) -> dict[str, Any] | None:
        """The metric by which models are ranked; None without metrics."""
        return next((metric for metric in self.metrics if metric.get("main")), None) or next(iter(self.metrics), None)

    @property
    def file_name(self) -> str:
        """What the model file is called when it is downloaded."""
        words = re.sub(r"[^\w.-]+", "-", self.model.name).strip("-.") or "model"
        return f"{words}-{self.number}.flowza-model.zip"
