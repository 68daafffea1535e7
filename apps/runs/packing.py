"""Packing a run for download, in a process of its own: a large table can neither hold up the pages nor fill them."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from django.conf import settings

from apps.runs.models import Run
from apps.runs.orders import as_order
from apps.runs.plan import PlanRefused
from apps.runs.planning import plan
from flowza.engine.export.package import PackageRefused, Wish
from flowza.engine.job import Job

SECONDS = 180.0
WAIT_SECONDS = 30.0
_turns = threading.BoundedSemaphore(2)
"""How many downloads one web process packs at a time."""


@contextmanager
def packed(run: Run, wish: Wish) -> Iterator[Path]:
    """A folder with the run's files, which is gone afterwards. Raises PackageRefused."""
    try:
        job = cast(Job, plan(run).job)
    except PlanRefused as refused:
        error = refused.outcome.error or {}
        raise PackageRefused(f"{error.get('message', '')} {error.get('hint') or ''}".strip()) from refused
    if not _turns.acquire(timeout=WAIT_SECONDS):
        raise PackageRefused("Other downloads are being made just now. Try again in a minute.")
    try:
        with tempfile.TemporaryDirectory(prefix="flowza-download-", dir=settings.DATA_DIR) as scratch:
            folder = Path(scratch) / "package"
            folder.mkdir()
            in_child(as_order(job, wish, folder))
            yield folder
    finally:
        _turns.release()


def in_child(order: dict[str, Any]) -> None:
    """Let `packing_child` do it. Raises PackageRefused with its reason."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "apps.runs.packing_child"],
            input=json.dumps(order),
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PackageRefused(
            f"Packing took longer than {SECONDS:.0f} seconds and was stopped. Run the workflow again, so that its "
            "results are stored, then download that run."
        ) from error
    if done.returncode == 2:
        raise PackageRefused(json.loads(done.stdout)["refusal"])
    if done.returncode != 0:
        raise RuntimeError(f"Packing ended with {done.returncode}:\n{done.stderr}")


def zipped(folder: Path, name: str) -> IO[bytes]:
    """The folder's files as a zip, under a folder of that name. Parquet is compressed already."""
    file = tempfile.TemporaryFile(dir=settings.DATA_DIR)  # noqa: SIM115  the response closes it
    with zipfile.ZipFile(file, "w") as archive:
        for path in sorted(folder.iterdir()):
            how = zipfile.ZIP_STORED if path.suffix == ".parquet" else zipfile.ZIP_DEFLATED
            archive.write(path, f"{name}/{path.name}", how)
    file.seek(0)
    return file
