"""The datasets that a graph's steps name: whether the person who names them has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.accounts.models import User
from apps.datasets.sources import DatasetMissing, dataset_version
from flowza.engine.catalogue import find
from flowza.engine.graph import dataset_fields


class DatasetNotFound(Exception):
    """A step names a dataset that this person does not have. `index` is the operation that does, if it was one."""

    def __init__(self, message: str, node: str, field: str) -> None:
        super().__init__(message)
        self.message = message
        self.node = node
        self.field = field
        self.index = 0


def check_datasets(raw: Mapping[str, Any], user: User, before: Mapping[str, Any] | None = None) -> None:
    """Raises DatasetNotFound for a dataset that is not the person's.

    before: the graph as it was; what it named already may stay and be copied, also by those who may not read it, even
    when it was deleted since.
    """
    known = {reference for _, _, reference in named(before)} if before is not None else set()
    for node, field, reference in named(raw):
        if reference in known:
            continue
        try:
            dataset_version(user, reference)
        except DatasetMissing as error:
            raise DatasetNotFound(str(error), node, field) from error


def named(raw: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(step, field, reference) of each dataset that the graph names."""
    found = []
    for item in raw["nodes"]:
        cls = find(item["kind"])
        for field in dataset_fields(cls) if cls else ():
            if reference := item.get("params", {}).get(field):
                found.append((item["id"], field, reference))
    return found
