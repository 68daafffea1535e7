"""What reading a file can say: it was refused, something was changed, or something must be asked."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Category = Literal["bad", "too_large"]
Level = Literal["note", "warning"]


class TableRefused(ValueError):
    """A file that cannot become a table. `message` is a sentence for people.

    `category` is "bad" (HTTP 400) or "too_large" (HTTP 413); `code` is stable for programs.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str,
        hint: str = "",
        category: Category = "bad",
        column: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.hint = hint
        self.category: Category = category
        self.column = column


@dataclass(frozen=True)
class Notice:
    """Something that reading changed or found, told once and stored with the table."""

    text: str
    code: str
    column: str | None = None
    level: Level = "note"

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Doubt:
    """A question whose answer the file does not hold.

    `field` names the field of CsvSettings that answers it; `options` are (value, label) pairs;
    `chosen` is what holds until someone answers (None: nothing was assumed).
    """

    question: str
    field: str
    options: tuple[tuple[str, str], ...]
    chosen: str | None = None
    column: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
