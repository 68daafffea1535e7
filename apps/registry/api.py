"""The API of models: list, look, describe, delete; versions and their files."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import filters, generics, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api_errors import ErrorSerializer
from apps.accounts.api_parsers import SmallJSONParser
from apps.registry.models import ModelVersion, RegisteredModel
from apps.registry.responses import DIGEST_HEADER, file_response
from apps.registry.serializers import (
    ModelChangeSerializer,
    ModelSerializer,
    ModelVersionSerializer,
    ModelVersionSummarySerializer,
)

COMMON = {
    401: OpenApiResponse(ErrorSerializer, "No valid personal token."),
    404: OpenApiResponse(ErrorSerializer, "No such thing, or not yours."),
    429: OpenApiResponse(ErrorSerializer, "Too many requests."),
}


class ModelsView(generics.ListAPIView[RegisteredModel]):
    """The person's models."""

    filter_backends = (filters.SearchFilter, filters.OrderingFilter)
    search_fields = ("name", "description")
    ordering_fields = ("name", "created", "updated")
    serializer_class = ModelSerializer

    def get_queryset(self) -> QuerySet[RegisteredModel]:
        return RegisteredModel.objects.for_user(self.request.user).with_latest()

    @extend_schema(
        operation_id="models_list",
        summary="Your models",
        responses={200: ModelSerializer(many=True), **COMMON},
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.list(request, *args, **kwargs)


class ModelView(generics.GenericAPIView[RegisteredModel]):
    parser_classes = (SmallJSONParser,)
    serializer_class = ModelSerializer

    def get_queryset(self) -> QuerySet[RegisteredModel]:
        return RegisteredModel.objects.for_user(self.request.user).with_latest()

    @extend_schema(operation_id="models_retrieve", summary="A model", responses={200: ModelSerializer, **COMMON})
    def get(self, request: Request, pk: int) -> Response:
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(
        operation_id="models_update",
        summary="Say what a model is for",
        request=ModelChangeSerializer,
        responses={
            200: ModelSerializer,
            400: OpenApiResponse(ErrorSerializer, "The description is refused."),
            413: OpenApiResponse(ErrorSerializer, "More than 1 MB."),
            **COMMON,
        },
    )
    def patch(self, request: Request, pk: int) -> Response:
        model = self.get_object()
        change = ModelChangeSerializer(data=request.data)
        change.is_valid(raise_exception=True)
        model.description = change.validated_data.get("description", model.description)
        model.save(update_fields=["description"])
        return Response(self.get_serializer(model).data)

    @extend_schema(
        operation_id="models_delete",
        summary="Delete a model with its versions",
        responses={204: None, **COMMON},
    )
    def delete(self, request: Request, pk: int) -> Response:
        self.get_object().delete()
        return Response(status=status.HTTP_204_NO_CONTENT)


class VersionsView(generics.ListAPIView[ModelVersion]):
    """The versions of one model."""

    serializer_class = ModelVersionSummarySerializer

    def get_queryset(self) -> QuerySet[ModelVersion]:
        versions = ModelVersion.objects.for_user(self.request.user).filter(model__pk=self.kwargs.get("pk"))
        return versions.for_lists().select_related("model")

    @extend_schema(
        operation_id="model_versions_list",
        summary="Versions of a model, newest first",
        responses={200: ModelVersionSummarySerializer(many=True), **COMMON},
    )
    def get(self, request: Request, *args: Any, pk: int, **kwargs: Any) -> Response:
        get_object_or_404(RegisteredModel.objects.for_user(request.user), pk=pk)
        return self.list(request, *args, pk=pk, **kwargs)


class VersionView(generics.GenericAPIView[ModelVersion]):
    serializer_class = ModelVersionSerializer
    lookup_field = "number"

    def get_queryset(self) -> QuerySet[ModelVersion]:
        versions = ModelVersion.objects.for_user(self.request.user).filter(model__pk=self.kwargs.get("pk"))
        return versions.select_related("model")

    @extend_schema(
        operation_id="model_versions_retrieve",
        summary="A model version with its signature",
        responses={200: ModelVersionSerializer, **COMMON},
    )
    def get(self, request: Request, pk: int, number: int) -> Response:
        return Response(self.get_serializer(self.get_object()).data)


class VersionFileView(VersionView):
    @extend_schema(
        operation_id="model_versions_file",
        summary="The model file",
        description="A zip that runs no code when read. The header names the SHA-256 of its manifest.",
        parameters=[
            OpenApiParameter(
                DIGEST_HEADER,
                str,
                OpenApiParameter.HEADER,
                response=[200],
                description="SHA-256 of the manifest in the file, in hexadecimal.",
            )
        ],
        responses={(200, "application/zip"): OpenApiTypes.BINARY, **COMMON},
    )
    def get(self, request: Request, pk: int, number: int) -> FileResponse:  # type: ignore[override]  # no JSON
        return file_response(self.get_object())
