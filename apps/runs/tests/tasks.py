"""What the queue of a test's own worker calls: the real supervisor with a tiny job.

The workflow's name says which job, as a person's graph would; the folder comes from the environment.
"""

from __future__ import annotations

import os
from pathlib import Path

from apps.runs.models import Run
from apps.runs.supervisor import supervise
from apps.runs.tests.factories import QUICK, perform_all, perform_for_ever, planner_in

JOBS = {"Titanic": perform_all, "endless": perform_for_ever}
FOLDER = "FLOWZA_TEST_FOLDER"


def execute(run_id: int) -> str:
    name = Run.objects.values_list("version__workflow__name", flat=True).get(pk=run_id)
    return supervise(run_id, planner_in(Path(os.environ[FOLDER])), JOBS[name], QUICK)
