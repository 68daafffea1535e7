"""How a run can end, and the sentence that a person reads about it."""

from __future__ import annotations

import signal
import uuid
from dataclasses import dataclass, field
from typing import Any

from apps.runs.models import NodeRun, Run


@dataclass(frozen=True)
class Outcome:
    """A run's last state, its error, and what becomes of steps that were running or waiting."""

    state: str
    error: dict[str, Any] | None = None
    metrics: list[dict[str, Any]] = field(default_factory=list)

    @property
    def running_nodes(self) -> str:
        return {Run.State.CANCELLED: NodeRun.State.CANCELLED}.get(Run.State(self.state), NodeRun.State.FAILED)

    @property
    def waiting_nodes(self) -> str:
        return {Run.State.CANCELLED: NodeRun.State.CANCELLED}.get(Run.State(self.state), NodeRun.State.SKIPPED)


def problem(message: str, code: str, hint: str = "", **more: Any) -> dict[str, Any]:
    """An error as the pages and the API show it."""
    return {"message": message, "code": code, "hint": hint or None, "column": None, "reference": None} | more


def from_event(event: dict[str, Any]) -> Outcome:
    """What the engine said itself."""
    return Outcome(event["state"], event["error"], event["metrics"] or [])


def cancelled() -> Outcome:
    return Outcome(Run.State.CANCELLED)


def refused(message: str, hint: str = "", **more: Any) -> Outcome:
    """The run cannot start: the graph or a dataset is not what it was."""
    return Outcome(Run.State.FAILED, problem(message, "refused", hint, **more))


def bug() -> Outcome:
    """Something that should not happen; the reference is in the worker's log too."""
    reference = uuid.uuid4().hex[:8]
    return Outcome(
        Run.State.FAILED,
        problem(
            f"Flowza made a mistake and could not go on. Its log names it {reference}.",
            "bug",
            "Run it again; if it happens again, send the reference to whoever looks after this installation.",
            reference=reference,
        ),
    )


def too_long(seconds: float) -> Outcome:
    return Outcome(
        Run.State.FAILED,
        problem(
            f"The run was stopped after {seconds:,.0f} seconds, the longest that a run may take.",
            "time_limit",
            "Put a Sample step before the slow one, or ask for a higher limit.",
        ),
    )


def too_large(limit: int) -> Outcome:
    return Outcome(
        Run.State.FAILED,
        problem(
            f"The run needed more than {limit / 2**20:,.0f} MB of memory, the most that a run may take.",
            "memory_limit",
            "Keep fewer columns or rows before this step (Select, Sample), or ask for a higher limit.",
        ),
    )


def crashed(exit_code: int) -> Outcome:
    """The run's process ended without a last word. `exit_code` is negative for a signal."""
    if exit_code == -signal.SIGKILL:
        message = "The run's process was killed by the system, most likely because memory ran out."
        hint = "Keep fewer columns or rows before this step (Select, Sample), then run again."
    elif exit_code < 0:
        message = f"The run's process crashed inside a library ({_signal_name(-exit_code)})."
        hint = "Run it again; if it crashes again, change the step that was running."
    else:
        message = f"The run's process ended before its work was done (exit code {exit_code})."
        hint = "Run it again; the worker's log may say more."
    return Outcome(Run.State.FAILED, problem(message, "crash", hint))


def gave_up(attempts: int) -> Outcome:
    return Outcome(
        Run.State.FAILED,
        problem(
            f"The worker stopped while it did this run, {attempts} times in a row. The run was given up.",
            "worker_lost",
            "If other runs work, the step that was running asks too much of the machine: make it smaller.",
        ),
    )


def _signal_name(number: int) -> str:
    names = {
        signal.SIGSEGV: "segmentation fault",
        signal.SIGABRT: "aborted",
        signal.SIGBUS: "bus error",
        signal.SIGFPE: "arithmetic error",
        signal.SIGILL: "illegal instruction",
    }
    try:
        return names.get(signal.Signals(number)) or signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
