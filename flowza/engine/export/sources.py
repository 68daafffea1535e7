"""The source of operation functions and classes, with the helpers and constants of their modules that they use.

Names are resolved from the syntax tree: what stands at the top of the same module, or comes from another module of
`flowza.engine.operations`, is printed too; everything else becomes an import of the script.
"""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flowza.engine.export.literals import Imports

OPERATIONS = "flowza.engine.operations"


@dataclass(frozen=True)
class Definition:
    """A function, class or constant at the top of a module."""

    module: str
    name: str
    line: int
    source: str
    uses: frozenset[str]
    is_constant: bool


@dataclass(frozen=True)
class ModuleNames:
    """What names mean at the top of a module. imports: local name -> (module, name or '', alias)."""

    definitions: dict[str, Definition]
    imports: dict[str, tuple[str, str, str | None]]


@cache
def names_of(module_name: str) -> ModuleNames:
    """Read from the module's file; the module is not imported."""
    spec = importlib.util.find_spec(module_name)
    if spec is None or spec.origin is None:
        raise TypeError(f"{module_name} has no file.")
    source = Path(spec.origin).read_text(encoding="utf-8")
    definitions: dict[str, Definition] = {}
    imports: dict[str, tuple[str, str, str | None]] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                imports[alias.asname or alias.name.split(".")[0]] = (alias.name, "", alias.asname)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                imports[alias.asname or alias.name] = (str(node.module), alias.name, alias.asname)
        else:
            for name in defined_names(node):
                definitions[name] = definition(module_name, name, node, source)
    return ModuleNames(definitions, imports)


def defined_names(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Assign):
        yield from (target.id for target in node.targets if isinstance(target, ast.Name))
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        yield node.target.id


def definition(module: str, name: str, node: ast.stmt, source: str) -> Definition:
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef | ast.ClassDef) else []
    first = min([node.lineno, *(item.lineno for item in decorators)])
    lines = source.splitlines()[first - 1 : node.end_lineno]
    loaded = frozenset(item.id for item in ast.walk(node) if isinstance(item, ast.Name)) - {name}
    return Definition(module, name, first, "\n".join(lines), loaded, isinstance(node, ast.Assign | ast.AnnAssign))


def printed_sources(values: Iterable[Any], imports: Imports) -> list[Definition]:
    """All definitions that the functions and classes need, each after those it must know when it is read.

    Adds to `imports` what they import. Raises TypeError for what lies outside `flowza.engine.operations`.
    """
    found: dict[tuple[str, str], Definition] = {}
    waiting = [(value.__module__, value.__name__) for value in values]
    while waiting:
        place = waiting.pop()
        if place in found:
            continue
        names = module_names(place[0])
        wanted = names.definitions.get(place[1])
        if wanted is None:
            raise TypeError(f"{place[1]} has no source in {place[0]}.")
        found[place] = wanted
        waiting += [used for name in wanted.uses if (used := resolved(name, names, place[0], imports)) is not None]
    return in_order(found)


def module_names(module: str) -> ModuleNames:
    if not module.startswith(OPERATIONS + "."):
        raise TypeError(f"{module} is no module of operations, so its source cannot be printed.")
    return names_of(module)


def resolved(name: str, names: ModuleNames, module: str, imports: Imports) -> tuple[str, str] | None:
    """Where a name's own source stands; None when it is imported from elsewhere or is a builtin."""
    if name in names.definitions:
        return module, name
    if name not in names.imports:
        return None
    origin, imported, alias = names.imports[name]
    if origin.startswith(OPERATIONS) and imported:
        if alias not in (None, imported):
            raise TypeError(f"{module} imports {imported} as {alias}; scripts need its own name.")
        return origin, imported
    if origin.split(".")[0] == "flowza":
        raise TypeError(f"{module} needs {origin}, which scripts do not have.")
    if imported:
        imports.add(origin, imported if alias in (None, imported) else f"{imported} as {alias}")
    else:
        imports.module(origin, alias)
    return None


def in_order(found: dict[tuple[str, str], Definition]) -> list[Definition]:
    """Constants first; then modules in the order in which they need each other, each from top to bottom."""
    modules = list(dict.fromkeys(module for module, _ in sorted(found)))
    depths = {module: depth_of(module, frozenset()) for module in modules}
    by_name: dict[str, str] = {}
    for item in found.values():
        if by_name.setdefault(item.name, item.source) != item.source:
            raise TypeError(f"Two different definitions are both called {item.name}.")
    unique = {item.name: item for item in found.values()}
    return sorted(unique.values(), key=lambda item: (not item.is_constant, depths[item.module], item.module, item.line))


@cache
def depth_of(module: str, above: frozenset[str]) -> int:
    """How many modules of operations lie beneath this one."""
    beneath = {origin for origin, _, _ in names_of(module).imports.values() if origin.startswith(OPERATIONS + ".")}
    return 1 + max((depth_of(origin, above | {module}) for origin in beneath - above), default=0)


@cache
def operation_names() -> frozenset[str]:
    """Every name at the top of a module of operations: variables of scripts are called otherwise."""
    import pkgutil

    from flowza.engine import operations

    modules = [names_of(f"{OPERATIONS}.{info.name}") for info in pkgutil.iter_modules(operations.__path__)]
    return frozenset(name for module in modules for name in {**module.definitions, **module.imports})
