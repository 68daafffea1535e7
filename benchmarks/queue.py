"""W1 through the queue: from the click to the finished run, against a fresh interpreter that runs the same by hand."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measure import Line, compared

ROOT = Path(__file__).resolve().parent.parent
WORKER_STARTS = 60


def through_the_queue(repeats: int) -> list[Line]:
    with tempfile.TemporaryDirectory(prefix="flowza-bench-") as folder:
        environment = {**os.environ, "FLOWZA_DATA_DIR": folder, "PYTHONPATH": str(ROOT)}
        environment.pop("DATABASE_URL", None)
        manage = [sys.executable, str(ROOT / "manage.py")]
        subprocess.run([*manage, "migrate", "-v", "0"], env=environment, check=True)
        worker = subprocess.Popen([*manage, "worker"], env=environment, start_new_session=True)
        try:
            ours, hand = [], []
            for turn in range(repeats + 1):
                clicked = timed_child("queued", environment)
                by_hand = timed_child("script", environment)
                if turn:
                    ours.append(clicked)
                    hand.append(by_hand)
        finally:
            worker.send_signal(signal.SIGTERM)
            worker.wait(WORKER_STARTS)
    return [
        compared(
            "W1 through the queue, click to finished, against a fresh interpreter",
            statistics.median(ours),
            statistics.median(hand),
            "s",
            0.3,
        )
    ]


def timed_child(what: str, environment: dict[str, str]) -> float:
    """Seconds that `benchmarks.queued_child` reports (queued) or that its whole process takes (script)."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.queued_child", what],
        env=environment,
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout.split()[-1]) if what == "queued" else time.perf_counter() - started
