"""A run as a folder to take along: script or notebook, exact requirements, the data or where to put it, and a README.

titanic/
    README.md  requirements.txt  titanic.py (or .ipynb)  titanic.parquet
"""

from __future__ import annotations

import ast
import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import Literal

from flowza.engine.cache import sha256_of
from flowza.engine.export.collect import RunOutputs, collect
from flowza.engine.export.names import identifier, markdown
from flowza.engine.export.notebook import export_notebook
from flowza.engine.export.script import export_script
from flowza.engine.job import Job
from flowza.engine.report import Report

MOST_DATA = 200_000_000
"""Bytes of tables that a download brings along."""
PORTABLE = {"xgboost-cpu": "xgboost"}
"""Distributions of this installation -> the one of the same release that every machine can install."""
BESIDE = {"pandas": ("pyarrow",), "scikit-learn": ("numpy", "scipy")}
"""What a library computes with or reads Parquet by: the last digit depends on it, although no line imports it."""

Form = Literal["script", "notebook"]
Metrics = Mapping[str, Mapping[str, float | None]]


class PackageRefused(Exception):
    """The run cannot be taken along as it was; the message says what to do."""


@dataclass(frozen=True)
class Wish:
    """What a person asked for. title: of the workflow. heading: of the README. metrics: step -> name -> value.

    data_address: where somebody who has only the README finds the tables that were left out.
    """

    form: Form
    title: str
    heading: str
    metrics: Metrics = field(default_factory=dict)
    with_data: bool = True
    most_data: int = MOST_DATA
    data_address: str = ""

    @property
    def stem(self) -> str:
        """How the files are called."""
        return identifier(self.title).replace("_", "-")


@dataclass(frozen=True)
class Table:
    """A table that the script reads. dataset: what it is called in Flowza."""

    file: str
    dataset: str
    size: int
    sha256: str
    there: bool


def package(job: Job, wish: Wish, folder: Path) -> list[Path]:
    """Write the files of a finished run into the folder and name them; what the run stored is read back.

    Raises PackageRefused when what comes out is not what the run found, NotExportable for a step without source,
    NodeError and GraphError as `collect`.
    """
    run = collect(job)
    refuse_other_numbers(run, wish.metrics)
    main = folder / f"{wish.stem}.{'py' if wish.form == 'script' else 'ipynb'}"
    if wish.form == "script":
        code = export_script(run, wish.title, folder).text
        main.write_text(code, encoding="utf-8")
    else:
        notebook = export_notebook(run, wish.title, folder)
        code = "\n".join(cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code")
        main.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    tables = tables_in(folder, run, wish)
    (folder / "requirements.txt").write_text(requirements(code), encoding="utf-8")
    (folder / "README.md").write_text(readme(wish, main.name, tables), encoding="utf-8")
    for table in tables:
        if not table.there:
            (folder / table.file).unlink()
    return sorted(folder.iterdir())


def refuse_other_numbers(run: RunOutputs, metrics: Metrics) -> None:
    """Raises PackageRefused when the steps give other metrics now than in the run, after an update of a library."""
    for node, output in run.outputs.items():
        found = {one.name: finite(one.value) for one in output.metrics} if isinstance(output, Report) else {}
        wanted = metrics.get(node) or {}
        if any(found.get(name) != value for name, value in wanted.items()):
            raise PackageRefused(
                "This run was made with other versions of the libraries, and gives other numbers with those of today. "
                "Run the workflow again, then download that run."
            )


def finite(value: float | None) -> float | None:
    """As a database keeps it: what is no number is nothing."""
    return value if value is not None and math.isfinite(value) else None


def tables_in(folder: Path, run: RunOutputs, wish: Wish) -> list[Table]:
    """The tables that were written; they stay when they are wanted and not too large together."""
    paths = sorted(folder.glob("*.parquet"))
    sizes = {path: path.stat().st_size for path in paths}
    there = wish.with_data and sum(sizes.values()) <= wish.most_data
    names = {identifier(node): source.name for node, source in run.originals.items()}
    only = next(iter(names.values()), "") if len(paths) == 1 else ""
    return [
        Table(
            path.name,
            names.get(path.stem.removeprefix(f"{wish.stem}-"), only),
            sizes[path],
            sha256_of(path),
            there,
        )
        for path in paths
    ]


def requirements(code: str) -> str:
    """The exact versions of what the code imports, and of what these compute with."""
    modules = {name.split(".")[0] for name in imported(ast.parse(code))} - sys.stdlib_module_names
    owners = packages_distributions()
    distributions = {owners[module][0] for module in modules if module in owners}
    distributions |= {other for name in list(distributions) for other in BESIDE.get(name, ())}
    lines = sorted(f"{PORTABLE.get(name, name)}=={version(name)}" for name in distributions)
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    return "\n".join([f"# Made with Python {here}. With these versions the numbers are the run's.", *lines]) + "\n"


def imported(tree: ast.AST) -> Iterator[str]:
    for statement in ast.walk(tree):
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            yield statement.module


def readme(wish: Wish, main: str, tables: Sequence[Table]) -> str:
    """What the folder holds, how to run it, where missing tables belong, and the metrics to compare with."""
    here = f"python{sys.version_info.major}.{sys.version_info.minor}"
    notebook = wish.form == "notebook"
    start = f".venv/bin/python -m pip install jupyterlab\n.venv/bin/jupyter lab {main}" if notebook else ""
    lines = [
        f"# {markdown(wish.heading)}",
        "",
        f"`{main}` does what the run did. It needs no Flowza.",
        "",
        "## Run it",
        "",
        "```sh",
        f"{here} -m venv .venv",
        ".venv/bin/python -m pip install -r requirements.txt",
        start or f".venv/bin/python {main}",
        "```",
        "",
        *data_lines(wish, tables),
        *metric_lines(wish.metrics),
    ]
    return "\n".join(lines).rstrip() + "\n"


def data_lines(wish: Wish, tables: Sequence[Table]) -> list[str]:
    """Which tables are beside the script, and what to do about those that are not."""
    if not tables:
        return []
    lines = ["## Data", ""]
    if not all(table.there for table in tables):
        where = f" Get it from {wish.data_address} (sign in first)." if wish.data_address else ""
        lines += [
            "The data is not in this folder. Put each file below beside "
            f"the {wish.form}, under the same name; its SHA-256 digest must be the one given here.{where}",
            "",
        ]
    lines += ["| file | dataset | bytes | SHA-256 |", "| --- | --- | --- | --- |"]
    lines += [f"| `{table.file}` | {markdown(table.dataset)} | {table.size} | `{table.sha256}` |" for table in tables]
    return [*lines, ""]


def metric_lines(metrics: Metrics) -> list[str]:
    if not any(metrics.values()):
        return []
    text = json.dumps({node: dict(found) for node, found in metrics.items() if found}, indent=1)
    return [
        "## Metrics of the run",
        "",
        "The last line of the output is one JSON object with the same numbers, to the last digit.",
        "",
        "```json",
        text,
        "```",
        "",
    ]
