"""Runs as the API shows them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from apps.runs.models import LogLine, Metric, NodeRun, OutputFile, Run, RunInput
from apps.runs.withholding import bare_error, shown_metrics, shown_node_runs, withheld


class RunErrorSerializer(serializers.Serializer[Any]):
    """Why a run or one of its steps failed."""

    message = serializers.CharField()
    node = serializers.CharField(required=False)
    column = serializers.CharField(allow_null=True)
    hint = serializers.CharField(allow_null=True)
    code = serializers.CharField()
    reference = serializers.CharField(allow_null=True, help_text="Names a bug in the log.")


class MetricSerializer(serializers.ModelSerializer[Metric]):
    node = serializers.CharField(source="node_id")

    class Meta:
        model = Metric
        fields = ("node", "name", "label", "value", "baseline", "sentence", "higher_is_better", "rows")


class RunInputSerializer(serializers.ModelSerializer[RunInput]):
    """A stored table that a run reads, as it was when the run was started."""

    node = serializers.CharField(source="node_id")
    dataset = serializers.IntegerField(
        source="version.dataset_id", default=None, allow_null=True, help_text="None once it has been deleted."
    )

    class Meta:
        model = RunInput
        fields = ("node", "reference", "dataset", "name", "number", "digest")


class NodeRunSerializer(serializers.ModelSerializer[NodeRun]):
    """One step of a run."""

    id = serializers.CharField(source="node_id")
    error = serializers.SerializerMethodField()
    result = serializers.SerializerMethodField(help_text="Where its output is, once there is one.")

    class Meta:
        model = NodeRun
        fields: tuple[str, ...] = (
            "id",
            "kind",
            "label",
            "state",
            "started",
            "seconds",
            "rows_in",
            "rows_out",
            "columns",
            "output",
            "kept_from",
            "note",
            "error",
            "result",
        )

    @extend_schema_field(RunErrorSerializer(allow_null=True))
    def get_error(self, node_run: NodeRun) -> Any:
        return node_run.error

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_result(self, node_run: NodeRun) -> str | None:
        if not node_run.output:
            return None
        address = ("api:run-node", (node_run.run_id, node_run.node_id))
        return str(reverse(*address, request=self.context.get("request")))


class OutputFileSerializer(serializers.ModelSerializer[OutputFile]):
    """A file to download."""

    node = serializers.CharField(source="node_id")
    url = serializers.SerializerMethodField()

    class Meta:
        model = OutputFile
        fields = ("node", "name", "size", "sha256", "url")

    def get_url(self, file: OutputFile) -> str:
        return str(reverse("runs:file", (file.run_id, file.pk), request=self.context.get("request")))


class RunSummarySerializer(serializers.ModelSerializer[Run]):
    """A run without its steps."""

    workflow = serializers.IntegerField(source="version.workflow_id")
    version = serializers.IntegerField(source="version.number", help_text="Number of the workflow's version.")
    error = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField()

    class Meta:
        model = Run
        fields: tuple[str, ...] = (
            "id",
            "workflow",
            "version",
            "state",
            "until",
            "cancel_requested",
            "created",
            "started",
            "finished",
            "seconds",
            "error",
            "url",
        )

    @extend_schema_field(RunErrorSerializer(allow_null=True))
    def get_error(self, run: Run) -> Any:
        return bare_error(run.error) if run.data_hidden else run.error

    def get_url(self, run: Run) -> str:
        return str(reverse("api:run-detail", (run.pk,), request=self.context.get("request")))


class RunSerializer(RunSummarySerializer):
    """A run with the data it reads, its steps, metrics and files."""

    withheld = serializers.SerializerMethodField(
        help_text="Why rows, results, log and files are left out: you may not read the data. Else empty."
    )
    inputs = RunInputSerializer(many=True, help_text="The data versions that it reads.")
    tags: Any = serializers.SlugRelatedField("word", many=True, read_only=True)
    nodes = NodeRunSerializer(source="node_runs", many=True)
    metrics = MetricSerializer(many=True)
    files = OutputFileSerializer(source="output_files", many=True)

    class Meta(RunSummarySerializer.Meta):
        fields = (
            *RunSummarySerializer.Meta.fields,
            *("starred", "note", "tags", "withheld", "inputs", "nodes", "metrics", "files"),
        )

    def get_withheld(self, run: Run) -> str:
        return withheld(run)

    def to_representation(self, run: Run) -> dict[str, Any]:
        """Without access to the data: states, times and numbers."""
        nodes, metrics = list(run.node_runs.all()), list(run.metrics.all())
        found: dict[str, Any] = super().to_representation(run)
        found["nodes"] = NodeRunSerializer(shown_node_runs(run, nodes), many=True, context=self.context).data
        found["metrics"] = MetricSerializer(shown_metrics(run, metrics), many=True).data
        if run.data_hidden:
            found["files"] = []
            found["inputs"] = [one | {"digest": ""} for one in found["inputs"]]
        return found


class RunStartSerializer(serializers.Serializer[Any]):
    """How far to run."""

    until = serializers.CharField(
        required=False, allow_blank=True, max_length=64, help_text="Id of the last step to run; left out: all steps."
    )


class LogLineSerializer(serializers.ModelSerializer[LogLine]):
    node = serializers.CharField(source="node_id", help_text="The step that said it, or empty.")

    class Meta:
        model = LogLine
        fields = ("id", "node", "time", "level", "text")


class LogSerializer(serializers.Serializer[Any]):
    """Lines after `after`, oldest first; ask again with `after` = `last`."""

    lines = LogLineSerializer(many=True)
    last = serializers.IntegerField()
    more = serializers.BooleanField(help_text="Whether there are further lines already.")
    finished = serializers.BooleanField(help_text="Whether the run has ended.")


class NodeRowsSerializer(serializers.Serializer[Any]):
    """Some rows of a table."""

    start = serializers.IntegerField()
    total = serializers.IntegerField()
    columns = serializers.ListField(child=serializers.DictField())
    rows = serializers.ListField(child=serializers.ListField(child=serializers.JSONField(allow_null=True)))
    numbers = serializers.ListField(child=serializers.IntegerField(), help_text="Each row's number in its source.")
    roles = serializers.ListField(child=serializers.CharField(), allow_null=True, help_text="train or test.")
    note = serializers.CharField(allow_blank=True)


class NodeResultSerializer(NodeRunSerializer):
    """One step of a run with what it made."""

    manifest = serializers.DictField(
        allow_null=True, help_text="table: rows, columns, target, roles …; model: signature …; report: the report."
    )
    page = NodeRowsSerializer(allow_null=True, help_text="Rows, when the output is a table.")

    class Meta(NodeRunSerializer.Meta):
        fields = (*NodeRunSerializer.Meta.fields, "manifest", "page")
