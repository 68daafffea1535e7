"""Pages of datasets: the list, uploading, one dataset, the showcase."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.access import member, members, search_words
from apps.datasets import actions
from apps.datasets.forms import RenameForm, answers_of
from apps.datasets.import_views import import_address
from apps.datasets.models import Dataset, DatasetVersion
from apps.datasets.ownership import owned_dataset, owned_version
from apps.datasets.sources import table_path
from apps.datasets.tables import ColumnView, frame_table, stored_table
from apps.datasets.uploads import STATUS, described, limited_upload
from apps.datasets.usage import counted, uses_of
from apps.datasets.version_views import address_after_file, address_after_reading
from flowza.engine.operations.csv_source import bytes_as_words
from flowza.engine.operations.csv_writing import write_csv
from flowza.engine.operations.profile import profile
from flowza.engine.operations.refusals import TableRefused
from flowza.engine.showcase import SHOWCASES, Showcase

PER_PAGE = 25
SORTS = {
    "name": "name",
    "rows": "rows",
    "columns": "column_count",
    "size": "size",
    "updated": "updated",
}
TABS = ("table", "columns", "versions", "uses")
FACTS_KEPT = len(SHOWCASES)


@members
@require_GET
def dataset_list(request: HttpRequest) -> HttpResponse:
    """All datasets of the person: searched, sorted, paged; beneath them the showcase."""
    user = member(request)
    words = request.GET.get("q", "").strip()
    sort = request.GET.get("sort", "-updated")
    column = SORTS.get(sort.removeprefix("-"), "updated")
    datasets = Dataset.objects.for_user(user).select_related("owner").with_latest().search(words)
    datasets = datasets.order_by(f"-{column}" if sort.startswith("-") else column, "-pk")
    page = Paginator(datasets, PER_PAGE).get_page(request.GET.get("page"))
    uses = uses_of(user, [dataset.pk for dataset in page])
    context = {
        "page": page,
        "rows": [(dataset, counted(uses.get(dataset.pk, []))) for dataset in page],
        "binned": Dataset.objects.in_bin_of(user).count(),
        "words": words,
        "sort": sort,
        "showcases": SHOWCASES.values(),
        "limit": actions.upload_limit(),
        "limit_words": bytes_as_words(actions.upload_limit()),
    }
    part = "#results" if request.headers.get("HX-Request") else ""
    return render(request, f"datasets/list.html{part}", context)


@members
@limited_upload
@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Take a CSV file as a new dataset, or as the next version of the one that `dataset` names."""
    user = member(request)
    given = request.POST.get("dataset") or request.GET.get("dataset") or ""
    dataset = owned_dataset(user, _whole(given), "replace") if given else None
    refusal = None
    if request.method == "POST":
        try:
            file = request.FILES.get("file")
            if file is None:
                raise TableRefused("No file was sent.", code="no_file", hint="Choose a CSV file.")
            version = actions.import_upload(user, file, request.POST.get("name"), dataset=dataset)
        except TableRefused as error:
            if _wants_json(request):
                return JsonResponse(described(error), status=STATUS[error.category])
            refusal = error
        else:
            address = import_address(version) if version.doubts else address_after_file(version)
            if _wants_json(request):
                return JsonResponse({"url": address}, status=201)
            return redirect(address)
    context = {
        "dataset": dataset,
        "refusal": refusal,
        "limit": actions.upload_limit(),
        "limit_words": bytes_as_words(actions.upload_limit()),
    }
    return render(request, "datasets/upload.html", context, status=STATUS[refusal.category] if refusal else 200)


@members
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One dataset: its table, its columns or its versions; the latest version or the one in the address."""
    user = member(request)
    seen = Dataset.objects.for_user(user) | Dataset.objects.in_bin_of(user)
    dataset = get_object_or_404(seen.select_related("owner"), pk=pk)
    if dataset.deleted:
        messages.warning(request, f"“{dataset.name}” is in the bin. Restore it to see it again.")
        return redirect("datasets:bin")
    versions = list(dataset.versions.select_related("created_by").defer("columns", "doubts", "notices"))
    wanted = request.GET.get("version", "")
    number = _whole(wanted) if wanted else versions[0].number
    version = get_object_or_404(dataset.versions.select_related("dataset"), number=number)
    tab = request.GET.get("tab") if request.GET.get("tab") in TABS else "table"
    uses = uses_of(user, [dataset.pk]).get(dataset.pk, [])
    context: dict[str, Any] = {
        "dataset": dataset,
        "version": version,
        "versions": versions,
        "latest": versions[0],
        "tab": tab,
        "uses": uses,
        "used": counted(uses),
        "mine": dataset.owner_id == user.pk,
        "shares": list(dataset.shares.select_related("user")) if dataset.owner_id == user.pk else [],
    }
    if tab == "table":
        context["table"] = stored_table(
            table_path(version), version.columns, version.rows, request.GET.get("page"), *_columns_asked(request)
        )
    elif tab == "columns":
        context |= _column_page(request, version.columns)
    elif tab == "versions":
        context["version_pairs"] = list(zip(versions, [*versions[1:], None], strict=True))
    return _table_page(request, "datasets/detail.html", context)


@members
@require_POST
def read_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Answers to what reading could not know: the file is read anew, as the next version."""
    user = member(request)
    dataset = owned_dataset(user, pk, "read again")
    version = get_object_or_404(dataset.versions.select_related("dataset"), number=_whole(request.POST.get("version")))
    try:
        made = actions.read_again(user, version, answers_of(request.POST, version.doubts))
    except TableRefused as refusal:
        messages.error(request, f"{refusal.message} {refusal.hint}")
    except ValueError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"The file was read again: data version {made.number}.")
        return redirect(address_after_reading(made))
    return redirect(dataset)


