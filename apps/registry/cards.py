"""What the page of a model version says: the columns to send, and what its file tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from apps.accounts.templatetags.flowza import number
from apps.registry.models import ModelVersion
from flowza.engine.errors import StoreError
from flowza.engine.model_file import read_manifest

LEVELS_SHOWN = 8
ICONS = {
    "number": "hash",
    "whole number": "hash",
    "text": "typography",
    "date": "calendar",
    "true or false": "checkbox",
}


@dataclass(frozen=True)
class InputColumn:
    """A raw column that a client sends. `levels`: at most LEVELS_SHOWN of its categories, `more`: how many others."""

    name: str
    kind: str
    icon: str
    nulls: bool
    levels: list[str]
    more: int
    range: str


def input_columns(columns: list[dict[str, Any]]) -> list[InputColumn]:
    """The inputs of a stored signature for the page."""
    return [input_column(column) for column in columns]


def input_column(column: dict[str, Any]) -> InputColumn:
    levels = column["categories"] or []
    kind = kind_word(column)
    shown = [str(level) for level in levels[:LEVELS_SHOWN]]
    return InputColumn(
        column["name"],
        kind,
        ICONS.get(kind, "point"),
        column["nulls"],
        shown,
        len(levels) - len(shown),
        range_words(column["minimum"], column["maximum"]),
    )


def kind_word(column: dict[str, Any]) -> str:
    if column["type"] == "number" and "int" in column["dtype"].lower():
        return "whole number"
    return {"flag": "0 or 1", "boolean": "true or false"}.get(column["type"], str(column["type"]))


def range_words(low: float | str | None, high: float | str | None) -> str:
    if low is None or high is None:
        return ""
    return " to ".join(day(end) if isinstance(end, str) else number(end) for end in (low, high))


def day(moment: str) -> str:
    """`2024-01-31 18:30:00`; without the time of day where it is midnight."""
    return moment.replace("T", " ").removesuffix(" 00:00:00")


@dataclass(frozen=True)
class FileFacts:
    """What the model file says of itself; `problem` instead, where it cannot be read."""

    libraries: dict[str, str]
    problem: str = ""


def file_facts(version: ModelVersion) -> FileFacts:
    """Library versions from the model file's manifest, whose digest is checked."""
    try:
        with version.file.open("rb") as stream:
            return FileFacts(read_manifest(stream, version.digest)["libraries"])
    except FileNotFoundError:
        return FileFacts({}, "The model file is not there any more.")
    except StoreError as error:
        return FileFacts({}, str(error))
