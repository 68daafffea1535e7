"""What a step made, as pages and API show it: without keys and places of the store."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from apps.runs.models import NodeRun
from flowza.engine.cache import DirectoryStore
from flowza.engine.errors import StoreError
from flowza.engine.preview import Page, page

SHOWN: dict[str, tuple[str, ...]] = {
    "table": ("rows", "columns", "target", "positive", "notes"),
    "model": (
        "task",
        "estimator",
        "target",
        "positive",
        "classes",
        "features",
        "signature",
        "training_rows",
        "seconds",
        "baseline",
        "notes",
    ),
    "report": ("title", "metrics", "tables", "figures", "notes"),
}


class ResultGone(Exception):
    """The step's rows are no longer stored; the message says what to do."""


def shown(node_run: NodeRun) -> dict[str, Any] | None:
    """The manifest's public part; None while the step has no output. `roles`: rows per role of a table."""
    manifest = node_run.manifest
    if not manifest or node_run.output not in SHOWN:
        return None
    facts = {name: manifest.get(name) for name in SHOWN[node_run.output]}
    if node_run.output == NodeRun.Output.TABLE:
        facts["roles"] = manifest.get("roles_count")
    return facts


def rows(node_run: NodeRun, start: int, stop: int) -> Page:
    """Rows `start` to `stop` of the table that a step made. Raises ResultGone."""
    if not node_run.manifest or node_run.output != NodeRun.Output.TABLE:
        raise ResultGone("This step made no table.")
    try:
        return page(node_run.manifest, DirectoryStore(settings.STORE_ROOT), start, stop)
    except (StoreError, OSError) as error:
        raise ResultGone("These rows are no longer stored. Run the workflow again to see them.") from error
