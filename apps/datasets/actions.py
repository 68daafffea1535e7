"""What changes datasets: import a file, read it anew, delete. Each happens whole or not at all."""

from __future__ import annotations

import re
import shutil
import tempfile
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.db import IntegrityError, transaction
from django.db.models.fields.files import FieldFile

from apps.accounts.models import User
from apps.datasets.models import NAME_LENGTH, Dataset, DatasetVersion
from apps.datasets.reading import read_file
from flowza.engine.importing import ORIGINAL, TABLE, ImportedTable
from flowza.engine.operations.csv_carried import carried_answers, carried_notice
from flowza.engine.operations.csv_settings import CsvSettings, answered
from flowza.engine.operations.csv_source import GZIP_MAGIC, bytes_as_words
from flowza.engine.operations.reading import TableRefused

NAME_TRIES = 5


def upload_limit() -> int:
    """The largest file that is taken, in bytes."""
    return int(settings.FLOWZA_UPLOAD_LIMIT)


def unpacked_limit() -> int:
    """The largest size that a packed file may have after unpacking, in bytes."""
    return int(settings.FLOWZA_UNPACKED_LIMIT or 2 * upload_limit())


def too_large(limit: int) -> TableRefused:
    return TableRefused(
        f"The file is larger than the limit of {bytes_as_words(limit)}.",
        code="too_large",
        hint="Upload fewer rows or columns, or pack the file as .csv.gz.",
        category="too_large",
    )


def deleted_meanwhile() -> TableRefused:
    return TableRefused(
        "The dataset was deleted meanwhile.",
        code="dataset_deleted",
        hint="Restore it from the bin, or upload the file as a new dataset.",
    )


def import_upload(
    user: User,
    uploaded_file: Any,
    name: str | None = None,
    settings: CsvSettings | None = None,
    dataset: Dataset | None = None,
) -> DatasetVersion:
    """Store a CSV file as a new dataset of this person, or as the next version of `dataset`.

    The file goes to disk in pieces, is read and checked there, and only then registered.
    Raises TableRefused; nothing is left behind then.
    """
    original_name = _shown_name(uploaded_file.name)
    with _scratch() as folder:
        _copy(uploaded_file, folder / ORIGINAL, upload_limit())
        table = read_file(folder, settings, unpacked_limit())
        before = dataset.latest() if dataset else None
        if before and settings is None:
            table = _read_as_before(folder, table, before)
        wanted = " ".join((name or "").split())[:NAME_LENGTH] or _name_from(original_name)
        return _Stored(folder, original_name, table).register(user, dataset, wanted)


def read_again(user: User, version: DatasetVersion, answers: Mapping[tuple[str, str], str]) -> DatasetVersion:
    """Read a version's original file anew with answers to its doubts, as the next version. Other doubts stay.

    `answers`: (field, column or "") -> value. Raises TableRefused, ValueError for answers that are none.
    """
    plan, waiting = _answered_plan(version.import_settings, version.doubts, answers)
    return read_with(user, version, plan, waiting)


def read_with(
    user: User, version: DatasetVersion, plan: CsvSettings, asked: Iterable[dict[str, Any]] = ()
) -> DatasetVersion:
    """Read a version's original file anew with these settings, as the next version. asked: doubts that stay.

    Raises TableRefused.
    """
    with _scratch() as folder:
        try:
            with version.original.open("rb") as stored:
                _copy(stored, folder / ORIGINAL, max(upload_limit(), version.size))
        except FileNotFoundError as error:
            if DatasetVersion.objects.filter(pk=version.pk).exists():
                raise
            raise deleted_meanwhile() from error
        table = read_file(folder, plan, unpacked_limit())
        stored_table = _Stored(folder, version.original_name, table, asked)
        return stored_table.register(user, version.dataset)


def remove_files(files: Iterable[FieldFile]) -> None:
    """Delete stored files; those that are not there are passed over."""
    for file in files:
        if file.name:
            file.storage.delete(file.name)


def _answered_plan(
    found: Mapping[str, Any], doubts: Iterable[dict[str, Any]], answers: Mapping[tuple[str, str], str]
) -> tuple[CsvSettings, list[dict[str, Any]]]:
    """What was found with these answers, and the doubts that reading anew will not raise by itself."""
    waiting = [doubt for doubt in doubts if (doubt["field"], doubt["column"] or "") not in answers]
    plan = CsvSettings.model_validate(found)
    plan = plan.without_columns({doubt["column"] for doubt in waiting if doubt["column"]})
    for (field, column), value in answers.items():
        plan = answered(plan, field, value, column or None)
    return plan, [doubt for doubt in waiting if not doubt["column"]]


