"""What is wrong with a formula, and where."""

from __future__ import annotations


class FormulaError(Exception):
    """A formula that a person must mend.

    `message` is a sentence that names the place, `hint` says what to do (or is empty), `position` is the
    place as an offset into the text, from 0; sentences count characters from 1.
    """

    def __init__(self, message: str, position: int, hint: str = "") -> None:
        super().__init__(f"{message} {hint}".rstrip())
        self.message = message
        self.position = position
        self.hint = hint


def mistake(what: str, position: int, hint: str = "") -> FormulaError:
    """A FormulaError whose sentence ends with the place."""
    return FormulaError(f"{what} (at character {position + 1}).", position, hint)
