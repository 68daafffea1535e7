"""Whether the data behind a workflow has changed since it ran, or is not there any more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F, Max, OuterRef, Subquery
from django.urls import reverse

from apps.accounts.models import User
from apps.datasets.models import DatasetVersion
from apps.datasets.naming import MissingData, missing_data, missing_in_shared
from apps.datasets.sources import references_of_graph
from apps.runs.models import Run, RunInput
from apps.workflows.models import Workflow

SEEN = (Run.State.QUEUED, Run.State.RUNNING, Run.State.SUCCEEDED)
"""A run that failed or was cancelled has not brought results on its data."""


@dataclass(frozen=True)
class NewData:
    """A dataset that was replaced since the workflow's last run. read, latest: numbers of data versions."""

    dataset: int
    name: str
    read: int
    latest: int

    @property
    def words(self) -> str:
        """For a title: `people: data version 3; the last run read data version 2`."""
        return f"{self.name}: data version {self.latest}; the last run read data version {self.read}"

    @property
    def difference(self) -> str:
        """The page that says what changed."""
        return f"{reverse('datasets:difference', args=[self.dataset])}?from={self.read}&to={self.latest}"


def new_data(user: User, workflows: Iterable[int]) -> dict[int, list[NewData]]:
    """Workflow id -> the datasets that its steps read as "latest" and that are newer than what its last run read.

    Two queries, whatever the number of workflows.
    """
    mine = Run.objects.for_user(user).filter(version__workflow__in=list(workflows), state__in=SEEN)
    last = mine.order_by().values("version__workflow").annotate(last=Max("pk")).values("last")
    of_same = DatasetVersion.objects.for_user(user).filter(dataset=OuterRef("version__dataset")).order_by("-number")
    read = RunInput.objects.for_user(user).filter(run__in=last).exclude(reference__contains="@")
    older = read.annotate(latest=Subquery(of_same.values("number")[:1])).filter(latest__gt=F("number"))
    rows = list(
        older.values_list(
            "run__version__workflow", "reference", "version__dataset", "version__dataset__name", "number", "latest"
        )
    )
    graphs = dict(Workflow.objects.filter(pk__in={row[0] for row in rows}).values_list("pk", "graph"))
    named = {pk: {reference for _, reference in references_of_graph(graph)} for pk, graph in graphs.items()}
    found: dict[int, dict[str, NewData]] = {}
    for workflow, reference, dataset, name, number, latest in rows:
        # What the draft does not read any more is no reason to run it again.
        if reference in named[workflow]:
            found.setdefault(workflow, {})[reference] = NewData(dataset, name, number, latest)
    return {workflow: list(ones.values()) for workflow, ones in found.items()}


def columns_gone(user: User, replaced: Iterable[NewData]) -> dict[int, list[str]]:
    """Dataset id -> the columns that the last run read and that the latest data version lacks. One query."""
    wanted = {one.dataset: one for one in replaced}
    numbers = {number for one in wanted.values() for number in (one.read, one.latest)}
    rows = DatasetVersion.objects.for_user(user).filter(dataset__in=wanted, number__in=numbers)
    names = {
        (dataset, number): [str(column["name"]) for column in columns]
        for dataset, number, columns in rows.values_list("dataset", "number", "columns")
    }
    gone = {
        dataset: [name for name in names[dataset, one.read] if name not in names[dataset, one.latest]]
        for dataset, one in wanted.items()
        if (dataset, one.read) in names and (dataset, one.latest) in names
    }
    return {dataset: columns for dataset, columns in gone.items() if columns}


def missing_of(user: User, workflows: Iterable[int]) -> dict[int, list[MissingData]]:
    """Workflow id -> the datasets that its steps name and that are not there, or not for this person. At most six
    queries for all of them.
    """
    rows = list(Workflow.objects.for_user(user).filter(pk__in=list(workflows)).values_list("pk", "owner", "graph"))
    owners = {pk: owner for pk, owner, _ in rows}
    named = {pk: [reference for _, reference in references_of_graph(graph)] for pk, _, graph in rows}
    missed = {one.reference: one for one in missing_data(user, {one for ones in named.values() for one in ones})}
    lacked = {(one, owners[pk]) for pk, ones in named.items() for one in ones if one in missed}
    hidden = missing_in_shared(user, {pair for pair in lacked if pair[1] != user.pk})
    found = {
        pk: [hidden.get((one, owners[pk]), missed[one]) for one in dict.fromkeys(ones) if one in missed]
        for pk, ones in named.items()
    }
    return {pk: ones for pk, ones in found.items() if ones}
