"""What a process that packs a download is told, as JSON. Knows no database."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from flowza.engine.export.package import Wish
from flowza.engine.job import DatasetSource, Job


def as_order(job: Job, wish: Wish, folder: Path) -> dict[str, Any]:
    """What the child needs, as JSON."""
    return {
        "graph": job.graph,
        "store": str(job.store),
        "available": sorted(job.available or ()),
        "datasets": {name: asdict(source) | {"path": str(source.path)} for name, source in job.datasets.items()},
        "until": job.until,
        "wish": asdict(wish),
        "folder": str(folder),
    }


def from_order(order: dict[str, Any]) -> tuple[Job, Wish, Path]:
    """The same on the child's side."""
    datasets = {
        name: DatasetSource(**(source | {"path": Path(source["path"])})) for name, source in order["datasets"].items()
    }
    job = Job(
        graph=order["graph"],
        store=Path(order["store"]),
        available=frozenset(order["available"]),
        datasets=datasets,
        until=order["until"],
        processes=1,
    )
    return job, Wish(**order["wish"]), Path(order["folder"])
