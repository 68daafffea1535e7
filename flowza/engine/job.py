"""One run as the run's process sees it: a graph, a store, the datasets' places. Needs no database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flowza.engine.cache import DirectoryStore, node_keys
from flowza.engine.context import DatasetSource
from flowza.engine.errors import NodeError
from flowza.engine.execute import Executor
from flowza.engine.graph import Graph, parse

__all__ = ["DatasetSource", "Job", "keys", "perform"]


@dataclass(frozen=True)
class Job:
    """What a run needs. available: node keys that the person may reuse; None means all that the store has.

    datasets: reference used in parameters -> where it lies. until: run only what this node needs. outbox: folder for
    files that effects hand out.
    """

    graph: dict[str, Any]
    store: Path
    available: frozenset[str] | None = None
    datasets: dict[str, DatasetSource] = field(default_factory=dict)
    until: str | None = None
    processes: int = 2
    outbox: Path | None = None

    def dataset(self, reference: str) -> DatasetSource:
        """Raises NodeError when the run was not given this dataset."""
        found = self.datasets.get(reference)
        if found is None:
            raise NodeError(
                f"The dataset '{reference}' is not there." if reference else "No dataset has been chosen.",
                hint="Choose a dataset in the data source step.",
                code="dataset_missing",
            )
        return found

    def parsed(self) -> Graph:
        graph = parse(self.graph, complete=self.until is None)
        return graph.until(self.until) if self.until else graph


def keys(job: Job) -> dict[str, str]:
    """Node id -> content key, without reading data."""
    return node_keys(job.parsed(), job)


def perform(
    job: Job, emit: Callable[[dict[str, Any]], None], cancelled: Callable[[], bool] = lambda: False
) -> dict[str, Any]:
    """Run the job; emits events as they happen and gives the `finished` one. Raises GraphError for a graph that
    cannot run.
    """
    executor = Executor(
        job.parsed(),
        DirectoryStore(job.store, job.available),
        job,
        emit,
        cancelled,
        job.outbox,
        job.processes,
    )
    return executor.run()
