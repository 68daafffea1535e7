"""From tokens to the tree, by operator precedence.

Loosest first: `a if c else b`; or; and; not; comparisons and `in`; + -; * / // %; sign; **.
"""

from __future__ import annotations

from typing import TypeVar

from flowza.engine.formula.errors import FormulaError, mistake
from flowza.engine.formula.function_table import FUNCTIONS, date_literal, unknown_function
from flowza.engine.formula.tokens import Token, tokenise
from flowza.engine.formula.tree import (
    Call,
    Chain,
    Column,
    Compare,
    Literal,
    Logic,
    Membership,
    Node,
    Plain,
    Unary,
    children,
)

DEEPEST = 32
CONDITIONAL, OR, AND, NOT, COMPARISON, SUM, PRODUCT, SIGN, POWER = range(1, 10)
LEVELS = {
    **dict.fromkeys(("<", "<=", ">", ">=", "==", "!=", "in", "not"), COMPARISON),
    **dict.fromkeys(("+", "-"), SUM),
    **dict.fromkeys(("*", "/", "//", "%"), PRODUCT),
    **{"if": CONDITIONAL, "or": OR, "and": AND, "**": POWER},
}
CONSTANTS: dict[str, Plain] = {
    "true": True,
    "True": True,
    "false": False,
    "False": False,
    "missing": None,
    "None": None,
}
RESERVED = frozenset({"and", "or", "not", "in", "if", "else", *CONSTANTS})
_INSTEAD = {
    "is": "Use is_missing(column), or == to compare.",
    "lambda": "A formula is one expression; functions cannot be made.",
    "for": "A formula works on one row; there are no loops.",
    "AND": "Write 'and' in small letters.",
    "OR": "Write 'or' in small letters.",
    "NOT": "Write 'not' in small letters.",
    "IN": "Write 'in' in small letters.",
}

AnyNode = TypeVar("AnyNode", bound=Node)


def parse_tree(text: str) -> Node:
    """The tree of one expression. Raises FormulaError."""
    return _Parser(tokenise(text)).whole()


