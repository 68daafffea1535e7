"""The pages that belong to no app: home, health, the API's documentation, refusals."""

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django_htmx.http import trigger_client_event

from apps.accounts.access import members, public
from apps.datasets.actions import upload_limit
from flowza.engine.operations.csv_source import bytes_as_words

NOT_ALLOWED = "You may look at this, but not change it. Ask its owner."


@public
def home(request: HttpRequest) -> HttpResponse:
    """What Flowza is, or for those who have signed in where to go on."""
    if not request.user.is_authenticated:
        return render(request, "home_signed_out.html")
    limit = upload_limit()
    return render(request, "home.html", {"limit": limit, "limit_words": bytes_as_words(limit)})


@public
def health(request: HttpRequest) -> JsonResponse:
    """200 when this process answers and reaches its database; for load balancers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


@members
def api_docs(request: HttpRequest) -> HttpResponse:
    """The API's reference, drawn from /api/schema/."""
    return render(request, "api_docs.html")


def server_error(request: HttpRequest) -> HttpResponse:
    """500: the API's envelope for programs, a page for people. Needs no database."""
    if request.path.startswith("/api/"):
        envelope = {
            "code": "bug",
            "message": "Flowza made a mistake.",
            "field": "",
            "node": "",
            "hint": "Try again later.",
        }
        return JsonResponse(envelope, status=500)
    return render(request, "500.html", status=500)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403 with the reason, when the refusal gives one in words for people: a page, a part's toast, or JSON."""
    reason = str(exception) if exception and str(exception) else ""
    if request.headers.get("HX-Request"):
        answer = HttpResponse(reason or NOT_ALLOWED, status=403, content_type="text/plain; charset=utf-8")
        answer["HX-Reswap"] = "none"
        return trigger_client_event(answer, "toast", {"text": reason or NOT_ALLOWED, "level": "warning"})
    if request.content_type == "application/json" or request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"reason": reason or NOT_ALLOWED}, status=403)
    return render(request, "403.html", {"reason": reason}, status=403)
