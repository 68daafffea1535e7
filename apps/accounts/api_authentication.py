"""`Authorization: Bearer flz_p_…` for the API."""

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from apps.accounts.models import ApiToken, User, digest_of
from apps.accounts.token_kinds import PERSONAL, wrong_kind


class PersonalTokenAuthentication(BaseAuthentication):
    """The owner of the personal token in the request's Authorization header.

    A request without the header goes on to the next way to authenticate; one with a header that does
    not hold is refused with 401 and the reason.
    """

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _, secret = get_authorization_header(request).decode("latin-1").partition(" ")
        if not scheme:
            return None
        if scheme.lower() != "bearer" or not secret.strip():
            raise AuthenticationFailed("Send the personal token as 'Authorization: Bearer flz_p_…'.")
        token = ApiToken.objects.select_related("owner").filter(digest=digest_of(secret.strip())).first()
        if token is None:
            other = wrong_kind(secret.strip(), PERSONAL)
            raise AuthenticationFailed(other or "This personal token is not known.")
        if token.revoked:
            raise AuthenticationFailed("This personal token was revoked. Make a new one under Settings.")
        if token.expires and token.expires <= timezone.now():
            raise AuthenticationFailed("This personal token has expired. Make a new one under Settings.")
        if not token.owner.is_active:
            raise AuthenticationFailed("The account of this personal token is switched off.")
        token.note_use()
        return token.owner, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class PersonalTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the OpenAPI document describes personal tokens."""

    target_class = PersonalTokenAuthentication
    name = "personalToken"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "flz_p_…"}
