"""Every page asks for sign-in unless its view says that it is public, and is written in its reader's region."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import resolve_url
from django_htmx.http import HttpResponseClientRedirect

from apps.accounts.regions import region

PLAIN = ("/api/", "/static/", "/health/")
"""Addresses for programs: their numbers and times have one form, whoever asks."""


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        """To the sign-in page; a fragment's request moves the whole page there, not just its place."""
        if request.headers.get("HX-Request") == "true":
            page = request.headers.get("HX-Current-URL", "")
            path = page.split("/", 3)[-1] if "://" in page else ""
            target = redirect_to_login(f"/{path}", resolve_url("accounts:sign_in"))
            return HttpResponseClientRedirect(target.url)
        return super().handle_no_permission(request, view_func)


class RegionMiddleware:
    """Times in the person's zone and numbers in their format, on pages alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        zone = number_format = ""
        known = settings.SESSION_COOKIE_NAME in request.COOKIES
        if known and not request.path.startswith(PLAIN) and request.user.is_authenticated:
            zone, number_format = request.user.time_zone, request.user.number_format
        with region(zone, number_format):
            return self.get_response(request)
