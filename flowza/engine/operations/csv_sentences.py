"""Import settings that people or programs send, and what is wrong with them in a sentence."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from flowza.engine.operations.csv_settings import CsvSettings, NumberFormat

WHAT = {
    "encoding": "The encoding",
    "delimiter": "The delimiter",
    "quote": "The quote",
    "decimal": "The decimal mark",
    "thousands": "The thousands mark",
    "missing": "The words for missing cells",
    "header": "'header'",
    "names": "The column names",
    "types": "The type",
    "numbers": "The format of numbers",
    "date_formats": "The date format",
    "coerce": "The list of columns that may lose cells",
    "labels": "The labels",
    "strip": "The signs to take away",
}
MUST = {
    "delimiter": "must be one character, such as , or ; or a tab",
    "quote": "must be one character, such as \" or '",
    "decimal": "must be . or ,",
    "thousands": "must be , . ' _ or a space, or nothing",
    "missing": "must be a list of texts",
    "header": "must be true or false",
    "names": "must be a list of texts",
    "types": "must be integer, number, text, boolean or date",
    "numbers": "must be an object with decimal, thousands and strip",
    "date_formats": "must be formats such as %d/%m/%Y",
    "coerce": "must be a list of column names",
    "labels": "must be a list of texts",
    "strip": "must be a list of short texts without digits, such as $ or %",
    "encoding": "must be the name of a text encoding, such as utf-8 or cp1252",
}
BY_COLUMN = ("types", "numbers", "date_formats", "labels")


class SettingsInvalid(ValueError):
    """Import settings that cannot be used. `message` is a sentence, `field` names what it is about ('' = all)."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


def settings_from(data: Any) -> CsvSettings:
    """The settings in JSON or a form's data. Raises SettingsInvalid."""
    if not isinstance(data, dict):
        raise SettingsInvalid('The settings must be an object, such as {"delimiter": ";"}.')
    try:
        return CsvSettings.model_validate(data)
    except ValidationError as error:
        raise problem_of(error) from error
    except RecursionError as error:
        raise SettingsInvalid("The settings are nested too deep.") from error


def problem_of(error: ValidationError) -> SettingsInvalid:
    """The first thing that is wrong, in words."""
    first = error.errors()[0]
    place = [str(part) for part in first["loc"]]
    field = next((part for part in reversed(place) if part in WHAT), place[0] if place else "")
    if first["type"] == "extra_forbidden":
        model = NumberFormat if place[0] == "numbers" else CsvSettings
        known = ", ".join(model.model_fields)
        return SettingsInvalid(f"There is no setting '{_short(place[-1])}'. The settings are {known}.", place[0][:40])
    column = f"Column '{_short(place[1])}': " if len(place) > 1 and place[0] in BY_COLUMN else ""
    if first["type"] == "value_error":
        sentence = str(first["ctx"]["error"])
        if sentence.startswith("It "):
            sentence = WHAT.get(field, "It") + sentence.removeprefix("It")
    else:
        sentence = f"{WHAT.get(field, 'A setting')} {MUST.get(field, 'is not valid')}."
    return SettingsInvalid(column + (sentence[0].lower() + sentence[1:] if column else sentence), field)


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:40] + "…"
