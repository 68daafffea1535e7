"""Workflow files: taking one along, bringing one in."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.access import member, members
from apps.workflows import files
from apps.workflows.drafts import DatasetNotFound
from apps.workflows.models import Workflow
from flowza.engine.errors import GraphError, Problem
from flowza.engine.files import MAX_BYTES

MOST_PROBLEMS = 10


@members
@require_GET
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """The draft as a workflow file."""
    workflow = get_object_or_404(Workflow.objects.for_user(request.user), pk=pk)
    response = HttpResponse(files.written(workflow, member(request)), content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{files.file_name(workflow)}"'
    return response


@members
@require_http_methods(["GET", "POST"])
def import_file(request: HttpRequest) -> HttpResponse:
    """A new workflow from a file, or what is wrong with the file."""
    problems: list[Problem] = []
    if request.method == "POST":
        given = request.FILES.get("file")
        try:
            if given is None:
                raise GraphError([Problem("Choose a workflow file first.", field="file")])
            data = given.read(MAX_BYTES + 1)
            imported = files.read(data, given.name or "", member(request))
        except GraphError as error:
            problems = error.problems
        except DatasetNotFound as error:
            problems = [Problem(error.message, node=error.node, field=error.field)]
        else:
            for step, dataset in imported.missing:
                messages.warning(
                    request, f"None of your datasets has the content of “{dataset}”: choose one in “{step}”."
                )
            messages.success(request, f"“{imported.workflow.name}” is imported.")
            return redirect("workflows:detail", imported.workflow.pk)
    context = {"problems": problems[:MOST_PROBLEMS], "more": max(0, len(problems) - MOST_PROBLEMS)}
    return render(request, "workflows/import_file.html", context, status=422 if problems else 200)
