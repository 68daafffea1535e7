"""Which workflows use a dataset."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django.urls import reverse

from apps.accounts.models import User
from apps.datasets.models import ReferenceInvalid, parse_reference
from apps.datasets.sources import references_of_graph
from apps.datasets.usage import Use
from apps.workflows.models import Workflow


def workflows_using(user: User, datasets: Iterable[int]) -> Mapping[int, Sequence[Use]]:
    """Dataset id -> this person's workflows that name it, in any version. One query."""
    wanted = set(datasets)
    if not wanted:
        return {}
    named = Q()
    for dataset in wanted:
        # Only what may name one of them is read; longer numbers are told apart below.
        named |= Q(text__contains=f'"dataset:{dataset}')
    written = Workflow.objects.for_user(user).annotate(text=Cast("graph", TextField())).filter(named)
    found: defaultdict[int, list[Use]] = defaultdict(list)
    for pk, name, graph in written.values_list("pk", "name", "graph"):
        use = Use("workflow", name, reverse("workflows:detail", args=[pk]), partial(named_of, graph))
        for dataset in sorted(wanted.intersection(datasets_of(graph))):
            found[dataset].append(use)
    return found


def named_of(graph: Mapping[str, Any], columns: Collection[str]) -> list[str]:
    """Those of the columns that steps of the graph name."""
    from flowza.engine.column_names import names_in_graph  # the catalogue is loaded when a page asks

    named = names_in_graph(graph) if columns else set()
    return [column for column in columns if column in named]


def datasets_of(graph: Mapping[str, Any]) -> Iterator[int]:
    """Ids of the stored datasets that the parameters of the graph's steps name."""
    for _, reference in references_of_graph(graph):
        try:
            yield parse_reference(reference)[0]
        except ReferenceInvalid:
            continue
