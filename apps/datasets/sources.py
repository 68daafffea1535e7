"""Where a dataset that a step names lies, for the one who may read it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import OuterRef, Q, Subquery

from apps.accounts.models import User
from apps.datasets.models import Dataset, DatasetVersion, ReferenceInvalid, parse_reference
from flowza.engine.job import DatasetSource


class DatasetMissing(LookupError):
    """No such dataset for this person; the message says what to do."""


def dataset_source(user: User | AnonymousUser, reference: str) -> DatasetSource:
    """The stored table that `dataset:<id>` (latest) or `dataset:<id>@<version>` names.

    Raises DatasetMissing, also for other people's datasets.
    """
    return source_of(dataset_version(user, reference))


def source_of(version: DatasetVersion) -> DatasetSource:
    """Where the table of a data version lies."""
    return DatasetSource(
        name=version.dataset.name,
        path=table_path(version),
        format="parquet",
        digest=version.digest,
        settings=version.import_settings,
    )


def dataset_version(user: User | AnonymousUser, reference: str) -> DatasetVersion:
    """The version that a reference names. Raises DatasetMissing."""
    try:
        dataset, number = parse_reference(reference)
    except ReferenceInvalid as error:
        raise DatasetMissing(str(error)) from error
    versions = DatasetVersion.objects.for_user(user).filter(dataset=dataset).select_related("dataset")
    found = versions.order_by("-number").first() if number is None else versions.filter(number=number).first()
    if found is None:
        binned = Dataset.objects.in_bin_of(user).filter(pk=dataset).first()
        if binned is not None:
            raise DatasetMissing(f"The dataset “{binned}” is in the bin. Restore it, or choose another one.")
        which = f"'{reference}'" if number is None else f"'{reference}' in this version"
        raise DatasetMissing(f"There is no dataset {which}. It may have been deleted; choose another one.")
    return found


def versions_named(user: User | AnonymousUser, references: Iterable[str]) -> dict[str, DatasetVersion]:
    """Reference -> the data version that it means now, for those this person has. One query for any number."""
    wanted: dict[str, tuple[int, int | None]] = {}
    for reference in references:
        try:
            wanted[reference] = parse_reference(reference)
        except ReferenceInvalid:
            continue
    if not wanted:
        return {}
    of_same = DatasetVersion.objects.filter(dataset=OuterRef("dataset")).order_by("-number")
    any_version = {dataset for dataset, number in wanted.values() if number is None}
    chosen = Q(dataset__in=any_version, number=Subquery(of_same.values("number")[:1]))
    for dataset, number in wanted.values():
        if number is not None:
            chosen |= Q(dataset=dataset, number=number)
    held = list(DatasetVersion.objects.for_user(user).filter(chosen).select_related("dataset").order_by("number"))
    exact = {(version.dataset_id, version.number): version for version in held}
    newest = {version.dataset_id: version for version in held}
    found = {}
    for reference, (dataset, number) in wanted.items():
        version = newest.get(dataset) if number is None else exact.get((dataset, number))
        if version is not None:
            found[reference] = version
    return found


def references_of_graph(graph: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(step, reference) for each parameter of the graph's steps that names a stored dataset."""
    from flowza.engine.graph import named_datasets  # the catalogue is loaded when a page asks, not at the start

    yield from named_datasets(graph)


def table_path(version: DatasetVersion) -> Path:
    """The stored table as a file of this machine; from a remote storage it is fetched once, by digest."""
    try:
        return Path(version.parquet.path)
    except NotImplementedError:
        pass
    folder = settings.DATA_DIR / "cache" / "datasets"
    path: Path = folder / f"{version.digest}.parquet"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        part = tempfile.NamedTemporaryFile(dir=folder, suffix=".part", delete=False)  # noqa: SIM115
        with part, version.parquet.open("rb") as stored:
            shutil.copyfileobj(stored, part)
        Path(part.name).replace(path)
    return path
