"""Datasets in the API: list, upload, look, read rows, delete."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import member
from apps.accounts.api_errors import ErrorSerializer, Refusal
from apps.datasets import actions
from apps.datasets.bin import put_in_bin, restore
from apps.datasets.models import Dataset, DatasetVersion
from apps.datasets.ownership import owned_dataset
from apps.datasets.sources import table_path
from apps.datasets.uploads import STATUS, described, guard
from flowza.engine.operations.csv_sentences import SettingsInvalid, settings_from
from flowza.engine.operations.parquet import read_rows
from flowza.engine.operations.refusals import TableRefused

ROWS_LIMIT = 1_000
ERRORS = {
    400: OpenApiResponse(ErrorSerializer, "The file was refused; the message says why."),
    413: OpenApiResponse(ErrorSerializer, "The file, or what it unpacks to, is too large."),
}


class DatasetSerializer(serializers.ModelSerializer[Dataset]):
    """A dataset with the size of its latest version."""

    reference = serializers.CharField(read_only=True, help_text="What a step's parameter holds: dataset:<id>.")
    version = serializers.IntegerField(source="latest_number", read_only=True)
    rows = serializers.IntegerField(read_only=True)
    columns = serializers.IntegerField(source="column_count", read_only=True)
    size = serializers.IntegerField(read_only=True, help_text="Bytes of the original file.")
    owner = serializers.CharField(source="owner.display_name", read_only=True, help_text="Who may change it.")

    class Meta:
        model = Dataset
        fields = ("id", "name", "owner", "reference", "version", "rows", "columns", "size", "created", "updated")
        read_only_fields = fields


class ColumnSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    type = serializers.ChoiceField(["integer", "number", "text", "boolean", "date"])
    missing = serializers.IntegerField(help_text="Cells without a value.")
    unique = serializers.IntegerField(help_text="Distinct values.")


class VersionSerializer(serializers.ModelSerializer[DatasetVersion]):
    """One data version: its columns, and what reading the file changed or must ask."""

    dataset = serializers.IntegerField(source="dataset_id", read_only=True)
    name = serializers.CharField(source="dataset.name", read_only=True)
    reference = serializers.CharField(read_only=True, help_text="dataset:<id>@<version>, exactly this version.")
    columns = ColumnSerializer(many=True, read_only=True)

    class Meta:
        model = DatasetVersion
        fields = (
            "dataset",
            "name",
            "number",
            "reference",
            "digest",
            "rows",
            "columns",
            "size",
            "original_name",
            "import_settings",
            "notices",
            "doubts",
            "created",
        )
        read_only_fields = fields

    def to_representation(self, version: DatasetVersion) -> dict[str, Any]:
        """What reading the file was told and asked is for the owner: it may speak of columns that were left out."""
        found: dict[str, Any] = super().to_representation(version)
        if self.context["user"].pk != version.dataset.owner_id:
            found |= {"import_settings": {}, "notices": [], "doubts": []}
        return found


class SettingsField(serializers.JSONField):
    """JSON in a form's field, also when it is nested deeper than it can be read."""

    def to_internal_value(self, data: Any) -> Any:
        try:
            return super().to_internal_value(data)
        except RecursionError:
            self.fail("invalid")


class UploadSerializer(serializers.Serializer[Any]):
    file = serializers.FileField(help_text="A CSV file, plain or as .csv.gz.")
    name = serializers.CharField(required=False, help_text="Otherwise that of the file.")
    dataset = serializers.IntegerField(
        required=False, min_value=1, help_text="Store as the next version of this dataset."
    )
    settings = SettingsField(required=False, help_text="How to read the file; otherwise it is found out.")


class RowsSerializer(serializers.Serializer[Any]):
    start = serializers.IntegerField()
    total = serializers.IntegerField()
    columns = serializers.ListField(child=serializers.CharField())
    rows = serializers.ListField(child=serializers.ListField(), help_text="Cells; null where missing.")


