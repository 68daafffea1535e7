"""Datasets for operators."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.datasets.models import Dataset, DatasetShare, DatasetVersion


@admin.register(Dataset)
class DatasetAdmin(admin.ModelAdmin[Dataset]):
    list_display = ("name", "owner", "created", "updated", "deleted")
    list_filter = ("created", "updated", "deleted")
    list_select_related = ("owner",)
    search_fields = ("name", "owner__username", "owner__email")
    readonly_fields = ("created", "updated")
    autocomplete_fields = ("owner",)


@admin.register(DatasetVersion)
class DatasetVersionAdmin(admin.ModelAdmin[DatasetVersion]):
    """Versions are never changed, so nothing here can be."""

    list_display = ("dataset", "number", "rows", "column_count", "size", "original_name", "created", "created_by")
    list_filter = ("created",)
    list_select_related = ("dataset", "created_by")
    search_fields = ("dataset__name", "original_name", "digest", "dataset__owner__username")

    def get_queryset(self, request: HttpRequest) -> QuerySet[DatasetVersion]:
        queryset = super().get_queryset(request)
        listing = request.resolver_match is not None and str(request.resolver_match.url_name).endswith("changelist")
        return queryset.defer("columns", "notices", "doubts", "import_settings") if listing else queryset

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: DatasetVersion | None = None) -> bool:
        return False


@admin.register(DatasetShare)
class DatasetShareAdmin(admin.ModelAdmin[DatasetShare]):
    list_display = ("dataset", "user", "created")
    list_filter = ("created",)
    list_select_related = ("dataset", "user")
    search_fields = ("dataset__name", "dataset__owner__username", "user__username", "user__email")
    autocomplete_fields = ("dataset", "user")
