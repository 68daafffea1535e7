"""`manage.py worker`: does the runs that wait in the queue, until it is told to stop."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from apps.runs.preload import preload
from apps.runs.worker import Worker


class Command(BaseCommand):
    help = "Do the runs that wait in the queue. SIGTERM or Ctrl-C: stop; unfinished runs wait again."

    def handle(self, *args: Any, **options: Any) -> None:
        preload()
        Worker(started=self._say_ready).run()
        self.stdout.write("The worker has stopped.")

    def _say_ready(self) -> None:
        count = settings.Q_CLUSTER["workers"]
        self.stdout.write(f"The worker is ready: {count} runs at a time.")
        self.stdout.flush()
