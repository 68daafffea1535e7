"""The one door through which a workflow's graph is changed: batches of operations, each in the log, each undoable.

A batch is made on some revision of the workflow. When others were accepted since, it is brought to the present graph
(`flowza.engine.rebase`): what is disjoint merges, what is not raises Conflict and nothing is changed.
"""

from __future__ import annotations

import dataclasses
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.workflows.dataset_checks import DatasetNotFound, check_datasets
from apps.workflows.models import Workflow, WorkflowOp, WorkflowOpQuerySet
from flowza.engine.edit_difference import difference, same
from flowza.engine.edit_words import words_for
from flowza.engine.edits import EditError, Target, apply_all, nodes_of, replay, targets
from flowza.engine.rebase import Clash, rebase

OP_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
MOST_OPS = 2000
Ops = list[dict[str, Any]]
Kind = WorkflowOp.Kind
State = WorkflowOp.State


@dataclass(frozen=True)
class Accepted:
    """A batch that is in. `ops_since` are the batches that others had accepted since its base, oldest first: to be
    done before it on the sender's side. `inverses` take it back.
    """

    revision: int
    ops_since: Sequence[dict[str, Any]]
    ops: Ops
    inverses: Ops
    graph: dict[str, Any]
    label: str = ""


@dataclass
class Conflict(Exception):
    """Others changed the same since the batch's base. Nothing was changed."""

    revision: int
    conflicts: list[dict[str, Any]] = field(default_factory=list)

    def __str__(self) -> str:
        return " ".join(dict.fromkeys(str(one["reason"]) for one in self.conflicts))


def submit(workflow: Workflow, user: User, base_revision: int, op_id: str, ops: Ops, label: str = "") -> Accepted:
    """Do the operations on the workflow as it is now, and log them. `workflow` is brought up to date.

    The same `op_id` again gives the same answer and does nothing. label: what was done, in words; left out, it is found
    from the operations. Raises Conflict, EditError with the `index` of the refused operation, DatasetNotFound.
    """
    check_envelope(base_revision, op_id, ops)
    with transaction.atomic():
        locked = Workflow.objects.select_for_update().get(pk=workflow.pk)
        known = entry_of(locked, user, op_id)
        if known is not None:
            answer = answer_of(locked, known)
        else:
            batch = rebased(locked, user, base_revision, ops)
            answer = log(locked, user, op_id, dataclasses.replace(batch, label=label))
    return brought(workflow, locked, answer)


def replace(workflow: Workflow, user: User, graph: dict[str, Any], label: str = "", op_id: str = "") -> None:
    """Put another graph, already validated, in place of the present one: logged as the operations between the two.

    label, op_id: as for `submit`; left out, they are found from the operations and made up.
    """
    with transaction.atomic():
        locked = Workflow.objects.select_for_update().get(pk=workflow.pk)
        ops = difference(locked.graph, graph)
        after, inverses = apply_all(locked.graph, ops, trusted=True)
        batch = Batch(locked.revision, ops, inverses, after, label=label)
        answer = log(locked, user, op_id or uuid.uuid4().hex, batch)
    brought(workflow, locked, answer)


def undo(workflow: Workflow, user: User, op_id: str = "") -> Accepted:
    """Take back the person's last change that stands. Raises EditError with a sentence when that cannot be."""
    return turn(workflow, user, op_id, Kind.UNDO)


def redo(workflow: Workflow, user: User, op_id: str = "") -> Accepted:
    """Do again what the person undid last. Raises EditError with a sentence when that cannot be."""
    return turn(workflow, user, op_id, Kind.REDO)


def undo_state(workflow: Workflow, user: User) -> tuple[str | None, str | None]:
    """What undo would take back and what redo would do again, in words; None where there is nothing."""
    labels = (rows.values_list("label", flat=True).first() for rows in edits_to_turn(workflow, user))
    done, undone = labels
    return done, undone


