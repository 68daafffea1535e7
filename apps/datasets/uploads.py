"""Files on their way in: counted while they arrive, and refused before the rest comes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from apps.accounts.api_errors import envelope
from apps.datasets.actions import too_large, upload_limit
from flowza.engine.operations.refusals import TableRefused

FORM_ROOM = 64 * 1024
"""Bytes that a form may need around its file."""

STATUS = {"bad": 400, "too_large": 413}


class UploadLimit(FileUploadHandler):
    """Ends the reading of a request with TableRefused when its files hold more than the limit."""

    def __init__(self, request: HttpRequest, limit: int) -> None:
        super().__init__(request)
        self._limit = limit
        self._received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self._received += len(raw_data)
        if self._received > self._limit:
            raise too_large(self._limit)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


def guard(request: Any) -> None:
    """Install the limit, before the request's body is touched. Raises TableRefused if it announces too much."""
    limit = upload_limit()
    announced = str(request.META.get("CONTENT_LENGTH") or "0")
    if announced.isdigit() and int(announced) > limit + FORM_ROOM:
        raise too_large(limit)
    request.upload_handlers.insert(0, UploadLimit(request, limit))


def limited_upload(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A view that takes a file. The limit must be there before the CSRF check reads the form, hence the order."""

    @csrf_exempt
    @wraps(view)
    def limited(request: HttpRequest) -> HttpResponse:
        try:
            guard(request)
            return protected(request)
        except TableRefused as refusal:
            return JsonResponse(described(refusal), status=STATUS[refusal.category])

    protected = csrf_protect(view)
    return limited


def described(refusal: TableRefused) -> dict[str, Any]:
    """The API's envelope for a file that was refused."""
    return envelope(refusal.code, refusal.message, field="file", hint=refusal.hint) | (
        {"column": refusal.column} if refusal.column else {}
    )
