"""What people send about models."""

from __future__ import annotations

from django import forms

from apps.registry.models import RegisteredModel


class DescriptionForm(forms.ModelForm[RegisteredModel]):
    description = forms.CharField(required=False, max_length=2000, widget=forms.Textarea)

    class Meta:
        model = RegisteredModel
        fields = ("description",)
