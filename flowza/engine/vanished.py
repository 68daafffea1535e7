"""Columns that steps name and that do not come in any more, and the operations that put them right.

After data was replaced, a step may name a column that is gone. The advice maps the name to the column that it is most
likely called now, in all steps that miss it, or gives that column its old name right behind the source.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flowza.engine.advice import Advice, Mend
from flowza.engine.column_names import Named, made_columns, named_columns, renamed, without_column
from flowza.engine.dry_run import DryRun
from flowza.engine.graph import Graph
from flowza.engine.mending import put_behind, set_params
from flowza.engine.node import SourceNode
from flowza.engine.similar_names import likely_names

CODE = "missing_column"
MOST_GUESSES = 2
PASSES_ON = ("rows", "split")
"""Roles of steps that hand on the columns that come in, all and no others."""
Types = Mapping[str, str]


@dataclass(frozen=True)
class KnownColumns:
    """Source step -> column -> type. now: for sources of which the dry run gave no table. before: in the data version
    before, from which guesses learn what is new and of which type the missing column was.
    """

    now: Mapping[str, Types] = field(default_factory=dict)
    before: Mapping[str, Types] = field(default_factory=dict)


def vanished(graph: Graph, dry: DryRun, data: KnownColumns | None = None) -> list[Advice]:
    """An error advice for each column that a step names and that is not in the table that comes in."""
    search = Search(graph, dry, data or KnownColumns())
    return [search.advice(step, name) for step, names in search.missing.items() for name in names]


def told_of(found: list[Advice], node: str, code: str) -> bool:
    """Whether an error of the dry run says again what advice on vanished columns said: here, or because of it."""
    return bool(found) and (code == "no_target" or (code == CODE and any(one.node == node for one in found)))


@dataclass
class Search:
    """One look through a graph. `missing`: step -> columns that it names and that do not come in."""

    graph: Graph
    dry: DryRun
    data: KnownColumns
    missing: dict[str, dict[str, Named]] = field(default_factory=dict)
    leaving: dict[str, Types | None] = field(default_factory=dict)
    lost: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.graph.order:
            self.visit(name)

    def visit(self, name: str) -> None:
        node = self.graph.nodes[name]
        lost = set().union(*(self.lost[edge.source] for edge in self.graph.into(name)))
        coming = self.coming(name)
        for named in named_columns(node.params):
            if named.column in lost if coming is None else named.column not in coming:
                self.missing.setdefault(name, {}).setdefault(named.column, named)
        self.lost[name] = (lost | set(self.missing.get(name, ()))) - set(made_columns(node.params))
        self.leaving[name] = self.types_after(name, coming)

    def coming(self, name: str) -> Types | None:
        """The columns that the step may name; None where they are not known."""
        if isinstance(self.graph.nodes[name], SourceNode):
            return self.own(name)
        if not any(port.type == "dataset" for port in self.graph.nodes[name].inputs):
            return self.anywhere_before(name)
        found: dict[str, str] = {}
        for edge in self.graph.into(name):
            types = self.leaving[edge.source]
            if types is None:
                return None
            found |= types
        return found if self.graph.into(name) else None

    def own(self, source: str) -> Types | None:
        if source in self.dry.tables:
            return dict(self.dry.tables[source].types())
        return self.data.now.get(source)

    def anywhere_before(self, name: str) -> Types | None:
        """All columns of the steps before: what a step may name that reads a model."""
        found: dict[str, str] = {}
        for earlier in self.graph.ancestors(name):
            if earlier in self.dry.trained:
                continue
            types = self.leaving[earlier]
            if types is None:
                return None
            found |= types
        return found or None

    def types_after(self, name: str, coming: Types | None) -> Types | None:
        if name in self.dry.tables:
            return dict(self.dry.tables[name].types())
        node = self.graph.nodes[name]
        if isinstance(node, SourceNode) or node.role in PASSES_ON:
            return coming
        return None

    # What mends it

    def advice(self, step: str, column: str) -> Advice:
        named = self.missing[step][column]
        guesses = self.guesses(step, named)
        versions = [source for source in self.sources_of(step) if column in self.data.before.get(source, ())]
        gone = "is gone from the data" if versions else "is not in the table that comes in"
        mend = f"It may be called '{guesses[0]}' now." if guesses else "Choose another column here."
        mends = [Mend(f"Map to '{guess}'", tuple(self.map_everywhere(column, guess))) for guess in guesses]
        mends += self.old_name_behind_source(step, column, guesses)
        mends += self.left_out(step, named)
        return Advice("error", step, CODE, f"The column '{column}' {gone}.", column, mend, tuple(mends))

    def guesses(self, step: str, named: Named) -> list[str]:
        coming = self.coming(step)
        if coming is None:
            coming = self.known_before(step)
        old = {
            name: kind for source in self.sources_of(step) for name, kind in self.data.before.get(source, {}).items()
        }
        new = {name for name in coming if old and name not in old}
        wanted = old.get(named.column) or ("" if named.kind == "any" else named.kind)
        free = {name: kind for name, kind in coming.items() if name not in self.named_there(step)}
        return likely_names(named.column, free, type_=wanted, new=new)[:MOST_GUESSES]

    def known_before(self, step: str) -> Types:
        """The columns at the nearest steps before whose columns are known."""
        waiting = [edge.source for edge in self.graph.into(step)]
        found: dict[str, str] = {}
        while waiting:
            name = waiting.pop()
            types = self.leaving[name]
            if types is not None:
                found |= types
            else:
                waiting += [edge.source for edge in self.graph.into(name)]
        return found

    def named_there(self, step: str) -> set[str]:
        """Columns that the step names already and has: a name would be there twice."""
        return {named.column for named in named_columns(self.graph.nodes[step].params)}

    def sources_of(self, step: str) -> list[str]:
        return [
            name
            for name in (*sorted(self.graph.ancestors(step)), step)
            if isinstance(self.graph.nodes[name], SourceNode)
        ]

    def map_everywhere(self, column: str, new: str) -> Iterator[dict[str, Any]]:
        for step, names in self.missing.items():
            if column in names:
                yield set_params(step, renamed(self.graph.nodes[step].params, {column: new}))

    def old_name_behind_source(self, step: str, column: str, guesses: list[str]) -> Iterator[Mend]:
        """The likely column gets its old name right behind its source, so that every other step stays as it is."""
        for guess in guesses[:1]:
            origins = [source for source in self.sources_of(step) if guess in (self.own(source) or ())]
            users = [name for name, names in self.missing.items() if column in names and name not in origins]
            if len(origins) != 1 or not users or column in (self.own(origins[0]) or ()):
                continue
            source = origins[0]
            own = renamed(self.graph.nodes[source].params, {column: guess})
            names = {"names": [{"column": guess, "name": column}]}
            ops = [set_params(source, own)] if own else []
            ops += put_behind(self.graph, source, "rename", names)
            yield Mend(f"Rename '{guess}' to '{column}' behind the data", tuple(ops))

    def left_out(self, step: str, named: Named) -> Iterator[Mend]:
        """A list of columns may go on without it, as long as others are left: an empty list means something else."""
        shorter = without_column(self.graph.nodes[step].params, named.column)
        if shorter and all(shorter.values()):
            yield Mend(f"Leave '{named.column}' out here", (set_params(step, shorter),))
