"""Tables of a step as files: the whole table that it made, or one of its report's."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import Any

import pandas as pd
from django.conf import settings
from django.http import FileResponse
from django.http.response import HttpResponseBase

from apps.datasets.downloads import PARQUET, csv_response, file_name
from apps.runs.models import NodeRun
from apps.runs.results import ResultGone
from flowza.engine.cache import DirectoryStore
from flowza.engine.errors import StoreError
from flowza.engine.preview import frames

ROWS = "rows"
FORMATS = ("csv", "parquet")


def table_file(node_run: NodeRun, table: str, format: str) -> HttpResponseBase:
    """The table `rows`, `table-0`, `table-1` … or `figure-roc` … of a step. Raises ResultGone when there is none."""
    if table == ROWS:
        parts = table_parts(node_run)
        name = file_name(node_run.label, format)
    else:
        title, frame = report_frame(node_run, table)
        parts = iter([frame])
        name = file_name(f"{node_run.label} {title}", format)
    if format == "csv":
        return csv_response(name, parts)
    return FileResponse(parquet_file(parts), as_attachment=True, filename=name, content_type=PARQUET)


def table_parts(node_run: NodeRun) -> Iterator[pd.DataFrame]:
    """The step's table, some rows at a time; the first part is there before anything is sent."""
    if not node_run.manifest or node_run.output != NodeRun.Output.TABLE:
        raise ResultGone("This step made no table.")
    try:
        found = frames(node_run.manifest, DirectoryStore(settings.STORE_ROOT))
        first = next(found)
    except (StoreError, OSError) as error:
        raise ResultGone("These rows are no longer stored. Run the workflow again to see them.") from error

    def parts() -> Iterator[pd.DataFrame]:
        yield first
        yield from found

    return parts()


def report_frame(node_run: NodeRun, table: str) -> tuple[str, pd.DataFrame]:
    """Title and rows of a table of a report. Raises ResultGone."""
    manifest: dict[str, Any] = node_run.manifest or {}
    kind, _, key = table.partition("-")
    found: dict[str, Any] | None = None
    if kind == "table" and key.isascii() and key.isdigit():
        found = next(iter(manifest.get("tables", [])[int(key) : int(key) + 1]), None)
    elif kind == "figure":
        found = next((one["table"] for one in manifest.get("figures", []) if one["id"] == key), None)
    if found is None:
        raise ResultGone("This step has no such table.")
    return found["title"], frame_of(found)


def frame_of(table: dict[str, Any]) -> pd.DataFrame:
    """A report's table as a frame; a column that mixes texts and numbers is text."""
    columns = list(zip(*table["rows"], strict=True)) or [()] * len(table["columns"])
    made: dict[str, pd.Series] = {}
    for place, (name, values) in enumerate(zip(table["columns"], columns, strict=True)):
        unique = name if name not in made else f"{name} {place + 1}"
        if any(isinstance(value, str) for value in values):
            values = tuple(None if value is None else str(value) for value in values)
        made[unique] = pd.Series(list(values))
    return pd.DataFrame(made)


def parquet_file(parts: Iterator[pd.DataFrame]) -> Any:
    """An open temporary file that is gone when it is closed. Columns have the types of the first part."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = tempfile.TemporaryFile(suffix=".parquet", dir=settings.DATA_DIR)  # noqa: SIM115 - the response closes it
    writer: pq.ParquetWriter | None = None
    try:
        for part in parts:
            if writer is None:
                made = pa.Table.from_pandas(part, preserve_index=False)
                writer = pq.ParquetWriter(file, made.schema, compression="zstd")
            else:
                made = pa.Table.from_pandas(part, schema=writer.schema, preserve_index=False)
            writer.write_table(made)
        if writer is not None:
            writer.close()
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file
