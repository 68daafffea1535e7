"""What the data says about a draft before it runs: the columns at each step, and advice.

A dry run on a sample of the data does the work, in a process of its own; its answer is kept by the graph's and the
data's digests.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.cache import cache
from pydantic import TypeAdapter

from apps.accounts.models import User
from apps.datasets.models import DatasetVersion
from apps.datasets.naming import reference_names
from apps.datasets.sources import versions_named
from apps.workflows.live import PreviewRefused, look_at
from apps.workflows.models import graph_digest
from flowza.engine.advice import Advice, advise, open_inputs
from flowza.engine.endpoint_input import EndpointInput
from flowza.engine.graph import Graph, dataset_references, parse

SECONDS_KEPT = 3600
LOCKS = [threading.Lock() for _ in range(16)]
ADVICE, INPUTS = TypeAdapter(list[Advice]), TypeAdapter(list[EndpointInput])
Column = tuple[str, str]
"""Name and type."""


@dataclass(frozen=True)
class Insight:
    """columns: step -> the columns it may choose from, where they are known. notice: why something is missing.

    inputs: where the rows of the models' clients enter, with the columns they bring.
    """

    advice: Sequence[Advice] = ()
    columns: Mapping[str, Sequence[Column]] = field(default_factory=dict)
    notice: str = ""
    inputs: Sequence[EndpointInput] = ()


def versions_of(raw: Mapping[str, Any], user: User) -> dict[str, DatasetVersion]:
    """The data versions that a graph names and this person has, by reference."""
    return versions_named(user, dataset_references(raw))


def dataset_names(raw: Mapping[str, Any], user: User, owner: int | None = None) -> dict[str, str]:
    """Reference -> `people, latest` and the like, for the datasets that a graph names, also for those that are gone.

    owner: whose workflow it is.
    """
    return reference_names(user, raw, owner)


def insight(raw: dict[str, Any], user: User) -> Insight:
    """Advice and columns for graph JSON that was stored as a draft."""
    versions = versions_of(raw, user)
    key = key_of(raw, user, versions)
    found: Insight | None = cache.get(key)
    if found is None:
        # The parts of a page ask at the same time: one looks, the others wait for what it finds.
        with LOCKS[int(key[-2:], 16) % len(LOCKS)]:
            found = cache.get(key)
            if found is None:
                found = looked(raw, user, versions, key)
    return found


def at_hand(raw: dict[str, Any], user: User) -> tuple[Insight, bool]:
    """What can be said without looking at the data, for answers that must be quick; and whether that is all.

    It is all when somebody has looked at this graph on this data before.
    """
    versions = versions_of(raw, user)
    found: Insight | None = cache.get(key_of(raw, user, versions))
    if found is not None:
        return found, True
    graph = parse(raw, complete=False)
    missing = open_inputs(graph)
    return Insight([*missing, *(() if missing else advise(graph))], source_columns(graph, versions)), False


def key_of(raw: Mapping[str, Any], user: User, versions: Mapping[str, DatasetVersion]) -> str:
    """Names all that an insight depends on."""
    # The number counts, too: what a column was called is looked up in the version before.
    digests = sorted((reference, version.digest, version.number) for reference, version in versions.items())
    text = json.dumps([user.pk, graph_digest(dict(raw)), digests])
    return f"insight:{hashlib.sha256(text.encode()).hexdigest()}"


def looked(raw: dict[str, Any], user: User, versions: Mapping[str, DatasetVersion], key: str) -> Insight:
    graph = parse(raw, complete=False)
    known = source_columns(graph, versions)
    missing = open_inputs(graph)
    try:
        seen = look_at(raw, user, versions, key=key)
    except PreviewRefused as refused:
        notice = f"{refused} The data was not looked at for advice." if not refused.again else str(refused)
        return Insight([*missing, *(() if missing else advise(graph))], known, notice)
    columns = {step: [(name, kind) for name, kind in found] for step, found in seen["columns"].items()}
    inputs = INPUTS.validate_python(seen["inputs"])
    found = Insight([*missing, *ADVICE.validate_python(seen["advice"])], known | columns, inputs=inputs)
    cache.set(key, found, SECONDS_KEPT)
    return found


def source_columns(graph: Graph, versions: Mapping[str, DatasetVersion]) -> dict[str, list[Column]]:
    """The columns of stored datasets, for the steps that read them."""
    found: dict[str, list[Column]] = {}
    for name, node in graph.nodes.items():
        version = versions.get(getattr(node.params, "dataset", ""))
        if version is not None:
            found[name] = [(str(column["name"]), str(column["type"])) for column in version.columns]
    return found
