"""Random operations from two windows at once: both end with the server's graph, nothing is lost, undo leads back."""

from __future__ import annotations

import json
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import User
from apps.workflows import operations, outline
from apps.workflows.models import Role, Workflow, WorkflowOp, WorkflowShare
from apps.workflows.operations import Accepted, Conflict
from apps.workflows.tests.graphs import person, titanic, workflow_of
from flowza.engine.edit_difference import same
from flowza.engine.edits import EditError, apply_all, difference, nodes_of, normal_form, replay, targets
from flowza.engine.graph import parse
from flowza.engine.rebase import value_at
from flowza.engine.tests.random_edits import random_op

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
Ops = list[dict[str, Any]]
OUTLINE: list[dict[str, Any]] = [
    {"do": "add", "kind": "impute"},
    {"do": "add", "kind": "filter"},
    {"do": "delete"},
    {"do": "duplicate"},
    {"do": "move", "by": 1},
    {"do": "move", "by": -1},
    {"do": "tidy"},
]


def text_of(graph: dict[str, Any]) -> str:
    return json.dumps(normal_form(graph), sort_keys=True)


@dataclass
class Window:
    """What a page does: its own edits are shown at once, sent one batch at a time, and again when no answer came."""

    name: str
    user: User
    workflow: Workflow
    random: Random
    graph: dict[str, Any] = field(init=False)
    revision: int = field(init=False)
    waiting: list[tuple[str, Ops]] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    idle: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reload()

    def reload(self) -> None:
        self.graph, self.revision = self.server.graph, self.server.revision

    @property
    def server(self) -> Workflow:
        return Workflow.objects.get(pk=self.workflow.pk)

    @property
    def shown(self) -> dict[str, Any]:
        """What is stored and what waits; what does not go together any more is for the server to refuse."""
        graph = self.graph
        for _, ops in self.waiting:
            with suppress(EditError):
                graph, _ = apply_all(graph, ops)
        return graph

    def edit(self) -> None:
        ops = self.planned() if self.random.random() < 0.4 else []
        ops = ops or [random_op(self.random, self.shown, self.name)]
        self.waiting.append((uuid.UUID(int=self.random.getrandbits(128)).hex, ops))
        self.made.append(self.waiting[-1][0])

    def planned(self) -> Ops:
        action = dict(self.random.choice(OUTLINE))
        steps = [item["id"] for item in self.shown["nodes"]]
        if steps:
            action["step"] = action["after"] = self.random.choice(steps)
        try:
            return outline.plan(self.shown, action)
        except EditError:
            return []

    def send(self) -> None:
        if not self.waiting:
            return
        op_id, ops = self.waiting[0]
        before = self.server.graph
        try:
            answer = self.submit(op_id, ops)
        except (Conflict, EditError):
            # The person is told, and the page shows what is stored.
            self.refused += [op_id for op_id, _ in self.waiting]
            self.waiting.clear()
            self.reload()
            return
        if answer.ops:
            assert_nothing_else_changed(before, self.server.graph, ops)
            assert_nothing_overwritten(self.graph, before, self.server.graph, ops)
        if self.random.random() < 0.15:
            return  # the answer is lost on its way; the same is sent again later
        self.idle += [] if answer.ops else [op_id]
        self.waiting.pop(0)
        self.take(answer)

    def submit(self, op_id: str, ops: Ops) -> Accepted:
        with transaction.atomic():
            answer = operations.submit(self.server, self.user, self.revision, op_id, ops)
        if self.random.random() < 0.15:
            again = operations.submit(self.server, self.user, self.revision, op_id, ops)
            assert (again.revision, again.ops_since, again.ops) == (answer.revision, answer.ops_since, answer.ops)
        return answer

    def take(self, answer: Accepted) -> None:
        for batch in answer.ops_since:
            self.graph = replay(self.graph, batch["ops"])
        self.graph, self.revision = replay(self.graph, answer.ops), answer.revision

    def catch_up(self) -> None:
        self.take(operations.submit(self.server, self.user, self.revision, "nothing", []))

    def turn(self) -> None:
        try:
            self.random.choice([operations.undo, operations.undo, operations.redo])(self.server, self.user)
        except EditError:
            return
        if not self.waiting:
            self.catch_up()


def assert_nothing_else_changed(before: dict[str, Any], after: dict[str, Any], ops: Ops) -> None:
    """An accepted batch wrote to its own targets alone: nobody else's work was overwritten."""
    own = {target for op in ops for target in targets(op)}
    deleted = {op["id"] for op in ops if op["op"] == "delete_node"}
    for op in difference(before, after):
        if op["op"] == "order" or (op["op"] == "disconnect" and deleted & set(nodes_of(op))):
            continue
        assert set(targets(op)) <= own, op


