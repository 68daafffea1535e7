"""The API of runs: start, look, read results and log, cancel."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import member
from apps.accounts.api_errors import ErrorSerializer, Refusal
from apps.accounts.api_parsers import SmallJSONParser
from apps.runs import results
from apps.runs.models import LogLine, NodeRun, Run
from apps.runs.querysets import IdempotencyKeyReused
from apps.runs.rights import check_may_cancel
from apps.runs.serializers import (
    LogSerializer,
    NodeResultSerializer,
    NodeRunSerializer,
    RunSerializer,
    RunStartSerializer,
    RunSummarySerializer,
)
from apps.runs.withholding import check_data_access, shown_node_runs
from apps.workflows.models import Workflow

MOST_ROWS = 1000
LINES = 500
KEY_LENGTH = 100

REFUSED = OpenApiResponse(ErrorSerializer, "The request or the graph is refused; `problems` lists why.")
COMMON = {
    401: OpenApiResponse(ErrorSerializer, "No valid personal token."),
    404: OpenApiResponse(ErrorSerializer, "No such thing, or not yours."),
    429: OpenApiResponse(ErrorSerializer, "Too many requests."),
}


class WorkflowRunsView(generics.ListAPIView[Run]):
    """Runs of one workflow."""

    parser_classes = (SmallJSONParser,)
    serializer_class = RunSummarySerializer

    def get_queryset(self) -> QuerySet[Run]:
        runs = Run.objects.for_user(self.request.user).for_lists()
        return runs.filter(version__workflow=self.kwargs.get("pk"))

    @extend_schema(
        operation_id="workflow_runs_list",
        summary="Runs of a workflow, newest first",
        responses={200: RunSummarySerializer(many=True), **COMMON},
    )
    def get(self, request: Request, *args: Any, pk: int, **kwargs: Any) -> Response:
        workflow_of(request, pk)
        return self.list(request, *args, pk=pk, **kwargs)

    @extend_schema(
        operation_id="workflow_runs_start",
        summary="Run a workflow as it is now",
        description="The answer comes at once; the run waits for a worker. Look at its address until it has ended.",
        request=RunStartSerializer,
        parameters=[
            OpenApiParameter(
                "Idempotency-Key",
                str,
                OpenApiParameter.HEADER,
                description="Your name for this start, at most 100 characters. Sent again, it gives the same run.",
            )
        ],
        responses={
            202: OpenApiResponse(RunSerializer, "The run waits; `Location` is its address."),
            400: REFUSED,
            409: OpenApiResponse(ErrorSerializer, "The key belongs to another run."),
            **COMMON,
        },
    )
    def post(self, request: Request, pk: int) -> Response:
        workflow = workflow_of(request, pk)
        workflow.check_can_edit(request.user)
        wish = RunStartSerializer(data=request.data)
        wish.is_valid(raise_exception=True)
        key = idempotency_key(request)
        try:
            run = Run.objects.start(
                member(request), workflow, wish.validated_data.get("until", ""), idempotency_key=key
            )
        except IdempotencyKeyReused as error:
            raise Refusal(409, "idempotency_key_reused", str(error), field="Idempotency-Key") from error
        run = Run.objects.for_user(request.user).select_related("version__workflow").get(pk=run.pk)
        answer = RunSerializer(run, context=self.get_serializer_context()).data
        return Response(answer, status.HTTP_202_ACCEPTED, headers={"Location": answer["url"]})


class RunsView(generics.ListAPIView[Run]):
    """All runs of a person."""

    serializer_class = RunSummarySerializer

    def get_queryset(self) -> QuerySet[Run]:
        return Run.objects.for_user(self.request.user).for_lists()

    @extend_schema(
        operation_id="runs_list",
        summary="Your runs, newest first",
        responses={200: RunSummarySerializer(many=True), **COMMON},
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.list(request, *args, **kwargs)


class RunView(generics.GenericAPIView[Run]):
    """One run."""

    serializer_class = RunSerializer

    def get_queryset(self) -> QuerySet[Run]:
        runs = Run.objects.for_user(self.request.user).select_related("version__workflow")
        steps = Prefetch("node_runs", NodeRun.objects.with_origin())
        return runs.prefetch_related(steps, "metrics", "output_files", "inputs__version", "tags")

    @extend_schema(
        operation_id="runs_retrieve",
        summary="State, steps, metrics and error of a run",
        responses={200: RunSerializer, **COMMON},
    )
    def get(self, request: Request, pk: int) -> Response:
        return Response(self.get_serializer(self.get_object()).data)


class RunCancelView(RunView):
    """Asks a run to stop."""

    http_method_names = ("post", "options")

    @extend_schema(
        operation_id="runs_cancel",
        summary="Cancel a run",
        request=None,
        responses={
            202: OpenApiResponse(RunSerializer, "It stops within seconds; what was stored stays."),
            409: OpenApiResponse(ErrorSerializer, "The run had ended before."),
            **COMMON,
        },
    )
    def post(self, request: Request, pk: int) -> Response:
        run = self.get_object()
        check_may_cancel(member(request), run)
        if not run.request_cancel():
            raise Refusal(409, "finished", "This run has ended already.", field="state")
        return Response(self.get_serializer(self.get_object()).data, status.HTTP_202_ACCEPTED)


class RunNodeView(generics.GenericAPIView[NodeRun]):
    """One step of a run with its output."""

    serializer_class = NodeResultSerializer

    @extend_schema(
        operation_id="runs_node",
        summary="What a step made: a table's rows, a model's facts, a report",
        parameters=[
            OpenApiParameter("start", int, description="First row, from 0."),
            OpenApiParameter("limit", int, description=f"Rows at most; 50 when left out, up to {MOST_ROWS}."),
        ],
        responses={
            200: NodeResultSerializer,
            400: REFUSED,
            410: OpenApiResponse(ErrorSerializer, "The rows are no longer stored."),
            **COMMON,
        },
    )
    def get(self, request: Request, pk: int, node: str) -> Response:
        start = whole_number(request, "start", 0, 2**53)
        limit = whole_number(request, "limit", 50, MOST_ROWS)
        run = get_object_or_404(Run.objects.for_user(request.user).select_related("version"), pk=pk)
        node_run = get_object_or_404(run.node_runs.with_origin(), node_id=node)
        check_data_access(run)
        shown_node_runs(run, [node_run])
        answer = dict(NodeRunSerializer(node_run, context=self.get_serializer_context()).data)
        answer["manifest"] = results.shown(node_run)
        answer["page"] = rows_of(node_run, start, limit) if node_run.output == NodeRun.Output.TABLE else None
        return Response(answer)


class RunLogView(generics.GenericAPIView[LogLine]):
    """The log of a run."""

    serializer_class = LogSerializer

    @extend_schema(
        operation_id="runs_log",
        summary="The run's log, line by line as it grows",
        parameters=[
            OpenApiParameter("after", int, description="Only lines after this id."),
            OpenApiParameter("node", str, description="Only lines of this step."),
        ],
        responses={200: LogSerializer, 400: REFUSED, **COMMON},
    )
    def get(self, request: Request, pk: int) -> Response:
        after = whole_number(request, "after", 0, 2**63 - 1)
        run = get_object_or_404(Run.objects.for_user(request.user), pk=pk)
        check_data_access(run)
        lines = run.log_lines.filter(pk__gt=after)
        if node := request.query_params.get("node", "").replace("\x00", ""):
            lines = lines.filter(node_id=node)
        found = list(lines[: LINES + 1])
        shown = found[:LINES]
        answer = {
            "lines": shown,
            "last": shown[-1].pk if shown else after,
            "more": len(found) > LINES,
            "finished": run.is_finished,
        }
        return Response(self.get_serializer(answer).data)


def workflow_of(request: Request, pk: int) -> Workflow:
    return get_object_or_404(Workflow.objects.for_user(request.user), pk=pk)


def idempotency_key(request: Request) -> str:
    """The header's value, or "". Raises Refusal for one that cannot be kept."""
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > KEY_LENGTH or not key.isprintable():
        message = f"The idempotency key must be printable text of at most {KEY_LENGTH} characters."
        raise Refusal(400, "idempotency_key", message, field="Idempotency-Key")
    return key


def whole_number(request: Request, name: str, default: int, most: int) -> int:
    """A query parameter from 0 to `most`. Raises Refusal."""
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= most):
        raise Refusal(400, "query", f"'{name}' must be a whole number from 0 to {most}.", field=name)
    return int(text)


def rows_of(node_run: NodeRun, start: int, limit: int) -> dict[str, Any]:
    try:
        page = results.rows(node_run, start, start + limit)
    except results.ResultGone as error:
        raise Refusal(410, "gone", str(error), node=node_run.node_id) from error
    return {"start": start, **asdict(page)}
