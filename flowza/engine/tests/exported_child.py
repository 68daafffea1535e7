"""What the children of `exported.py` do. Imported once by the server that they are forked from, which fits nothing."""

from __future__ import annotations

import contextlib
import importlib.abc
import io
import json
import runpy
import sys
import traceback
import warnings
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import sklearn.compose
import sklearn.ensemble
import sklearn.linear_model
import sklearn.pipeline
import xgboost
from threadpoolctl import threadpool_limits

from flowza.engine.catalogue import catalogue
from flowza.engine.errors import NodeError
from flowza.engine.export import collect, export_model_script, export_script
from flowza.engine.job import Job
from flowza.engine.model import Model
from flowza.engine.report import Report
from flowza.engine.table import Table

WARM = (sklearn.compose, sklearn.ensemble, sklearn.linear_model, sklearn.pipeline, xgboost, catalogue())


class NoFlowza(importlib.abc.MetaPathFinder):
    """Refuses every import of flowza."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.split(".")[0] == "flowza":
            raise ModuleNotFoundError(f"No module named '{fullname}': an exported script may not import it")
        return None


def engine_work(job: Job, folder: Path, data: Any) -> None:
    """Run the job; write the script with its data, and what the engine found: metrics and end tables."""
    try:
        run = collect(job)
    except NodeError as error:
        (folder / "refused.txt").write_text(error.message)
        return
    script = export_script(run, "exported", folder, data=data)
    (folder / "exported.py").write_text(script.text)
    metrics = {
        node: {metric.name: metric.value for metric in output.metrics}
        for node, output in run.outputs.items()
        if isinstance(output, Report) and output.metrics
    }
    (folder / "expected.json").write_text(json.dumps({"metrics": metrics, "tables": dict(script.tables)}))
    for node in script.tables:
        wired = [edge.source for edge in run.graph.into(node) if edge.target_port == "table"]
        table = run.outputs.get(node) or run.outputs[wired[0]]
        assert isinstance(table, Table)
        save(table.frame, folder / f"{node}.expected")


def script_work(folder: Path) -> None:
    """Run the script; write what it printed and its tables."""
    if not (folder / "expected.json").exists():
        return
    tables = json.loads((folder / "expected.json").read_text())["tables"]
    said = io.StringIO()
    with contextlib.redirect_stdout(said), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = runpy.run_path(str(folder / "exported.py"), run_name="__main__")
    (folder / "printed.txt").write_text(said.getvalue())
    for node, variable in tables.items():
        save(found[variable], folder / f"{node}.found")


def model_work(job: Job, folder: Path) -> None:
    """Run the job; write the script of its one model and what the engine found."""
    run = collect(job)
    model = next(output for output in run.outputs.values() if isinstance(output, Model))
    report = next(output for output in run.outputs.values() if isinstance(output, Report))
    (folder / "exported.py").write_text(export_model_script(model, "exported", folder).text)
    metrics = {"evaluate": {metric.name: metric.value for metric in report.metrics}}
    (folder / "expected.json").write_text(json.dumps({"metrics": metrics, "tables": {}}))


def model_child(tasks: Sequence[tuple[Job, Path, str]]) -> None:
    with threadpool_limits(1, "blas"):
        for job, folder, _ in tasks:
            guarded(folder, lambda job=job, folder=folder: model_work(job, folder))  # type: ignore[misc]


def engine_child(tasks: Sequence[tuple[Job, Path, str]]) -> None:
    with threadpool_limits(1, "blas"):
        for job, folder, data in tasks:
            guarded(folder, lambda job=job, folder=folder, data=data: engine_work(job, folder, data))  # type: ignore[misc]


def script_child(folders: Sequence[Path]) -> None:
    for module in [name for name in sys.modules if name.split(".")[0] == "flowza"]:
        del sys.modules[module]
    sys.meta_path.insert(0, NoFlowza())
    with threadpool_limits(1, "blas"):
        for folder in folders:
            guarded(folder, lambda folder=folder: script_work(folder))  # type: ignore[misc]


def guarded(folder: Path, work: Callable[[], None]) -> None:
    """Do the work; a failure is left as a file, so that other tasks go on."""
    try:
        work()
    except BaseException:
        (folder / "failed.txt").write_text(traceback.format_exc())


def save(frame: pd.DataFrame, path: Path) -> None:
    """Values, dtypes and index, exactly."""
    frame.rename_axis("its own index").reset_index().to_parquet(path)
