"""Models as the API shows them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.reverse import reverse

from apps.registry.models import ModelVersion, RegisteredModel


class ModelSerializer(serializers.ModelSerializer[RegisteredModel]):
    """A model with the number of its newest version."""

    version = serializers.IntegerField(source="latest_number", read_only=True, allow_null=True)
    url = serializers.SerializerMethodField()

    class Meta:
        model = RegisteredModel
        fields = ("id", "name", "description", "version", "created", "updated", "url")
        read_only_fields = ("id", "name", "created", "updated")

    def get_url(self, model: RegisteredModel) -> str:
        return str(reverse("api:model-detail", (model.pk,), request=self.context.get("request")))


class ModelChangeSerializer(serializers.Serializer[Any]):
    description = serializers.CharField(required=False, allow_blank=True, max_length=2000)


class ModelMetricSerializer(serializers.Serializer[Any]):
    """One number beside the Baseline's."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # its own label has no use in JSON
    value = serializers.FloatField(allow_null=True)
    baseline = serializers.FloatField(allow_null=True)
    sentence = serializers.CharField()
    higher_is_better = serializers.BooleanField()
    rows = serializers.IntegerField(allow_null=True, help_text="How many rows it was measured on.")
    role = serializers.ChoiceField(["test", "train"], help_text="train: there was no split, so expect less.")
    main = serializers.BooleanField(help_text="Whether models are ranked by it.")


class InputSerializer(serializers.Serializer[Any]):
    """A raw column to send."""

    name = serializers.CharField()
    type = serializers.CharField()
    dtype = serializers.CharField()
    nulls = serializers.BooleanField(help_text="Whether training saw missing values.")
    categories = serializers.ListField(allow_null=True, help_text="Levels seen in training, of text with few.")
    minimum = serializers.JSONField(allow_null=True, help_text="Of numbers and dates in training.")
    maximum = serializers.JSONField(allow_null=True)


class SignatureSerializer(serializers.Serializer[Any]):
    """What goes in and what comes out."""

    inputs = InputSerializer(many=True)
    target = serializers.CharField(allow_null=True)
    target_type = serializers.CharField(allow_null=True)
    classes = serializers.ListField(allow_null=True)
    positive = serializers.JSONField(allow_null=True, help_text="The class that metrics speak of.")


class ModelVersionSummarySerializer(serializers.ModelSerializer[ModelVersion]):
    """A model version without its columns."""

    model = serializers.IntegerField(source="model_id")
    name = serializers.CharField(source="model.name")
    digest = serializers.CharField(help_text="SHA-256 of the model file's manifest.")
    task = serializers.ChoiceField(["classification", "regression", "clustering"])
    metrics = ModelMetricSerializer(many=True)
    run = serializers.IntegerField(source="run_id", allow_null=True, help_text="null when the run was deleted.")
    node = serializers.CharField(source="node_id")
    file = serializers.SerializerMethodField(help_text="Where the model file is.")
    url = serializers.SerializerMethodField()

    class Meta:
        model = ModelVersion
        fields: tuple[str, ...] = (
            "model",
            "name",
            "number",
            "task",
            "estimator",
            "training_rows",
            "metrics",
            "digest",
            "size",
            "run",
            "node",
            "created",
            "file",
            "url",
        )
        read_only_fields: tuple[str, ...] = fields

    def get_file(self, version: ModelVersion) -> str:
        return self._address("api:model-file", version)

    def get_url(self, version: ModelVersion) -> str:
        return self._address("api:model-version", version)

    def _address(self, name: str, version: ModelVersion) -> str:
        return str(reverse(name, (version.model_id, version.number), request=self.context.get("request")))


class ModelVersionSerializer(ModelVersionSummarySerializer):
    """A model version whole."""

    signature = SignatureSerializer()
    features = serializers.ListField(child=serializers.CharField(), help_text="Columns that the estimator takes.")

    class Meta(ModelVersionSummarySerializer.Meta):
        fields = (*ModelVersionSummarySerializer.Meta.fields, "description", "signature", "features")
        read_only_fields = fields
