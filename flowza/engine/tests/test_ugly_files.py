"""Ugly files: read, a template fitted to them, run, and better than the Baseline, with no edit by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flowza.engine.advice import advise
from flowza.engine.dry_run import dry_run
from flowza.engine.fitting import fitting, frame_facts
from flowza.engine.graph import parse
from flowza.engine.operations.reading import ReadTable, load_csv
from flowza.engine.templates import TEMPLATES
from flowza.engine.tests.contract import Ran, perform
from flowza.engine.tests.graphs import DATA, Frames
from tests.ugly_files import MAKERS, UglyFile


def read(ugly: UglyFile, folder: Path) -> ReadTable:
    path = folder / "upload.csv"
    path.write_bytes(ugly.content)
    return load_csv(path)


def graph_of(ugly: UglyFile, table: ReadTable, slug: str = "") -> dict[str, Any]:
    template = TEMPLATES[slug or ugly.task]
    return template.graph(DATA, ugly.target, facts=frame_facts(table.frame, ugly.target))


def ran(name: str, folder: Path, slug: str = "") -> Ran:
    ugly = MAKERS[name]()
    table = read(ugly, folder)
    graph = graph_of(ugly, table, slug)
    resources = Frames(folder, {DATA: table.frame})
    parsed = parse(graph)
    found = advise(parsed, dry_run(parsed, resources))
    assert [advice for advice in found if advice.level == "error"] == []
    return perform(graph, resources, folder)


@pytest.mark.parametrize("name", MAKERS)
def test_an_ugly_file_reaches_metrics_above_the_baseline(name: str, tmp_path: Path) -> None:
    done = ran(name, tmp_path)
    assert done.error is None, done.error
    metrics = {metric.name: metric for metric in done.output("evaluate").metrics}
    main = metrics["auc"] if MAKERS[name]().task == "classification" else metrics["r2"]
    assert main.baseline is not None
    assert main.value > main.baseline + 0.15
    if MAKERS[name]().task == "classification":
        assert metrics["accuracy"].value > metrics["accuracy"].baseline
        assert "f1" in metrics


@pytest.mark.parametrize("name", ["mostly missing", "many levels", "odd case"])
def test_boosted_trees_are_above_the_baseline_too(name: str, tmp_path: Path) -> None:
    done = ran(name, tmp_path, "boosted-classification")
    assert done.error is None, done.error
    auc = next(metric for metric in done.output("evaluate").metrics if metric.name == "auc")
    assert auc.value > auc.baseline + 0.15


def test_what_makes_each_file_ugly_is_mended_by_the_template(tmp_path: Path) -> None:
    tables = {name: read(make(), tmp_path) for name, make in MAKERS.items()}
    found = {name: fitting(frame_facts(table.frame, MAKERS[name]().target)) for name, table in tables.items()}
    frames = {name: table.frame for name, table in tables.items()}
    assert frames["mostly missing"]["sponsor"].isna().mean() == pytest.approx(0.8, abs=0.03)
    assert found["mostly missing"].dropped == ["member"]
    assert found["mostly missing"].marks_gaps
    assert found["many levels"].grouped == (("zip_code", 5000),)
    assert found["two date formats"].dates == ("ordered",)
    assert [str(kind) for kind in frames["money"].dtypes[["Größe", "Nebenkosten", "Miete"]]] == ["float64"] * 3
    assert found["missing targets"].dropped == ["patient"]
    assert frames["missing targets"]["outcome"].isna().mean() == pytest.approx(0.25, abs=0.05)
    assert found["odd case"].cleaned == ("region", "satisfied")