class _Parser:
    """Reads tokens from left to right. `DEEPEST` bounds both its recursion and the depth of the tree."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.place = 0
        self.nesting = 0
        self.depths: dict[Node, int] = {}

    def whole(self) -> Node:
        if self.here.kind == "end":
            raise mistake("The formula is empty", 0, "Write an expression over the columns, such as Age * 2.")
        node = self.expression()
        if self.place < len(self.tokens) - 1:
            raise self.unexpected("an operator such as + or 'and'")
        return node

    @property
    def here(self) -> Token:
        return self.tokens[self.place]

    def take(self) -> Token:
        token = self.here
        if token.kind != "end":
            self.place += 1
        return token

    def at(self, *words: str) -> bool:
        return self.here.kind in ("symbol", "name") and self.here.text in words

    def expect(self, word: str, purpose: str) -> Token:
        if not self.at(word):
            raise self.unexpected(f"'{word}' {purpose}")
        return self.take()

    def unexpected(self, wanted: str) -> FormulaError:
        token = self.here
        if token.kind == "end":
            return mistake(f"The formula ends where {wanted} should follow", token.start)
        found = token.text if len(token.text) <= 30 else f"{token.text[:30]}…"
        found = "".join(character if character.isprintable() else " " for character in found)
        return mistake(f"Expected {wanted}, found {found}", token.start, _INSTEAD.get(token.text, ""))

    def made(self, node: AnyNode) -> AnyNode:
        """Note how deep the tree is below the node."""
        self.depths[node] = 1 + max((self.depths[child] for child in children(node)), default=0)
        if self.depths[node] > 2 * DEEPEST:
            raise too_deep(node.start)
        return node

    # Expressions

    def expression(self, loosest: int = CONDITIONAL) -> Node:
        """An operand and all operators after it that bind at least as tightly as `loosest`."""
        self.nesting += 1
        if self.nesting > DEEPEST:
            raise too_deep(self.here.start)
        left = self.operand()
        while (level := self.operator_level()) >= loosest:
            left = self.continued(left, level)
        self.nesting -= 1
        return left

    def operator_level(self) -> int:
        return LEVELS.get(self.here.text, 0) if self.here.kind in ("symbol", "name") else 0

    def continued(self, left: Node, level: int) -> Node:
        if level == CONDITIONAL:
            return self.conditional(left)
        if level == COMPARISON:
            node = self.membership(left) if self.at("in", "not") else self.comparison(left)
            if self.operator_level() == COMPARISON:
                raise mistake("Put brackets around one of the comparisons", self.here.start)
            return node
        return self.logic(left, level) if level in (OR, AND) else self.chain(left, level)

    def conditional(self, chosen: Node) -> Node:
        self.take()
        condition = self.expression(OR)
        self.expect("else", "with the value for all other rows")
        otherwise = self.expression(CONDITIONAL)
        return self.made(Call(chosen.start, otherwise.end, "if", (condition, chosen, otherwise)))

    def logic(self, left: Node, level: int) -> Node:
        word = self.here.text
        operands = [left]
        while self.at(word):
            self.take()
            operands.append(self.expression(level + 1))
        return self.made(Logic(left.start, operands[-1].end, word, tuple(operands)))

    def chain(self, left: Node, level: int) -> Node:
        rest: list[tuple[str, Node]] = []
        while self.operator_level() == level:
            symbol = self.take().text
            # An exponent may have a sign, and a power in it is worked out first: 2 ** -x ** 2.
            rest.append((symbol, self.expression(SIGN if level == POWER else level + 1)))
        return self.made(Chain(left.start, rest[-1][1].end, left, tuple(rest)))

    def comparison(self, left: Node) -> Node:
        rest: list[tuple[str, Node]] = []
        while self.here.kind == "symbol" and self.operator_level() == COMPARISON:
            symbol = self.take().text
            rest.append((symbol, self.expression(SUM)))
        return self.made(Compare(left.start, rest[-1][1].end, left, tuple(rest)))

    def membership(self, left: Node) -> Node:
        negated = self.take().text == "not"
        if negated:
            self.expect("in", "after 'not'")
        if self.here.kind == "column":
            raise mistake("After 'in' the list goes in round brackets", self.here.start, 'Write in ("a", "b").')
        self.expect("(", "before the list")
        choices = [self.choice()]
        while self.at(","):
            self.take()
            if self.at(")"):
                break
            choices.append(self.choice())
        end = self.expect(")", "after the list").end
        return self.made(Membership(left.start, end, left, tuple(choices), negated))

    def choice(self) -> Literal:
        value = self.expression(SUM)
        if isinstance(value, Literal) and value.value is not None:
            return value
        raise mistake("A list after 'in' holds only values that are written out", value.start)

    # Operands

    def operand(self) -> Node:
        token = self.here
        if token.kind in ("number", "text"):
            self.take()
            return self.made(Literal(token.start, token.end, token.value))
        if token.kind == "column":
            self.take()
            return self.made(Column(token.start, token.end, str(token.value)))
        if self.at("-", "+"):
            return self.signed()
        if self.at("not"):
            self.take()
            inner = self.expression(NOT)
            return self.made(Unary(token.start, inner.end, "not", inner))
        if self.at("("):
            return self.bracketed()
        if token.kind == "name":
            return self.named()
        raise self.unexpected("a column, a value or a function")

    def signed(self) -> Node:
        sign = self.take()
        inner = self.expression(SIGN)
        if isinstance(inner, Literal) and isinstance(inner.value, int | float) and type(inner.value) is not bool:
            value = -inner.value if sign.text == "-" else inner.value
            return self.made(Literal(sign.start, inner.end, value))
        return self.made(Unary(sign.start, inner.end, sign.text, inner))

    def bracketed(self) -> Node:
        self.take()
        inner = self.expression()
        if self.at(","):
            raise mistake("A list stands only after 'in'", self.here.start)
        self.expect(")", "after the expression")
        return inner

    def named(self) -> Node:
        token = self.take()
        if token.text in CONSTANTS:
            return self.made(Literal(token.start, token.end, CONSTANTS[token.text]))
        if token.text in RESERVED and not (token.text == "if" and self.at("(")):
            self.place -= 1
            raise self.unexpected("a column, a value or a function")
        return self.call(token) if self.at("(") else self.made(Column(token.start, token.end, token.text))

    def call(self, name: Token) -> Node:
        if name.text not in FUNCTIONS:
            raise unknown_function(name.text, name.start)
        self.take()
        arguments: list[Node] = []
        while not self.at(")"):
            arguments.append(self.expression())
            if not self.at(")"):
                self.expect(",", f"or ')' in the arguments of {name.text}")
        call = Call(name.start, self.take().end, name.text, tuple(arguments))
        return self.made(date_literal(call) if name.text == "date" else call)


def too_deep(position: int) -> FormulaError:
    hint = "Make several Formula steps, or use case(…) for a choice among many."
    return mistake("The formula is nested too deeply", position, hint)