def graph_at(workflow: Workflow, revision: int) -> dict[str, Any]:
    """The graph as it was at a revision. Raises Conflict when the log does not reach there."""
    if not 0 < revision <= workflow.revision:
        raise out_of_step(workflow)
    graph: dict[str, Any] = workflow.graph
    entries = workflow.ops.filter(revision__gt=revision).order_by("-revision")
    try:
        for inverses in entries.values_list("inverses", flat=True):
            graph = replay(graph, inverses)
    except EditError as error:
        raise out_of_step(workflow) from error
    return graph


# Inside the transaction


@dataclass(frozen=True)
class Batch:
    """Operations that can be done on the present graph. `graph` is what they make of it."""

    base: int
    ops: Ops
    inverses: Ops
    graph: dict[str, Any]
    kind: str = Kind.EDIT
    of: WorkflowOp | None = None
    label: str = ""


def log(workflow: Workflow, user: User, op_id: str, batch: Batch) -> Accepted:
    """Do and log a batch. An edit that changes nothing is accepted and not logged; another one ends what redo knows."""
    before = workflow.graph
    workflow.check_can_edit(user)
    check_datasets_of(batch, user, before)
    if batch.kind == Kind.EDIT:
        if same(batch.graph, before):
            return Accepted(workflow.revision, since(workflow, batch.base, workflow.revision + 1), [], [], before)
        workflow.ops.undone_by(user).update(state=State.DROPPED)
    workflow.graph = batch.graph
    workflow.revision += 1
    workflow.save(update_fields=["graph", "revision", "updated"])
    entry = workflow.ops.create(
        revision=workflow.revision,
        base=batch.base,
        op_id=op_id,
        user=user,
        kind=batch.kind,
        of=batch.of,
        label=(batch.label or words_for(before, batch.graph, batch.ops))[:500],
        ops=batch.ops,
        inverses=batch.inverses,
    )
    return answer_of(workflow, entry)


def check_datasets_of(batch: Batch, user: User, before: dict[str, Any]) -> None:
    """Raises DatasetNotFound that knows which operation named the dataset. What is taken back may name what is gone."""
    if batch.kind != Kind.EDIT:
        return
    try:
        check_datasets(batch.graph, user, before=before)
    except DatasetNotFound as error:
        naming = [index for index, op in enumerate(batch.ops) if error.node in nodes_of(op)]
        error.index = naming[-1] if naming else 0
        raise


def rebased(workflow: Workflow, user: User, base: int, ops: Ops) -> Batch:
    """What is left to do on the present graph of operations that were made at revision `base`.

    Raises Conflict, and EditError for what could not be done on the graph that it was made on either.
    """
    if base == workflow.revision:
        graph, inverses = apply_all(workflow.graph, ops)
        return Batch(base, ops, inverses, graph)
    made_on = graph_at(workflow, base)
    apply_all(made_on, ops)
    kept, clashes = rebase(made_on, workflow.graph, ops)
    if clashes:
        makers = makers_since(workflow, base)
        raise Conflict(workflow.revision, [described(clash, makers, user) for clash in clashes])
    left = [op for _, op in kept]
    try:
        graph, inverses = apply_all(workflow.graph, left)
    except EditError as error:
        found = {"index": kept[error.index][0], "node": error.node, "field": error.field, "reason": error.reason}
        raise Conflict(workflow.revision, [found]) from error
    return Batch(base, left, inverses, graph)


def turn(workflow: Workflow, user: User, op_id: str, kind: Kind) -> Accepted:
    """Undo or redo: the inverses of an edit's last turn go through the same door as any batch."""
    op_id = op_id or uuid.uuid4().hex
    with transaction.atomic():
        locked = Workflow.objects.select_for_update().get(pk=workflow.pk)
        known = entry_of(locked, user, op_id)
        if known is not None:
            return brought(workflow, locked, answer_of(locked, known))
        edits = edits_to_turn(locked, user)[kind == Kind.REDO]
        edit = edits.first()
        if edit is None:
            raise EditError(f"There is nothing to {kind}.")
        last = edit.last_turn
        try:
            batch = rebased(locked, user, last.revision, last.inverses)
            label = f"{kind.title()}: {edit.label}"
            answer = log(locked, user, op_id, dataclasses.replace(batch, kind=kind, of=edit, label=label))
        except (Conflict, EditError) as error:
            raise EditError(f"“{edit.label}” cannot be {kind}ne any more. {error}") from error
        edit.state = State.UNDONE if kind == Kind.UNDO else State.DONE
        edit.save(update_fields=["state"])
    return brought(workflow, locked, answer)


