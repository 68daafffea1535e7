"""Who uses a dataset? Apps above know; they say so here, in their AppConfig.ready."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from apps.accounts.models import User


@dataclass(frozen=True)
class Use:
    """One thing of a person's that uses a dataset. `what`: workflow, model … in the words of pages.

    names: those of some columns that it names in its settings; a model names none, it has its own.
    """

    what: str
    name: str
    address: str
    names: Callable[[Collection[str]], list[str]] = field(default=lambda columns: [], compare=False)


Finder = Callable[[User, Iterable[int]], Mapping[int, Sequence[Use]]]

_finders: list[Finder] = []


def register(finder: Finder) -> None:
    """`finder(user, dataset ids)` gives dataset id -> that person's things that use it,
    in a fixed number of queries."""
    if finder not in _finders:
        _finders.append(finder)


def uses_of(user: User, datasets: Iterable[int]) -> Mapping[int, Sequence[Use]]:
    """Dataset id -> the person's things that use it, by name within each kind; nothing for what is not in it."""
    ids = list(datasets)
    found: defaultdict[int, list[Use]] = defaultdict(list)
    for finder in _finders:
        for dataset, uses in finder(user, ids).items():
            found[dataset] += sorted(uses, key=lambda use: use.name.casefold())
    return dict(found)


def used_by(user: User, datasets: Iterable[int]) -> Mapping[int, int]:
    """Dataset id -> how many of the person's things use it; 0 for what is not in it."""
    return {dataset: len(uses) for dataset, uses in uses_of(user, datasets).items()}


def first_of_each(uses: Sequence[Use], most: int) -> list[Use]:
    """At most so many of each kind, in their order."""
    kinds = dict.fromkeys(use.what for use in uses)
    return [use for kind in kinds for use in [one for one in uses if one.what == kind][:most]]


def counted(uses: Sequence[Use]) -> str:
    """`2 workflows, 1 model`; "" for none."""
    kinds = dict.fromkeys(use.what for use in uses)
    counts = [(sum(use.what == kind for use in uses), kind) for kind in kinds]
    return ", ".join(f"{count:,} {kind}{'' if count == 1 else 's'}" for count, kind in counts)
