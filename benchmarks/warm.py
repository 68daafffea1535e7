"""A warm process as the worker is one: one BLAS thread from its start, everything imported, forked for each run.

`python -m benchmarks.warm` reads one order a line and answers with one line, both JSON. A child of the process that
does the work by hand cannot be told to use one BLAS thread afterwards: OpenBLAS then starts threads that take cores.
"""

from __future__ import annotations

from flowza import threads

if __name__ == "__main__":
    threads.limit()

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import works
from benchmarks.measure import Measured, in_child

ROOT = Path(__file__).resolve().parent.parent


def cold(graph: dict[str, Any], csv: str) -> dict[str, Any]:
    """Every node computed, every output stored."""
    return works.cold(graph, Path(csv))


def fill(graph: dict[str, Any], csv: str, store: str) -> dict[str, Any]:
    """The same into a store that stays."""
    return works.run_ours(graph, Path(csv), Path(store))


def again(graph: dict[str, Any], csv: str, store: str) -> float:
    """Seconds of a run on a copy of a store that was filled before."""
    with tempfile.TemporaryDirectory(prefix="flowza-bench-") as copied:
        shutil.copytree(store, copied, dirs_exist_ok=True, copy_function=os.link)
        started = time.perf_counter()
        works.run_ours(graph, Path(csv), Path(copied))
        return time.perf_counter() - started


WORKS: dict[str, Callable[..., Any]] = {
    "cold": cold,
    "fill": fill,
    "again": again,
    "milliseconds_per_node": works.milliseconds_per_node,
}


class Warm:
    """Such a process, from the outside. Use it in a `with`."""

    def __init__(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("OMP_", "GOMP_"))}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.warm"],
            env=environment,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Warm:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.stdin.close()  # type: ignore[union-attr]  # both are pipes
        self._process.wait()

    def measure(self, work: str, **arguments: Any) -> Measured:
        """One work in a child of its own. Raises RuntimeError when it fails."""
        given: Any = self._process.stdin
        given.write(json.dumps({"work": work, "arguments": arguments}) + "\n")
        given.flush()
        answers: Any = self._process.stdout
        line = answers.readline()
        if not line:
            raise RuntimeError(f"the work '{work}' failed")
        return Measured(**json.loads(line))


def main() -> None:
    works.add_kinds()
    works.preload()
    for line in sys.stdin:
        order = json.loads(line)
        measured = in_child(lambda order=order: WORKS[order["work"]](**order["arguments"]))  # type: ignore[misc]
        print(json.dumps(asdict(measured)), flush=True)


if __name__ == "__main__":
    main()
