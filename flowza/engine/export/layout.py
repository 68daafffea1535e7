"""Long statements broken over lines as ruff's formatter would, for generated code only.

A statement comes as one line in the formatter's spacing. Calls first try all arguments on one indented line, then one
a line; lists, dicts and tuples go one a line at once; operators break before the operator.
"""

from __future__ import annotations

import ast
import itertools
from dataclasses import dataclass

WIDTH = 120
INDENT = "    "


@dataclass(frozen=True)
class Atom:
    text: str

    @property
    def flat(self) -> str:
        return self.text


@dataclass(frozen=True)
class Group:
    """`head` + brackets around items; `tight`: items may share one indented line (calls and subscripts)."""

    head: Doc
    brackets: str
    items: tuple[Item, ...]
    tight: bool

    @property
    def flat(self) -> str:
        inside = ", ".join(item.flat for item in self.items)
        comma = "," if self.brackets == "()" and not self.tight and len(self.items) == 1 else ""
        return f"{self.head.flat}{self.brackets[0]}{inside}{comma}{self.brackets[1]}"


@dataclass(frozen=True)
class Chain:
    """Operands with operators between them; each operator begins a line when they are broken."""

    operands: tuple[Doc, ...]
    operators: tuple[str, ...]
    bracketed: bool = False

    @property
    def flat(self) -> str:
        pairs = zip(self.operators, self.operands[1:], strict=True)
        inside = self.operands[0].flat + "".join(f" {symbol} {operand.flat}" for symbol, operand in pairs)
        return f"({inside})" if self.bracketed else inside


@dataclass(frozen=True)
class Joined:
    """A value followed by text, as `frame(…).loc`."""

    value: Doc
    tail: str

    @property
    def flat(self) -> str:
        return self.value.flat + self.tail


Doc = Atom | Group | Chain | Joined


@dataclass(frozen=True)
class Item:
    """An argument or entry: `name=value`, `key: value` or a value alone."""

    prefix: str
    value: Doc

    @property
    def flat(self) -> str:
        return self.prefix + self.value.flat


def layout(statement: str, indent: str = "") -> str:
    """The statement within the line width, as far as that can be; every line begins with `indent`."""
    if len(indent) + len(statement) <= WIDTH:
        return indent + statement
    reader = Reader(statement)
    node = ast.parse(statement).body[0]
    if isinstance(node, ast.Assign):
        value = node.value
    elif isinstance(node, ast.Expr) or (isinstance(node, ast.Return) and node.value is not None):
        value = node.value  # type: ignore[assignment]
    else:
        return indent + statement
    head = reader.before(value)
    doc = reader.doc(value)
    return indent + head + broken(doc, indent, len(indent) + len(head), 0, outermost=True)


