"""`manage.py demo`: a finished workflow to look at, for the demo user of a local installation."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from apps.accounts.management.commands.demo_user import USERNAME
from apps.accounts.models import User
from apps.runs.models import Run
from apps.workflows.models import Workflow
from flowza.engine.templates import TEMPLATES

NAME = "Who survived the Titanic?"
POLL_SECONDS = 0.2


class Command(BaseCommand):
    help = "Make the demo user's Titanic workflow and queue its run, if that was not done before."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--wait", type=float, default=0, metavar="SECONDS", help="wait so long for the run to finish"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("demo_user", quiet=True)
        run = demo_run(User.objects.get(username=USERNAME))
        deadline = time.monotonic() + options["wait"]
        while not run.is_finished and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
            run.refresh_from_db()
        if options["wait"] and run.state != Run.State.SUCCEEDED:
            raise CommandError(f"The demo run is {run.state}. Is a worker running?")


def demo_run(user: User) -> Run:
    """The run of the user's Titanic workflow; made and queued when there is none that succeeded or is on its way."""
    workflow = Workflow.objects.owned_by(user).filter(name=NAME).first()
    if workflow is None:
        template = TEMPLATES["classification"]
        workflow = Workflow.objects.create(
            owner=user, name=NAME, description=template.description, graph=template.graph()
        )
    usable = (Run.State.QUEUED, Run.State.RUNNING, Run.State.SUCCEEDED)
    found = Run.objects.for_user(user).filter(version__workflow=workflow, state__in=usable).first()
    return found or Run.objects.start(user, workflow)
