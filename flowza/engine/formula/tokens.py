"""From text to tokens: numbers, texts in quotes, names, columns in brackets, symbols."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal as Word

from flowza.engine.formula.errors import mistake

LONGEST = 2_000
LARGEST_INTEGER = 2**63 - 1
LONGEST_NUMBER = 40

Kind = Word["number", "text", "name", "column", "symbol", "end"]

_SPACE = re.compile(r"[ \t\r\n]+")
_NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NAME = re.compile(r"[^\W\d]\w*")
_COLUMN = re.compile(r"\[((?:[^\]]|\]\])*)\]")
_SYMBOL = re.compile(r"\*\*|//|<=|>=|==|!=|[-+*/%<>(),]")
_ESCAPES = {"\\": "\\", '"': '"', "'": "'", "n": "\n", "t": "\t"}
_FOREIGN = {
    "=": "Use == to compare.",
    "&": "Write 'and'.",
    "|": "Write 'or'.",
    "!": "Write 'not', or != for 'is not equal'.",
    "^": "Write ** for 'to the power of'.",
    ".": "There are no methods and no attributes; a column whose name has a dot goes in brackets: [a.b].",
    "{": "A column whose name is not a plain word goes in brackets: [any name].",
    "]": "Inside [ ], a bracket that belongs to the column's name is written ]].",
    "“": 'Write texts in straight quotes: "text".',
    "”": 'Write texts in straight quotes: "text".',
    "„": 'Write texts in straight quotes: "text".',
    "‘": "Write texts in straight quotes: 'text'.",
    "’": "Write texts in straight quotes: 'text'.",
    "×": "Write * to multiply.",
    "÷": "Write / to divide.",
    "−": "Write a plain minus: -.",
    "≤": "Write <=.",
    "≥": "Write >=.",
    "≠": "Write !=.",
    ";": "Arguments are divided by commas.",
}


@dataclass(frozen=True)
class Token:
    """`text` is what was written, `value` what it means: the number, the text, the column's name."""

    kind: Kind
    text: str
    value: int | float | str
    start: int
    end: int


def tokenise(text: str) -> list[Token]:
    """All tokens, the last of kind "end". Raises FormulaError; the time is linear in the length."""
    if len(text) > LONGEST:
        raise mistake(
            f"The formula has {len(text):,} characters; at most {LONGEST:,} are allowed",
            LONGEST,
            "Make several Formula steps.",
        )
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        if space := _SPACE.match(text, position):
            position = space.end()
            continue
        tokens.append(_token(text, position))
        position = tokens[-1].end
    tokens.append(Token("end", "", "", len(text), len(text)))
    return tokens


def _token(text: str, start: int) -> Token:
    character = text[start]
    if character in "\"'":
        return _text(text, start)
    if character == "[":
        return _column(text, start)
    if found := _NUMBER.match(text, start):
        return _number(text, start, found.end())
    if found := _NAME.match(text, start):
        return Token("name", found.group(), found.group(), start, found.end())
    if found := _SYMBOL.match(text, start):
        return Token("symbol", found.group(), found.group(), start, found.end())
    raise mistake(f"{shown(character)} means nothing here", start, _FOREIGN.get(character, ""))


def _number(text: str, start: int, end: int) -> Token:
    written = text[start:end]
    if end < len(text) and (text[end].isalnum() or text[end] in "_."):
        raise mistake(f"'{written}{text[end]}' is no number", start, "Write numbers like 1200, 0.5 or 1e6.")
    if len(written) > LONGEST_NUMBER:
        raise mistake(f"This number has more than {LONGEST_NUMBER} digits", start)
    value: int | float = int(written) if written.isdigit() else float(written)
    if isinstance(value, int) and value > LARGEST_INTEGER:
        raise mistake(f"{written} is too large for a whole number", start, f"Write it with decimals: {written}.0.")
    if value == float("inf"):
        raise mistake(f"{written} is too large for a number", start)
    return Token("number", written, value, start, end)


def _text(text: str, start: int) -> Token:
    quote = text[start]
    parts: list[str] = []
    position = start + 1
    while position < len(text) and text[position] != quote:
        character = text[position]
        if character == "\\":
            position += 1
            escaped = text[position : position + 1]
            if escaped not in _ESCAPES:
                raise mistake(f"'\\{escaped}' means nothing in a text", position - 1, r"Write \\ for a backslash.")
            character = _ESCAPES[escaped]
        elif character == "\0" or "\ud800" <= character <= "\udfff":
            raise mistake(f"A text cannot hold {shown(character)}", position)
        parts.append(character)
        position += 1
    if position >= len(text):
        raise mistake("This text has no closing quote", start, f"End it with {quote}.")
    return Token("text", text[start : position + 1], "".join(parts), start, position + 1)


def _column(text: str, start: int) -> Token:
    found = _COLUMN.match(text, start)
    if not found:
        raise mistake("This column name has no closing bracket", start, "End it with ].")
    return Token("column", found.group(), found.group(1).replace("]]", "]"), start, found.end())


def shown(character: str) -> str:
    """A character for a sentence; what cannot be seen by its number."""
    return f"'{character}'" if character.isprintable() else f"the character U+{ord(character):04X}"
