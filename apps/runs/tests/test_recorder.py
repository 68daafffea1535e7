"""Events become rows in batches, as the holder of the lease, at a price that a chain of 100 steps can pay."""

from __future__ import annotations

import json

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from apps.runs.child import encode
from apps.runs.lease import Lease, LeaseLost
from apps.runs.models import Artifact, NodeRun, Run
from apps.runs.recorder import LINE_LIMIT, Recorder
from apps.runs.tests.factories import Event, make_run, make_user, node_event, perform_all

pytestmark = pytest.mark.django_db


def recorder_of(run: Run) -> Recorder:
    lease = Lease.claim(run.pk)
    assert lease is not None
    return Recorder(Run.objects.select_related("user").get(pk=run.pk), lease)


def events_of(nodes: int) -> list[Event]:
    events: list[Event] = []
    perform_all([f"n{i}" for i in range(nodes)], events.append, lambda: False)
    return events


def test_a_batch_of_a_hundred_steps_costs_few_queries(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    recorder = recorder_of(make_run(make_user(), nodes=100))
    for event in events_of(100):
        recorder.take(event)
    # SQLite takes 999 parameters in a statement, so that there are more of them than on PostgreSQL.
    with django_assert_max_num_queries(14):
        recorder.flush()


def test_a_hundred_steps_are_written_with_their_logs_batch_by_batch() -> None:
    run = make_run(make_user(), nodes=100)
    recorder = recorder_of(run)
    lines = [encode(event) for event in events_of(100)]
    # As they come from a chain that takes a second: ten batches of ten steps.
    for batch in range(0, len(lines), 30):
        for line in lines[batch : batch + 30]:
            recorder.take(json.loads(line))
        recorder.flush()
    assert run.node_runs.filter(state=NodeRun.State.DONE).count() == 100
    assert run.log_lines.count() == 100


def test_a_later_event_adds_facts_and_keeps_the_others() -> None:
    run = make_run(make_user(), nodes=1)
    recorder = recorder_of(run)
    recorder.take(node_event("n0", "done", seconds=0.5, rows_out=9, key="k", note="One row was dropped."))
    recorder.flush()
    recorder.take(node_event("n0", "done", seconds=None, columns=4))
    recorder.flush()
    row = run.node_runs.get()
    assert (row.seconds, row.rows_out, row.columns, row.key, row.note) == (
        0.5,
        9,
        4,
        "k",
        "One row was dropped.",
    )


def test_who_lost_the_lease_writes_nothing() -> None:
    run = make_run(make_user(), nodes=1)
    recorder = recorder_of(run)
    Run.objects.filter(pk=run.pk).update(owner="another")
    recorder.take(node_event("n0", "running"))
    recorder.log("late")
    with pytest.raises(LeaseLost), transaction.atomic():
        recorder.flush()
    assert run.node_runs.get().state == NodeRun.State.WAITING
    assert not run.log_lines.exists()


def test_a_kept_output_names_the_run_of_this_person_that_made_it() -> None:
    alice, bob = make_user(), make_user()
    runs = [make_run(user, nodes=1) for user in (bob, alice, alice)]
    for run, state in zip(runs, ("done", "done", "kept"), strict=True):
        recorder = recorder_of(run)
        recorder.take(node_event("n0", state, key="the same key"))
        recorder.flush()
    assert runs[2].node_runs.get().kept_from == runs[1]


def test_an_artifact_that_two_people_made_is_one_row_that_both_may_see() -> None:
    people = [make_user(), make_user(), make_user()]
    for person in people[:2]:
        recorder = recorder_of(make_run(person, nodes=1))
        for event in events_of(1):
            recorder.take(event)
        recorder.flush()
    assert Artifact.objects.count() == 1
    assert [Artifact.objects.for_user(person).count() for person in people] == [1, 1, 0]


def test_a_log_that_was_rolled_back_is_written_again_beside_the_lines_of_others() -> None:
    user = make_user()
    one, other = recorder_of(make_run(user, nodes=1)), recorder_of(make_run(user, nodes=1))
    one.log("Mine.")
    other.log("Of another run.")
    with transaction.atomic():
        one.write()
        transaction.set_rollback(True)
    other.flush()
    one.flush()
    assert [line.text for line in one.run.log_lines.all()] == ["Mine."]
    assert [line.text for line in other.run.log_lines.all()] == ["Of another run."]


def test_long_lines_are_cut_and_say_so() -> None:
    run = make_run(make_user(), nodes=1)
    recorder = recorder_of(run)
    recorder.log("x" * (LINE_LIMIT + 1000))
    recorder.flush()
    assert run.log_lines.get().text.endswith("(1,000 more characters)")


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("a\0b", "a\ufffdb"),
        ("half \ud800 surrogate", "half ? surrogate"),
        (r"a written \u0000 stays", r"a written \u0000 stays"),
        ("\N{GRINNING FACE}", "\N{GRINNING FACE}"),
    ],
)
def test_text_that_no_database_takes_is_made_storable(sent: str, stored: str) -> None:
    run = make_run(make_user(), nodes=1)
    recorder = recorder_of(run)
    event = node_event("n0", "done", note=sent, manifest={sent: [float("nan"), float("inf"), 1.5]})
    recorder.take(json.loads(encode(event)))
    recorder.flush()
    row = run.node_runs.get()
    assert row.note == stored
    assert row.manifest == {stored: [None, None, 1.5]}


def test_a_kept_output_has_its_files_also_when_the_run_that_made_them_is_deleted() -> None:
    alice = make_user()
    first, second = make_run(alice, nodes=1), make_run(alice, nodes=1)
    recorder = recorder_of(first)
    for event in events_of(1):
        recorder.take(event)
    recorder.flush()
    recorder = recorder_of(second)
    recorder.take(node_event("n0", "kept", key="key-n0"))
    recorder.flush()
    first.delete()
    assert second.node_runs.get().artifacts.get().key == "key-n0"
    assert Artifact.objects.for_user(alice).count() == 1


def test_a_traceback_is_for_the_workers_log_and_not_for_persons(caplog: pytest.LogCaptureFixture) -> None:
    run = make_run(make_user(), nodes=1)
    recorder = recorder_of(run)
    text = 'Reference 1a2b3c4d\nTraceback (most recent call last):\n  File "/srv/flowza/a.py", line 1\nKeyError: 1'
    recorder.take({"event": "log", "node": "n0", "level": "error", "text": text})
    recorder.flush()
    assert run.log_lines.get().text == "Reference 1a2b3c4d"
    assert "/srv/flowza/a.py" in caplog.text
