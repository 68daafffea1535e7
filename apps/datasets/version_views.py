"""Data versions of a dataset beside each other: what is different between any two."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from apps.accounts.access import member, members
from apps.datasets.differences import difference
from apps.datasets.models import Dataset, DatasetVersion
from apps.datasets.usage import uses_of

NUMBER_LENGTH = 9


def difference_address(dataset: Dataset, old: int, new: int) -> str:
    """The page that tells two data versions of a dataset apart."""
    return reverse("datasets:difference", args=[dataset.pk]) + f"?from={old}&to={new}"


def address_after_file(version: DatasetVersion) -> str:
    """Where to go when a file was uploaded: to the dataset, or to what is different from the version before."""
    if version.number == 1:
        return version.dataset.get_absolute_url()
    return difference_address(version.dataset, version.number - 1, version.number)


def address_after_reading(version: DatasetVersion) -> str:
    """Where to go when a file was read anew: to what is different from the file before, or to the dataset.

    Versions that read the same file are passed over: what a new file brings is to be seen.
    """
    earlier = version.dataset.versions.filter(number__lt=version.number).order_by("-number")
    same = {"original_name": version.original_name, "size": version.size}
    before = earlier.exclude(**same).values_list("number", flat=True).first()
    if before is None:
        return version.dataset.get_absolute_url()
    return difference_address(version.dataset, before, version.number)


@members
@require_GET
def difference_page(request: HttpRequest, pk: int) -> HttpResponse:
    """From data version `from` to data version `to`; without them from the one before the latest to the latest."""
    user = member(request)
    dataset = get_object_or_404(Dataset.objects.for_user(user), pk=pk)
    numbers = list(dataset.versions.values_list("number", flat=True).order_by("-number"))
    if len(numbers) < 2:
        return redirect(f"{dataset.get_absolute_url()}?tab=versions")
    new = chosen(request.GET.get("to"), numbers[0])
    old = chosen(request.GET.get("from"), next((number for number in numbers if number < new), numbers[-1]))
    found = {
        version.number: version for version in dataset.versions.filter(number__in={old, new}).select_related("dataset")
    }
    if {old, new} - set(found):
        raise Http404
    told = difference(found[old], found[new])
    uses = uses_of(user, [dataset.pk]).get(dataset.pk, [])
    gone = [column.name for column in told.gone]
    context = {
        "dataset": dataset,
        "numbers": numbers,
        "latest": numbers[0],
        "difference": told,
        "uses": [(use, use.names(gone)) for use in uses],
    }
    return render(request, "datasets/difference.html", context)


def chosen(text: str | None, default: int) -> int:
    """A version's number from the address. Raises Http404 for what is none."""
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > NUMBER_LENGTH:
        raise Http404
    return int(text)
