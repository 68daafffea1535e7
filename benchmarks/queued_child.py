"""One measured process of `benchmarks.queue`: `queued` clicks Run and waits, `script` does the work by hand."""

from __future__ import annotations

import sys
import tempfile
import time
import uuid
from pathlib import Path

CSV = Path(tempfile.gettempdir()) / "flowza-bench-data" / "w1.csv"
POLL_SECONDS = 0.02
"""Looking more often would take the cores from the run."""


def queued() -> float:
    """Seconds from the click to the finished run; every step is computed, nothing kept."""
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flowza.settings")
    import django

    django.setup()
    from django.core.files import File

    from apps.accounts.models import User
    from apps.datasets.actions import import_upload
    from apps.runs.models import Run
    from apps.workflows.models import Workflow
    from benchmarks.works import graph_w1
    from flowza.engine.catalogue import catalogue

    # The click comes to a web process, which has imported the steps' classes long ago.
    catalogue()
    user, _ = User.objects.get_or_create(username="bench", defaults={"email": "bench@localhost.localdomain"})
    with CSV.open("rb") as stream:
        version = import_upload(user, File(stream, name="w1.csv"))
    graph = graph_w1()
    graph["seed"] = uuid.uuid4().int % 2**32
    graph["nodes"][0]["params"]["dataset"] = f"dataset:{version.dataset_id}"
    workflow = Workflow.objects.create(owner=user, name="W1", graph=graph)
    started = time.perf_counter()
    run = Run.objects.start(user, workflow)
    while not run.is_finished:
        time.sleep(POLL_SECONDS)
        run.refresh_from_db(fields=["state"])
    seconds = time.perf_counter() - started
    if run.state != Run.State.SUCCEEDED:
        run.refresh_from_db()
        raise SystemExit(f"the run {run.state}: {run.error}")
    return seconds


def main() -> None:
    if sys.argv[1] == "queued":
        print(queued())
    else:
        from benchmarks.works import by_hand

        by_hand(CSV)


if __name__ == "__main__":
    main()
