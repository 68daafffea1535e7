"""Sharing a workflow: who may open it for what, giving and taking rights, the view of the data beside it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from apps.accounts.inbox import notify
from apps.accounts.models import User
from apps.datasets.models import Dataset, DatasetShare
from apps.workflows.models import Role, Workflow, WorkflowLink, WorkflowShare
from apps.workflows.share_models import GIVEN, digest_of
from apps.workflows.usage import datasets_of

MOST_PEOPLE = 200
GIVEN_LENGTH = 254


class ShareRefused(ValueError):
    """What was asked for cannot be; the sentence says why."""


# For views: the workflow, or 404 for strangers and 403 with a sentence for those who lack the right


def workflow_to_see(request: HttpRequest, pk: int) -> Workflow:
    """A workflow that this person may look at, with their role. Raises Http404."""
    return get_object_or_404(Workflow.objects.for_user(request.user).with_role_of(request.user), pk=pk)


def workflow_to_edit(request: HttpRequest, pk: int) -> Workflow:
    """A workflow that this person may change and run. Raises Http404, PermissionDenied."""
    workflow = workflow_to_see(request, pk)
    workflow.check_can_edit(request.user)
    return workflow


def workflow_to_own(request: HttpRequest, pk: int, doing: str) -> Workflow:
    """A workflow of this person's own. doing: what only its owner may do. Raises Http404, PermissionDenied."""
    workflow = workflow_to_see(request, pk)
    workflow.check_owned_by(request.user, doing)
    return workflow


# Giving and taking


def role_given(text: str) -> str:
    """A role that an owner may give. Raises ShareRefused."""
    if text not in dict(GIVEN):
        raise ShareRefused("Choose whether the person can look, or change and run.")
    return text


def share(workflow: Workflow, called: str, role: str, datasets: Collection[int] = ()) -> WorkflowShare:
    """Give the person of this user name or e-mail address a role, and the view of these datasets of the owner.

    What is told of a person who is there is what sign-up tells: that they are. Raises ShareRefused.
    """
    called = called.replace("\x00", "").strip()[:GIVEN_LENGTH]
    if not called:
        raise ShareRefused("Write the user name or the e-mail address of the person first.")
    user = User.objects.by_name_or_email(called)
    if user is None or not user.is_active:
        raise ShareRefused(f"There is no account “{called}” here. Ask the person for their user name.")
    if user.pk == workflow.owner_id:
        raise ShareRefused("This workflow is yours already.")
    role = role_given(role)
    with transaction.atomic():
        if workflow.shares.count() >= MOST_PEOPLE:
            raise ShareRefused(f"A workflow can be shared with {MOST_PEOPLE} people at most.")
        row, made = workflow.shares.get_or_create(user=user, defaults={"role": role, "given": called})
        if row.role != role:
            row.role = role
            row.save(update_fields=["role"])
        give_data(row, workflow.owner, datasets)
        if made:
            tell(row)
    return row


def join(secret: str, user: User) -> Workflow:
    """Let the person in who has the link; who is in already stays what they are. Raises WorkflowLink.DoesNotExist."""
    link = WorkflowLink.objects.select_related("workflow__owner").get(digest=digest_of(secret))
    workflow = link.workflow
    if user.pk == workflow.owner_id:
        return workflow
    with transaction.atomic():
        now = timezone.now()
        row, made = workflow.shares.get_or_create(user=user, defaults={"role": link.role, "opened": now})
        if made:
            give_data(row, workflow.owner, link.datasets.values_list("pk", flat=True))
            notify(
                workflow.owner,
                f"{user.display_name} opened the link to “{workflow.name[:120]}”",
                f"{user.display_name} {row.get_role_display()} now. You can change that where you share the workflow.",
                link=reverse("workflows:detail", args=[workflow.pk]),
                by_mail=False,
            )
    return workflow


def give_data(row: WorkflowShare, giver: User, datasets: Iterable[int]) -> None:
    """Let the person of the share see these datasets, as far as they are the giver's own."""
    elsewhere = given_elsewhere(row)
    for dataset in Dataset.objects.owned_by(giver).filter(pk__in=list(datasets)):
        _, made = DatasetShare.objects.get_or_create(dataset=dataset, user=row.user)
        if made or dataset.pk in elsewhere:
            # What was shared for itself before stays when this share ends.
            row.datasets.add(dataset)


def given_elsewhere(row: WorkflowShare) -> list[int]:
    """Datasets that came to the same person with other workflows."""
    through = WorkflowShare.datasets.through.objects
    others = through.filter(workflowshare__user=row.user).exclude(workflowshare=row)
    return list(others.values_list("dataset", flat=True))


def end_data(row: WorkflowShare) -> None:
    """Take back the view of what was shared along with this share, unless another share gives it, too."""
    kept = given_elsewhere(row)
    given = row.datasets.exclude(pk__in=kept).values_list("pk", flat=True)
    DatasetShare.objects.filter(user=row.user_id, dataset__in=list(given)).delete()


def tell(row: WorkflowShare) -> None:
    workflow, owner = row.workflow, row.workflow.owner.display_name
    can = "look at it" if row.role == Role.VIEWER else "change and run it"
    notify(
        row.user,
        f"{owner} shared “{workflow.name[:120]}” with you",
        f"You can {can}.",
        link=reverse("workflows:detail", args=[workflow.pk]),
    )


def note_opened(workflow: Workflow, user: User) -> None:
    """From their first visit on the owner sees the person's name."""
    if user.pk != workflow.owner_id:
        workflow.shares.filter(user=user, opened=None).update(opened=timezone.now())


# The data beside it


@dataclass(frozen=True)
class DataRead:
    """A dataset that the workflow reads. mine: whether the one who asks owns it, and so may share it."""

    dataset: Dataset
    mine: bool
    seen_by: frozenset[int]


def data_read(workflow: Workflow, user: User) -> list[DataRead]:
    """The datasets that the workflow reads, as far as they are there, and who may see them. Two queries.

    People are named only to those who own the data; `seen_by` is empty for others.
    """
    ids = set(datasets_of(workflow.graph))
    found = Dataset.objects.filter(pk__in=ids, deleted=None).select_related("owner").order_by("name", "pk")
    seen: dict[int, set[int]] = {}
    for dataset, person in DatasetShare.objects.owned_by(user).filter(dataset__in=ids).values_list("dataset", "user"):
        seen.setdefault(dataset, set()).add(person)
    return [DataRead(dataset, dataset.owner_id == user.pk, frozenset(seen.get(dataset.pk, ()))) for dataset in found]


def without_hidden_data(workflow: Workflow, user: User) -> tuple[dict[str, object], list[str]]:
    """The graph for a copy of this person's own, and the steps whose data must be chosen because they may not read
    it, or it is gone.
    """
    from apps.datasets.sources import versions_named
    from apps.workflows.dataset_checks import named
    from apps.workflows.steps import labels_of
    from flowza.engine.graph import parse

    read = named(workflow.graph)
    held = versions_named(user, [reference for _, _, reference in read])
    hidden = {(node, field) for node, field, reference in read if reference not in held}
    labels = labels_of(parse(workflow.graph, complete=False), workflow.graph) if hidden else {}
    nodes = [
        {**item, "params": {k: v for k, v in item.get("params", {}).items() if (item["id"], k) not in hidden}}
        if any(node == item["id"] for node, _ in hidden)
        else item
        for item in workflow.graph["nodes"]
    ]
    return {**workflow.graph, "nodes": nodes}, [labels[node] for node in dict.fromkeys(node for node, _ in hidden)]