class Reader:
    """Turns expressions into documents; what it does not know stays as it is written."""

    def __init__(self, source: str) -> None:
        self.source = source.encode()

    def text(self, start: int, end: int) -> str:
        return self.source[start:end].decode()

    def before(self, node: ast.expr) -> str:
        start = node.col_offset
        head = self.text(0, start)
        return head[:-1] if head.endswith("(") and self.bracketed(node) else head

    def bracketed(self, node: ast.expr) -> bool:
        after = self.source[node.end_col_offset :]
        return self.source[: node.col_offset].endswith(b"(") and after.startswith(b")") and isinstance(node, ast.BinOp)

    def doc(self, node: ast.expr) -> Doc:
        end = node.end_col_offset or 0
        if isinstance(node, ast.Call):
            return Group(self.doc(node.func), "()", self.arguments(node), True)
        if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Tuple | ast.Slice):
            return Group(self.doc(node.value), "[]", (Item("", self.doc(node.slice)),), True)
        if isinstance(node, ast.Attribute) and not isinstance(node.value, ast.Name):
            return Joined(self.doc(node.value), self.text(node.value.end_col_offset or 0, end))
        if isinstance(node, ast.List):
            return Group(Atom(""), "[]", tuple(Item("", self.doc(item)) for item in node.elts), False)
        if isinstance(node, ast.Tuple) and self.text(node.col_offset, node.col_offset + 1) == "(":
            return Group(Atom(""), "()", tuple(Item("", self.doc(item)) for item in node.elts), False)
        if isinstance(node, ast.Dict) and all(key is not None for key in node.keys):
            pairs = zip(node.keys, node.values, strict=True)
            entries = (Item(f"{self.doc(key).flat}: ", self.doc(value)) for key, value in pairs if key is not None)
            return Group(Atom(""), "{}", tuple(entries), False)
        if isinstance(node, ast.BinOp):
            return self.chain(node)
        return Atom(self.text(node.col_offset, end))

    def arguments(self, node: ast.Call) -> tuple[Item, ...]:
        items = [Item("", self.doc(argument)) for argument in node.args]
        for keyword in node.keywords:
            prefix = "**" if keyword.arg is None else f"{keyword.arg}="
            items.append(Item(prefix, self.doc(keyword.value)))
        return tuple(items)

    def chain(self, node: ast.BinOp) -> Doc:
        operands: list[ast.expr] = []
        current: ast.expr = node
        while isinstance(current, ast.BinOp) and (current is node or not self.bracketed(current)):
            operands.append(current.right)
            current = current.left
        operands.append(current)
        operands.reverse()
        docs = tuple(self.operand(operand) for operand in operands)
        gaps = itertools.pairwise(operands)
        symbols = tuple(self.text(a.end_col_offset or 0, b.col_offset).strip("() ") for a, b in gaps)
        if Chain(docs, symbols).flat != self.text(node.col_offset, node.end_col_offset or 0):
            return Atom(self.text(node.col_offset, node.end_col_offset or 0))
        return Chain(docs, symbols, bracketed=False)

    def operand(self, node: ast.expr) -> Doc:
        doc = self.doc(node)
        if isinstance(doc, Chain) and self.bracketed(node):
            return Chain(doc.operands, doc.operators, bracketed=True)
        return doc


def broken(doc: Doc, indent: str, used: int, after: int, *, outermost: bool = False) -> str:
    """The document, beginning at column `used` of a line of that indent, with `after` characters to follow it."""
    flat = doc.flat
    if used + len(flat) + after <= WIDTH:
        return flat
    inner = indent + INDENT
    if isinstance(doc, Group) and doc.items:
        return broken_group(doc, indent, used, inner)
    if isinstance(doc, Joined):
        return broken(doc.value, indent, used, after + len(doc.tail)) + doc.tail
    if isinstance(doc, Chain):
        return broken_chain(doc, indent, inner, outermost)
    if outermost and len(inner) + len(flat) <= WIDTH:
        return f"(\n{inner}{flat}\n{indent})"
    return flat


def broken_group(doc: Group, indent: str, used: int, inner: str) -> str:
    if doc.brackets == "[]" and doc.tight and isinstance(doc.head, Group):
        # A subscript behind a call stays on the call's last line.
        tail = f"[{', '.join(item.flat for item in doc.items)}]"
        return broken(doc.head, indent, used, len(tail)) + tail
    head = broken(doc.head, indent, used, 1)
    flat = ", ".join(item.flat for item in doc.items)
    if doc.tight and len(inner) + len(flat) <= WIDTH:
        body = f"{inner}{flat}\n"
    else:
        comma = "" if doc.brackets == "[]" and doc.tight else ","
        lines = [
            inner + item.prefix + broken(item.value, inner, len(inner) + len(item.prefix), 1) + comma
            for item in doc.items
        ]
        body = "\n".join(lines) + "\n"
    return f"{head}{doc.brackets[0]}\n{body}{indent}{doc.brackets[1]}"


def broken_chain(doc: Chain, indent: str, inner: str, outermost: bool) -> str:
    brackets = doc.bracketed or outermost
    start = inner if brackets else indent
    parts = [broken(doc.operands[0], start, len(start), 0)]
    for symbol, operand in zip(doc.operators, doc.operands[1:], strict=True):
        parts.append(f"{symbol} " + broken(operand, start, len(start) + len(symbol) + 1, 0))
    body = f"\n{start}".join(parts)
    return f"(\n{start}{body}\n{indent})" if brackets else body
