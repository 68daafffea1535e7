"""A graph's outputs as the exporter needs them: run (what is stored is read back) and nothing freed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flowza.engine.cache import DirectoryStore
from flowza.engine.context import DatasetSource
from flowza.engine.errors import NodeError
from flowza.engine.execute import Executor
from flowza.engine.graph import Graph
from flowza.engine.job import Job
from flowza.engine.node import Output


@dataclass(frozen=True)
class RunOutputs:
    """A graph and what its nodes gave. Nodes with effects (registering, files) are not run and have no output.

    labels: what people call the steps. originals: id of a source node -> the file it read.
    """

    graph: Graph
    outputs: Mapping[str, Output]
    labels: Mapping[str, str] = field(default_factory=dict)
    originals: Mapping[str, DatasetSource] = field(default_factory=dict)


def collect(job: Job, emit: Callable[[dict[str, Any]], None] = lambda event: None) -> RunOutputs:
    """Run the job's graph, or read back what a run has stored. Raises NodeError when a step fails, GraphError for a
    graph that cannot run."""
    graph = job.parsed()
    quiet = without_effects(graph)
    executor = Executor(quiet, DirectoryStore(job.store, job.available), job, emit)
    finished = executor.run()
    if finished["state"] != "succeeded":
        error = finished["error"] or {"message": "The run was cancelled."}
        known = {name: error[name] for name in ("node", "column", "hint", "code") if error.get(name)}
        raise NodeError(error["message"], **known)
    outputs = {name: executor.output(name) for name in quiet.order}
    labels = {item["id"]: item["label"] for item in job.graph["nodes"] if item.get("label")}
    return RunOutputs(graph, outputs, labels, originals_of(graph, job))


def without_effects(graph: Graph) -> Graph:
    """The graph without the nodes that act outside the engine; nothing reads from these."""
    acting = {name for name, node in graph.nodes.items() if node.has_effect}
    return replace(
        graph,
        nodes={name: node for name, node in graph.nodes.items() if name not in acting},
        edges=tuple(edge for edge in graph.edges if edge.target not in acting),
        order=tuple(name for name in graph.order if name not in acting),
    )


def originals_of(graph: Graph, job: Job) -> dict[str, DatasetSource]:
    found: dict[str, DatasetSource] = {}
    for name, node in graph.nodes.items():
        reference = getattr(node.params, "dataset", None)
        if isinstance(reference, str) and reference in job.datasets:
            found[name] = job.datasets[reference]
    return found
