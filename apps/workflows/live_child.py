"""The process that makes live rows: `python -m apps.workflows.live_child <MB of memory>`, started by `live_process`.

It needs neither Django nor the database. Jobs come as JSON lines on its standard input, answers go out as JSON lines.
When the input closes, the web process is gone and this one ends at once. A job that takes too long ends it too, by an
alarm of the kernel, in case nobody is left to kill it.
"""

from __future__ import annotations

from flowza import threads

threads.limit()

import gc  # noqa: E402  (threads first)
import importlib  # noqa: E402
import json  # noqa: E402
import logging  # noqa: E402
import os  # noqa: E402
import queue  # noqa: E402
import resource  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
import threading  # noqa: E402
from collections.abc import Callable, Iterator, Mapping  # noqa: E402
from contextlib import contextmanager  # noqa: E402
from dataclasses import asdict, dataclass  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any, BinaryIO  # noqa: E402

from flowza.engine.advice import advise  # noqa: E402
from flowza.engine.catalogue import catalogue  # noqa: E402
from flowza.engine.context import DatasetSource  # noqa: E402
from flowza.engine.dry_run import DryRun, dry_run, finished_steps  # noqa: E402
from flowza.engine.endpoint_input import endpoint_inputs  # noqa: E402
from flowza.engine.errors import Cancelled, NodeError  # noqa: E402
from flowza.engine.graph import Graph, parse  # noqa: E402
from flowza.engine.live import live_rows  # noqa: E402
from flowza.engine.live_facts import live_facts  # noqa: E402
from flowza.engine.live_figure import TookTooLong  # noqa: E402
from flowza.engine.preview_memory import PreviewMemory  # noqa: E402
from flowza.engine.vanished import KnownColumns  # noqa: E402
from flowza.engine.versions import library_versions  # noqa: E402

GRACE_SECONDS = 3
"""How long after its limit a job is ended by the kernel, when the web process has not done it."""
WORK_SECONDS = 1.0
"""How long one step, or the fits behind one quick figure, may take for the facts, in processor time."""
WORN_SHARE = 0.7
"""A process that holds more than this share of its memory after a job has forgotten all is replaced."""
LIBRARIES = (
    "pyarrow.parquet",
    "scipy.stats",
    "sklearn.compose",
    "sklearn.impute",
    "sklearn.linear_model",
    "sklearn.metrics",
    "sklearn.preprocessing",
)

Job = Mapping[str, Any]
Cancel = Callable[[], bool]


@dataclass(frozen=True)
class GivenDatasets:
    """The datasets that the web process has found for the person who asks: reference -> place, or why there is none."""

    found: Mapping[str, Mapping[str, Any]]

    def dataset(self, reference: str) -> DatasetSource:
        given = self.found.get(reference, {"missing": f"There is no dataset '{reference}'."})
        if "missing" in given:
            raise NodeError(given["missing"], code="dataset_missing")
        return DatasetSource(
            given["name"], Path(given["path"]), given["format"], given["digest"], given.get("settings", {})
        )


# What it can be asked


def rows(job: Job, memory: PreviewMemory, cancelled: Cancel) -> dict[str, Any]:
    """One step's live rows."""
    resources = GivenDatasets(job["datasets"])
    found = live_rows(
        job["graph"],
        job["step"],
        resources,
        window=job["window"],
        find=job["find"],
        memory=memory,
        cancelled=cancelled,
    )
    return found.as_dict()


def look(job: Job, memory: PreviewMemory, cancelled: Cancel) -> dict[str, Any]:
    """Advice on the graph, the columns at each step that can be reached, and where the clients' rows enter."""
    graph = parse(job["graph"], complete=False)
    names = finished_steps(graph)
    dry = dry_run(graph, GivenDatasets(job["datasets"]), only=names, memory=memory, cancelled=cancelled)
    return {
        "advice": [asdict(advice) for advice in advise(graph, dry, known_columns(graph, job["datasets"]))],
        "columns": columns_at(graph, dry),
        "inputs": [asdict(place) for place in endpoint_inputs(dry)],
    }


def facts(job: Job, memory: PreviewMemory, cancelled: Cancel) -> dict[str, Any]:
    """Rows, columns, problems and quick figures of all steps, as far as one look goes."""
    found = live_facts(
        job["graph"],
        GivenDatasets(job["datasets"]),
        chosen=job["chosen"],
        memory=memory,
        cancelled=cancelled,
        limited=work_limit,
    )
    return found.as_dict()


