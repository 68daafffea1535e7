"""People for tests."""

from typing import Any

from django.test import Client

from apps.accounts.models import User

PASSWORD = "correct horse battery"
BACKEND = "apps.accounts.backends.NameOrEmailBackend"


def make_user(name: str = "alice", **fields: Any) -> User:
    return User.objects.create_user(name, fields.pop("email", f"{name}@example.org"), PASSWORD, **fields)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client
