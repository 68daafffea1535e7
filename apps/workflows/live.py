"""The door to the process that looks at drafts: what a step makes of a sample, what the data says about a graph."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.core.cache import cache

from apps.accounts.models import User
from apps.datasets.column_history import column_types, columns_before
from apps.datasets.models import DatasetVersion
from apps.datasets.naming import missing_data
from apps.datasets.sources import DatasetMissing, dataset_version, source_of, versions_named
from apps.workflows.live_process import Overrun, PreviewRefused, process
from flowza.engine.graph import dataset_references

OVERRUN_SECONDS = 120
"""For how long what took too long once is not tried again."""


def found_datasets(
    raw: Mapping[str, Any],
    user: User,
    versions: Mapping[str, DatasetVersion],
    history: bool = False,
    owner: int | None = None,
) -> dict[str, dict[str, Any]]:
    """Reference -> where the dataset lies for this person, or the sentence that says why it does not.

    versions: those that the references mean, of the ones that the person has. history: also the columns now
    (`columns`) and in the data version before (`columns_before`), name -> type. owner: whose workflow it is.
    """
    found: dict[str, dict[str, Any]] = {}
    for reference in dataset_references(raw):
        version = versions.get(reference)
        if version is None:
            found[reference] = {"missing": words_of_missing(user, reference, owner)}
            continue
        found[reference] = place_of(version)
        if history:
            found[reference] |= {"columns": column_types(version), "columns_before": columns_before(version)}
    return found


def place_of(version: DatasetVersion) -> dict[str, Any]:
    """Where the rows of a data version lie, as the process takes it."""
    source = source_of(version)
    return {**asdict(source), "path": str(source.path), "settings": dict(source.settings)}


def words_of_missing(user: User, reference: str, owner: int | None = None) -> str:
    """Why there is no data for this reference."""
    try:
        dataset_version(user, reference)
    except DatasetMissing as error:
        others = [one for one in missing_data(user, [reference], owner) if one.whom]
        return others[0].message if others else str(error)
    return f"The data that '{reference}' names has just come. Look again."


def ask(job: dict[str, Any], topic: str) -> dict[str, Any]:
    """Have the process do the job, unless it took too long a moment ago. Raises PreviewRefused."""
    key = f"live-overrun:{hashlib.sha256(json.dumps(job, sort_keys=True).encode()).hexdigest()}"
    if cache.get(key):
        raise Overrun
    try:
        return process.ask(job, topic)
    except Overrun:
        cache.set(key, True, OVERRUN_SECONDS)
        raise


def rows_at(
    raw: dict[str, Any],
    step: str,
    user: User,
    *,
    topic: str,
    window: int = 1,
    find: str = "",
    owner: int | None = None,
) -> dict[str, Any]:
    """A step's live rows, as `flowza.engine.live.LiveRows` has them. owner: whose workflow it is. Raises
    PreviewRefused.
    """
    job = {
        "what": "rows",
        "graph": raw,
        "step": step,
        "datasets": found_datasets(raw, user, versions_named(user, dataset_references(raw)), owner=owner),
        "window": window,
        "find": find,
    }
    return ask(job, f"rows/{topic}/{step}")


def look_at(raw: dict[str, Any], user: User, versions: Mapping[str, DatasetVersion], *, key: str) -> dict[str, Any]:
    """Advice on a graph (`advice`), the columns at its steps (`columns`), where clients' rows enter (`inputs`).

    key: names graph and data versions, so that nobody's request supersedes another's but the same, and the answer may
    be kept by it. Raises PreviewRefused.
    """
    datasets = found_datasets(raw, user, versions, history=True)
    return ask({"what": "look", "graph": raw, "datasets": datasets}, f"look/{key}")


__all__ = ["PreviewRefused", "look_at", "process", "rows_at"]
