"""Versions of a workflow for the pages that list and compare them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Q

from apps.accounts.access import search_words
from apps.workflows.models import Workflow, WorkflowVersion, WorkflowVersionQuerySet, graph_digest

DRAFT = "draft"
NUMBER_LENGTH = 9


@dataclass(frozen=True)
class Side:
    """One of two graphs that are compared. `key` names it in addresses: `draft`, or a version's number."""

    key: str
    title: str
    graph: dict[str, Any]
    when: datetime
    version: WorkflowVersion | None = None

    @property
    def short(self) -> str:
        """The title without the version's name, for a column's head."""
        return f"Workflow version {self.key}" if self.version else self.title

    @cached_property
    def digest(self) -> str:
        return self.version.digest if self.version else graph_digest(self.graph)


def listed(workflow: Workflow) -> WorkflowVersionQuerySet:
    """With what a list shows, newest first; the graphs stay where they are."""
    found: WorkflowVersionQuerySet = workflow.versions.select_related("created_by").defer("graph")
    return found


def searched(versions: WorkflowVersionQuerySet, words: str, *, named: bool) -> WorkflowVersionQuerySet:
    """Those whose name, note, changes or author have all the words, or that have this number."""
    for word in search_words(words):
        wanted = Q(name__icontains=word) | Q(note__icontains=word) | Q(changes__icontains=word)
        wanted |= Q(created_by__username__icontains=word)
        if number := number_of(word):
            wanted |= Q(number=number)
        versions = versions.filter(wanted)
    return versions.exclude(name="") if named else versions


def number_of(text: str) -> int | None:
    """A version's number from an address or a search; None for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= NUMBER_LENGTH else None


def sides_of(workflow: Workflow, keys: Sequence[str]) -> list[Side]:
    """The graphs that the keys name, in one query. Raises WorkflowVersion.DoesNotExist for what is none."""
    numbers = {number for key in keys if (number := number_of(key)) is not None}
    versions = workflow.versions.filter(number__in=numbers).select_related("created_by") if numbers else []
    found = {str(version.number): side_of(version) for version in versions}
    found[DRAFT] = draft_side(workflow)
    try:
        return [found[key] for key in keys]
    except KeyError as error:
        raise WorkflowVersion.DoesNotExist(f"No workflow version {error}.") from error


def side_of(version: WorkflowVersion) -> Side:
    return Side(str(version.number), version.title, version.graph, version.created, version)


def draft_side(workflow: Workflow) -> Side:
    return Side(DRAFT, f"Draft {workflow.revision}", workflow.graph, workflow.updated)
