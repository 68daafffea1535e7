"""What a node may ask and say while it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol


@dataclass(frozen=True)
class DatasetSource:
    """A stored dataset as the run's process finds it. `settings` are the import settings of a CSV file."""

    name: str
    path: Path
    format: Literal["csv", "parquet"]
    digest: str
    settings: Mapping[str, Any]


class Resources(Protocol):
    """What a graph names but cannot know: stored datasets."""

    def dataset(self, reference: str) -> DatasetSource: ...


@dataclass(frozen=True)
class Effect:
    """Something to be done outside the engine when the run has finished. Files lie in the outbox."""

    kind: Literal["register_model", "export_file"]
    node: str
    payload: dict[str, Any]


class Context:
    """What a node may ask for while it runs."""

    def __init__(
        self,
        resources: Resources,
        *,
        seed: int = 0,
        log: Callable[[str, str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        effect: Callable[[Effect], None] | None = None,
        outbox: Path | None = None,
    ) -> None:
        self.resources = resources
        self.seed = seed
        self.outbox = outbox
        self.key = ""
        self._log = log
        self._cancelled = cancelled
        self._effect = effect

    def log(self, text: str, level: str = "info") -> None:
        if self._log is not None:
            self._log(text, level)

    def check_cancelled(self) -> None:
        """Raise Cancelled when the person asked to stop; to be called now and then in long loops."""
        from flowza.engine.errors import Cancelled

        if self._cancelled is not None and self._cancelled():
            raise Cancelled

    def effect(self, effect: Effect) -> None:
        if self._effect is not None:
            self._effect(effect)
