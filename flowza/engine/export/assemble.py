"""From written sections to the text of a script: header, imports, constants, functions, steps."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from flowza.engine.export.layout import WIDTH
from flowza.engine.export.literals import Imports, text
from flowza.engine.export.names import one_line
from flowza.engine.export.sources import printed_sources
from flowza.engine.export.writer import Section, Writer

THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
ONE_THREAD = "# One thread in linear algebra, set before numpy is imported: sums then do not depend on the machine."
DISTRIBUTIONS = {"sklearn": "scikit-learn", "xgboost": "xgboost", "plotly": "plotly"}


@dataclass(frozen=True)
class Parts:
    """The parts of a script's text, each a list of statements."""

    title: str
    notes: list[str]
    future: bool
    imports: list[str]
    settings: list[str]
    constants: list[str]
    functions: list[str]
    sections: list[Section]
    last: list[str]


def parts_of(writer: Writer, title: str, here: str) -> Parts:
    """here: the expression for the folder that the data lies in."""
    definitions = printed_sources(writer.literals.printed.values(), writer.imports)
    body = [line for section in writer.sections.values() for line in section.lines]
    last = ["print(json.dumps(metrics))"]
    writer.imports.module("json")
    writer.imports.add("pathlib", "Path")
    settings = []
    learned = ("ColumnTransformer(", "FunctionTransformer(", "learn(")
    if any(word in line for line in body for word in learned):
        writer.imports.add("sklearn", "set_config")
        settings.append('set_config(transform_output="pandas")')
    constants = constants_of(writer, body, here)
    functions = [item.source for item in definitions]
    return Parts(
        one_line(title) or "Workflow",
        notes_of(writer),
        any(not item.is_constant for item in definitions),
        import_lines(writer.imports),
        settings,
        [*constants, "metrics = {}"],
        functions,
        list(writer.sections.values()),
        last,
    )


def constants_of(writer: Writer, body: Sequence[str], here: str) -> list[str]:
    constants = [f"HERE = {here}"]
    for data in dict.fromkeys(writer.data_used):
        constants.append(f"{data.constant} = HERE / {text(data.file)}")
        constants.append(f'{data.constant.replace("DATA", "DIGEST")} = "{data.sha256}"')
    if any(re.search(r"\bSEED\b", line) for line in body):
        constants.append(f"SEED = {writer.seed}")
    return constants + [f"{constant} = {text(name)}" for name, constant in writer.targets.items()]


def notes_of(writer: Writer) -> list[str]:
    used = {module.split(".")[0] for module in [*writer.imports.names, *writer.imports.modules]}
    names = ["numpy", "pandas", "pyarrow", *(DISTRIBUTIONS[name] for name in DISTRIBUTIONS if name in used)]
    versions = ", ".join(f"{name} {version_of(name)}" for name in names)
    files = " and ".join(dict.fromkeys(data.file for data in writer.data_used))
    notes = [
        "Exported from Flowza. Made with",
        f"Python {sys.version_info.major}.{sys.version_info.minor}, {versions};",
        "with these versions it prints the very metrics of the run. The last line of its output is their JSON object.",
    ]
    return [*notes, f"It reads {files} beside it."] if files else notes


def version_of(name: str) -> str:
    from importlib.metadata import PackageNotFoundError

    try:
        return version(name)
    except PackageNotFoundError:
        return version(f"{name}-cpu")


# Imports


def import_lines(imports: Imports) -> list[str]:
    """Sorted as ruff sorts them: standard library, then the others; `import` before `from`."""
    groups: list[list[str]] = []
    for standard in (True, False):
        plain = [
            f"import {module} as {alias}" if alias else f"import {module}"
            for module, alias in sorted(imports.modules.items())
            if is_standard(module) == standard
        ]
        named = [
            from_line(module, names)
            for module, names in sorted(imports.names.items())
            if is_standard(module) == standard
        ]
        if plain or named:
            groups.append(plain + named)
    return [line for index, group in enumerate(groups) for line in ([""] if index else []) + group]


def is_standard(module: str) -> bool:
    return module.split(".")[0] in sys.stdlib_module_names


def from_line(module: str, names: Iterable[str]) -> str:
    ordered = sorted(names, key=lambda name: (not name.isupper(), not name[0].isupper(), name.lower(), name))
    line = f"from {module} import {', '.join(ordered)}"
    if len(line) <= WIDTH:
        return line
    return f"from {module} import (\n" + "".join(f"    {name},\n" for name in ordered) + ")"


# Text


def script_text(parts: Parts) -> str:
    head = [f"# {parts.title}", "#", *(f"# {note}" for note in parts.notes)]
    blocks = ["\n".join(head)]
    if parts.future:
        blocks.append("from __future__ import annotations")
    blocks += ["import os", f"{ONE_THREAD}\n{threads_line()}"]
    blocks += ["\n".join(parts.imports), "\n".join([*parts.settings, *parts.constants])]
    statements = Statements()
    for block in blocks:
        statements.add(block)
    for function in parts.functions:
        statements.add(function, is_definition=is_definition(function))
    for section in parts.sections:
        if section.lines:
            statements.section(f"# {one_line(section.heading)} ({section.node})", section.lines)
    statements.section("# Metrics, as the last line of output", parts.last)
    return str(statements)


def threads_line() -> str:
    settings = ", ".join(f'{name}="1"' for name in THREADS)
    return f"os.environ.update({settings})"


def is_definition(statement: str) -> bool:
    return statement.startswith(("def ", "class ", "@"))


class Statements:
    """Joins statements with the blank lines that the formatter wants: two around definitions."""

    def __init__(self) -> None:
        self.text = ""
        self.after_definition = False

    def add(self, statement: str, *, is_definition: bool = False, close: bool = False) -> None:
        if self.text:
            gap = 3 if is_definition or self.after_definition else 1 if close else 2
            self.text += "\n" * gap
        self.text += statement
        self.after_definition = is_definition

    def section(self, heading: str, lines: Sequence[str]) -> None:
        first, *rest = lines
        self.add(f"{heading}\n{first}", is_definition=is_definition(first))
        for line in rest:
            self.add(line, is_definition=is_definition(line), close=True)

    def __str__(self) -> str:
        return self.text + "\n"
