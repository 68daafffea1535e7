"""Who has a shared workflow open now, told by the requests that its page makes anyway."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Q
from django.utils import timezone

from apps.accounts.models import User
from apps.workflows.models import Presence, Workflow

NOTED_SECONDS = 14
"""A row is written at most so often; the page asks every 15 seconds."""
HERE = timedelta(seconds=45)
MOST_SHOWN = 6

People = list[dict[str, str]]


def is_shared(workflow: Workflow) -> bool:
    """Whether anybody but its owner may be there. Without a query, for a workflow that was read `with_role_of`."""
    return bool(workflow.__dict__["people"])


def noted(workflow: Workflow, user: User) -> People | None:
    """Note that the person is there and say who else is; None when that was just done, or nobody else may be there."""
    if not is_shared(workflow) or not cache.add(f"here:{workflow.pk}:{user.pk}", True, NOTED_SECONDS):
        return None
    Presence.objects.update_or_create(workflow=workflow, user=user, defaults={"seen": timezone.now()})
    return people_here(workflow, user)


def people_here(workflow: Workflow, user: User) -> People:
    """The others who are there and may be, as name and initials. One query; none for a workflow nobody shares."""
    if not is_shared(workflow):
        return []
    allowed = Q(user=workflow.owner_id) | Q(user__in=workflow.shares.values("user"))
    rows = workflow.presences.filter(allowed, seen__gt=timezone.now() - HERE).exclude(user=user)
    found = rows.select_related("user").order_by("user__username")[:MOST_SHOWN]
    return [told(row) for row in found]


def told(row: Presence) -> dict[str, Any]:
    return {"name": row.user.display_name, "initials": row.user.initials}
