"""Files are read where they cannot harm: small ones at once, larger ones in a process of their own."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

from django.conf import settings as project

from flowza.engine.importing import ORIGINAL, ImportedTable, import_table, read_answer, write_request
from flowza.engine.operations.csv_settings import CsvSettings
from flowza.engine.operations.csv_source import GZIP_MAGIC
from flowza.engine.operations.refusals import TableRefused

log = logging.getLogger(__name__)

MEGABYTE = 1024**2
SMALL, SMALL_PACKED = 2 * MEGABYTE, 64 * 1024
"""Bytes of a file that is read at once: its table takes some megabytes, a new process a second to start."""


def read_file(folder: Path, settings: CsvSettings | None, unpacked_limit: int) -> ImportedTable:
    """Read `folder/original` into `folder/table.parquet`. Raises TableRefused."""
    original = folder / ORIGINAL
    with original.open("rb") as file:
        packed = file.read(len(GZIP_MAGIC)) == GZIP_MAGIC
    if original.stat().st_size <= (SMALL_PACKED if packed else SMALL):
        return import_table(folder, settings, unpacked_limit)
    return read_in_process(folder, settings, unpacked_limit)


def read_in_process(folder: Path, settings: CsvSettings | None, unpacked_limit: int) -> ImportedTable:
    """The same in a process of its own, under the limits of memory and time that the operator set."""
    write_request(folder, settings, unpacked_limit, project.IMPORT_MEMORY_LIMIT_MB * MEGABYTE)
    command = [sys.executable, "-m", "flowza.engine.importing", str(folder)]
    try:
        done = subprocess.run(  # noqa: S603  # our own interpreter, module and folder
            command, cwd=project.BASE_DIR, timeout=project.IMPORT_SECONDS_LIMIT, capture_output=True, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise TableRefused(
            f"Reading the file took longer than {project.IMPORT_SECONDS_LIMIT:,} seconds.",
            code="too_slow",
            hint="Upload fewer rows or columns.",
            category="too_large",
        ) from error
    table = read_answer(folder)
    if table is not None:
        return table
    said = done.stderr.decode(errors="replace")
    log.error("Reading a file ended with %s: %s", done.returncode, said[-4000:])
    if done.returncode < 0 or "MemoryError" in said:
        raise TableRefused(
            "Reading this file needs more memory than there is.",
            code="out_of_memory",
            hint="Upload fewer rows or columns, or ask the operator to raise the limit.",
            category="too_large",
        )
    raise RuntimeError(f"Reading a file ended with {done.returncode}: {said[-400:]}")
