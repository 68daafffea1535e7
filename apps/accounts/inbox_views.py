"""Pages of the inbox."""

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.access import member, members, search_words
from apps.accounts.inbox import mark_read
from apps.accounts.models import Message

PER_PAGE = 25
SHOWN = (("", "All"), ("unread", "Unread"))


@members
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """The person's messages, newest first: by words and by whether they were read."""
    words = request.GET.get("q", "").replace("\x00", "").strip()
    shown = "unread" if request.GET.get("show") == "unread" else ""
    found = Message.objects.for_user(request.user)
    for word in search_words(words):
        found = found.filter(Q(title__icontains=word) | Q(text__icontains=word))
    page = Paginator(found.unread() if shown else found, PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "words": words, "shown": shown, "choices": SHOWN}
    part = "#results" if request.headers.get("HX-Request") else ""
    return render(request, f"accounts/inbox.html{part}", context)


@members
@require_GET
def open_message(request: HttpRequest, pk: int) -> HttpResponse:
    """On to what a message is about; it counts as read then."""
    message = get_object_or_404(Message.objects.for_user(request.user), pk=pk)
    mark_read(member(request), message.pk)
    return redirect(message.link or "accounts:inbox")


@members
@require_POST
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one message as read."""
    message = get_object_or_404(Message.objects.for_user(request.user), pk=pk)
    mark_read(member(request), message.pk)
    return redirect("accounts:inbox")


@members
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark everything as read."""
    mark_read(member(request))
    return redirect("accounts:inbox")
