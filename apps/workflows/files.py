"""A workflow as a file `<name>.flowza.yaml`: written for a person, and read back as a new workflow."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.accounts.models import User
from apps.datasets.models import DatasetVersion
from apps.datasets.sources import references_of_graph, versions_named
from apps.workflows import drafts
from apps.workflows.models import Workflow
from flowza.engine.catalogue import find
from flowza.engine.errors import GraphError, Problem
from flowza.engine.files import MAX_BYTES, FileDataset, from_yaml, to_yaml
from flowza.engine.graph import dataset_fields

NAME_LENGTH = 200
ENDING = ".flowza.yaml"


@dataclass(frozen=True)
class Imported:
    """A workflow that came from a file. missing: (step, dataset) for each step that has no data yet."""

    workflow: Workflow
    missing: list[tuple[str, str]]


def written(workflow: Workflow, user: User, graph: dict[str, Any] | None = None) -> str:
    """The file's text; the datasets that this person has are named with their content's digest.

    graph: one of its versions; left out, the draft.
    """
    graph = workflow.graph if graph is None else graph
    references = [reference for _, reference in references_of_graph(graph)]
    named = {
        reference: FileDataset(version.dataset.name, version.digest)
        for reference, version in versions_named(user, references).items()
    }
    return to_yaml({**graph, "description": workflow.description}, workflow.name, named)


def file_name(workflow: Workflow, version: int | None = None) -> str:
    """`survivors.flowza.yaml`; of workflow version 3 `survivors-version-3.flowza.yaml`."""
    plain = re.sub(r"[^a-z0-9]+", "-", workflow.name.lower()).strip("-")[:60].rstrip("-")
    return f"{plain or 'workflow'}{f'-version-{version}' if version is not None else ''}{ENDING}"


def read(data: bytes, name: str, user: User) -> Imported:
    """A new workflow of this person from a file's content. `name`: of the file, for one that names no workflow.

    A dataset is the person's own version with the very same content; where there is none, the step has no data.
    Raises GraphError with every reason that speaks against the file.
    """
    if len(data) > MAX_BYTES:
        raise GraphError([Problem("The file is larger than 2 MB.", field="file", code="too_large")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise GraphError([Problem("This is no workflow file: it is not UTF-8 text.", field="file")]) from error
    graph, said, datasets = from_yaml(text)
    description = str(graph.pop("description", ""))
    missing = connect(graph, datasets, user)
    graph = drafts.checked(graph, user)
    title = (said or name.removesuffix(ENDING) or "Imported workflow")[:NAME_LENGTH]
    workflow = Workflow.objects.create(owner=user, name=title, description=description, graph=graph)
    return Imported(workflow, missing)


def connect(graph: dict[str, Any], datasets: Mapping[str, FileDataset], user: User) -> list[tuple[str, str]]:
    """Name this person's datasets in the graph; (step, name of the dataset) where they have none like it."""
    held = same_content(datasets, user)
    missing = []
    for node in graph["nodes"]:
        cls = find(str(node["kind"]))
        for field in dataset_fields(cls) if cls else ():
            slug = node["params"].get(field)
            if not slug:
                continue
            if slug in held:
                node["params"][field] = held[slug]
            else:
                # A number of another installation means nothing here.
                del node["params"][field]
                known = datasets.get(slug)
                missing.append((node.get("label") or cls.label if cls else node["id"], known.name if known else slug))
    return missing


def same_content(datasets: Mapping[str, FileDataset], user: User) -> dict[str, str]:
    """Key in the file -> reference of the person's data version with this content: as the latest where it is that."""
    digests = {dataset.digest for dataset in datasets.values()}
    versions = DatasetVersion.objects.for_user(user).filter(digest__in=digests).select_related("dataset")
    found = {}
    for version in versions.order_by("number", "pk"):
        newest = version.dataset.versions.order_by("-number").values_list("pk", flat=True).first() == version.pk
        found[version.digest] = version.dataset.reference if newest else version.reference
    return {slug: found[dataset.digest] for slug, dataset in datasets.items() if dataset.digest in found}
