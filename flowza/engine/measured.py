"""Which rows a report was measured on: metrics of two runs compare only where these are the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from flowza.engine.model import Holdout, Model
from flowza.engine.operations.parquet import frame_digest
from flowza.engine.recipe import RowStep, SplitAction
from flowza.engine.table import Table
from flowza.engine.table_description import TableDescription

DIGEST_BYTES = 16


@dataclass(frozen=True)
class MeasuredRows:
    """The rows and the truth of a report, as digests of 32 hex digits.

    role: test rows, training rows (there was no Split), folds of the training rows, or the clustered training rows.
    source: the content that was read. positions: the rows' places in it. truth: the true values, of a clustering what
    it saw of the rows. split: what gave the roles; empty without a Split. row_steps: the steps that chose rows.
    """

    role: Literal["test", "train", "folds", "clustered"]
    task: str
    target: str
    positive: str
    rows: int
    source: str
    positions: str
    truth: str
    split: Mapping[str, Any] = field(default_factory=dict)
    row_steps: str = ""

    @property
    def digest(self) -> str:
        """Equal where metrics may be compared. The way to the rows does not count, only which they are."""
        same = (self.role, self.task, self.target, self.positive, self.source, self.positions, self.truth)
        folds = self.split if self.role == "folds" else {}
        return text_digest([*same, folds.get("folds"), folds.get("method"), folds.get("fold_seed")])

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"digest": self.digest}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> MeasuredRows:
        """Read back what `as_dict` gave."""
        return cls(**{name: value for name, value in stored.items() if name != "digest"})


def measured_holdout(model: Model, holdout: Holdout, positive: Any, seed: int) -> MeasuredRows:
    """The rows that Evaluate measures on."""
    return MeasuredRows(
        role=holdout.role,
        task=model.task,
        target=str(model.target),
        positive=text_of(positive),
        rows=len(holdout.truth),
        source=model.table.source.content,
        positions=positions_digest(holdout.predictions.index),
        truth=values_digest(holdout.truth),
        **way_to(model.table, seed),
    )


def measured_folds(
    model: Model, table: Table, truth: pd.Series, positive: Any, seed: int, folds: int, method: str
) -> MeasuredRows:
    """The rows that Cross-validate and Compare measure on. table: the training rows alone."""
    way = way_to(model.table, seed)
    way["split"] = {**way["split"], "folds": folds, "method": method, "fold_seed": seed}
    return MeasuredRows(
        role="folds",
        task=model.task,
        target=str(model.target),
        positive=text_of(positive),
        rows=table.rows,
        source=table.source.content,
        positions=positions_digest(table.anchor.index),
        truth=values_digest(truth),
        **way,
    )


def measured_clusters(model: Model, features: pd.DataFrame, seed: int) -> MeasuredRows:
    """The rows of a Cluster report; distances compare only between the same columns on the same scale."""
    return MeasuredRows(
        role="clustered",
        task=model.task,
        target="",
        positive="",
        rows=len(features),
        source=model.table.source.content,
        positions=positions_digest(features.index),
        truth=frame_digest(features),
        **way_to(model.table, seed),
    )


def way_to(table: TableDescription, seed: int) -> dict[str, Any]:
    """What chose the rows: the Split and the row steps, as fields of MeasuredRows."""
    splits = [action for action in table.history if isinstance(action, SplitAction)]
    split = dict(splits[-1].arguments) if splits else {}
    if split.get("shuffle"):
        # Only a split by lot depends on the seed.
        split["seed"] = seed
    chosen = [action.spec() for action in table.history if isinstance(action, RowStep)]
    return {"split": split, "row_steps": text_digest(chosen)}


def positions_digest(index: Any) -> str:
    places = np.asarray(index, dtype="<i8")
    return hashlib.blake2b(places.tobytes(), digest_size=DIGEST_BYTES).hexdigest()


def values_digest(values: pd.Series) -> str:
    return frame_digest(values.reset_index(drop=True).to_frame("truth"))


def text_digest(parts: Any) -> str:
    text = json.dumps(parts, sort_keys=True, default=repr)
    return hashlib.blake2b(text.encode(), digest_size=DIGEST_BYTES).hexdigest()


def text_of(value: Any) -> str:
    return "" if value is None else str(value)
