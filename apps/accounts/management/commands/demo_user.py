"""`manage.py demo_user`: the account that a local installation is tried out with."""

import secrets
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.accounts.models import User

USERNAME = "demo"
EMAIL = "demo@localhost.localdomain"


class Command(BaseCommand):
    help = "Make the user 'demo' (an administrator) if it is not there, and print its login."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--quiet", action="store_true", help="print nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.LOCAL:
            raise CommandError("The demo user is for local installations only. Use 'createsuperuser' on a deployment.")
        password = demo_password()
        user = User.objects.filter(username=USERNAME).first()
        if user is None:
            user = User.objects.create_superuser(USERNAME, EMAIL, password, first_name="Demo")
        own = user.check_password(password)
        if not options["quiet"]:
            shown = password if own else "(changed by its owner)"
            self.stdout.write(f"Demo login: {USERNAME} / {shown}")


def demo_password() -> str:
    """The demo user's first password: made once for this installation, kept in a file only its owner reads."""
    path = Path(settings.DATA_DIR) / "demo-password"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(4))
    return path.read_text()