def _read_as_before(folder: Path, table: ImportedTable, before: DatasetVersion) -> ImportedTable:
    """What was answered of the version before is not asked again: the file in `folder` is read so, and that is told."""
    open_still = {doubt["column"] for doubt in before.doubts}
    asked = [doubt for doubt in table.doubts if doubt["column"] not in open_still]
    answers = carried_answers(CsvSettings.model_validate(before.import_settings), asked)
    if not answers:
        return table
    plan, waiting = _answered_plan(table.settings, table.doubts, answers)
    again = read_file(folder, plan, unpacked_limit())
    columns = {column for _, column in answers}
    told = [notice for notice in table.notices if notice["column"] not in columns]
    told += [carried_notice(column, before.number).as_dict() for column in sorted(columns)]
    told += [notice for notice in again.notices if notice not in told]
    return replace(again, notices=told, doubts=[*waiting, *again.doubts])


class _Stored:
    """A file that has been read, on its way into storage and database."""

    def __init__(
        self, folder: Path, original_name: str, table: ImportedTable, asked: Iterable[dict[str, Any]] = ()
    ) -> None:
        self._original = folder / ORIGINAL
        self._parquet = folder / TABLE
        with self._original.open("rb") as file:
            self._packed = file.read(len(GZIP_MAGIC)) == GZIP_MAGIC
        self._version = DatasetVersion(
            digest=table.digest,
            rows=table.rows,
            column_count=len(table.columns),
            columns=table.columns,
            size=self._original.stat().st_size,
            original_name=original_name,
            import_settings=table.settings,
            notices=table.notices,
            doubts=[*asked, *table.doubts],
        )

    def register(self, user: User, dataset: Dataset | None, name: str = "") -> DatasetVersion:
        """Files first, then rows in one transaction; files without rows are taken away again."""
        version = self._version
        version.created_by = user
        version.dataset = dataset or Dataset(owner=user, name=name)
        stem = uuid.uuid4().hex
        suffix = ".csv.gz" if self._packed else ".csv"
        try:
            with self._original.open("rb") as original, self._parquet.open("rb") as parquet:
                version.original.save(stem + suffix, File(original), save=False)
                version.parquet.save(stem + ".parquet", File(parquet), save=False)
            if dataset is None:
                _create_named(version, user, name)
            else:
                _append(version, dataset)
        except BaseException:
            remove_files((version.original, version.parquet))
            raise
        return version


def _create_named(version: DatasetVersion, user: User, name: str) -> None:
    """A new dataset under a free name; another upload may take that name first, hence the tries."""
    for attempt in range(NAME_TRIES):
        free = Dataset.objects.owned_by(user).free_name(name)
        try:
            with transaction.atomic():
                version.dataset = Dataset.objects.create(owner=user, name=free)
                version.number = 1
                version.save(force_insert=True)
            return
        except IntegrityError:
            if attempt == NAME_TRIES - 1:
                raise


def _append(version: DatasetVersion, dataset: Dataset) -> None:
    with transaction.atomic():
        locked = Dataset.objects.select_for_update().filter(pk=dataset.pk, deleted=None).first()
        if locked is None:
            raise deleted_meanwhile()
        latest = locked.latest()
        version.number = 1 + (latest.number if latest else 0)
        version.save(force_insert=True)
        locked.save(update_fields=["updated"])


def _copy(source: Any, target: Path, limit: int) -> None:
    """Write the file's pieces to `target`. Raises TableRefused as soon as there are more than `limit` bytes."""
    if source.size is not None and source.size > limit:
        raise too_large(limit)
    written = 0
    with target.open("wb") as file:
        for chunk in source.chunks():
            written += len(chunk)
            if written > limit:
                raise too_large(limit)
            file.write(chunk)


@contextmanager
def _scratch() -> Iterator[Path]:
    """A folder of its own beside the data, where there is room for large files."""
    parent = settings.DATA_DIR / "incoming"
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _shown_name(given: str | None) -> str:
    """The last part of the uploader's name without control characters; it is shown, never used as a path."""
    last = re.split(r"[/\\]", given or "")[-1]
    return "".join(character for character in last if character.isprintable()).strip()[-200:] or "table.csv"


def _name_from(original_name: str) -> str:
    stem = re.sub(r"(\.(csv|tsv|txt|gz))+$", "", original_name, flags=re.IGNORECASE)
    words = " ".join(re.split(r"[_\s]+", stem)).strip(" .-")
    return words[:NAME_LENGTH] or "Table"
