"""Before `make run` serves: migrate and, on a local installation, make the demo. Prints the demo login."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flowza.settings")

from flowza import threads  # noqa: E402

threads.limit()

import django  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command, get_commands  # noqa: E402


def main() -> None:
    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    if not settings.LOCAL:
        call_command("collectstatic", verbosity=0, interactive=False)
        return
    call_command("demo_user")
    if "demo" in get_commands():
        call_command("demo", stdout=sys.stderr)


if __name__ == "__main__":
    main()
