"""The address of the browser, seen through the proxies in front of Flowza."""

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The address that the outermost trusted proxy saw.

    X-Forwarded-For is written by whoever sends the request, except for its last entries, one from
    each of the FLOWZA_TRUSTED_PROXIES in front. Without proxies the header counts for nothing.
    """
    direct: str = request.META.get("REMOTE_ADDR", "")
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    trusted: int = settings.TRUSTED_PROXIES
    return hops[-trusted] if 0 < trusted <= len(hops) else direct
