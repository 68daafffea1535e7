from django.contrib import admin

from apps.workflows.models import Presence, Workflow, WorkflowLink, WorkflowOp, WorkflowShare, WorkflowVersion


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


@admin.register(WorkflowShare)
class WorkflowShareAdmin(admin.ModelAdmin[WorkflowShare]):
    list_display = ("workflow", "user", "role", "created", "opened")
    list_select_related = ("workflow", "user")
    list_filter = ("role", "created")
    search_fields = ("workflow__name", "workflow__owner__username", "user__username", "user__email")
    autocomplete_fields = ("workflow", "user")
    filter_horizontal = ("datasets",)
    readonly_fields = ("given", "opened")


@admin.register(WorkflowLink)
class WorkflowLinkAdmin(admin.ModelAdmin[WorkflowLink]):
    """An operator can end a link and not make one: its secret is the owner's."""

    list_display = ("workflow", "role", "created")
    list_select_related = ("workflow",)
    list_filter = ("role", "created")
    search_fields = ("workflow__name", "workflow__owner__username")
    readonly_fields = ("workflow", "digest", "role", "datasets", "created")

    def has_add_permission(self, request: object) -> bool:
        return False

    def has_change_permission(self, request: object, obj: WorkflowLink | None = None) -> bool:
        return False


@admin.register(Presence)
class PresenceAdmin(admin.ModelAdmin[Presence]):
    list_display = ("workflow", "user", "seen")
    list_select_related = ("workflow", "user")
    search_fields = ("workflow__name", "user__username")
    readonly_fields = ("workflow", "user", "seen")

    def has_add_permission(self, request: object) -> bool:
        return False

    def has_change_permission(self, request: object, obj: Presence | None = None) -> bool:
        return False
