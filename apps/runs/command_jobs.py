"""Jobs for the command line: a workflow from a file or a template, run by the engine in this process."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow
from pyarrow import parquet

from flowza.engine.catalogue import find
from flowza.engine.errors import GraphError
from flowza.engine.files import FileDataset, from_yaml
from flowza.engine.graph import dataset_fields, parse
from flowza.engine.job import DatasetSource, Job, perform
from flowza.engine.operations.reading import TableRefused, digest, load_csv
from flowza.engine.templates import TEMPLATES

TEMPLATE = "template:"


class CommandRefused(Exception):
    """The command line asks for something that cannot be; the message says what."""


@dataclass(frozen=True)
class WorkflowSource:
    """A graph with its name, and the datasets that a workflow file names, by the reference in its parameters."""

    name: str
    graph: dict[str, Any]
    datasets: dict[str, FileDataset] = field(default_factory=dict)


def read_workflow(reference: str) -> WorkflowSource:
    """`template:<slug>` or the path of a `.flowza.yaml` file. Raises CommandRefused."""
    if reference.startswith(TEMPLATE):
        slug = reference.removeprefix(TEMPLATE)
        if slug not in TEMPLATES:
            raise CommandRefused(f"There is no template '{slug}'. There are: {', '.join(TEMPLATES)}.")
        return WorkflowSource(slug, TEMPLATES[slug].graph())
    try:
        text = Path(reference).read_text(encoding="utf-8")
        graph, name, datasets = from_yaml(text)
    except OSError as error:
        raise CommandRefused(f"The file '{reference}' cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CommandRefused(f"'{reference}' is not a workflow file: it is not UTF-8 text.") from error
    except GraphError as error:
        raise CommandRefused(problem_lines(error)) from error
    return WorkflowSource(name, graph, datasets)


def problem_lines(error: GraphError) -> str:
    lines = [f"{problem.node or problem.field}: {problem.message} {problem.hint}".strip() for problem in error.problems]
    return "This workflow cannot run.\n" + "\n".join(f"  {line}" for line in lines)


def with_inputs(workflow: WorkflowSource, inputs: dict[str, Path]) -> tuple[dict[str, Any], dict[str, DatasetSource]]:
    """Give files to data sources: an input is named by its step's id or by the dataset's name in the workflow file.

    Gives the graph, and the datasets by the reference that its parameters hold. Raises CommandRefused.
    """
    unused = set(inputs)
    datasets: dict[str, DatasetSource] = {}
    for node in workflow.graph["nodes"]:
        cls = find(str(node.get("kind")))
        for name in dataset_fields(cls) if cls else []:
            params = node.setdefault("params", {})
            reference = str(params.get(name) or node["id"])
            promised = workflow.datasets.get(reference)
            for asked in (node["id"], reference, promised.name if promised else reference):
                if asked in inputs:
                    unused.discard(asked)
                    params[name] = reference
                    datasets[reference] = dataset_file(promised.name if promised else reference, inputs[asked])
    if unused:
        raise CommandRefused(f"No data source of this workflow is named {', '.join(map(repr, sorted(unused)))}.")
    return workflow.graph, datasets


def dataset_file(name: str, path: Path) -> DatasetSource:
    """A file as a dataset; of a CSV the delimiter, encoding and marks are found out. Raises CommandRefused."""
    if not path.is_file():
        raise CommandRefused(f"The input file '{path}' does not exist.")
    try:
        if path.suffix == ".parquet":
            refuse_foreign(path)
            return DatasetSource(name, path, "parquet", digest(path), {})
        return DatasetSource(name, path, "csv", digest(path), load_csv(path).settings.model_dump(mode="json"))
    except TableRefused as refusal:
        raise CommandRefused(f"'{path}': {refusal.message} {refusal.hint}".strip()) from refusal


def refuse_foreign(path: Path) -> None:
    """Raises CommandRefused for a file that only has the name of a Parquet file."""
    try:
        parquet.read_metadata(path)
    except (pyarrow.ArrowException, OSError) as error:
        raise CommandRefused(f"'{path}' is not a readable Parquet file.") from error


def run_graph(
    graph: dict[str, Any],
    datasets: dict[str, DatasetSource],
    *,
    store: Path | None,
    outbox: Path,
    processes: int,
    listen: Callable[[dict[str, Any]], None] | None = None,
) -> dict[str, Any]:
    """Run and give the account that `--json` prints. store: None keeps nothing. Raises CommandRefused."""
    try:
        steps = {name: (node.kind, node.label) for name, node in parse(graph).nodes.items()}
    except GraphError as error:
        raise CommandRefused(problem_lines(error)) from error
    account = RunAccount(steps, listen)
    outbox.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="flowza-store-") as scratch:
        job = Job(graph, store or Path(scratch), None, datasets, processes=processes, outbox=outbox)
        finished = perform(job, account.take)
    return account.as_dict(finished)


@dataclass
class RunAccount:
    """Collects a run's events into one JSON object."""

    steps: dict[str, tuple[str, str]]
    listen: Callable[[dict[str, Any]], None] | None = None
    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: list[dict[str, Any]] = field(default_factory=list)

    def take(self, event: dict[str, Any]) -> None:
        if event["event"] == "node":
            self.take_node(event)
        elif event["event"] == "effect":
            self.files.append({"kind": event["kind"], "node": event["node"], "file": event["payload"]["file"]})
        if self.listen is not None:
            self.listen(event)

    def take_node(self, event: dict[str, Any]) -> None:
        kind, label = self.steps[event["node"]]
        known = self.nodes.setdefault(
            event["node"],
            {"kind": kind, "label": label, "seconds": None, "cached": False, "rows": None, "columns": None},
        )
        known["state"] = event["state"]
        known["cached"] = event["state"] == "kept"
        for ours, theirs in (("seconds", "seconds"), ("rows", "rows_out"), ("columns", "columns"), ("error", "error")):
            if event[theirs] is not None:
                known[ours] = event[theirs]

    def as_dict(self, finished: dict[str, Any]) -> dict[str, Any]:
        metrics: dict[str, dict[str, float | None]] = {}
        for metric in finished["metrics"]:
            metrics.setdefault(metric["node"], {})[metric["name"]] = metric["value"]
        return {
            "state": finished["state"],
            "nodes": self.nodes,
            "metrics": metrics,
            "files": self.files,
            "error": finished["error"],
        }
