"""The model file as a download, from pages and API alike."""

from __future__ import annotations

from django.http import FileResponse, Http404

from apps.registry.models import ModelVersion

DIGEST_HEADER = "X-Manifest-SHA256"


def file_response(version: ModelVersion) -> FileResponse:
    """The file under a name of its model, with the digest that reading it asks for. Raises Http404 when it is gone."""
    try:
        stream = version.file.open("rb")
    except FileNotFoundError as error:
        raise Http404("The model file is not there any more.") from error
    response = FileResponse(stream, as_attachment=True, filename=version.file_name, content_type="application/zip")
    response[DIGEST_HEADER] = version.digest
    response["ETag"] = f'"{version.digest}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
