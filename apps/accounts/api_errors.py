"""How the API refuses: one envelope `{code, message, field, node, hint}`, whatever went wrong.

`field` names the field, header or query parameter and `node` the step of a graph; either may be empty. Where
several things are wrong, `problems` lists all of them and the envelope itself is the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import serializers
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from flowza.engine.errors import GraphError

WHOLE = "body"
"""What `field` names when the request as a whole is at fault."""

HINTS = {
    401: "Send a personal token: 'Authorization: Bearer flz_p_…'. Make one under Settings, Personal tokens.",
    404: "It may have been deleted, or it belongs to somebody else.",
    405: "See /api/docs/ for what this address takes.",
    415: "Send JSON with 'Content-Type: application/json'.",
    429: "Wait as long as the header Retry-After says, then try again.",
}


class Refusal(APIException):
    """A refusal in the API's own words. `more` is added to the envelope."""

    def __init__(
        self, status: int, code: str, message: str, *, field: str = "", node: str = "", hint: str = "", **more: Any
    ) -> None:
        super().__init__(message, code)
        self.status_code = status
        self.envelope = envelope(code, message, field=field, node=node, hint=hint) | more


class ProblemSerializer(serializers.Serializer[Any]):
    """One thing that is wrong."""

    code = serializers.CharField(help_text="A word for programs.")
    message = serializers.CharField(help_text="A sentence for people.")
    field = serializers.CharField(help_text="The field, header or query parameter at fault, or empty.")
    node = serializers.CharField(help_text="The id of the step at fault, or empty.")
    hint = serializers.CharField(help_text="What to do about it, or empty.")


class ErrorSerializer(ProblemSerializer):
    """Why a request was refused."""

    problems = ProblemSerializer(many=True, required=False, help_text="All that is wrong, when it is more than one.")
    revision = serializers.IntegerField(required=False, help_text="The present revision, when a stale one was sent.")


def envelope(code: str, message: str, *, field: str = "", node: str = "", hint: str = "") -> dict[str, Any]:
    return {"code": code, "message": message, "field": field, "node": node, "hint": hint}


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. None for a bug: it goes to the log and the client gets a bare 500."""
    if isinstance(error, Http404):
        error = NotFound("There is nothing at this address.")
    elif isinstance(error, PermissionDenied):
        error = Refusal(403, "permission_denied", str(error) or "You may not do this.")
    elif isinstance(error, GraphError):
        error = graph_refusal(error)
    response = exception_handler(error, context)
    if response is None or not isinstance(error, APIException):
        return None
    response.data = described(error, response.status_code)
    return response


def graph_refusal(error: GraphError) -> Refusal:
    """400 with every problem of the graph."""
    problems = [problem.as_dict() for problem in error.problems]
    status = 413 if problems[0]["code"] == "too_large" else 400
    return Refusal(status, **problems[0], problems=problems)


def described(error: APIException, status: int) -> dict[str, Any]:
    if isinstance(error, Refusal):
        return error.envelope
    if isinstance(error, ValidationError):
        problems = list(flattened(error.detail))
        return problems[0] | ({"problems": problems} if len(problems) > 1 else {})
    code = getattr(error.detail, "code", error.default_code)
    field = WHOLE if code in ("parse_error", "unsupported_media_type") else ""
    return envelope(str(code), str(error.detail), field=field, hint=HINTS.get(status, ""))


def flattened(detail: Any, path: tuple[str, ...] = ()) -> Iterator[dict[str, Any]]:
    """Each message of a serializer's nested errors, with the path to its field."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from flattened(inner, path if name == "non_field_errors" else (*path, str(name)))
    elif isinstance(detail, list):
        for item in detail:
            yield from flattened(item, path)
    else:
        yield envelope(getattr(detail, "code", "invalid"), str(detail), field=".".join(path) or WHOLE)
