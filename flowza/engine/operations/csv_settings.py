"""How a CSV file is written: everything a reader must be told, as one frozen value that JSON can hold."""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

ColumnType = Literal["integer", "number", "text", "boolean", "date"]
ISO_DATE = "ISO8601"

INFINITY_WORDS: tuple[str, ...] = tuple(
    sign + word for word in ("inf", "Inf", "INF", "infinity", "Infinity", "INFINITY") for sign in ("", "+", "-")
)
NULL_WORDS: tuple[str, ...] = (
    "",
    "#N/A",
    "#N/A N/A",
    "#NA",
    "-1.#IND",
    "-1.#QNAN",
    "-NaN",
    "-nan",
    "1.#IND",
    "1.#QNAN",
    "<NA>",
    "N/A",
    "NA",
    "NAN",
    "NULL",
    "NaN",
    "Nan",
    "None",
    "n/a",
    "nan",
    "null",
    *INFINITY_WORDS,
)
"""Cells that mean "missing": pandas' own list, further spellings of NaN, and the infinities.

pyarrow and pandas differ in their defaults, so whichever reader runs is given this list.
"""

TRUE_WORDS: tuple[str, ...] = ("true", "True", "TRUE")
FALSE_WORDS: tuple[str, ...] = ("false", "False", "FALSE")

PANDAS_TYPES: dict[ColumnType, str] = {
    "integer": "int64",
    "number": "float64",
    "text": "str",
    "boolean": "bool",
}


DecimalMark = Literal[".", ","]
ThousandsMark = Literal[",", ".", " ", "'", "_"]


class NumberFormat(BaseModel):
    """How the amounts of one column are written. strip: currency and percent signs, which carry no value."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    decimal: DecimalMark = "."
    thousands: ThousandsMark | None = None
    strip: tuple[Annotated[str, Field(min_length=1, max_length=12)], ...] = Field(default=(), max_length=20)

    @model_validator(mode="after")
    def _marks_differ(self) -> NumberFormat:
        if self.decimal == self.thousands:
            raise ValueError("The decimal mark and the thousands mark must differ.")
        return self

    @field_validator("strip")
    @classmethod
    def _no_digits(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(set(sign) & set("0123456789.,+-()'") for sign in value):
            raise ValueError("A sign to take away holds no digit and none of . , + - ( ) '.")
        return value


DIRECTIVES = "YymdbBHMSfIp"


def _date_format(value: str) -> str:
    """ISO8601, or a format with day, month and year, each directive once."""
    if value == ISO_DATE:
        return value
    directives = re.findall("%(.?)", value)
    kinds = [next((kind for kind in ("Yy", "mbB", "HI") if each in kind), each) for each in directives]
    dated = all(any(each in kind for each in directives) for kind in ("Yy", "mbB", "d"))
    if not all(each and each in DIRECTIVES for each in directives) or len(set(kinds)) < len(kinds) or not dated:
        raise ValueError("A date format has day, month and year, such as %d/%m/%Y or %Y-%m-%d %H:%M.")
    return value


DateFormats = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_date_format)], ...],
    Field(min_length=1, max_length=20),
    BeforeValidator(lambda given: (given,) if isinstance(given, str) else given),
]


class CsvSettings(BaseModel):
    """The dialect of a CSV file and what its columns are.

    All that is said of columns is by final column name. A column without a type has it inferred from all of its
    cells. `names` are the final column names, in the file's order; None: those of the header.

    numbers: how a column's numbers are written where that differs from the file's marks. date_formats: strptime
    formats or "ISO8601", tried in this order for each cell. coerce: columns in which a cell that does not fit the
    type counts as missing; in others it refuses the file. labels: texts that differ from one of these by case or
    outer spaces only are read as it; an empty list: the most frequent spellings.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    encoding: str = "utf-8"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quote: str = Field(default='"', min_length=1, max_length=1)
    decimal: DecimalMark = "."
    thousands: ThousandsMark | None = None
    missing: tuple[str, ...] = NULL_WORDS
    header: bool = True
    names: tuple[str, ...] | None = None
    types: dict[str, ColumnType] = {}
    numbers: dict[str, NumberFormat] = {}
    date_formats: dict[str, DateFormats] = {}
    coerce: tuple[str, ...] = ()
    labels: dict[str, tuple[str, ...]] = {}

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        try:
            codecs.getincrementaldecoder(value)
            "".encode(value)
        except (LookupError, TypeError, ValueError) as error:
            raise ValueError(f"'{value}' is not a text encoding.") from error
        return value

    @field_validator("delimiter", "quote")
    @classmethod
    def _one_plain_character(cls, value: str) -> str:
        if not value.isascii() or value.isalnum() or value in "\r\n\0":
            raise ValueError("It must be one ASCII character that is no letter, digit or line end.")
        return value

    @model_validator(mode="after")
    def _marks_differ(self) -> CsvSettings:
        if self.delimiter == self.quote:
            raise ValueError("The delimiter and the quote must differ.")
        if self.decimal == self.thousands:
            raise ValueError("The decimal mark and the thousands mark must differ.")
        return self

    @property
    def number_formats(self) -> dict[str, NumberFormat]:
        """Columns whose cells `csv_cells.parse_numbers` reads, and how."""
        usual = NumberFormat(decimal=self.decimal, thousands=self.thousands)
        asked = {name: usual for name in self.coerce if self.types.get(name) in ("integer", "number")}
        written = {name: form for name, form in self.numbers.items() if self.types.get(name) in ("integer", "number")}
        return asked | written

    @property
    def parsed_dates(self) -> dict[str, tuple[str, ...]]:
        """Columns whose cells `csv_cells.parse_dates` reads: those that a reader cannot read with one format."""
        formats = {
            name: self.date_formats.get(name, (ISO_DATE,)) for name, kind in self.types.items() if kind == "date"
        }
        return {name: each for name, each in formats.items() if len(each) > 1 or name in self.coerce}

    @property
    def unified(self) -> dict[str, tuple[str, ...]]:
        """Columns whose labels are unified."""
        return {name: each for name, each in self.labels.items() if self.types.get(name, "text") == "text"}

    def as_cells(self) -> CsvSettings:
        """The same for the reader that splits cells: columns that are parsed afterwards are text."""
        later = {*self.number_formats, *self.parsed_dates, *self.unified}
        return self.model_copy(
            update={
                "types": {**self.types, **dict.fromkeys(later, "text")},
                "date_formats": {name: each for name, each in self.date_formats.items() if name not in later},
            }
        )

    @property
    def columns_told(self) -> frozenset[str]:
        """All columns that something is said of."""
        return frozenset({*self.types, *self.numbers, *self.date_formats, *self.coerce, *self.labels})

    def without_columns(self, names: Collection[str]) -> CsvSettings:
        """Nothing is said any more of these columns."""

        def others(given: Mapping[str, Any]) -> dict[str, Any]:
            return {name: value for name, value in given.items() if name not in names}

        said = {field: others(getattr(self, field)) for field in ("types", "numbers", "date_formats", "labels")}
        coerce = tuple(name for name in self.coerce if name not in names)
        return self.model_copy(update={**said, "coerce": coerce})


