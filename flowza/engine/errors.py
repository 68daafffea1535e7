"""The engine's expected failures: each carries a sentence for people."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


class NodeError(Exception):
    """A step could not do its work for a reason that a person can mend.

    `message` says what is wrong, `hint` what to do; `node` is filled in by the executor when the step left it empty.
    """

    def __init__(self, message: str, *, node: str = "", column: str = "", hint: str = "", code: str = "node") -> None:
        super().__init__(message)
        self.message = message
        self.node = node
        self.column = column
        self.hint = hint
        self.code = code

    def as_dict(self) -> dict[str, Any]:
        return {
            "message": self.message,
            "node": self.node,
            "column": self.column,
            "hint": self.hint,
            "code": self.code,
        }


@dataclass(frozen=True)
class Problem:
    """One reason why a graph is refused. `node` is a node id, `field` a parameter or port name; either may be empty."""

    message: str
    node: str = ""
    field: str = ""
    hint: str = ""
    code: str = "graph"

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


class GraphError(Exception):
    """A graph that cannot be accepted, with every reason that was found."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems


class Cancelled(Exception):
    """The person asked the run to stop."""


class StoreError(Exception):
    """A stored file is damaged, foreign or missing."""
