"""Operations that arrive at the same moment: the row lock lets one after the other in, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connections

from apps.accounts.models import User
from apps.runs.tests.conftest import migrated_postgres, migrated_sqlite, shared_database
from apps.workflows import operations
from apps.workflows.models import Workflow, WorkflowOp
from apps.workflows.tests.graphs import person, workflow_of
from flowza.engine.edits import replay

__all__ = ["migrated_postgres", "migrated_sqlite", "shared_database"]
pytestmark = [pytest.mark.usefixtures("shared_database"), pytest.mark.xdist_group("at_once")]
EACH = 8


def at_once(works: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each gave or raised, all started at the same moment in threads of their own."""
    start = Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def run(place: int, work: Callable[[], Any]) -> None:
        start.wait()
        try:
            results[place] = work()
        except Exception as error:
            results[place] = error
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.fixture
def workflow() -> Workflow:
    return workflow_of(person("alice"))


def submit(workflow: Workflow, op_id: str, *ops: dict[str, Any]) -> operations.Accepted:
    fresh = Workflow.objects.get(pk=workflow.pk)
    return operations.submit(fresh, User.objects.get(pk=workflow.owner_id), 1, op_id, list(ops))


def share(value: float) -> dict[str, Any]:
    return {"op": "set_params", "id": "split", "set": {"test_share": value}}


def test_disjoint_edits_of_several_windows_are_all_in(workflow: Workflow) -> None:
    def window(name: str) -> list[int]:
        added = [{"op": "add_node", "id": f"{name}{number}", "kind": "impute"} for number in range(EACH)]
        return [submit(workflow, op["id"], op).revision for op in added]

    revisions = at_once([partial(window, name) for name in "abc"])
    assert sorted(one for each in revisions for one in each) == list(range(2, 3 * EACH + 2))
    stored = Workflow.objects.get()
    assert len(stored.graph["nodes"]) == len(workflow.graph["nodes"]) + 3 * EACH
    logged = workflow.graph
    for entry in WorkflowOp.objects.order_by("revision"):
        logged = replay(logged, entry.ops)
    assert logged == stored.graph


def test_of_two_values_for_one_field_one_is_in_and_the_other_person_is_asked(workflow: Workflow) -> None:
    results = at_once([partial(submit, workflow, f"v{value}", share(value / 10)) for value in (3, 4)])
    assert sorted(type(result).__name__ for result in results) == ["Accepted", "Conflict"]
    assert Workflow.objects.get().revision == 2


def test_a_batch_that_arrives_twice_at_once_is_done_once(workflow: Workflow) -> None:
    results = at_once([lambda: submit(workflow, "same", share(0.3))] * 4)
    assert [result.revision for result in results] == [2] * 4
    assert WorkflowOp.objects.count() == 1


def test_a_doubled_undo_takes_one_edit_back(workflow: Workflow) -> None:
    for number in (3, 4):
        operations.submit(workflow, workflow.owner, workflow.revision, f"v{number}", [share(number / 10)])
    results = at_once(
        [lambda: operations.undo(Workflow.objects.get(), User.objects.get(), "once").revision for _ in range(3)]
    )
    assert results == [4, 4, 4]
    assert operations.undo_state(workflow, workflow.owner)[0] is not None
