"""From the tree to the plan: which function or operator does the work of each node."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flowza.engine.formula.checker import arithmetic_type
from flowza.engine.formula.function_table import FUNCTIONS
from flowza.engine.formula.plan import Apply, Constant, Infix, Plan, Prefix, Read, Value
from flowza.engine.formula.tree import Call, Chain, Column, Compare, Literal, Logic, Membership, Node, Unary
from flowza.engine.operations import formula_functions as functions

CHAIN_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "+": functions.add,
    "-": functions.subtract,
    "*": functions.multiply,
    "/": functions.divide,
    "//": functions.floor_divide,
    "%": functions.remainder,
    "**": functions.power,
}
FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


def make_plan(tree: Node, types: Mapping[Node, str] | None = None, ready: frozenset[str] = frozenset()) -> Plan:
    """The plan of a formula that was checked.

    With the nodes' `types`, sums and products that cannot overflow become operators. The columns in `ready`
    have the dtypes of `column_values` already. Neither changes a result.
    """
    return in_rows(_Planner(types, ready).plan(tree))


def in_rows(plan: Plan) -> Plan:
    """A plain value becomes a column, so that functions find at least one."""
    return Constant(plan.value) if isinstance(plan, Value) else plan


def with_a_column(plans: list[Plan]) -> tuple[Plan, ...]:
    if all(isinstance(plan, Value) for plan in plans):
        return (in_rows(plans[0]), *plans[1:])
    return tuple(plans)


class _Planner:
    def __init__(self, types: Mapping[Node, str] | None, ready: frozenset[str]) -> None:
        self.types = types
        self.ready = ready

    def plan(self, node: Node) -> Plan:
        match node:
            case Literal():
                return Value(node.value)
            case Column():
                return Read(node.name, node.name in self.ready)
            case Chain():
                return self.chain(node)
            case Compare():
                return self.compare(node)
            case Membership():
                function = functions.is_none_of if node.negated else functions.is_one_of
                choices = Value([choice.value for choice in node.choices])
                return Apply(function, (in_rows(self.plan(node.operand)), choices), node.start)
            case Logic():
                operands = with_a_column([self.plan(operand) for operand in node.operands])
                return Infix("&" if node.operator == "and" else "|", operands)
            case Unary():
                return self.unary(node)
            case Call():
                return self.call(node)
        raise TypeError(f"Unknown kind of node: {type(node).__name__}")

    def type_of(self, node: Node) -> str:
        """The node's type; whole numbers where it is not known, as they need the most care."""
        return "integer" if self.types is None else self.types[node]

    def chain(self, node: Chain) -> Plan:
        done, kind = self.plan(node.first), self.type_of(node.first)
        for symbol, operand in node.rest:
            other = self.type_of(operand)
            left, right = with_a_column([done, self.plan(operand)])
            if symbol in "+-*" and not kind == other == "integer":
                done = joined(symbol, left, right)
            else:
                done = self.applied(symbol, left, right, node.start)
            kind = arithmetic_type(symbol, kind, other, operand)
        return done

    def applied(self, symbol: str, left: Plan, right: Plan, start: int) -> Plan:
        function = CHAIN_FUNCTIONS[symbol]
        if symbol in "+*" and isinstance(left, Apply) and left.function is function:
            return Apply(function, (*left.arguments, right), start)
        return Apply(function, (left, right), start)

    def unary(self, node: Unary) -> Plan:
        operand = in_rows(self.plan(node.operand))
        if node.operator == "not":
            return Prefix("~", operand)
        if node.operator == "+":
            return operand
        if self.type_of(node.operand) == "number":
            return Prefix("-", operand)
        return Apply(functions.negate, (operand,), node.start)

    def compare(self, node: Compare) -> Plan:
        operands = [self.plan(node.first), *(self.plan(operand) for _, operand in node.rest)]
        symbols = [symbol for symbol, _ in node.rest]
        if len(symbols) > 1 and not all(isinstance(middle, Read | Value) for middle in operands[1:-1]):
            # Each operand is computed once, however deep such chains are nested.
            rest = [part for pair in zip(map(Value, symbols), operands[1:], strict=True) for part in pair]
            return Apply(functions.in_order, (in_rows(operands[0]), *rest), node.start)
        pairs = tuple(
            self.pair(symbol, left, right, node.start)
            for symbol, left, right in zip(symbols, operands[:-1], operands[1:], strict=True)
        )
        return pairs[0] if len(pairs) == 1 else Infix("&", pairs)

    def pair(self, symbol: str, left: Plan, right: Plan, start: int) -> Plan:
        left, right = with_a_column([left, right])
        if isinstance(left, Value):
            symbol, left, right = FLIPPED[symbol], right, left
        if isinstance(right, Value) and isinstance(right.value, bool):
            return left if right.value is (symbol == "==") else Prefix("~", left)
        if symbol == "!=":
            return Apply(functions.not_equal, (left, right), start)
        return Infix(symbol, (left, right))

    def call(self, node: Call) -> Plan:
        function = FUNCTIONS[node.name]
        # These two must see which truth values are missing.
        raw = node.name in ("is_missing", "coalesce")
        values: list[Plan] = []
        written: list[Plan] = []
        for place, argument in enumerate(node.arguments):
            if raw and isinstance(argument, Column):
                values.append(Read(argument.name, True))
            else:
                (written if function.parameter(place).written else values).append(self.plan(argument))
        if node.name == "case" and len(values) % 2 == 0:
            values.append(Value(None))
        return Apply(function.computes, (*with_a_column(values), *written), node.start)


def joined(symbol: str, left: Plan, right: Plan) -> Plan:
    if isinstance(left, Infix) and left.symbol == symbol:
        return Infix(symbol, (*left.operands, right))
    return Infix(symbol, (left, right))
