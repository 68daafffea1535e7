"""How a file is read: the settings of a data version with a live preview; saving makes the next version."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.access import member, members
from apps.datasets import actions
from apps.datasets.forms import answers_of
from apps.datasets.import_forms import COLUMNS_SHOWN, column_forms, dialect_fields, same_reading, sent_settings
from apps.datasets.models import DatasetVersion
from apps.datasets.ownership import owned_version
from apps.datasets.version_views import address_after_reading
from flowza.engine.operations.csv_preview import HEAD, Preview, preview_csv
from flowza.engine.operations.csv_sentences import SettingsInvalid, settings_from
from flowza.engine.operations.csv_settings import CsvSettings, answered
from flowza.engine.operations.refusals import TableRefused

ROWS = 12


def import_address(version: DatasetVersion) -> str:
    """Where the import settings of a data version are."""
    return reverse("datasets:import", args=[version.dataset_id, version.number])


@members
@require_http_methods(["GET", "POST"])
def import_page(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """The settings with which a version's file was read; sent again, they make the next data version."""
    version = _version(request, pk, number)
    before = settings_from(version.import_settings)
    if request.method == "GET":
        return render(request, "datasets/import.html", _context(version, before))
    problem: TableRefused | SettingsInvalid
    plan = before
    try:
        if "keep" in request.POST:
            return _kept(request, version)
        plan = _plan(request, version, before)
        if same_reading(plan, before):
            return _kept(request, version)
        made = actions.read_with(member(request), version, plan)
    except (SettingsInvalid, TableRefused) as error:
        problem = error
    else:
        messages.success(request, f"The file was read with these settings: data version {made.number}.")
        return redirect(address_after_reading(made))
    context = _context(version, plan) | {"problem": problem.message, "hint": getattr(problem, "hint", "")}
    return render(request, "datasets/import.html", context, status=422)


@members
@require_POST
def import_preview(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """The first rows as the settings in the form would read them. A part of the page."""
    version = _version(request, pk, number)
    before = settings_from(version.import_settings)
    try:
        context = _context(version, _plan(request, version, before))
    except SettingsInvalid as error:
        context = _context(version, before) | {"problem": error.message}
    return render(request, "datasets/import.html#preview", context)


def _version(request: HttpRequest, pk: int, number: int) -> DatasetVersion:
    user = member(request)
    return owned_version(user, DatasetVersion.objects.for_user(user).filter(dataset__pk=pk), number, "read again")


def _plan(request: HttpRequest, version: DatasetVersion, before: CsvSettings) -> CsvSettings:
    """What the form and the answers say. Raises SettingsInvalid."""
    plan = sent_settings(request.POST, before)
    try:
        for (field, column), value in answers_of(request.POST, version.doubts, none_is_fine=True).items():
            plan = answered(plan, field, value, column or None)
    except ValueError as error:
        raise SettingsInvalid(str(error)) from error
    return plan


def _kept(request: HttpRequest, version: DatasetVersion) -> HttpResponse:
    """Nothing is read anew, and what was asked is answered by that."""
    if version.doubts:
        version.doubts = []
        version.save(update_fields=["doubts"])
    messages.success(request, f"Data version {version.number} stays as it was read.")
    return redirect(f"{version.dataset.get_absolute_url()}?version={version.number}")


def _context(version: DatasetVersion, plan: CsvSettings) -> dict[str, Any]:
    with version.original.open("rb") as file:
        head = file.read(HEAD)
    preview: Preview = preview_csv(head, plan, ROWS, whole=version.size <= HEAD)
    columns = column_forms(preview, plan, version.columns)
    latest = version.dataset.latest()
    return {
        "dataset": version.dataset,
        "version": version,
        "next_number": 1 + (latest.number if latest else version.number),
        "preview": preview,
        "columns": columns,
        "more_columns": max(0, len(preview.columns) - COLUMNS_SHOWN),
        "rows": list(zip(*(each.column.cells for each in columns), strict=True)),
        "whole": version.size <= HEAD,
        **dialect_fields(plan),
    }
