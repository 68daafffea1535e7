"""What every template may ask about this installation."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from apps.accounts.regions import marks


def site(request: HttpRequest) -> dict[str, Any]:
    return {
        "SIGNUP_OPEN": settings.SIGNUP_OPEN,
        "EMAIL_CONFIGURED": settings.EMAIL_CONFIGURED,
        "NUMBER_MARKS": marks(),
    }
