from django.contrib import admin

from apps.accounts.access import Row
from apps.runs.models import Artifact, LogLine, Metric, NodeRun, OutputFile, Run, RunInput, RunTag


class ReadOnlyAdmin(admin.ModelAdmin[Row]):
    """Rows that only the worker writes: operators look at them and delete them."""

    def has_add_permission(self, request: object) -> bool:
        return False

    def has_change_permission(self, request: object, obj: object = None) -> bool:
        return False


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin[Run]):
    list_display = (
        "id", "version", "user", "state", "attempt", "owner", "lease_until", "created", "seconds", "starred"
    )  # fmt: skip
    list_select_related = ("version__workflow", "user")
    list_filter = ("state", "starred", "created")
    search_fields = (
        "=id", "version__workflow__name", "user__username", "user__email", "owner", "note", "tags__word"
    )  # fmt: skip
    date_hierarchy = "created"


@admin.register(RunInput)
class RunInputAdmin(ReadOnlyAdmin[RunInput]):
    list_display = ("run", "node_id", "reference", "name", "number", "digest")
    list_select_related = ("run",)
    search_fields = ("=run__id", "name", "reference", "digest")
    raw_id_fields = ("version",)


@admin.register(RunTag)
class RunTagAdmin(ReadOnlyAdmin[RunTag]):
    list_display = ("run", "word")
    list_select_related = ("run",)
    search_fields = ("=run__id", "word")


@admin.register(NodeRun)
class NodeRunAdmin(ReadOnlyAdmin[NodeRun]):
    list_display = ("run", "position", "label", "kind", "state", "seconds", "rows_in", "rows_out", "key")
    list_select_related = ("run",)
    list_filter = ("state", "kind")
    search_fields = ("=run__id", "node_id", "label", "kind", "key")
    exclude = ("artifacts",)


@admin.register(LogLine)
class LogLineAdmin(ReadOnlyAdmin[LogLine]):
    list_display = ("run", "time", "level", "node_id", "text")
    list_select_related = ("run",)
    list_filter = ("level",)
    search_fields = ("=run__id", "node_id", "text")
    show_full_result_count = False


@admin.register(Artifact)
class ArtifactAdmin(ReadOnlyAdmin[Artifact]):
    list_display = ("key", "suffix", "kind", "size", "run", "created")
    list_select_related = ("run",)
    list_filter = ("kind", "created")
    search_fields = ("key", "sha256", "=run__id")


@admin.register(Metric)
class MetricAdmin(ReadOnlyAdmin[Metric]):
    list_display = ("run", "node_id", "label", "value", "baseline", "rows")
    list_select_related = ("run",)
    search_fields = ("=run__id", "name", "label")


@admin.register(OutputFile)
class OutputFileAdmin(ReadOnlyAdmin[OutputFile]):
    list_display = ("name", "run", "node_id", "size", "created")
    list_select_related = ("run",)
    search_fields = ("name", "=run__id", "node_id", "sha256")
