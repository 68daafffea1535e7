"""The form of import settings: its fields from settings, and settings from what was sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flowza.engine.operations.csv_preview import Preview, PreviewColumn
from flowza.engine.operations.csv_sentences import settings_from
from flowza.engine.operations.csv_settings import FORMAT_DIVIDER, ISO_DATE, NULL_WORDS, CsvSettings, NumberFormat

COLUMNS_SHOWN = 200
"""Columns of a preview; what is said of further ones stays as it is."""

DELIMITERS = {"comma": (",", "comma ,"), "semicolon": (";", "semicolon ;"), "tab": ("\t", "tab"), "bar": ("|", "bar |")}
DELIMITERS |= {"space": (" ", "space"), "colon": (":", "colon :"), "caret": ("^", "caret ^"), "tilde": ("~", "tilde ~")}
ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16 with a mark",
    "utf-16-le": "UTF-16, little endian",
    "utf-16-be": "UTF-16, big endian",
    "utf-32": "UTF-32 with a mark",
    "cp1252": "Windows-1252 (Western Europe)",
    "latin-1": "Latin-1 (Western Europe)",
    "iso8859-15": "Latin-9 (with €)",
    "cp1250": "Windows-1250 (Central Europe)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)",
    "cp1254": "Windows-1254 (Turkish)",
    "cp437": "DOS (cp437)",
    "mac-roman": "Mac Roman",
    "shift_jis": "Shift JIS (Japanese)",
    "gb18030": "GB 18030 (Chinese)",
    "euc-kr": "EUC-KR (Korean)",
}
QUOTES = (('"', 'double "'), ("'", "single '"))
DECIMALS = ((".", "point: 1.5"), (",", "comma: 1,5"))
THOUSANDS = (
    ("", "none: 1234"),
    (",", "comma: 1,234"),
    (".", "point: 1.234"),
    ("space", "space: 1 234"),
    ("'", "apostrophe: 1'234"),
    ("_", "underscore: 1_234"),
)
TYPES = (
    ("integer", "Whole number"),
    ("number", "Number"),
    ("text", "Text"),
    ("boolean", "True or false"),
    ("date", "Date"),
)
DATE_FORMATS = ("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d/%m/%y", "%m/%d/%y", "%d %b %Y", "%Y-%m-%d %H:%M")
DIALECT = ("encoding", "delimiter", "quote", "header", "decimal", "thousands", "missing")


@dataclass(frozen=True)
class ColumnFields:
    """What the form says of one column. kind '' = found out from its cells."""

    kind: str
    formats: str = ""
    decimal: str = "."
    thousands: str = ""
    strip: str = ""
    unify: bool = False

    @property
    def told(self) -> tuple[object, ...]:
        """The fields that count for this kind."""
        of_kind: dict[str, tuple[object, ...]] = {
            "number": (self.decimal, self.thousands, self.strip.split()),
            "date": (self.formats,),
            "text": (self.unify,),
        }
        return (self.kind, *of_kind.get(self.kind, ()))


@dataclass(frozen=True)
class ColumnForm:
    """One column of the page: its place, its fields and its cells. has_variants: labels of several spellings."""

    place: int
    fields: ColumnFields
    column: PreviewColumn
    has_variants: bool = False

    @property
    def found(self) -> str:
        return dict(TYPES)[self.column.type].lower()


def dialect_fields(settings: CsvSettings) -> dict[str, Any]:
    """The fields about the file as the page shows them."""
    names = {character: name for name, (character, _) in DELIMITERS.items()}
    delimiters = [(name, label) for name, (_, label) in DELIMITERS.items()]
    if settings.delimiter not in names:
        delimiters.append((settings.delimiter, settings.delimiter))
    encodings = list(ENCODINGS.items())
    if settings.encoding not in ENCODINGS:
        encodings.append((settings.encoding, settings.encoding))
    quotes = list(QUOTES)
    if settings.quote not in dict(QUOTES):
        quotes.append((settings.quote, settings.quote))
    return {
        "delimiter": names.get(settings.delimiter, settings.delimiter),
        "delimiters": delimiters,
        "encoding": settings.encoding,
        "encodings": encodings,
        "quote": settings.quote,
        "quotes": quotes,
        "header": settings.header,
        "decimal": settings.decimal,
        "decimals": DECIMALS,
        "thousands": "space" if settings.thousands == " " else settings.thousands or "",
        "thousands_marks": THOUSANDS,
        "missing": ", ".join(word for word in settings.missing if word not in NULL_WORDS),
        "usual_missing": set(NULL_WORDS) <= set(settings.missing),
        "types": TYPES,
        "date_formats": DATE_FORMATS,
    }


def column_forms(preview: Preview, given: CsvSettings, facts: Iterable[Mapping[str, Any]] = ()) -> list[ColumnForm]:
    """The columns that the page shows. given: what the preview was asked for, before it found out the rest.

    facts: what is known of the columns of the data version.
    """
    variants = {fact["name"] for fact in facts if fact["profile"].get("case_variants")} | set(given.labels)
    forms = []
    for place, column in enumerate(preview.columns[:COLUMNS_SHOWN]):
        fields = fields_of(preview.settings, column.name, given.types.get(column.name, ""))
        forms.append(ColumnForm(place, fields, column, column.name in variants))
    return forms


def fields_of(settings: CsvSettings, name: str, kind: str) -> ColumnFields:
    form = settings.number_formats.get(name, NumberFormat(decimal=settings.decimal, thousands=settings.thousands))
    return ColumnFields(
        kind,
        FORMAT_DIVIDER.join(settings.date_formats.get(name, (ISO_DATE,))),
        form.decimal,
        "space" if form.thousands == " " else form.thousands or "",
        " ".join(form.strip),
        name in settings.labels,
    )


def sent_settings(data: Mapping[str, str], before: CsvSettings) -> CsvSettings:
    """The settings that a person sent, given those before.

    When something about the file changes, columns that the person left alone are found out again. A column that was
    given another type may lose cells. Raises SettingsInvalid.
    """
    dialect = _sent_dialect(data, before)
    changed = any(dialect[field] != before.model_dump()[field] for field in DIALECT)
    plan = before
    if changed:
        plan = before.without_columns(before.columns_told)
        same_names = all(
            dialect[each] == getattr(before, each) for each in ("encoding", "delimiter", "quote", "header")
        )
        plan = plan.model_copy(update={"names": before.names if same_names else None})
    told = {field: value for field, value in plan.model_dump().items() if field not in DIALECT}
    for name, fields in _sent_columns(data):
        if fields.told == fields_of(before, name, before.types.get(name, "")).told:
            continue
        bare = settings_from({**plan.model_dump(), **told}).without_columns({name})
        told = {field: value for field, value in bare.model_dump().items() if field not in DIALECT}
        if fields.kind:
            _tell(told, name, fields, dialect)
    return settings_from({**told, **dialect})


def _tell(told: dict[str, Any], name: str, fields: ColumnFields, dialect: Mapping[str, Any]) -> None:
    """Put what was chosen for a column into the settings."""
    told["types"] = {**told["types"], name: fields.kind}
    if fields.kind in ("number", "date"):
        told["coerce"] = (*told["coerce"], name)
    if fields.kind == "date":
        formats = tuple(each.strip() for each in fields.formats.split(FORMAT_DIVIDER.strip()) if each.strip())
        told["date_formats"] = {**told["date_formats"], name: formats or (ISO_DATE,)}
    elif fields.kind == "number":
        marks = {"decimal": fields.decimal, "thousands": _mark(fields.thousands)}
        form = {**marks, "strip": tuple(fields.strip.split())}
        if form != {"decimal": dialect["decimal"], "thousands": dialect["thousands"], "strip": ()}:
            told["numbers"] = {**told["numbers"], name: form}
    elif fields.kind == "text" and fields.unify:
        told["labels"] = {**told["labels"], name: ()}


def _sent_dialect(data: Mapping[str, str], before: CsvSettings) -> dict[str, Any]:
    words = tuple(dict.fromkeys(word.strip() for word in data.get("missing", "").split(",") if word.strip()))
    named = data.get("delimiter", before.delimiter)
    usual = tuple(word for word in before.missing if word in NULL_WORDS)
    if data.get("usual_missing") and not set(NULL_WORDS) <= set(usual):
        usual = NULL_WORDS
    kept = usual if data.get("usual_missing") else ("",)
    return {
        "encoding": data.get("encoding", before.encoding),
        "delimiter": DELIMITERS[named][0] if named in DELIMITERS else named,
        "quote": data.get("quote", before.quote),
        "header": bool(data.get("header")),
        "decimal": data.get("decimal", before.decimal),
        "thousands": _mark(data.get("thousands", "")),
        "missing": (*kept, *(word for word in words if word not in kept)),
    }


def _mark(sent: str) -> str | None:
    return " " if sent == "space" else sent or None


def _sent_columns(data: Mapping[str, str]) -> Iterable[tuple[str, ColumnFields]]:
    places = sorted(int(found[1]) for key in data if (found := re.fullmatch(r"name-(\d{1,4})", key)))
    for place in places[:COLUMNS_SHOWN]:

        def sent(field: str, otherwise: str = "", place: int = place) -> str:
            return data.get(f"{field}-{place}", otherwise)

        kind = sent("type")
        yield (
            sent("name"),
            ColumnFields(
                kind if kind in dict(TYPES) else "",
                sent("format"),
                sent("decimal", "."),
                sent("thousands"),
                sent("strip"),
                bool(sent("labels")),
            ),
        )


def same_reading(one: CsvSettings, other: CsvSettings) -> bool:
    """Whether two settings read a file alike."""
    dumps = [each.model_dump() for each in (one, other)]
    for dump in dumps:
        dump["coerce"] = sorted(dump["coerce"])
        dump["missing"] = sorted(dump["missing"])
    return dumps[0] == dumps[1]