@contextmanager
def work_limit() -> Iterator[None]:
    """Stop what is done inside after `WORK_SECONDS`, such as between two rounds or trees of a fit.

    Processor time counts, so that the same work is refused however busy the machine is.
    """

    def stop(*_: object) -> None:
        raise TookTooLong

    before = signal.signal(signal.SIGVTALRM, stop)
    # It is said again, in case a library swallows it the first time.
    signal.setitimer(signal.ITIMER_VIRTUAL, WORK_SECONDS, 0.1)
    try:
        yield
    finally:
        try:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        finally:  # also when the time was over just now
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            signal.signal(signal.SIGVTALRM, before)


def known_columns(graph: Graph, datasets: Mapping[str, Mapping[str, Any]]) -> KnownColumns:
    """What the web process knows of the columns that stored datasets have and had, by the steps that read them."""
    read = {name: datasets.get(getattr(node.params, "dataset", ""), {}) for name, node in graph.nodes.items()}
    return KnownColumns(
        {name: given["columns"] for name, given in read.items() if "columns" in given},
        {name: given["columns_before"] for name, given in read.items() if "columns_before" in given},
    )


def columns_at(graph: Graph, dry: DryRun) -> dict[str, list[tuple[str, str]]]:
    """Step -> the columns that come in; for a source those that it gives."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name in graph.nodes:
        sources = [edge.source for edge in graph.into(name)] or [name]
        table = next((dry.tables[source] for source in sources if source in dry.tables), None)
        if table is not None:
            found[name] = [(column, str(kind)) for column, kind in table.types().items()]
    return found


WORK: dict[str, Callable[[Job, PreviewMemory, Cancel], dict[str, Any]]] = {"rows": rows, "look": look, "facts": facts}


# The loop


class Requests:
    """Reads standard input beside the work: jobs wait in turn, a word of cancelling is seen while one is done."""

    def __init__(self, stream: BinaryIO) -> None:
        self.jobs: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.cancelled: set[int] = set()
        self._stream = stream
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self._stream:
            message = json.loads(line)
            if "cancel" in message:
                self.cancelled.add(message["cancel"])
            else:
                self.jobs.put(message)
        os._exit(0)


def answer(job: dict[str, Any], requests: Requests, memory: PreviewMemory) -> dict[str, Any]:
    try:
        found = WORK[job["what"]](job, memory, lambda: job["id"] in requests.cancelled)
        return {"id": job["id"], "found": found}
    except Cancelled:
        return {"id": job["id"], "refused": "superseded"}
    except MemoryError:
        memory.clear()
        return {"id": job["id"], "refused": "memory", "worn": True}
    except Exception:
        logging.getLogger(__name__).exception("A preview failed.")
        return {"id": job["id"], "refused": "bug"}


def main() -> None:
    answers = settle()
    for name in LIBRARIES:
        importlib.import_module(name)
    catalogue()
    library_versions()
    gc.collect()
    gc.freeze()
    limit = cap(int(sys.argv[1]) * 1024 * 1024)
    requests, memory = Requests(sys.stdin.buffer), PreviewMemory()
    write(answers, {"ready": os.getpid()})
    while True:
        job = requests.jobs.get()
        signal.setitimer(signal.ITIMER_REAL, job["seconds"] + GRACE_SECONDS)
        said = answer(job, requests, memory)
        signal.setitimer(signal.ITIMER_REAL, 0)
        requests.cancelled.discard(job["id"])
        if data_memory() > WORN_SHARE * limit:
            memory.clear()
            gc.collect()
            said["worn"] = data_memory() > WORN_SHARE * limit
        write(answers, said)


def settle() -> int:
    """Keep the way of the answers for answers alone: what a library prints goes to the log. Returns its descriptor."""
    answers = os.dup(1)
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the web server, which then closes the pipe
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # When the machine runs out of memory, the kernel takes this process and not the web server.
    Path("/proc/self/oom_score_adj").write_text("500")
    return answers


def cap(more: int) -> int:
    """Allow this much memory beyond what the imports hold. Returns the limit in bytes of private memory."""
    limit = data_memory() + more
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    return limit


def data_memory() -> int:
    """Bytes of private writable memory: what RLIMIT_DATA counts."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) * 1024
    return 0


def write(descriptor: int, said: dict[str, Any]) -> None:
    line = memoryview(json.dumps(said, separators=(",", ":")).encode() + b"\n")
    while line:
        line = line[os.write(descriptor, line) :]


if __name__ == "__main__":
    main()
