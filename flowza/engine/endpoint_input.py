"""Where the rows of a model's clients enter a graph: at the source of its table, with the raw columns it needs.

Row steps (filter, drop nulls …) are never replayed, so they do not move that place. A step that starts a new source
does: clients then send rows that look like what that step makes.
"""

from __future__ import annotations

from dataclasses import dataclass

from flowza.engine.dry_run import DryRun


@dataclass(frozen=True)
class EndpointInput:
    """step: after which clients' rows enter. columns: those that some model behind it asks for, in the file's order."""

    step: str
    columns: tuple[str, ...]


def endpoint_inputs(dry: DryRun) -> list[EndpointInput]:
    """One for each source that a model of the graph would learn from."""
    needed: dict[str, set[str]] = {}
    order: dict[str, list[str]] = {}
    for table in dry.trained.values():
        lineage = table.raw_lineage()
        found = needed.setdefault(table.source.name, set())
        found.update(*(lineage[name] for name in table.features))
        order[table.source.name] = [str(name) for name in table.source.frame.columns]
    return [EndpointInput(step, tuple(name for name in order[step] if name in found)) for step, found in needed.items()]
