"""Runs exported scripts in a forked warm child that cannot import flowza, and compares them with the engine's runs."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from flowza.engine.job import Job
from flowza.engine.tests import exported_child

# The server forks children that use OpenMP; it never does so itself, and neither must what it imports.
SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload([exported_child.__name__])
SECONDS = 300


@dataclass(frozen=True)
class Exported:
    """A folder with a script, its data, what the engine found (`expected`) and what the script gave (`found`)."""

    folder: Path

    @property
    def script(self) -> Path:
        return self.folder / "exported.py"

    @property
    def refusal(self) -> str:
        """Why the engine refused to run the graph; empty if it did not."""
        path = self.folder / "refused.txt"
        return path.read_text() if path.exists() else ""

    def check(self) -> None:
        """Metrics equal to the last digit, tables equal in values, types, columns and index."""
        failed = self.folder / "failed.txt"
        assert not failed.exists(), failed.read_text()
        expected = json.loads((self.folder / "expected.json").read_text())
        assert json.loads((self.folder / "printed.txt").read_text().splitlines()[-1]) == expected["metrics"]
        for node in expected["tables"]:
            found, wanted = (pd.read_parquet(self.folder / f"{node}.{kind}") for kind in ("found", "expected"))
            pd.testing.assert_frame_equal(found, wanted, check_exact=True)


def export_all(
    jobs: Mapping[str, Job], folder: Path, data: str = "parquet", work: str = "engine_child"
) -> dict[str, Exported]:
    """Run each job by the engine and by its script, in two processes of their own; name -> what came out.

    work: `model_child` writes the script of the job's one model instead.
    """
    places = {name: folder / str(number) for number, name in enumerate(jobs)}
    for place in places.values():
        place.mkdir(parents=True)
    in_child(work, [(jobs[name], place, data) for name, place in places.items()])
    in_child("script_child", list(places.values()))
    return {name: Exported(place) for name, place in places.items()}


def in_child(work: str, tasks: list[object]) -> None:
    child = SERVER.Process(target=getattr(exported_child, work), args=(tasks,))
    child.start()
    child.join(SECONDS)
    if child.is_alive():
        child.kill()
        raise AssertionError(f"{work} did not end within {SECONDS} seconds")
    assert child.exitcode == 0, f"{work} ended with {child.exitcode}"
