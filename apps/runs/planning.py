"""From a workflow to a run that waits, and from a waiting run to the job that its process does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.conf import settings

from apps.accounts.models import User
from apps.datasets.models import DatasetVersion
from apps.datasets.naming import missing_data
from apps.datasets.sources import DatasetMissing, dataset_source, dataset_version
from apps.runs import outcomes, queue
from apps.runs.models import NodeRun, Run, RunInput
from apps.runs.plan import Plan, PlanRefused
from apps.workflows.models import Workflow
from flowza.engine.errors import GraphError, NodeError, Problem
from flowza.engine.graph import Graph, dataset_fields, incomplete, parse
from flowza.engine.job import DatasetSource, Job, keys

LABEL_LENGTH = 200


def create_run(user: User, workflow: Workflow, until: str, idempotency_key: str) -> Run:
    """Version, run, its steps and its entry in the queue, in the caller's transaction.

    Raises GraphError when the graph cannot run, also for a dataset that is not there for this person, and
    PermissionDenied for those who may not run it.
    """
    # The lock keeps the graph that is checked, frozen and run one and the same while other windows edit it.
    found = Workflow.objects.select_for_update().filter(pk=workflow.pk).first()
    if found is None:
        raise GraphError([Problem("The workflow was deleted meanwhile.", code="workflow_deleted")])
    workflow = found
    workflow.check_can_edit(user)
    graph = needed(workflow.graph, until)
    read, problems = datasets_read(graph, user, workflow.owner_id)
    if problems:
        raise GraphError(problems)
    labels = {node["id"]: node.get("label", "") for node in workflow.graph["nodes"]}
    run = Run.objects.create(version=workflow.freeze(user), user=user, until=until, idempotency_key=idempotency_key)
    NodeRun.objects.bulk_create(
        NodeRun(
            run=run,
            node_id=node_id,
            kind=graph.nodes[node_id].kind,
            label=(labels[node_id] or graph.nodes[node_id].label)[:LABEL_LENGTH],
            position=position,
        )
        for position, node_id in enumerate(graph.order)
    )
    RunInput.objects.bulk_create(
        RunInput(
            run=run,
            node_id=node_id,
            reference=reference,
            version=version,
            name=version.dataset.name,
            number=version.number,
            digest=version.digest,
            data_owner_id=version.dataset.owner_id,
        )
        for node_id, reference, version in read
    )
    queue.put(run.pk)
    return run


def needed(raw: dict[str, Any], until: str) -> Graph:
    """The part of the graph that a run up to the step `until` does; "": all of it.

    Steps that are not needed may be unfinished. Raises GraphError.
    """
    if not until:
        return parse(raw)
    graph = parse(raw, complete=False).until(until)
    if problems := incomplete(dict(graph.nodes), list(graph.edges)):
        raise GraphError(problems)
    return graph


def references(graph: Graph) -> list[tuple[str, str, str]]:
    """(step, parameter, reference) for each parameter that names a stored dataset; "" where none is chosen."""
    return [
        (name, field, getattr(node.params, field))
        for name, node in graph.nodes.items()
        for field in dataset_fields(type(node))
    ]


def datasets_read(
    graph: Graph, user: User, owner: int | None = None
) -> tuple[list[tuple[str, str, DatasetVersion]], list[Problem]]:
    """(step, reference, the data version that it means now) for each stored table, and a problem for each step whose
    dataset does not exist, or not for this person: the same words for both. What the owner of a shared workflow (owner)
    may read is told by its name, and whom to ask.
    """
    read: list[tuple[str, str, DatasetVersion]] = []
    known: dict[str, DatasetVersion] = {}
    problems = []
    for name, field, reference in references(graph):
        if not reference:
            problems.append(
                Problem("No dataset is chosen.", name, field, "Choose one, or upload a file.", "no_dataset")
            )
            continue
        try:
            # Two steps that say "latest" read the same version.
            if reference not in known:
                known[reference] = dataset_version(user, reference)
        except DatasetMissing as error:
            others = [one for one in missing_data(user, [reference], owner) if one.whom]
            said = others[0].message if others else str(error)
            problems.append(Problem(said, node=name, field=field, code="dataset_missing"))
        else:
            read.append((name, reference, known[reference]))
    return read, problems


def sources_of(run: Run) -> dict[str, DatasetSource]:
    """Reference -> where the data version lies that was recorded when the run was started. Raises DatasetMissing."""
    found = {}
    for one in run.inputs.select_related("version"):
        if one.version is None:
            raise DatasetMissing(f"The data that this run was to read ({one}) has been deleted.")
        found[one.reference] = dataset_source(run.user, one.version.reference)
    return found


def plan(run: Run) -> Plan:
    """What the run's process needs, so that it needs no database. Raises PlanRefused."""
    try:
        needed(run.version.graph, run.until)
        sources = sources_of(run)
        outbox = settings.DATA_DIR / "outbox" / f"{run.pk}-{run.attempt}"
        job = Job(
            graph=run.version.graph,
            store=settings.STORE_ROOT,
            available=frozenset(),
            datasets=sources,
            until=run.until or None,
            processes=settings.RUN_PROCESSES,
            outbox=outbox,
        )
        available = NodeRun.objects.kept_keys(run.user, set(keys(job).values()))
    except DatasetMissing as error:
        raise PlanRefused(outcomes.refused(str(error), "Choose another dataset in that step.")) from error
    except NodeError as error:
        raise PlanRefused(outcomes.refused(error.message, error.hint, node=error.node)) from error
    except GraphError as error:
        first = error.problems[0]
        raise PlanRefused(outcomes.refused(first.message, first.hint, node=first.node)) from error
    job = replace(job, available=available)
    return Plan(job, outbox, sorted(source.digest for source in sources.values()))