class Datasets(GenericAPIView[Dataset]):
    """The person's datasets."""

    serializer_class = DatasetSerializer
    parser_classes = (MultiPartParser,)

    def get_queryset(self) -> QuerySet[Dataset]:
        return (
            Dataset.objects.for_user(self.request.user)
            .select_related("owner")
            .with_latest()
            .order_by("-updated", "-pk")
        )

    def initialize_request(self, request: Any, *args: Any, **kwargs: Any) -> Request:
        self.early_refusal: TableRefused | None = None
        try:
            guard(request)
        except TableRefused as refusal:
            self.early_refusal = refusal
        return super().initialize_request(request, *args, **kwargs)

    @extend_schema(operation_id="datasets_list")
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        operation_id="datasets_upload", request=UploadSerializer, responses={201: VersionSerializer, **ERRORS}
    )
    def post(self, request: Request) -> Response:
        """Upload a CSV file as a new dataset, or as the next version of one."""
        try:
            if self.early_refusal:
                raise self.early_refusal
            given = UploadSerializer(data=request.data)
            given.is_valid(raise_exception=True)
            version = self._store(request, given.validated_data)
        except TableRefused as refusal:
            raise Refusal(STATUS[refusal.category], **described(refusal)) from refusal
        return Response(VersionSerializer(version, context={"user": request.user}).data, status=201)

    def _store(self, request: Request, data: dict[str, Any]) -> DatasetVersion:
        user = member(request)
        dataset = None
        if "dataset" in data:
            dataset = owned_dataset(user, data["dataset"], "replace")
        settings = None
        if "settings" in data:
            try:
                settings = settings_from(data["settings"])
            except SettingsInvalid as error:
                raise Refusal(400, "invalid", error.message, field="settings") from error
        return actions.import_upload(user, data["file"], data.get("name"), settings, dataset)


class DatasetDetail(GenericAPIView[Any]):
    """One dataset, by the latest or a chosen data version."""

    serializer_class = VersionSerializer

    def get_queryset(self) -> QuerySet[Dataset]:
        return Dataset.objects.for_user(self.request.user)

    @extend_schema(
        operation_id="datasets_read",
        parameters=[OpenApiParameter("version", int, description="Otherwise the latest.")],
    )
    def get(self, request: Request, pk: int) -> Response:
        return Response(VersionSerializer(_version(request, pk), context={"user": request.user}).data)

    @extend_schema(operation_id="datasets_delete", responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Put the dataset in the bin with all its versions; after 30 days it is gone for good."""
        put_in_bin(owned_dataset(member(request), pk, "delete"))
        return Response(status=204)


class DatasetRestore(GenericAPIView[Dataset]):
    """A dataset out of the bin."""

    serializer_class = DatasetSerializer

    def get_queryset(self) -> QuerySet[Dataset]:
        return Dataset.objects.in_bin_of(self.request.user)

    @extend_schema(operation_id="datasets_restore", request=None, responses=DatasetSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Bring a dataset back; when its name is taken meanwhile, under the next free one."""
        restore(get_object_or_404(self.get_queryset(), pk=pk))
        restored = Dataset.objects.for_user(request.user).with_latest().get(pk=pk)
        return Response(DatasetSerializer(restored).data)


class DatasetRows(GenericAPIView[DatasetVersion]):
    """Rows of a dataset."""

    serializer_class = RowsSerializer
    pagination_class = None

    def get_queryset(self) -> QuerySet[DatasetVersion]:
        return DatasetVersion.objects.for_user(self.request.user)

    @extend_schema(
        operation_id="datasets_rows",
        parameters=[
            OpenApiParameter("version", int, description="Otherwise the latest."),
            OpenApiParameter("start", int, description="Position of the first row, from 0.", default=0),
            OpenApiParameter("count", int, description=f"At most {ROWS_LIMIT}.", default=100),
        ],
        responses=RowsSerializer,
    )
    def get(self, request: Request, pk: int) -> Response:
        version = _version(request, pk)
        start = _number(request, "start", 0, 0, 10**15)
        count = _number(request, "count", 100, 1, ROWS_LIMIT)
        frame = read_rows(table_path(version), start, count)
        for name in frame.select_dtypes("datetime"):
            frame[name] = frame[name].dt.strftime("%Y-%m-%dT%H:%M:%S.%f").str.removesuffix(".000000")
        cells = frame.astype(object)
        rows = cells.where(cells.notna(), None).to_numpy().tolist()
        answer = {"start": start, "total": version.rows, "columns": version.column_names, "rows": rows}
        return Response(answer)


def _version(request: Request, pk: int) -> DatasetVersion:
    """The latest version of a dataset of this person, or the one that the address asks for. Raises Http404."""
    versions = DatasetVersion.objects.for_user(request.user).filter(dataset__pk=pk).select_related("dataset")
    if "version" in request.query_params:
        return get_object_or_404(versions, number=_number(request, "version", 1, 1, 10**9))
    found = versions.order_by("-number").first()
    if found is None:
        raise Http404
    return found


def _number(request: Request, name: str, default: int, least: int, most: int) -> int:
    """A whole number of the query string. Raises Refusal 400 naming the parameter."""
    text = request.query_params.get(name, str(default))
    if not text.isascii() or not text.isdigit() or len(text) > 18 or not least <= int(text) <= most:
        message = f"'{name}' must be a whole number from {least} to {most}."
        raise Refusal(400, "invalid", message, field=name, hint="Correct the address.")
    return int(text)
