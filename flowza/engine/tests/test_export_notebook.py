"""Notebooks: valid, the same each time, a heading for each step; they execute."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from flowza.engine.export import collect, export_notebook
from flowza.engine.job import Job
from flowza.engine.report import Report
from flowza.engine.templates import TEMPLATES
from flowza.engine.tests.test_export_script import jobs_in

CHEAP = ("classification", "regression", "data-cleaning", "clustering")


def notebook_of(slug: str, folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The notebook of a template with its data in the folder, and the run's metrics."""
    run = collect(Job(TEMPLATES[slug].graph(), folder / "store"))
    metrics = {
        node: {metric.name: metric.value for metric in output.metrics}
        for node, output in run.outputs.items()
        if isinstance(output, Report) and output.metrics
    }
    return export_notebook(run, slug, folder), metrics


@pytest.mark.parametrize("slug", CHEAP)
def test_a_notebook_is_valid_and_has_a_heading_for_each_step(slug: str, tmp_path: Path) -> None:
    book, _ = notebook_of(slug, tmp_path)
    nbformat.validate(nbformat.reads(json.dumps(book), as_version=4))
    assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
    headings = [cell["source"].split("\n")[0] for cell in book["cells"] if cell["cell_type"] == "markdown"]
    steps = [heading for heading in headings if heading.startswith("## ")]
    assert len(steps) >= len(TEMPLATES[slug].graph()["nodes"])
    assert notebook_of(slug, tmp_path)[0] == book


def test_labels_of_people_stay_text(tmp_path: Path) -> None:
    run = collect(jobs_in(tmp_path)["texts"])
    said = [cell["source"] for cell in export_notebook(run, "<b>w</b>")["cells"] if cell["cell_type"] == "markdown"]
    assert not any("<script>" in source or "<b>" in source for source in said)


@pytest.mark.slow
@pytest.mark.parametrize("slug", TEMPLATES)
def test_a_notebook_executes_and_prints_the_metrics_of_the_run(slug: str, tmp_path: Path) -> None:
    from nbclient import NotebookClient

    book, metrics = notebook_of(slug, tmp_path)
    read = nbformat.reads(json.dumps(book), as_version=4)
    NotebookClient(read, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in read.cells if cell.cell_type == "code" for output in cell.outputs]
    printed = [output["text"] for output in outputs if output["output_type"] == "stream" and output["name"] == "stdout"]
    assert json.loads(printed[-1].splitlines()[-1]) == metrics
    if slug in ("classification", "regression", "model-comparison"):
        shown = [name for output in outputs if "data" in output for name in output["data"]]
        assert "application/vnd.plotly.v1+json" in shown
