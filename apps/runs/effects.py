"""Effects: what a finished run hands to the apps above, such as a model for the registry.

An app registers a handler per kind in its `AppConfig.ready`. Handlers run inside the transaction that
finishes the run, in the order in which the steps asked: all of them happen, or none and the run fails.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from apps.runs.models import NodeRun, Run

Handler = Callable[["Run", "NodeRun", dict[str, Any], Path], None]
"""(run, node_run, payload, folder in which the files named in the payload lie)"""

_handlers: dict[str, Handler] = {}


class EffectRefused(Exception):
    """A handler cannot do what the step asked for; the message is for the person, `hint` says what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def register(kind: str) -> Callable[[Handler], Handler]:
    """Name the handler of a kind of effect. A second handler for the same kind is a mistake: ValueError."""

    def named(handler: Handler) -> Handler:
        if _handlers.setdefault(kind, handler) is not handler:
            raise ValueError(f"The effect {kind!r} has a handler already.")
        return handler

    return named


def apply(kind: str, run: Run, node_run: NodeRun, payload: dict[str, Any], files: Path) -> None:
    """Carry out one effect. Raises EffectRefused, also when nobody handles the kind."""
    handler = _handlers.get(kind)
    if handler is None:
        raise EffectRefused(f"This installation cannot carry out {kind!r}.")
    handler(run, node_run, payload, files)


def file_in(files: Path, name: str) -> Path:
    """That file of the run's folder. Raises EffectRefused when it lies elsewhere or is missing."""
    path = (files / name).resolve()
    if not path.is_relative_to(files.resolve()) or not path.is_file():
        raise EffectRefused("The step did not leave the file that it announced.")
    return path
