"""Who sees a run: its owner, and nobody else, whatever the row."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.base import ContentFile
from django.db import models

from apps.accounts.models import User
from apps.runs.models import Artifact, LogLine, Metric, NodeRun, OutputFile, Run
from apps.runs.tests.factories import make_run, make_user
from apps.runs.tests.test_recorder import events_of, recorder_of

pytestmark = pytest.mark.django_db


def make_full_run(user: User) -> Run:
    """A run with a row of every model."""
    run = make_run(user, nodes=1)
    recorder = recorder_of(run)
    for event in events_of(1):
        recorder.take(event)
    recorder.flush()
    metric = {"node": "n0", "name": "f1", "label": "F1", "value": 0.8, "higher_is_better": True}
    recorder.write_metrics([metric])
    OutputFile.objects.create(
        run=run, node_id="n0", name="a.csv", file=ContentFile(b"a", name="a.csv"), size=1, sha256="ab"
    )
    return run


@pytest.mark.parametrize("model", [Run, NodeRun, LogLine, Artifact, Metric, OutputFile])
def test_alice_sees_her_rows_and_bob_charlie_and_strangers_see_none(model: type[models.Model]) -> None:
    alice, bob, charlie = make_user("alice"), make_user("bob"), make_user("charlie")
    make_full_run(alice)
    make_run(bob)
    rows: Any = model._default_manager
    assert rows.for_user(alice).count() == rows.filter(**mine(model, alice)).count() > 0
    assert not rows.for_user(bob).filter(**mine(model, alice)).exists()
    assert not rows.for_user(charlie).exists()
    assert not rows.for_user(AnonymousUser()).exists()


def mine(model: type[models.Model], user: User) -> dict[str, User]:
    return {"user" if model is Run else "run__user": user}


def test_a_superuser_sees_on_pages_what_everybody_sees() -> None:
    make_full_run(make_user("alice"))
    root = User.objects.create_superuser("root", "root@example.org")
    assert not Run.objects.for_user(root).exists()


def test_outputs_are_kept_from_the_persons_own_runs_only() -> None:
    alice, bob = make_user("alice"), make_user("bob")
    make_full_run(alice)
    assert NodeRun.objects.kept_keys(alice, {"key-n0", "another"}) == {"key-n0"}
    assert NodeRun.objects.kept_keys(bob, {"key-n0", "another"}) == frozenset()


def test_an_output_file_lies_under_a_name_of_our_own(tmp_path: Path) -> None:
    run = make_full_run(make_user("alice"))
    path = run.output_files.get().file.name
    assert path is not None
    assert re.fullmatch(rf"runs/{run.pk}/[0-9a-f]{{32}}\.csv", path)
