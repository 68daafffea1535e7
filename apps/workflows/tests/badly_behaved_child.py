"""The process of the live rows with jobs that nobody should send."""

from __future__ import annotations

import os
import re
import time
from typing import Any

from sklearn.base import BaseEstimator

from apps.workflows import live_child
from apps.workflows.live_child import Cancel, Job
from flowza.engine.catalogue import catalogue
from flowza.engine.errors import Cancelled
from flowza.engine.nodes.train.logistic_regression import LogisticRegression
from flowza.engine.preview_memory import PreviewMemory

KEPT: list[Any] = []


def echo(job: Job, memory: PreviewMemory, cancelled: Cancel) -> dict[str, Any]:
    return {"said": job["say"], "pid": os.getpid()}


def sleep(job: Job, memory: PreviewMemory, cancelled: Cancel) -> dict[str, Any]:
    """Looks between two steps whether it is still wanted, as dry runs do."""
    end = time.monotonic() + job["for"]
    while time.monotonic() < end:
        if cancelled():
            raise Cancelled
        time.sleep(0.01)
    return {"slept": job["for"]}


def hold_the_interpreter(job: Job, memory: PreviewMemory, cancelled: Cancel) -> dict[str, Any]:
    """No other thread runs meanwhile, so the process cannot end itself."""
    re.match(r"(a+)+$", "a" * 64 + "b")
    return {}


class Endless(LogisticRegression):
    """Learns for ever, a little at a time."""

    def estimator(self, seed: int) -> Any:
        return EndlessEstimator()


class EndlessEstimator(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    def fit(self, features: Any, labels: Any) -> None:
        while True:
            sum(range(1000))


def slow_facts(job: Job, memory: PreviewMemory, cancelled: Cancel) -> dict[str, Any]:
    """The facts of a workflow whose logistic regression never ends; a look has little time for it."""
    live_child.WORK_SECONDS = 0.3
    kinds, kind = catalogue(), LogisticRegression.kind
    kinds[kind] = Endless
    try:
        return live_child.facts(job, PreviewMemory(), cancelled)
    finally:
        kinds[kind] = LogisticRegression


def want_memory(job: Job, memory: PreviewMemory, cancelled: Cancel) -> dict[str, Any]:
    KEPT.append(bytearray(job["bytes"]))
    return {"held": len(KEPT[-1])}


def crash(job: Job, memory: PreviewMemory, cancelled: Cancel) -> dict[str, Any]:
    os.abort()


def chatter(job: Job, memory: PreviewMemory, cancelled: Cancel) -> dict[str, Any]:
    os.write(1, b'{"id": 1, "found": "not an answer"}\n')
    return {"said": "an answer"}


live_child.WORK.update(
    echo=echo,
    slow_facts=slow_facts,
    sleep=sleep,
    hold=hold_the_interpreter,
    want_memory=want_memory,
    crash=crash,
    chatter=chatter,
)

if __name__ == "__main__":
    live_child.main()
