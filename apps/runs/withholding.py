"""What people see of a run whose data they may not read: that it ran, and aggregate metrics; nothing with values.

Shown: steps, states, times, who ran it, the parameters of its graph, notes and tags, names of the data, the values of
metrics. Withheld: counts of rows and columns, notes and errors of steps, manifests (rows, profiles, classes, figures,
tables), sentences and class names of metrics, digests, log, files, models, scripts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied

from apps.accounts.access import listed_words
from apps.accounts.models import User
from apps.runs.models import Metric, NodeRun, Run, RunInput
from flowza.engine.sentences import MEASURES

HIDDEN_FACTS = ("rows_in", "rows_out", "columns", "manifest", "measured")
FAILED = "This failed."


def withheld(run: Run) -> str:
    """The sentence that is said in place of what the run made; "" where its viewer may read all its data.

    run: found by `for_user`; another one is an AttributeError, since nobody knows who looks at it. One query at most.
    """
    if not run.data_hidden:
        return ""
    readable = RunInput.objects.readable_by(run.viewer).values("pk")
    hidden = RunInput.objects.filter(run=run).exclude(pk__in=readable).select_related("data_owner")
    return sentence(list(hidden))


def sentence(hidden: Sequence[RunInput]) -> str:
    """`You have no access to the data “people” that this was made from. Ask Alice.`"""
    names = listed_words(f"“{name}”" for name in dict.fromkeys(one.name for one in hidden))
    owners = {one.data_owner.display_name: None for one in hidden if one.data_owner is not None}
    ask = f" Ask {listed_words(owners)}." if owners else ""
    return f"You have no access to the data {names} that this was made from.{ask}"


def check_data_access(run: Run) -> None:
    """Raises PermissionDenied with the sentence where the viewer may not read all the data of the run."""
    if said := withheld(run):
        raise PermissionDenied(said)


def check_may_take(user: User, run: Run) -> None:
    """Taking data along needs the right to change the workflow, and the data. Raises PermissionDenied."""
    run.version.workflow.check_can_edit(user)
    check_data_access(run)


# What is left of the rows. The objects are for showing: they must not be saved.


def bare_node_run(node_run: NodeRun) -> NodeRun:
    """The step's state and times alone."""
    for name in HIDDEN_FACTS:
        setattr(node_run, name, None)
    node_run.key, node_run.note, node_run.output = "", "", ""
    node_run.error = bare_error(node_run.error)
    node_run.kept_from = None
    return node_run


def bare_error(error: Any) -> dict[str, Any] | None:
    """That something went wrong. What did may quote the data."""
    return {"message": FAILED, "hint": None, "column": None, "code": "withheld", "reference": None} if error else None


def bare_metric(metric: Metric) -> Metric:
    """The number without the words that name classes."""
    metric.label, metric.sentence = bare_label(metric.name, metric.label), ""
    metric.rows = None
    return metric


def bare_label(name: str, label: str) -> str:
    """What a metric is called, without the class that it speaks of: `F1` instead of `F1 for survived = yes`.

    A metric of one of several models keeps the model's name, which comes last.
    """
    measure = MEASURES.get(name.partition(":")[0])
    plain = measure.label if measure is not None else name.partition(":")[0]
    return f"{plain}, {label.rpartition(', ')[2]}" if ":" in name and ", " in label else plain


def bare_run(run: Run) -> Run:
    """The run without what its error says, where its data is hidden from the viewer."""
    if run.data_hidden:
        run.error = bare_error(run.error)
    return run


def shown_node_runs(run: Run, node_runs: Iterable[NodeRun]) -> list[NodeRun]:
    """Steps of a run as its viewer may see them."""
    return [seen_kept_from(bare_node_run(one) if run.data_hidden else one, run) for one in node_runs]


def seen_kept_from(node_run: NodeRun, run: Run) -> NodeRun:
    """An output that was kept from a run of another workflow says so to who ran it: others may not see that run."""
    origin = node_run.kept_from
    if origin is not None and run.user_id != run.viewer and origin.version.workflow_id != run.version.workflow_id:
        node_run.kept_from = None
    return node_run


def shown_metrics(run: Run, metrics: Iterable[Metric]) -> list[Metric]:
    """Metrics of a run as its viewer may see them."""
    return [bare_metric(one) if run.data_hidden else one for one in metrics]
