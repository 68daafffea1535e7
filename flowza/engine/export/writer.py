"""What is written of a script: sections of statements, the names and imports they need, and the data beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flowza.engine.export.layout import layout
from flowza.engine.export.literals import Literals
from flowza.engine.export.names import Names


class NotExportable(Exception):
    """A step that has no source in a script; the message says which and why."""


@dataclass
class Section:
    """The statements of one step. `note` says why there are none. figures: expressions that notebooks show."""

    node: str
    heading: str
    kind: str
    lines: list[str] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)
    note: str = ""


@dataclass(frozen=True)
class DataFile:
    """A table beside the script. constant: how the script calls its path. read: the expression that reads it.

    parse: what `csv_cells.parse_columns` must then be told of it, nothing for most tables.
    """

    constant: str
    file: str
    sha256: str
    read: str
    parse: str = ""


class Writer:
    """Collects the parts of one script."""

    def __init__(self, seed: int, steps: Mapping[str, tuple[str, str]], data: Mapping[str, DataFile]) -> None:
        """steps: node id -> (heading, kind), in order. data: key of a source -> its file."""
        self.literals = Literals(seed)
        self.imports = self.literals.imports
        self.names = Names()
        self.sections = {node: Section(node, heading, kind) for node, (heading, kind) in steps.items()}
        self.data = data
        self.data_used: list[DataFile] = []
        self.targets: dict[str, str] = {}
        self.seed = seed
        self.with_figures = False
        self.reported: dict[str, list[str]] = {}
        self.tables: dict[str, str] = {}
        self.transformers: dict[str, str] = {}
        self.fitted: set[str] = set()

    def add(self, node: str, *statements: str) -> None:
        """Append statements to a node's section, each one line that is broken where it is too long."""
        for statement in statements:
            self.sections[node].lines.append(statement if "\n" in statement else layout(statement))

    def figure(self, node: str, function: str, arguments: str) -> None:
        """Show a figure below the node's section, in notebooks. function: name in `operations.script_figures`."""
        if self.with_figures:
            from flowza.engine.operations import script_figures  # imports plotly, which scripts do without

            named = self.named(getattr(script_figures, function))
            self.sections[node].figures.append(layout(f"{named}({arguments})"))

    def literal(self, value: Any) -> str:
        return self.literals.literal(value)

    def named(self, value: Any) -> str:
        """The name of one of our own functions, whose source the script then has."""
        return self.literals.named(value)

    def imported(self, module: str, name: str) -> str:
        return self.imports.add(module, name)

    def arguments(self, arguments: Mapping[str, Any]) -> str:
        """`, name=value` for each."""
        return "".join(f", {self.literals.argument(name, value)}" for name, value in arguments.items())

    def columns(self, names: Any) -> str:
        """A list of column names; that of the target by its constant."""
        return f"[{', '.join(self.target(name) if name in self.targets else self.literal(name) for name in names)}]"

    def target(self, name: str) -> str:
        """The constant that holds the name of a target."""
        if name not in self.targets:
            self.targets[name] = "TARGET" if not self.targets else self.names.variable(f"target {name}").upper()
        return self.targets[name]

    def claimed(self, wish: str, otherwise: str) -> str:
        """The wished name for whoever asks first, a free one made of `otherwise` for the rest."""
        if wish not in self.names.given:
            self.names.given.add(wish)
            return wish
        return self.names.variable(otherwise)
