"""What a person does with versions of a workflow: keep the draft under a name, restore one, start anew from one."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from apps.accounts.models import User
from apps.workflows import drafts, operations
from apps.workflows.dataset_checks import DatasetNotFound
from apps.workflows.models import Workflow, WorkflowVersion, graph_digest
from flowza.engine.edit_checks import name_of
from flowza.engine.edit_difference import normal_form
from flowza.engine.errors import GraphError
from flowza.engine.graph import parse

WORKFLOW_NAME_LENGTH = 200


class VersionRefused(Exception):
    """What was asked for cannot be done with this version; the sentence says why and what to do."""


@dataclass(frozen=True)
class Restored:
    """kept: the version that holds the draft as it was before; None when some version held it already.

    changed: False when the draft said the same already, or when this very request was done before.
    """

    changed: bool
    kept: WorkflowVersion | None = None


def save_version(workflow: Workflow, user: User, name: str, note: str = "") -> WorkflowVersion:
    """The draft as a version of this name. Where the newest version is the very same and has no name, it is named.

    Raises VersionRefused when the newest is the same and has another name: two names for one thing help nobody.
    """
    with transaction.atomic():
        locked = Workflow.objects.select_for_update().get(pk=workflow.pk)
        newest = locked.newest_version()
        if newest is None or not is_exactly(newest, locked):
            return locked.new_version(user, newest, name, note)
        if newest.name not in ("", name):
            raise VersionRefused(
                f"Nothing has changed since {lowered(newest.title)}. Change the workflow first, or give that workflow "
                "version another name."
            )
        if not newest.name:
            newest.name, newest.note = name, note or newest.note
            newest.save(update_fields=["name", "note"])
        return newest


def restore(workflow: Workflow, user: User, version: WorkflowVersion, op_id: str) -> Restored:
    """The draft becomes the version's graph as one batch, which undo takes back; the draft as it was is kept first.

    `workflow` is brought up to date. Raises VersionRefused when a step or a dataset of the version is not there any
    more; then nothing was changed.
    """
    try:
        parse(version.graph, complete=False)
        with transaction.atomic():
            locked = Workflow.objects.select_for_update().get(pk=workflow.pk)
            done = is_exactly(version, locked) or locked.ops.filter(op_id=op_id).exists()
            kept = (
                None if done else keep_draft(locked, user, f"The draft before {lowered(version.title)} was restored.")
            )
            if not done:
                operations.replace(locked, user, version.graph, f"Restored {lowered(version.title)}", op_id)
    except DatasetNotFound as error:
        raise VersionRefused(f"{version.title} cannot be restored: {told(error, version)}") from error
    except GraphError as error:
        raise VersionRefused(f"{version.title} cannot be restored: {error.problems[0].message}") from error
    workflow.refresh_from_db()
    return Restored(not done, kept)


def start_from(workflow: Workflow, user: User, version: WorkflowVersion) -> Workflow:
    """A new workflow of this person with the version's graph. Raises VersionRefused as `restore` does."""
    try:
        graph = drafts.checked(version.graph, user)
    except DatasetNotFound as error:
        raise VersionRefused(
            f"No workflow can be started from {lowered(version.title)}: {told(error, version)}"
        ) from error
    except GraphError as error:
        words = error.problems[0].message
        raise VersionRefused(f"No workflow can be started from {lowered(version.title)}: {words}") from error
    ending = f" ({version.name or lowered(version.title)})"
    name = f"{workflow.name[: WORKFLOW_NAME_LENGTH - len(ending)]}{ending}"
    return Workflow.objects.create(owner=user, name=name, description=workflow.description, graph=graph)


def keep_draft(locked: Workflow, user: User, note: str) -> WorkflowVersion | None:
    """A version of the draft, unless some version is the very same; then None."""
    if any(is_exactly(one, locked) for one in locked.versions.filter(digest=graph_digest(locked.graph))):
        return None
    return locked.new_version(user, locked.newest_version(), note=note)


def is_exactly(version: WorkflowVersion, workflow: Workflow) -> bool:
    """Whether the draft is the version's graph, places of cards included."""
    return normal_form(version.graph) == normal_form(workflow.graph)


def told(error: DatasetNotFound, version: WorkflowVersion) -> str:
    """Which step lacks its data, and what to do: a version cannot be changed to read something else."""
    gone = error.message.partition(". ")[0].rstrip(".")
    step = name_of(version.graph, error.node)
    return (
        f"its step '{step}' needs data. {gone}. Bring the dataset back from the bin; where it is gone for good, "
        "compare the workflow version with the draft and take over by hand what you need."
    )


def lowered(title: str) -> str:
    return title[:1].lower() + title[1:]
