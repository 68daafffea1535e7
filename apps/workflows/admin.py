from django.contrib import admin

from apps.workflows.models import Workflow, WorkflowOp, WorkflowVersion


@admin.register(Workflow)
class WorkflowAdmin(admin.ModelAdmin[Workflow]):
    list_display = ("name", "owner", "revision", "created", "updated")
    list_select_related = ("owner",)
    search_fields = ("name", "description", "owner__username", "owner__email")
    list_filter = ("updated",)
    autocomplete_fields = ("owner",)
    readonly_fields = ("created", "updated")
    date_hierarchy = "updated"


@admin.register(WorkflowVersion)
class WorkflowVersionAdmin(admin.ModelAdmin[WorkflowVersion]):
    list_display = ("workflow", "number", "name", "created_by", "created", "digest")
    list_select_related = ("workflow", "created_by")
    search_fields = ("workflow__name", "name", "digest", "created_by__username")
    list_filter = ("created",)
    readonly_fields = ("workflow", "number", "name", "note", "changes", "graph", "digest", "created", "created_by")

    def has_add_permission(self, request: object) -> bool:
        return False

    def has_change_permission(self, request: object, obj: WorkflowVersion | None = None) -> bool:
        return False


@admin.register(WorkflowOp)
class WorkflowOpAdmin(admin.ModelAdmin[WorkflowOp]):
    list_display = ("workflow", "revision", "label", "kind", "state", "user", "created")
    list_select_related = ("workflow", "user")
    search_fields = ("workflow__name", "label", "op_id", "user__username")
    list_filter = ("kind", "state", "created")
    readonly_fields = (
        *("workflow", "revision", "base", "op_id", "user", "kind", "state", "of", "label", "ops", "inverses"),
        "created",
    )

    def has_add_permission(self, request: object) -> bool:
        return False

    def has_change_permission(self, request: object, obj: WorkflowOp | None = None) -> bool:
        return False