def entry_of(workflow: Workflow, user: User, op_id: str) -> WorkflowOp | None:
    """The batch that came under this id before. Raises EditError when it was somebody else's: theirs is no answer."""
    known = workflow.ops.filter(op_id=op_id).first()
    if known is not None and known.user_id != user.pk:
        raise EditError("This 'op_id' was used by somebody else. Send the batch under another one.", field="op_id")
    return known


def edits_to_turn(workflow: Workflow, user: User) -> tuple[WorkflowOpQuerySet, WorkflowOpQuerySet]:
    """The person's edits that undo and redo would take, each next one first."""
    rows = workflow.ops.all()
    return rows.done_by(user), rows.undone_by(user)


def brought(workflow: Workflow, locked: Workflow, answer: Accepted) -> Accepted:
    """The caller's object says what is in the database."""
    workflow.graph, workflow.revision, workflow.updated = locked.graph, locked.revision, locked.updated
    return answer


# Answers


def answer_of(workflow: Workflow, entry: WorkflowOp) -> Accepted:
    others = since(workflow, entry.base, entry.revision)
    return Accepted(entry.revision, others, entry.ops, entry.inverses, workflow.graph, entry.label)


def since(workflow: Workflow, after: int, before: int) -> list[dict[str, Any]]:
    """The batches between two revisions, oldest first."""
    entries = workflow.ops.filter(revision__gt=after, revision__lt=before).order_by("revision").select_related("user")
    return [
        {
            "revision": entry.revision,
            "op_id": entry.op_id,
            "kind": entry.kind,
            "label": entry.label,
            "user": entry.user.display_name if entry.user else "",
            "created": entry.created.isoformat(),
            "ops": entry.ops,
        }
        for entry in entries
    ]


def makers_since(workflow: Workflow, base: int) -> dict[Target, WorkflowOp]:
    """What was changed since a revision, and ("node", id) of each step that it was about -> the last change of it."""
    found: dict[Target, WorkflowOp] = {}
    for entry in workflow.ops.filter(revision__gt=base).order_by("revision").select_related("user"):
        for op in entry.ops:
            about = [("node", node) for node in nodes_of(op)]
            found |= dict.fromkeys([*targets(op), *about], entry)
    return found


def described(clash: Clash, makers: Mapping[Target, WorkflowOp], user: User) -> dict[str, Any]:
    """A clash with who made the other change and when."""
    found = {
        "index": clash.index,
        "target": list(clash.target),
        "node": clash.node,
        "field": clash.field,
        "reason": clash.reason,
        "before": clash.before,
        "theirs": clash.theirs,
        "mine": clash.mine,
    }
    entry = makers.get(clash.target)
    if entry is None:
        return found
    who = "you, in another window" if entry.user == user else (entry.user or "somebody else")
    return found | {"who": getattr(who, "display_name", who), "when": entry.created.isoformat()}


def out_of_step(workflow: Workflow) -> Conflict:
    reason = "This window and the stored workflow have no common past. Load the page again."
    return Conflict(workflow.revision, [{"index": 0, "node": "", "field": "", "reason": reason}])


def check_envelope(base_revision: Any, op_id: Any, ops: Any) -> None:
    if not isinstance(base_revision, int) or isinstance(base_revision, bool):
        raise EditError("'base_revision' must be a whole number.", field="base_revision")
    if not isinstance(op_id, str) or not OP_ID.fullmatch(op_id):
        raise EditError("'op_id' must be 1 to 64 letters, digits, '-' or '_'.", field="op_id")
    if not isinstance(ops, list) or len(ops) > MOST_OPS:
        raise EditError(f"'ops' must be a list of at most {MOST_OPS} operations.", field="ops")
