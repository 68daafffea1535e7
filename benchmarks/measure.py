"""Measuring: each work in a process forked from one warm parent that has never used OpenMP, taking turns."""

from __future__ import annotations

import json
import os
import statistics
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
Work = Callable[[], Any]


@dataclass(frozen=True)
class Measured:
    """Of one run in a process of its own: seconds, peak resident memory in MB, and what the work gave (JSON)."""

    seconds: float
    peak_mb: float
    result: Any


@dataclass(frozen=True)
class Line:
    """One line of a results file. ratio = ours / reference where there is a reference; ok = the target is met."""

    name: str
    ours: float
    reference: float | None
    unit: str
    ratio: float | None
    target: float
    ok: bool


def in_child(work: Work) -> Measured:
    """Run `work` in a forked process. Raises RuntimeError when it fails."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        status = 1
        try:
            os.close(reading)
            started = time.perf_counter()
            result = work()
            seconds = time.perf_counter() - started
            with os.fdopen(writing, "w") as pipe:
                json.dump([seconds, result], pipe)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    _, status, usage = os.wait4(child, 0)
    if status:
        raise RuntimeError(f"the measured process ended with {os.waitstatus_to_exitcode(status)}")
    seconds, result = json.loads(text)
    return Measured(seconds, usage.ru_maxrss / 1024, result)


def alternate(works: dict[str, Callable[[], Measured]], repeats: int) -> dict[str, list[Measured]]:
    """Measure each in turn, `repeats` times round, after one round that does not count."""
    found: dict[str, list[Measured]] = {name: [] for name in works}
    for turn in range(repeats + 1):
        for name, measure in works.items():
            measured = measure()
            if turn:
                found[name].append(measured)
    return found


def median_seconds(measured: list[Measured]) -> float:
    return statistics.median(one.seconds for one in measured)


def median_peak(measured: list[Measured]) -> float:
    return statistics.median(one.peak_mb for one in measured)


def compared(name: str, ours: float, reference: float, unit: str, target: float) -> Line:
    ratio = ours / reference
    return Line(name, round(ours, 4), round(reference, 4), unit, round(ratio, 3), target, ratio <= target)


def absolute(name: str, ours: float, unit: str, target: float) -> Line:
    return Line(name, round(ours, 4), None, unit, None, target, ours <= target)


def write(bench: str, lines: list[Line]) -> None:
    """Print the table and write `benchmarks/results/<bench>.json`."""
    width = max(len(line.name) for line in lines)
    print(f"{'':{width}}  {'ours':>10} {'reference':>10} {'unit':>5} {'ratio':>7} {'target':>7}")
    for line in lines:
        reference = "" if line.reference is None else f"{line.reference:.3f}"
        ratio = "" if line.ratio is None else f"{line.ratio:.2f}x"
        state = "ok" if line.ok else "MISSED"
        print(
            f"{line.name:{width}} {line.ours:>11.3f} {reference:>10} {line.unit:>5} {ratio:>7} {line.target:>7} {state}"
        )
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{bench}.json").write_text(json.dumps([asdict(line) for line in lines], indent=2) + "\n")
