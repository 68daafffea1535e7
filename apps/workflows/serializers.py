"""Workflows as the API shows them and takes them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from apps.workflows.models import Workflow

GRAPH_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "Steps and their connections. The kinds, ports and parameters are those of the catalogue.",
    "required": ["nodes", "edges"],
    "properties": {
        "format": {"type": "integer", "enum": [1], "default": 1},
        "seed": {"type": "integer", "minimum": 0, "maximum": 4294967295, "default": 0},
        "nodes": {
            "type": "array",
            "maxItems": 500,
            "items": {
                "type": "object",
                "required": ["id", "kind"],
                "properties": {
                    "id": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"},
                    "kind": {"type": "string"},
                    "version": {"type": "integer", "minimum": 1},
                    "params": {"type": "object", "additionalProperties": True},
                    "label": {"type": "string", "maxLength": 2000},
                    "note": {"type": "string", "maxLength": 2000},
                    "x": {"type": "number"},
                    "y": {"type": "number"},
                },
            },
        },
        "edges": {
            "type": "array",
            "maxItems": 5000,
            "items": {
                "type": "object",
                "required": ["from", "from_port", "to", "to_port"],
                "properties": {name: {"type": "string"} for name in ("from", "from_port", "to", "to_port")},
            },
        },
    },
}


@extend_schema_field(GRAPH_SCHEMA)
class GraphField(serializers.JSONField):
    """Graph JSON; the view has the engine check it."""


class WorkflowSummarySerializer(serializers.ModelSerializer[Workflow]):
    """A workflow without its graph."""

    url = serializers.SerializerMethodField()
    runs = serializers.SerializerMethodField(help_text="Where its runs are listed and started.")
    owner = serializers.CharField(source="owner.display_name", read_only=True)
    role = serializers.SerializerMethodField(help_text="What you may do: viewer, editor (change and run) or owner.")

    class Meta:
        model = Workflow
        fields: tuple[str, ...] = (
            *("id", "name", "description", "owner", "role", "revision", "created", "updated"),
            *("url", "runs"),
        )
        read_only_fields: tuple[str, ...] = ("revision",)

    def get_role(self, workflow: Workflow) -> str:
        return workflow.role_of(self.context["request"].user)

    def get_url(self, workflow: Workflow) -> str:
        return str(reverse("api:workflow-detail", (workflow.pk,), request=self.context.get("request")))

    def get_runs(self, workflow: Workflow) -> str:
        return str(reverse("api:workflow-runs", (workflow.pk,), request=self.context.get("request")))


class WorkflowSerializer(WorkflowSummarySerializer):
    """A workflow with its graph."""

    graph = GraphField(required=False, help_text="Left out when a workflow is created: an empty graph.")

    class Meta(WorkflowSummarySerializer.Meta):
        fields = (*WorkflowSummarySerializer.Meta.fields, "graph")


class WorkflowChangeSerializer(WorkflowSerializer):
    """What a change may say."""

    revision = serializers.IntegerField(
        required=False,
        min_value=1,
        help_text="The revision that the change starts from. When the workflow has gone on, the answer is 409.",
    )

    class Meta(WorkflowSerializer.Meta):
        read_only_fields = ()