@members
@require_POST
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a dataset another name."""
    dataset = owned_dataset(member(request), pk, "rename")
    form = RenameForm(request.POST, instance=dataset)
    try:
        with transaction.atomic():
            if form.is_valid():
                form.save()
                messages.success(request, f"It is called “{dataset.name}” now.")
            else:
                messages.error(request, " ".join(str(text) for texts in form.errors.values() for text in texts))
    except IntegrityError:
        messages.error(request, "You have a dataset of that name.")
    return redirect("datasets:detail", pk)


@members
@require_POST
def unshare(request: HttpRequest, pk: int, user: int) -> HttpResponse:
    """The person does not see this dataset any more, nor what workflows made of it."""
    dataset = owned_dataset(member(request), pk, "share")
    share = get_object_or_404(dataset.shares.select_related("user"), user__pk=user)
    share.delete()
    messages.success(request, f"{share.user.display_name} has no access to “{dataset.name}” any more.")
    return redirect("datasets:detail", pk)


@members
@require_GET
def original(request: HttpRequest, pk: int, number: int) -> FileResponse:
    """The file as it was uploaded, under the name that the uploader gave it. For its owner alone: it may hold columns
    that were left out when it was read.
    """
    user = member(request)
    versions = DatasetVersion.objects.for_user(user).filter(dataset__pk=pk)
    version = owned_version(user, versions, number, "send you the original file of")
    response = FileResponse(
        version.original.open("rb"),
        as_attachment=True,
        filename=version.original_name,
        content_type="application/octet-stream",
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response


@members
@require_GET
def showcase_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One showcase table with its rows and columns."""
    table = _showcase(slug)
    facts = _facts(slug)
    tab = "columns" if request.GET.get("tab") == "columns" else "table"
    context: dict[str, Any] = {"showcase": table, "tab": tab}
    if tab == "table":
        context["table"] = frame_table(table.frame(), facts, request.GET.get("page"), *_columns_asked(request))
    else:
        context |= _column_page(request, facts)
    return _table_page(request, "datasets/showcase.html", context)


@members
@require_GET
def showcase_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """A showcase table as a CSV file."""
    table = _showcase(slug)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{table.slug}.csv"'
    write_csv(table.frame(), response)  # type: ignore[arg-type]  # a response can be written to like a text file
    return response


def _showcase(slug: str) -> Showcase:
    if slug not in SHOWCASES:
        raise Http404
    return SHOWCASES[slug]


@lru_cache(maxsize=FACTS_KEPT)
def _facts(slug: str) -> list[dict[str, Any]]:
    """Profiles of a showcase table: they never change, so each process makes them once."""
    return [
        {"name": c.name, "type": c.type, "missing": c.missing, "unique": c.unique, "profile": c.as_dict()}
        for c in profile(SHOWCASES[slug].frame())
    ]


def _columns_asked(request: HttpRequest) -> tuple[str | None, list[str]]:
    """The window of columns and the columns chosen by position, as the address has them."""
    return request.GET.get("columns"), request.GET.getlist("show")


def _table_page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """The whole page or, where a script asks for it, the list to choose columns from."""
    choosing = "choose" in request.GET and "table" in context
    if choosing and request.headers.get("HX-Request"):
        return render(request, "datasets/table.html#chooser", context)
    return render(request, template, context | {"choosing": choosing})


def _column_page(request: HttpRequest, facts: list[dict[str, Any]]) -> dict[str, Any]:
    """A page of the columns whose names hold the words that are looked for."""
    words = request.GET.get("q", "").strip()
    views = [ColumnView(column) for column in facts]
    asked = [word.casefold() for word in search_words(words)]
    found = [view for view in views if all(word in view.name.casefold() for word in asked)]
    page = Paginator(found, PER_PAGE * 2).get_page(request.GET.get("page"))
    return {"column_page": page, "column_words": words, "column_total": len(views)}


def _whole(text: str | None) -> int:
    """A positive number from an address or a form. Raises Http404."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Http404
    return int(text)


def _wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")