def assert_nothing_overwritten(seen: dict[str, Any], before: dict[str, Any], after: dict[str, Any], ops: Ops) -> None:
    """Where a batch wrote, the window had seen what stood there; only cards may be moved by two people at once."""
    for target in {target for op in ops for target in targets(op)}:
        present = value_at(before, target)
        if target[0] not in ("place", "order") and not same(present, value_at(after, target)):
            assert same(present, value_at(seen, target)), target


def walked(seed: int, users: list[User]) -> tuple[Workflow, list[Window], dict[str, Any]]:
    random = Random(seed)
    workflow = workflow_of(users[0])
    others = set(users) - {users[0]}
    WorkflowShare.objects.bulk_create(WorkflowShare(workflow=workflow, user=one, role=Role.EDITOR) for one in others)
    first = workflow.graph
    windows = [Window(name, user, workflow, random) for name, user in zip("ab", users, strict=True)]
    for _ in range(30):
        window = random.choice(windows)
        random.choice([window.edit, window.edit, window.send, window.send, window.turn])()
    for window in windows * 2:
        while window.waiting:
            window.send()
    for window in windows:
        window.catch_up()
    return workflow, windows, first


def assert_same_everywhere(workflow: Workflow, windows: list[Window], first: dict[str, Any]) -> None:
    stored = Workflow.objects.get(pk=workflow.pk)
    parse(stored.graph, complete=False)
    for window in windows:
        assert (window.revision, text_of(window.graph)) == (stored.revision, text_of(stored.graph))
    entries = list(WorkflowOp.objects.filter(workflow=workflow).order_by("revision"))
    assert [entry.revision for entry in entries] == list(range(2, stored.revision + 1))
    logged = first
    for entry in entries:
        logged = replay(logged, entry.ops)
    assert text_of(logged) == text_of(stored.graph)
    assert text_of(operations.graph_at(stored, 1)) == text_of(first)


def assert_nothing_lost(workflow: Workflow, windows: list[Window]) -> None:
    """Each edit that a person made is in the log, was refused in words, or changed nothing."""
    logged = set(WorkflowOp.objects.filter(workflow=workflow).values_list("op_id", flat=True))
    edits = WorkflowOp.objects.filter(workflow=workflow, kind="edit").count()
    made = {op_id for window in windows for op_id in window.made}
    refused = {op_id for window in windows for op_id in window.refused}
    idle = {op_id for window in windows for op_id in window.idle}
    assert not any(window.waiting for window in windows)
    assert edits == len(made & logged)
    assert made == logged & made | refused | idle
    assert not refused & logged


SETTINGS = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def test_two_windows_of_one_person_end_with_the_servers_graph_and_undo_leads_back_to_the_first() -> None:
    alice = person("alice")

    @SETTINGS
    @given(seed=st.integers(0, 2**32))
    def walk(seed: int) -> None:
        workflow, windows, first = walked(seed, [alice, alice])
        assert_same_everywhere(workflow, windows, first)
        assert_nothing_lost(workflow, windows)
        last = Workflow.objects.get(pk=workflow.pk)
        redo_was_left = operations.undo_state(last, alice)[1] is not None
        while operations.undo_state(last, alice)[0]:
            operations.undo(last, alice)
        assert text_of(last.graph) == text_of(first)
        while operations.undo_state(last, alice)[1]:
            operations.redo(last, alice)
        assert redo_was_left or text_of(last.graph) == text_of(windows[0].graph)

    walk()


def test_two_people_end_with_the_servers_graph_whatever_either_undoes() -> None:
    people = [person("alice"), person("bob")]

    @SETTINGS
    @given(seed=st.integers(0, 2**32))
    def walk(seed: int) -> None:
        workflow, windows, first = walked(seed, people)
        assert_same_everywhere(workflow, windows, first)
        assert_nothing_lost(workflow, windows)

    walk()


def test_undo_to_the_start_gives_back_a_graph_that_was_written_sloppily() -> None:
    alice = person("alice")
    graph = titanic()
    graph["nodes"][0] |= {"label": "", "note": "Ask Ann", "x": 1.5}
    workflow = workflow_of(alice, graph=graph)
    for number, ops in enumerate(
        [[{"op": "rename", "id": "data", "label": "D"}], [{"op": "delete_node", "id": "data"}]]
    ):
        operations.submit(workflow, alice, workflow.revision, f"a{number}", ops)
    operations.undo(workflow, alice)
    operations.undo(workflow, alice)
    assert text_of(workflow.graph) == text_of(graph)
