"""The dialog in which a workflow is shared; the address behind a link; leaving."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.access import member, members
from apps.accounts.models import User
from apps.datasets.models import DatasetShare
from apps.workflows import sharing
from apps.workflows.models import Role, Workflow, WorkflowLink, WorkflowShare
from apps.workflows.share_models import GIVEN
from apps.workflows.sharing import ShareRefused


@members
@never_cache
@require_http_methods(["GET", "POST"])
def share(request: HttpRequest, pk: int) -> HttpResponse:
    """Who may open the workflow; for its owner also giving and taking that. `do` says what a form asks for."""
    workflow = sharing.workflow_to_see(request, pk)
    if request.method == "GET":
        return shown(request, workflow)
    act = ACTIONS.get(request.POST.get("do", ""))
    if act is None:
        raise Http404("There is nothing of that kind to do.")
    if act is not data:
        workflow.check_owned_by(request.user, "share")
    try:
        said = act(request, workflow)
    except ShareRefused as refused:
        return shown(request, workflow, refused=str(refused), called=request.POST.get("called", ""), status=422)
    return shown(request, workflow, **said)


@members
@require_POST
def leave(request: HttpRequest, pk: int) -> HttpResponse:
    """Give back one's own right to somebody else's workflow."""
    workflow = sharing.workflow_to_see(request, pk)
    row = workflow.shares.filter(user=member(request)).first()
    if row is None:
        raise PermissionDenied("This workflow is yours: delete it, or share it with nobody.")
    row.delete()
    messages.success(request, f"You left “{workflow.name}”.")
    return redirect("workflows:list")


@members
@never_cache
@require_GET
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Behind a link: the one who opens it is let in. An address that is no link, or no more, is nothing."""
    try:
        workflow = sharing.join(token, member(request))
    except WorkflowLink.DoesNotExist:
        raise Http404("There is no such link.") from None
    return redirect("workflows:detail", workflow.pk)


# What the forms of the dialog ask for


def add(request: HttpRequest, workflow: Workflow) -> dict[str, Any]:
    row = sharing.share(
        workflow, request.POST.get("called", ""), request.POST.get("role", ""), chosen(request, workflow)
    )
    return {"said": f"{row.called} {row.get_role_display()} now."}


def role(request: HttpRequest, workflow: Workflow) -> dict[str, Any]:
    row = share_of(request, workflow)
    row.role = sharing.role_given(request.POST.get("role", ""))
    row.save(update_fields=["role"])
    return {"said": f"{row.called} {row.get_role_display()} now."}


def remove(request: HttpRequest, workflow: Workflow) -> dict[str, Any]:
    row = share_of(request, workflow)
    called = row.called
    row.delete()
    again = WorkflowLink.objects.filter(workflow=workflow).exists()
    more = " The link is still on: who has it can come back. Make it anew to end that." if again else ""
    return {"said": f"{called} cannot open this workflow any more.{more}"}


def data(request: HttpRequest, workflow: Workflow) -> dict[str, Any]:
    """Let somebody who may open the workflow see data of one's own that it reads, or no more."""
    user = member(request)
    mine = {one.dataset.pk: one.dataset for one in sharing.data_read(workflow, user) if one.mine}
    dataset = mine.get(whole(request.POST.get("dataset")))
    if dataset is None:
        raise Http404("This workflow reads no such data of yours.")
    person = person_of(request, workflow, user)
    if request.POST.get("see") == "1":
        row = workflow.shares.filter(user=person).first()
        if row is not None and workflow.owner_id == user.pk:
            sharing.give_data(row, user, [dataset.pk])
        else:
            DatasetShare.objects.get_or_create(dataset=dataset, user=person)
        return {"said": f"“{dataset}” can be seen now."}
    DatasetShare.objects.filter(dataset=dataset, user=person).delete()
    return {"said": f"“{dataset}” cannot be seen any more."}


def link(request: HttpRequest, workflow: Workflow) -> dict[str, Any]:
    """A new link; the one before is over."""
    given = sharing.role_given(request.POST.get("role", ""))
    secret = WorkflowLink.issue(workflow, given, chosen(request, workflow))
    address = request.build_absolute_uri(reverse("workflows:join", args=[secret]))
    return {"said": "The link is made. Copy it now: it is shown only once.", "address": address}


def unlink(request: HttpRequest, workflow: Workflow) -> dict[str, Any]:
    WorkflowLink.objects.filter(workflow=workflow).delete()
    return {"said": "The link is switched off. Who came by it stays until you remove them."}


ACTIONS = {"add": add, "role": role, "remove": remove, "data": data, "link": link, "unlink": unlink}


def chosen(request: HttpRequest, workflow: Workflow) -> list[int]:
    """The datasets to share along: those of the person's own that the workflow reads, of those that were ticked."""
    mine = {one.dataset.pk for one in sharing.data_read(workflow, member(request)) if one.mine}
    return sorted(mine & {whole(text) for text in request.POST.getlist("datasets")})


def share_of(request: HttpRequest, workflow: Workflow) -> WorkflowShare:
    """The share that the form is about. Raises Http404."""
    return get_object_or_404(workflow.shares.select_related("user"), pk=whole(request.POST.get("share")))


def person_of(request: HttpRequest, workflow: Workflow, user: User) -> User:
    """The participant whom a form about data names: by their share, or the workflow's owner. Raises Http404."""
    if request.POST.get("share") == "owner" and workflow.owner_id != user.pk:
        return workflow.owner
    row = share_of(request, workflow)
    if row.opened is None and workflow.owner_id != user.pk:
        raise Http404("Nobody has come by that invitation yet.")
    return row.user


def whole(text: str | None) -> int:
    """A whole number of a form; 0 for what is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else 0


# What is shown


def shown(request: HttpRequest, workflow: Workflow, *, status: int = 200, **said: Any) -> HttpResponse:
    user = member(request)
    mine = workflow.role_of(user) == Role.OWNER
    shares = workflow.shares.select_related("user")
    people = list(shares if mine else shares.exclude(opened=None))
    read = sharing.data_read(workflow, user)
    context = {
        "workflow": workflow,
        "mine": mine,
        "people": [(row, [(one, row.user_id in one.seen_by) for one in read if one.mine]) for row in people],
        "owner_data": [(one, workflow.owner_id in one.seen_by) for one in read if one.mine and not mine],
        "data": read,
        "own_data": [one for one in read if one.mine],
        "others_data": [one for one in read if not one.mine],
        "link": WorkflowLink.objects.filter(workflow=workflow).first() if mine else None,
        "roles": GIVEN,
    }
    part = "#body" if request.headers.get("HX-Request") else ""
    return render(request, f"workflows/share.html{part}", context | said, status=status)
