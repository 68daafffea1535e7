"""What people send about datasets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from apps.datasets.models import Dataset


class RenameForm(forms.ModelForm[Dataset]):
    class Meta:
        model = Dataset
        fields = ("name",)

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        mine = Dataset.objects.owned_by(self.instance.owner).exclude(pk=self.instance.pk)
        if mine.filter(name=name).exists():
            raise forms.ValidationError("You have a dataset of that name.")
        return name


def answers_of(
    data: Mapping[str, Any], doubts: Sequence[Mapping[str, Any]], *, none_is_fine: bool = False
) -> dict[tuple[str, str], str]:
    """(field, column or "") -> chosen value, for the questions `doubt-0`, `doubt-1` … that were answered otherwise
    than was assumed.

    Raises ValueError for a value that the question does not offer, and without any answer unless none is fine.
    """
    answers = {}
    for number, doubt in enumerate(doubts):
        value = data.get(f"doubt-{number}")
        if value is None or value == doubt["chosen"]:
            continue
        if value not in {option for option, _ in doubt["options"]}:
            raise ValueError(f"'{value}' is no answer to this question.")
        answers[(doubt["field"], doubt["column"] or "")] = value
    if not answers and not none_is_fine:
        raise ValueError("Nothing was changed: choose another answer first.")
    return answers
