"""Live rows: a part of the editor that shows what a step makes of a sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_GET

from apps.accounts.access import member, members
from apps.accounts.templatetags.flowza import number
from apps.datasets.tables import Cell, ColumnView, Rows
from apps.workflows import live
from apps.workflows.models import Workflow
from flowza.engine.catalogue import find
from flowza.engine.live import COLUMNS_SHOWN

CELL_LENGTH = 80
LEARNED_AT_ONCE = 8
MOST_TRIES = 20
FIND_LENGTH = 100


class LiveColumn(ColumnView):
    """A column of the sample; `facts` are those of `LiveRows.columns`."""

    @property
    def is_flag(self) -> bool:
        return bool(self.facts["kind"] == "flag")

    @property
    def path(self) -> str:
        """The histogram's bars as the path of an SVG: one element is drawn faster than one for each bar."""
        drawn = self.histogram
        return "".join(
            f"M{bar.x} {drawn.height}v-{bar.height}h{drawn.bar_width}v{bar.height}z" for bar in drawn.bars if bar.height
        )

    @property
    def size(self) -> tuple[str, str]:
        """Width and height of the histogram, as attributes have them in every language."""
        return str(self.histogram.width), str(self.histogram.height)

    @property
    def kind_word(self) -> str:
        return "0 or 1" if self.is_flag else super().kind_word

    @property
    def kind_icon(self) -> str:
        return "checkbox" if self.is_flag else super().kind_icon


@dataclass(frozen=True)
class LiveLine:
    """One row: its number in the source (from 1), its role behind a Split, its cells as HTML."""

    number: int
    role: str
    cells: SafeString


@members
@require_GET
def rows(request: HttpRequest, pk: int, node: str) -> HttpResponse:
    """What the step makes of a sample. ?columns= the window, ?find= part of the columns' names, ?try= asked before."""
    workflow = get_object_or_404(Workflow.objects.for_user(request.user), pk=pk)
    labels = labels_of(workflow.graph)
    if node not in labels:
        raise Http404("There is no such step.")
    window, words = whole(request.GET.get("columns"), 1), request.GET.get("find", "").replace("\x00", "").strip()
    context: dict[str, Any] = {"workflow": workflow, "step": node, "words": words[:FIND_LENGTH]}
    user = member(request)
    try:
        asked = {"topic": f"{pk}/{user.pk}", "window": window, "find": context["words"], "owner": workflow.owner_id}
        found = live.rows_at(workflow.graph, node, user, **asked)
    except live.PreviewRefused as refused:
        tries = whole(request.GET.get("try"), 0) + 1
        context |= {"refused": refused, "tries": tries, "again": refused.again and tries < MOST_TRIES}
        context["window"] = window
    else:
        context |= shown(found, labels)
    return render(request, "workflows/rows.html", context)


def labels_of(graph: Mapping[str, Any]) -> dict[str, str]:
    """Step -> what the page calls it."""
    found = {}
    for item in graph["nodes"]:
        cls = find(item["kind"])
        found[item["id"]] = str(item.get("label") or (cls.label if cls else item["kind"]))
    return found


def whole(text: str | None, default: int) -> int:
    """A whole number of an address; nonsense is the default."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 7 else default


def shown(found: Mapping[str, Any], labels: Mapping[str, str]) -> dict[str, Any]:
    """What the template needs of `LiveRows` JSON."""
    columns = [LiveColumn(column) for column in found["columns"]]
    roles = found["roles"]
    return {
        "found": found,
        "columns": columns,
        "lines": [
            LiveLine(
                found["numbers"][place],
                roles[place] if roles else "",
                cells_html([cell(value, column) for value, column in zip(row, columns, strict=True)]),
            )
            for place, row in enumerate(found["cells"])
        ],
        "page": column_page(found),
        "sources": [source_words(labels[name], some, every) for name, some, every in found["sources"]],
        "sampled": any(some < every for _, some, every in found["sources"]),
        "guilty": labels.get((found["error"] or {}).get("node", ""), ""),
        "split": labels.get((found["learned"] or {}).get("split", ""), ""),
        "learned_first": (found["learned"] or {"columns": []})["columns"][:LEARNED_AT_ONCE],
        "learned_rest": (found["learned"] or {"columns": []})["columns"][LEARNED_AT_ONCE:],
    }


def column_page(found: Mapping[str, Any]) -> Page[Any]:
    return Paginator(Rows(found["column_count"]), COLUMNS_SHOWN).get_page(found["window"])


def source_words(label: str, some: int, every: int) -> str:
    """How much of a source the preview looks at."""
    if some == every:
        return f"all {number(every)} rows of '{label}'" if every != 1 else f"the one row of '{label}'"
    return f"{number(some)} rows of '{label}', chosen at random from {number(every)}"


def cell(value: Any, column: ColumnView) -> Cell:
    if value is None:
        return Cell(None, numeric=column.numeric)
    if isinstance(value, bool):
        return Cell("true" if value else "false")
    if isinstance(value, int | float):
        short = f"{value:.6g}" if isinstance(value, float) else str(value)
        exact = f"{value:.15g}"
        return Cell(short, "" if short == exact else exact, column.numeric)
    text = str(value)
    if column.kind == "date":
        return Cell(text.removesuffix("T00:00:00").replace("T", " "))
    return Cell(text) if len(text) <= CELL_LENGTH else Cell(text[:CELL_LENGTH] + "…", text)


def cells_html(cells: Sequence[Cell]) -> SafeString:
    """The cells of a row. Made here, because a template takes ten times as long for the thousands there may be."""
    parts = []
    for one in cells:
        number = ' class="number"' if one.numeric else ""
        title = f' title="{escape(one.whole)}"' if one.whole else ""
        text = '<span class="missing">missing</span>' if one.text is None else escape(one.text)
        parts.append(f"<td{number}{title}>{text}</td>")
    return mark_safe("".join(parts))  # noqa: S308 - every text is escaped above