NUMBER_ANSWERS: dict[str, dict[str, str]] = {
    "decimal point": {"decimal": ".", "thousands": ","},
    "decimal comma": {"decimal": ",", "thousands": "."},
}
FORMAT_DIVIDER = " | "
"""Between the date formats of one answer."""


def answered(settings: CsvSettings, field: str, value: str, column: str | None = None) -> CsvSettings:
    """The settings after a person's answer to a Doubt. Raises ValueError for an answer that is none."""
    change: dict[str, Any]
    if field == "header" and value in ("true", "false"):
        bare = settings.without_columns(tuple(settings.columns_told))
        change = {**bare.model_dump(), "header": value == "true", "names": None}
    elif column and value in ("", "text") and field in ("date_formats", "numbers", "coerce", "labels"):
        plain = settings.without_columns({column})
        change = {**plain.model_dump(), "types": {**plain.types, column: "text"}}
    elif column:
        change = _answered_column(settings, field, value, column)
    else:
        raise ValueError(f"'{value}' is no answer to '{field}'.")
    return CsvSettings.model_validate({**settings.model_dump(), **change})


def _answered_column(settings: CsvSettings, field: str, value: str, column: str) -> dict[str, Any]:
    """What an answer about one column changes."""
    kind: ColumnType = "date" if field == "date_formats" else "text" if field == "labels" else "number"
    change: dict[str, Any] = {"types": {**settings.types, column: kind}}
    if kind != "text":
        change["coerce"] = tuple(dict.fromkeys((*settings.coerce, column)))
    if field == "date_formats":
        change["date_formats"] = {**settings.date_formats, column: tuple(value.split(FORMAT_DIVIDER))}
    elif field == "numbers" and value in NUMBER_ANSWERS:
        form = settings.numbers.get(column, NumberFormat())
        change["numbers"] = {**settings.numbers, column: form.model_copy(update=NUMBER_ANSWERS[value])}
    elif field == "labels" and value == "unify":
        change["labels"] = {**settings.labels, column: ()}
    elif not (field == "coerce" and value == "number"):
        raise ValueError(f"'{value}' is no answer to '{field}'.")
    return change


def pandas_read_csv_arguments(settings: CsvSettings) -> dict[str, Any]:
    """Keyword arguments with which `pandas.read_csv`, and `csv_cells.parse_columns` with those of
    `parse_columns_arguments` after it, gives the frame that `read_csv` gave.

    Exact for settings that a reading has settled (`ReadTable.settings`: names and types of all columns);
    with unsettled ones pandas infers the types that are not named.
    """
    settings = settings.as_cells()
    arguments: dict[str, Any] = {"sep": settings.delimiter}
    if settings.quote != '"':
        arguments["quotechar"] = settings.quote
    if settings.encoding.lower() not in ("utf-8", "utf8"):
        arguments["encoding"] = settings.encoding
    if settings.decimal != ".":
        arguments["decimal"] = settings.decimal
    if settings.thousands:
        arguments["thousands"] = settings.thousands
    arguments["header"] = 0 if settings.header else None
    if settings.names is not None:
        arguments["names"] = list(settings.names)
    arguments["index_col"] = False
    types = {name: PANDAS_TYPES[kind] for name, kind in settings.types.items() if kind != "date"}
    if types:
        arguments["dtype"] = types
    dates = [name for name, kind in settings.types.items() if kind == "date"]
    if dates:
        arguments["parse_dates"] = dates
        arguments["date_format"] = {name: settings.date_formats.get(name, (ISO_DATE,))[0] for name in dates}
    arguments["na_values"] = list(settings.missing)
    arguments["keep_default_na"] = False
    return arguments


def parse_columns_arguments(settings: CsvSettings) -> dict[str, Any]:
    """Keyword arguments of `csv_cells.parse_columns` after `pandas.read_csv`; empty when it has nothing to do."""
    numbers = {
        name: {
            key: list(value) if key == "strip" else value
            for key, value in form.model_dump(exclude_defaults=True).items()
        }
        for name, form in settings.number_formats.items()
    }
    dates = {name: list(formats) for name, formats in settings.parsed_dates.items()}
    labels = {name: list(labels) for name, labels in settings.unified.items()}
    return {key: value for key, value in (("numbers", numbers), ("dates", dates), ("labels", labels)) if value}
