"""The columns that a dataset had in its other data versions."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Case, IntegerField, When

from apps.datasets.models import DatasetVersion

VERSIONS_LOOKED_AT = 5


def column_types(version: DatasetVersion) -> dict[str, str]:
    """Column -> type, in the table's order."""
    return {str(column["name"]): str(column["type"]) for column in version.columns}


def columns_before(version: DatasetVersion) -> dict[str, str]:
    """Column -> type in the nearest data version with other columns, earlier ones first; empty when there is none."""
    now = column_types(version)
    return next((then for then in map(column_types, others(version)) if then.keys() != now.keys()), {})


def others(version: DatasetVersion) -> Iterable[DatasetVersion]:
    """The nearest other versions of the dataset: the earlier ones, newest first, then the later ones."""
    later = Case(When(number__gt=version.number, then=1), default=0, output_field=IntegerField())
    found = DatasetVersion.objects.filter(dataset=version.dataset_id).exclude(pk=version.pk)
    return found.only("columns").order_by(later, "-number")[:VERSIONS_LOOKED_AT].iterator(chunk_size=1)
