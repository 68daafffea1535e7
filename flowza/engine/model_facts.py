"""What registry, files and pages say of a model."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flowza.engine.codec_actions import plain
from flowza.engine.model import Model
from flowza.engine.validation import holdout_metrics, main_metric

NAME_LENGTH = 100


def model_facts(model: Model) -> dict[str, Any]:
    """What registry and files say of a model, as JSON."""
    return {
        "key": model.key,
        "node": model.node,
        "task": model.task,
        "estimator": model.name,
        "features": model.features,
        "signature": asdict(model.signature) | {"positive": plain(model.positive)},
        "training_rows": model.training_rows,
        "source": model.table.source.key,
    }


def proposed_name(model: Model) -> str:
    """`survived by XGBoost`: target and kind of model, on one line and no longer than names in the registry may be."""
    if not model.target:
        return model.name
    acronym = model.name[1:2].isupper()
    kind = model.name if acronym else model.name[:1].lower() + model.name[1:]
    target, ending = " ".join(model.target.split()), f" by {kind}"
    space = NAME_LENGTH - len(ending)
    return (target if len(target) <= space else target[: space - 1] + "…") + ending


def metric_facts(model: Model) -> list[dict[str, Any]]:
    """The model's metrics on its holdout beside the Baseline's, as JSON.

    `role` says which rows they were measured on: "test", or "train" where there was no Split. `main` marks the one by
    which models are ranked. Empty for clusterings.
    """
    holdout = model.holdout
    metrics = holdout_metrics(model)
    if holdout is None or not metrics:
        return []
    main = main_metric([metric.name for metric in metrics if metric.value is not None])
    return [asdict(metric) | {"role": holdout.role, "main": metric.name == main} for metric in metrics]
