"""A quick figure: how good a model is when its recipe and its estimator learn from the sample, as a run would do it.

The step itself does the work, on a table of the sample, so that no rule about training and test rows is written twice.
What costs much is held to `MOST`; what still takes too long is refused in a sentence.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, TypeVar

import numpy as np

from flowza.engine.context import Context
from flowza.engine.errors import Cancelled, NodeError
from flowza.engine.model import Model
from flowza.engine.node import Node
from flowza.engine.operations.metrics import clustering_metrics
from flowza.engine.report import Metric, Report
from flowza.engine.sentences import MEASURES
from flowza.engine.table import Table
from flowza.engine.train_node import TrainNode
from flowza.engine.validation import holdout_metrics, main_metric

MOST: Mapping[str, int] = {"n_estimators": 30, "n_init": 3, "folds": 3}
"""Parameter -> what a quick figure uses at most: a forest's trees, a clustering's fresh starts, folds."""
MEASURED = ("evaluate", "cross_validate", "cluster_report")
"""Kinds that tell a figure of the model which comes in."""
FAILED = "There is no quick figure for this step. Run the workflow to see it."
TOO_LONG = "This takes too long for a quick figure on a sample. Run the workflow to see it."

On = Literal["test", "train", "folds", "groups"]
Limit = Callable[[], AbstractContextManager[None]]
Kind = TypeVar("Kind", bound=Node)


class TookTooLong(BaseException):
    """A step or a fit was stopped because somebody waits; raised by the limit that the caller gives.

    No plain Exception, because libraries swallow those.
    """


@dataclass(frozen=True)
class QuickFigure:
    """One number of a model, or the sentence why there is none (`refused`).

    on: test rows; the model's own training rows (no Split); folds of the training rows; the groups that it made.
    rows: how many rows taught it. trees: what was used instead of `all_trees`; both 0 where nothing was held back.
    sampled: whether a source behind it was cut to the sample.
    """

    metric: str = ""
    label: str = ""
    value: float | None = None
    baseline: float | None = None
    on: On = "test"
    rows: int = 0
    folds: int = 0
    trees: int = 0
    all_trees: int = 0
    sampled: bool = False
    refused: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def quick_figure(
    node: Node, trainer: TrainNode, table: Table, context: Context, limited: Limit = nullcontext
) -> QuickFigure:
    """The figure of a train, Evaluate, Cross-validate or Cluster report step.

    trainer: the step that trains, which is `node` or before it. table: what comes into it. limited: raises TookTooLong
    inside when it has had enough. Raises Cancelled.
    """
    quick = held_back(trainer)
    try:
        # What a library warns of on a sample is no news; the run says it where it matters.
        with limited(), warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            model = quick.run({"table": [table]}, context)["model"]
            if not isinstance(model, Model):
                raise AssertionError("a train node gives a model")
            found = figure_of(node, model, context)
    except NodeError as error:
        return QuickFigure(refused=f"No figure on the sample: {error.message}")
    except TookTooLong:
        return QuickFigure(refused=TOO_LONG)
    except (Cancelled, MemoryError):
        raise
    except Exception:  # a mistake of ours must not keep people from editing; the run will tell
        logging.getLogger(__name__).exception("The quick figure of a '%s' step failed.", node.kind)
        return QuickFigure(refused=FAILED)
    trees, every = (getattr(one.params, "n_estimators", 0) for one in (quick, trainer))
    return found if trees == every else replace(found, trees=trees, all_trees=every)


def held_back(node: Kind) -> Kind:
    """The same step with what costs much held to `MOST`."""
    most = {
        name: most
        for name, most in MOST.items()
        if name in type(node.params).model_fields and getattr(node.params, name) > most
    }
    return type(node)(node.id, node.params.model_copy(update=most)) if most else node


def figure_of(node: Node, model: Model, context: Context) -> QuickFigure:
    if model.task == "clustering":
        return groups_figure(model, context.seed)
    if node.kind == "cross_validate":
        folds = held_back(node)
        report = folds.run({"model": [model]}, context)["report"]
        if not isinstance(report, Report):
            raise AssertionError("Cross-validate gives a report")
        return of_metrics(report.metrics, "folds", model, folds.params.folds)
    holdout = model.holdout
    return of_metrics(holdout_metrics(model), "test" if holdout is None else holdout.role, model)


def of_metrics(metrics: list[Metric], on: On, model: Model, folds: int = 0) -> QuickFigure:
    """The figure by which models are ranked."""
    found = {metric.name: metric for metric in metrics if metric.value is not None}
    if not found:
        return QuickFigure(refused="No figure on the sample: it leaves no test rows to measure on.")
    main = found[main_metric(list(found))]
    label = MEASURES[main.name].label
    return QuickFigure(main.name, label, main.value, main.baseline, on, model.training_rows, folds)


def groups_figure(model: Model, seed: int) -> QuickFigure:
    features = model.table.table().train[model.features]
    clusters = np.asarray(model.estimator.predict(features), dtype=np.int64)
    centres = np.asarray(model.estimator.cluster_centers_, dtype=np.float64)
    values = clustering_metrics(features.to_numpy(np.float64), clusters, centres, seed)
    name = "silhouette"
    if name not in values:
        return QuickFigure(refused="No figure on the sample: all its rows are in one group.")
    return QuickFigure(name, MEASURES[name].label, values[name], None, "groups", len(features))
