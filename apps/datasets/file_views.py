"""Tables as files: a data version or a showcase set as CSV or Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pandas as pd
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from apps.accounts.access import members
from apps.datasets.downloads import PARQUET, csv_response, file_name
from apps.datasets.models import DatasetVersion
from apps.datasets.sources import table_path
from flowza.engine.operations.parquet import read_rows
from flowza.engine.showcase import SHOWCASES

ROWS_AT_ONCE = 50_000


@members
@require_GET
def table_file(request: HttpRequest, pk: int, number: int, format: str) -> HttpResponseBase:
    """All rows of one data version, as it was read: CSV is sent some rows at a time."""
    versions = DatasetVersion.objects.for_user(request.user).select_related("dataset")
    version = get_object_or_404(versions, dataset__pk=pk, number=number)
    name = file_name(f"{version.dataset.name} {version.number}", format)
    if format == "parquet":
        return FileResponse(version.parquet.open("rb"), as_attachment=True, filename=name, content_type=PARQUET)
    if format != "csv":
        raise Http404("There is no such format.")
    return csv_response(name, parts_of(table_path(version), version.rows))


@members
@require_GET
def showcase_file(request: HttpRequest, slug: str, format: str) -> HttpResponseBase:
    """A showcase table as Parquet; as CSV it has an address of its own, too."""
    if slug not in SHOWCASES or format not in ("csv", "parquet"):
        raise Http404("There is no such table.")
    frame, name = SHOWCASES[slug].frame(), file_name(slug, format)
    if format == "csv":
        return csv_response(name, iter([frame]))
    content = BytesIO()
    frame.to_parquet(content, index=False)
    content.seek(0)
    return FileResponse(content, as_attachment=True, filename=name, content_type=PARQUET)


def parts_of(path: Path, rows: int) -> Iterator[pd.DataFrame]:
    """The rows of a stored table, some at a time, at least one part."""
    for start in range(0, max(rows, 1), ROWS_AT_ONCE):
        yield read_rows(path, start, ROWS_AT_ONCE)
