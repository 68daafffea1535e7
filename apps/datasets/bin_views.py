"""Pages of the bin: deleting a dataset after saying who uses it, the bin itself, restoring, deleting now."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.access import member, members
from apps.datasets import bin as dataset_bin
from apps.datasets.models import DAYS_IN_BIN, Dataset
from apps.datasets.ownership import owned_dataset
from apps.datasets.usage import counted, first_of_each, uses_of

PER_PAGE = 25
USES_NAMED = 20
"""Of each kind; the rest is counted."""


@members
@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Say who uses the dataset, then put it in the bin."""
    user = member(request)
    dataset = owned_dataset(user, pk, "delete")
    if request.method == "POST":
        dataset_bin.put_in_bin(dataset)
        messages.success(request, f"“{dataset.name}” is in the bin. You can restore it for {DAYS_IN_BIN} days.")
        return redirect("datasets:list")
    uses = uses_of(user, [pk]).get(pk, [])
    named = first_of_each(uses, USES_NAMED)
    context = {
        "dataset": dataset,
        "versions": dataset.versions.count(),
        "uses": named,
        "unnamed": len(uses) - len(named),
        "counted": counted(uses),
        "days": DAYS_IN_BIN,
    }
    return render(request, "datasets/delete.html", context)


@members
@require_GET
def bin_page(request: HttpRequest) -> HttpResponse:
    """What the person deleted in the last days, the newest first."""
    user = member(request)
    binned = Dataset.objects.in_bin_of(user).with_latest().order_by("-deleted", "-pk")
    page = Paginator(binned, PER_PAGE).get_page(request.GET.get("page"))
    uses = uses_of(user, [dataset.pk for dataset in page])
    rows = [(dataset, counted(uses.get(dataset.pk, []))) for dataset in page]
    return render(request, "datasets/bin.html", {"page": page, "rows": rows, "days": DAYS_IN_BIN})


@members
@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring a dataset back out of the bin; from a page that missed it, back to that page."""
    dataset = get_object_or_404(Dataset.objects.in_bin_of(member(request)), pk=pk)
    before = dataset.name
    dataset_bin.restore(dataset)
    called = "" if dataset.name == before else f" It is called “{dataset.name}” now, because “{before}” is taken."
    messages.success(request, f"“{before}” is back.{called}")
    back = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return redirect(back)
    return redirect(dataset)


@members
@require_POST
def purge(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a dataset of the bin for good. The page asks before."""
    user = member(request)
    get_object_or_404(Dataset.objects.in_bin_of(user), pk=pk)
    try:
        dataset = dataset_bin.purge_now(user, pk)
    except Dataset.DoesNotExist:
        raise Http404("It was restored or deleted meanwhile.") from None
    messages.success(request, f"“{dataset.name}” was deleted for good.")
    return redirect("datasets:bin")
