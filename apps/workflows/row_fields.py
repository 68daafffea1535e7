"""A list of records (conditions, new names) as rows of small fields, with empty rows to fill in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

MOST_ROWS = 2000
SPARE_ROWS = 2
RowForm = Callable[[Mapping[str, Any]], type[forms.Form]]


class RowsWidget(forms.Widget):
    """Inputs named `<name>-<row>-<field>`. A row without a value in its first field counts as empty."""

    use_fieldset = True

    def __init__(self, row_form: RowForm, labels: Sequence[str]) -> None:
        super().__init__()
        self.row_form = row_form
        self.labels = labels

    def rows(self, name: str, values: Sequence[Mapping[str, Any]]) -> list[forms.Form]:
        return [
            self.row_form(value)(prefix=f"{name}-{place}", initial=dict(value)) for place, value in enumerate(values)
        ]

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        values = [*(value or []), *({} for _ in range(SPARE_ROWS))]
        context = {"rows": self.rows(name, values), "labels": self.labels, "name": name}
        return render_to_string("workflows/rows_field.html", context)

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[dict[str, Any]]:
        found = []
        for place in range(MOST_ROWS + 1):
            prefix = f"{name}-{place}"
            if not any(key.startswith(f"{prefix}-") for key in data):
                break
            sent = {key.removeprefix(f"{prefix}-"): data.get(key) for key in data if key.startswith(f"{prefix}-")}
            form = self.row_form(sent)(data, prefix=prefix)
            first = next(iter(form.fields))
            if sent.get(first) not in ("", None):
                form.is_valid()
                found.append({key: form.cleaned_data.get(key, sent.get(key)) for key in form.fields})
        return found

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return False


class RowsField(forms.Field):
    """A list of JSON objects, one for each row."""

    def __init__(self, row_form: RowForm, labels: Sequence[str], **options: Any) -> None:
        super().__init__(widget=RowsWidget(row_form, labels), **options)

    def to_python(self, value: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = list(value or [])
        if len(rows) > MOST_ROWS:
            raise ValidationError(f"At most {MOST_ROWS} rows.")
        return rows
