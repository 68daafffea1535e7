"""Who may do what with a run: whoever may change its workflow; and who started it may stop it."""

from __future__ import annotations

from apps.accounts.models import User
from apps.runs.models import Run


def may_cancel(user: User, run: Run) -> bool:
    """Whether this person may stop the run."""
    return run.user_id == user.pk or run.version.workflow.can_edit(user)


def check_may_cancel(user: User, run: Run) -> None:
    """Raises PermissionDenied for those who may only look at somebody else's run."""
    if run.user_id != user.pk:
        run.version.workflow.check_can_edit(user)
