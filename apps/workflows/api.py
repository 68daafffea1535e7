"""/api/v1/workflows/: list, create, read, change, delete."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import filters, generics, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import member
from apps.accounts.api_errors import ErrorSerializer, Refusal
from apps.accounts.api_parsers import SmallJSONParser
from apps.accounts.models import User
from apps.workflows import drafts
from apps.workflows.models import Workflow
from apps.workflows.serializers import WorkflowChangeSerializer, WorkflowSerializer, WorkflowSummarySerializer

REFUSALS: dict[int, Any] = {
    400: OpenApiResponse(ErrorSerializer, "The graph or a field is refused; `problems` lists why."),
    403: OpenApiResponse(ErrorSerializer, "You may look at it only; the message says whom to ask."),
    401: OpenApiResponse(ErrorSerializer, "No valid personal token."),
    404: OpenApiResponse(ErrorSerializer, "No such workflow, or a step names a dataset that is not yours."),
    409: OpenApiResponse(ErrorSerializer, "The workflow has changed since; `revision` is the present one."),
    413: OpenApiResponse(ErrorSerializer, "More than 1 MB."),
    429: OpenApiResponse(ErrorSerializer, "Too many requests."),
}


def refusals(*codes: int) -> dict[int, Any]:
    """These answers, and those that every address may give, for the OpenAPI document."""
    return {code: REFUSALS[code] for code in (*codes, 401, 429)}


class WorkflowsView(generics.ListAPIView[Workflow]):
    parser_classes = (SmallJSONParser,)
    filter_backends = (filters.SearchFilter, filters.OrderingFilter)
    search_fields = ("name", "description")
    ordering_fields = ("name", "created", "updated")
    serializer_class = WorkflowSummarySerializer

    def get_queryset(self) -> QuerySet[Workflow]:
        return Workflow.objects.for_user(self.request.user).with_role_of(self.request.user).defer("graph")

    @extend_schema(
        operation_id="workflows_list",
        summary="Your workflows",
        responses={200: WorkflowSummarySerializer(many=True), **refusals(404)},
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.list(request, *args, **kwargs)

    @extend_schema(
        operation_id="workflows_create",
        summary="Make a workflow",
        request=WorkflowSerializer,
        responses={201: WorkflowSerializer, **refusals(400, 404, 413)},
    )
    def post(self, request: Request) -> Response:
        serializer = WorkflowSerializer(data=request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        user = member(request)
        graph = {"graph": checked(serializer.validated_data.pop("graph"), user)} if "graph" in request.data else {}
        serializer.save(owner=user, **graph)
        return Response(serializer.data, status.HTTP_201_CREATED, headers={"Location": serializer.data["url"]})


class WorkflowView(generics.GenericAPIView[Workflow]):
    parser_classes = (SmallJSONParser,)
    serializer_class = WorkflowSerializer

    def get_queryset(self) -> QuerySet[Workflow]:
        return Workflow.objects.for_user(self.request.user).with_role_of(self.request.user)

    @extend_schema(
        operation_id="workflows_retrieve", summary="A workflow", responses={200: WorkflowSerializer, **refusals(404)}
    )
    def get(self, request: Request, pk: int) -> Response:
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(
        operation_id="workflows_update",
        summary="Change name, description or graph",
        request=WorkflowChangeSerializer,
        responses={200: WorkflowSerializer, **refusals(400, 403, 404, 409, 413)},
    )
    def patch(self, request: Request, pk: int) -> Response:
        workflow = self.get_object()
        workflow.check_can_edit(request.user)
        change = WorkflowChangeSerializer(workflow, data=request.data, partial=True)
        change.is_valid(raise_exception=True)
        changes = dict(change.validated_data)
        revision = changes.pop("revision", None)
        if "graph" in changes:
            changes["graph"] = checked(changes["graph"], member(request), workflow.graph)
        try:
            drafts.save(workflow, revision, user=member(request), **changes)
        except drafts.StaleRevision as error:
            raise Refusal(
                409,
                "stale_revision",
                str(error),
                field="revision",
                hint="Read the workflow again and make your change there.",
                revision=error.revision,
            ) from error
        return Response(self.get_serializer(workflow).data)

    @extend_schema(
        operation_id="workflows_delete",
        summary="Delete a workflow with its versions and runs",
        responses={204: None, **refusals(403, 404)},
    )
    def delete(self, request: Request, pk: int) -> Response:
        workflow = self.get_object()
        workflow.check_owned_by(request.user, "delete")
        workflow.delete()
        return Response(status=status.HTTP_204_NO_CONTENT)


def checked(raw: Any, user: User, before: dict[str, Any] | None = None) -> dict[str, Any]:
    """The graph as it may be stored. Raises GraphError, and Refusal 404 for somebody else's dataset."""
    try:
        return drafts.checked(raw, user, before)
    except drafts.DatasetNotFound as error:
        hint = "Name one of your own datasets."
        raise Refusal(404, "dataset_missing", error.message, node=error.node, field=error.field, hint=hint) from error
