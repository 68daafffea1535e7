"""One piece of advice, and the changes of the graph that mend what it names."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Level = Literal["note", "warning", "error"]


@dataclass(frozen=True)
class Mend:
    """A change of the graph that mends what an advice names: what a button says, and the operations it sends."""

    label: str
    ops: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Advice:
    """One piece of advice. `mend` says in a few words what would mend it, `mends` are the ways to do it at once."""

    level: Level
    node: str
    code: str
    message: str
    column: str = ""
    mend: str = ""
    mends: tuple[Mend, ...] = field(default=(), compare=False)  # operations hold dicts, which have no hash

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
