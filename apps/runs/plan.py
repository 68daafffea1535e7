"""What a supervisor needs to know of a run before its process starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from apps.runs.outcomes import Outcome


@dataclass(frozen=True)
class Plan:
    """A job for `perform`, the folder for the files it hands out, and the digests of the data it reads.

    The folder is new and named `<run>-<attempt>`.
    """

    job: object
    outbox: Path
    datasets: list[str] = field(default_factory=list)


class PlanRefused(Exception):
    """The run cannot start; `outcome` says why to the person."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__((outcome.error or {}).get("message", ""))
        self.outcome = outcome
