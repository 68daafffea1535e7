"""The tidy places of a workflow's steps, as operations that the editor does like any other change."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from apps.accounts.access import members
from apps.workflows.ops_views import BodyRefused, body_of
from apps.workflows.places import tidied
from apps.workflows.sharing import workflow_to_edit


@members
@require_POST
def layout(request: HttpRequest, pk: int) -> HttpResponse:
    """Moves that lay out all steps, or those in `steps`, of the draft as it is stored: 200 `{revision, ops}`.

    Nothing is changed here: the editor sends the moves back as one batch, so that one undo takes them back.
    """
    workflow = workflow_to_edit(request, pk)
    try:
        steps = body_of(request).get("steps")
    except BodyRefused as refused:
        return JsonResponse({"reason": str(refused)}, status=refused.status)
    if steps is not None and not (isinstance(steps, list) and all(isinstance(step, str) for step in steps)):
        return JsonResponse({"reason": "'steps' must be a list of ids."}, status=400)
    chosen = None if steps is None else set(steps)
    return JsonResponse({"revision": workflow.revision, "ops": tidied(workflow.graph, chosen)})
