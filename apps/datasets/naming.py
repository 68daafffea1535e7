"""What pages say of references to data: names, choices, and what is missing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser

from apps.accounts.models import User
from apps.accounts.templatetags.flowza import number
from apps.datasets.models import Dataset, DatasetShare, DatasetVersion, ReferenceInvalid, parse_reference
from apps.datasets.sources import references_of_graph, versions_named

MOST_DATASETS = 500
Choices = list[tuple[str, str]]
Person = User | AnonymousUser


def reference_words(reference: str, version: DatasetVersion) -> str:
    """`people, latest` or `people, data version 2`."""
    pinned = reference != version.dataset.reference
    return f"{version.dataset.name}, {f'data version {version.number}' if pinned else 'latest'}"


def reference_names(user: Person, graph: Mapping[str, Any], owner: int | None = None) -> dict[str, str]:
    """Reference -> words for it, for all that the steps of a graph name; also for what is missing. owner: whose graph
    it is.
    """
    references = dict.fromkeys(reference for _, reference in references_of_graph(graph))
    found = {one: reference_words(one, version) for one, version in versions_named(user, references).items()}
    if len(found) < len(references):
        found |= {one.reference: one.words for one in missing_data(user, references, owner)}
    return found


# What a step may choose


def version_choices(user: Person, dataset: int) -> Choices:
    """(reference, label) of what a step may say about a dataset: the latest, or one data version. Newest first.

    Empty for a dataset that this person does not have.
    """
    versions = DatasetVersion.objects.for_user(user).filter(dataset=dataset).select_related("dataset")
    held = list(versions.only("number", "rows", "dataset__name").order_by("-number"))
    if not held:
        return []
    return [
        (held[0].dataset.reference, latest_label(held[0].dataset.name, held[0].number)),
        *((one.reference, f"{one.dataset.name}: data version {one.number}, {number(one.rows)} rows") for one in held),
    ]


def latest_label(name: str, latest: int) -> str:
    return f"{name}: latest (data version {latest} now)"


def dataset_choices(user: Person, chosen: Collection[str] = (), owner: int | None = None) -> Choices:
    """All datasets of the person, by name, each as its latest version; those in `chosen` with every data version.

    What is chosen and gone is among them, too, and says so. owner: whose workflow it is chosen in.
    """
    open_ones = set()
    for reference in chosen:
        try:
            open_ones.add(parse_reference(reference)[0])
        except ReferenceInvalid:
            continue
    found: Choices = []
    for dataset in Dataset.objects.for_user(user).with_latest().order_by("name")[:MOST_DATASETS]:
        if dataset.pk in open_ones:
            found += version_choices(user, dataset.pk)
        elif dataset.latest_number is not None:
            found.append((dataset.reference, latest_label(dataset.name, dataset.latest_number)))
    known = {reference for reference, _ in found}
    gone = [reference for reference in chosen if reference and reference not in known]
    return found + [(one.reference, one.words) for one in missing_data(user, gone, owner)]


# What is missing


@dataclass(frozen=True)
class MissingData:
    """A dataset that a reference names and that is not there. `dataset`: the one in the bin, None when it is gone.

    words: for a step's card; message: what is the matter, and what to do. whom: who may give access to it, else "".
    """

    reference: str
    dataset: Dataset | None
    words: str
    message: str
    whom: str = ""


def missing_data(user: Person, references: Collection[str], owner: int | None = None) -> list[MissingData]:
    """Those of the references that this person does not have (any more), or may not read. At most four queries.

    owner: whose workflow names them, when it is shared with the person. What its owner may read is told by its name,
    with whom to ask. Otherwise data that is not the person's is as good as deleted: who guesses numbers learns nothing.
    """
    there = versions_named(user, references)
    absent: dict[str, tuple[int, int | None]] = {}
    for reference in references:
        if reference in there:
            continue
        try:
            absent[reference] = parse_reference(reference)
        except ReferenceInvalid:
            continue
    if not absent:
        return []
    wanted = [dataset for dataset, _ in absent.values()]
    binned = Dataset.objects.in_bin_of(user).in_bulk(wanted)
    held = Dataset.objects.for_user(user).in_bulk(wanted)
    others = others_data(user, owner, set(wanted) - set(binned) - set(held))
    return [
        others_missing(reference, others[pk])
        if pk in others
        else MissingData(reference, binned.get(pk), *missing_words(binned.get(pk), held.get(pk), version))
        for reference, (pk, version) in absent.items()
    ]


def others_data(user: Person, owner: int | None, wanted: Collection[int]) -> dict[int, Dataset]:
    """Those of these datasets that the owner of a shared workflow may read, for a person who may not."""
    if not wanted or owner is None or owner == user.pk:
        return {}
    seen = Dataset.objects.filter(Dataset.objects.all().seen_by(owner), deleted=None)
    return seen.select_related("owner").in_bulk(list(wanted))


def missing_in_shared(user: Person, wanted: Collection[tuple[str, int]]) -> dict[tuple[str, int], MissingData]:
    """(reference, owner of a shared workflow) -> what to say of data that its owner may read and the person may not.

    wanted: what the person lacks. Two queries, whatever the number of workflows.
    """
    ids = {reference: parse_reference(reference)[0] for reference, _ in wanted}
    if not ids:
        return {}
    hidden = Dataset.objects.filter(pk__in=set(ids.values()), deleted=None).exclude(
        Dataset.objects.all().seen_by(user.pk or 0)
    )
    there = hidden.select_related("owner").in_bulk()
    people = {owner for _, owner in wanted}
    shares = DatasetShare.objects.filter(dataset__in=there, user__in=people)
    seen = {(one.pk, one.owner_id) for one in there.values()} | set(shares.values_list("dataset", "user"))
    return {
        (reference, owner): others_missing(reference, there[ids[reference]])
        for reference, owner in wanted
        if (ids[reference], owner) in seen
    }


def others_missing(reference: str, dataset: Dataset) -> MissingData:
    """A dataset that the person may not read, with whom to ask. What is in somebody else's bin is deleted for them."""
    message = f"You have no access to the data “{dataset}”. Ask {dataset.owner.display_name}, or choose other data."
    return MissingData(reference, None, f"{dataset}, no access", message, dataset.owner.display_name)


def missing_words(binned: Dataset | None, held: Dataset | None, version: int | None) -> tuple[str, str]:
    if binned is not None:
        return f"{binned}, in the bin", f"The dataset “{binned}” is in the bin. Restore it, or choose another one."
    if held is not None:
        words = f"{held}, data version {version}, gone"
        return words, f"“{held}” has no data version {version}. Choose another version."
    return "a deleted dataset", "The dataset was deleted for good. Choose another one, or upload the file again."
