"""The registry for operators."""

from __future__ import annotations

from django.contrib import admin

from apps.registry.models import ModelVersion, RegisteredModel


@admin.register(RegisteredModel)
class RegisteredModelAdmin(admin.ModelAdmin[RegisteredModel]):
    list_display = ("name", "owner", "created", "updated")
    list_select_related = ("owner",)
    search_fields = ("name", "owner__username")
    autocomplete_fields = ("owner",)


@admin.register(ModelVersion)
class ModelVersionAdmin(admin.ModelAdmin[ModelVersion]):
    list_display = ("model", "number", "task", "estimator", "training_rows", "size", "created")
    list_select_related = ("model",)
    list_filter = ("task", "created")
    search_fields = ("model__name", "key", "digest")
    autocomplete_fields = ("model", "run")
