"""What a formula can be made of; there is nothing else. Each node knows its place: text[start:end]."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

Plain = int | float | str | bool | pd.Timestamp | None


@dataclass(frozen=True, eq=False)
class Node:
    start: int
    end: int


@dataclass(frozen=True, eq=False)
class Literal(Node):
    """A value that is written out; None stands for `missing`."""

    value: Plain


@dataclass(frozen=True, eq=False)
class Column(Node):
    name: str


@dataclass(frozen=True, eq=False)
class Chain(Node):
    """`first` and then operators of one level from left to right: `a + b - c`, `a * b / c`, `a ** b`."""

    first: Node
    rest: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, eq=False)
class Compare(Node):
    """`a < b` or a chain `a < b <= c`."""

    first: Node
    rest: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, eq=False)
class Membership(Node):
    """`a in (1, 2)` or `a not in (1, 2)`."""

    operand: Node
    choices: tuple[Literal, ...]
    negated: bool


@dataclass(frozen=True, eq=False)
class Logic(Node):
    """`a and b and c` or `a or b or c`."""

    operator: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, eq=False)
class Unary(Node):
    """`-a`, `+a` or `not a`."""

    operator: str
    operand: Node


@dataclass(frozen=True, eq=False)
class Call(Node):
    """A function of the table; `a if c else b` is a call of `if`."""

    name: str
    arguments: tuple[Node, ...]


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below."""
    match node:
        case Chain() | Compare():
            return (node.first, *(operand for _, operand in node.rest))
        case Membership():
            return (node.operand, *node.choices)
        case Logic():
            return node.operands
        case Unary():
            return (node.operand,)
        case Call():
            return node.arguments
    return ()


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, in the order of the text."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed(children(current)))
