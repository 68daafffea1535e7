"""The signs of the last run on the editor's cards: only where a step is still as it was then."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from apps.runs.models import NodeRun, Run
from apps.runs.outline_states import unchanged
from apps.workflows.tests.graphs import edge, person, titanic, workflow_of


def test_a_change_reaches_every_step_that_comes_after_it() -> None:
    changed = titanic()
    changed["nodes"][2]["params"] = {"test_share": 0.5}
    assert unchanged(changed, titanic()) == {"data", "encode"}


def test_a_name_or_a_place_is_no_change() -> None:
    moved = titanic()
    moved["nodes"][0] |= {"label": "Passengers", "x": 40, "y": 2}
    assert unchanged(moved, titanic()) == {"data", "encode", "split", "model", "evaluate"}


def test_another_input_is_a_change() -> None:
    rewired = titanic()
    rewired["edges"][1] = edge("data", "split")
    assert unchanged(rewired, titanic()) == {"data", "encode"}


@pytest.mark.django_db
def test_cards_say_what_the_last_run_made_of_their_step() -> None:
    alice = person("alice")
    workflow = workflow_of(alice)
    run = Run.objects.create(version=workflow.freeze(alice), user=alice, state=Run.State.SUCCEEDED)
    for place, name in enumerate(("data", "split")):
        NodeRun.objects.create(
            run=run, node_id=name, kind="showcase", position=place, state="done", output="table", rows_out=2201
        )
    workflow.graph["nodes"][2]["params"] = {"test_share": 0.5}
    workflow.save()
    client = Client()
    client.force_login(alice)
    page = client.get(f"/runs/outline-states/{workflow.pk}/").content.decode()
    signs = dict(re.findall(r'<span id="run-of-(\w+)"[^>]*>(.*?)(?=<span id="run-of|$)', page, re.DOTALL))
    assert "2,201" in signs["data"]
    assert "Done" in signs["data"]
    assert "Done" not in signs["split"]
    assert "every 2s" not in page
