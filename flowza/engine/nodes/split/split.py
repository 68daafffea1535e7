"""Train/test split: which rows a model learns from, and which it is tested on."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from flowza.engine.columns import column_type
from flowza.engine.node import TargetParams
from flowza.engine.params import param
from flowza.engine.row_nodes import SplitNode
from flowza.engine.table import TEST, TRAIN, Table

MOST_CLASSES = 20


class SplitParams(TargetParams):
    test_share: float = param(0.2, label="Test share", help="The share of the rows kept for testing.", gt=0, lt=1)
    stratify: Literal["auto", "yes", "no"] = param(
        "auto",
        label="Same class shares on both sides",
        help="Automatic: where the column to predict has at most 20 values, each in two rows or more.",
        choices={"auto": "Automatic", "yes": "Yes", "no": "No"},
    )
    shuffle: bool = param(
        True,
        label="Choose at random",
        help="Off: the last rows are the test rows, for tables in the order of time.",
        advanced=True,
    )


class Split(SplitNode):
    """Divides the rows into training rows, from which everything is learned, and test rows, on which models
    are judged.

    From here on the table carries both. Steps that learn, such as Impute or One-hot, learn from training
    rows alone, also those drawn before the Split: they learn again. The choice is random, by the workflow's
    seed, and equals scikit-learn's `train_test_split`. With the same class shares on both sides
    (stratified), rare classes are in both. A column to predict is not needed: clusters can be tested too.
    """

    kind = "split"
    label = "Train/test split"
    category = "split"
    icon = "git-fork"
    summary = "Divides the rows into training rows and test rows."
    Params = SplitParams

    def roles(self, table: Table, seed: int) -> tuple[np.ndarray, dict[str, Any]]:
        params: SplitParams = self.params
        labels = None if table.target is None else table.target_values(table.target, self.origin)
        test_rows = int(np.ceil(params.test_share * table.rows))
        if not 0 < test_rows < table.rows:
            raise self.error(
                f"A table of {table.rows} {'row' if table.rows == 1 else 'rows'} cannot be divided so that "
                f"{params.test_share:.0%} are for testing and some are left for training.",
                hint="Choose another test share, or use more rows.",
                code="too_few_rows",
            )
        stratified = self._stratifies(labels, test_rows, table.rows - test_rows)
        _, test = train_test_split(
            np.arange(table.rows),
            test_size=params.test_share,
            random_state=seed if params.shuffle else None,
            shuffle=params.shuffle,
            stratify=None if labels is None or not stratified else pd.factorize(labels, sort=True)[0],
        )
        roles = np.full(table.rows, TRAIN, dtype=np.int8)
        roles[test] = TEST
        return roles, {
            "test_size": params.test_share,
            "shuffle": params.shuffle,
            "stratify": table.target if stratified else None,
        }

    def _stratifies(self, labels: pd.Series | None, test_rows: int, train_rows: int) -> bool:
        params: SplitParams = self.params
        if params.stratify == "no":
            return False
        reason = self._against(labels, test_rows, train_rows)
        if reason and params.stratify == "yes":
            raise self.error(
                f"The class shares cannot be the same on both sides: {reason}.",
                column="" if labels is None else str(labels.name),
                hint="Set it to Automatic or No, or put rare classes together first.",
                code="stratify",
            )
        return not reason and (params.stratify == "yes" or self._classes_are_few(labels))

    def _against(self, labels: pd.Series | None, test_rows: int, train_rows: int) -> str:
        """Why a stratified split is not possible; empty if it is."""
        if labels is None:
            return "there is no column to predict"
        if not self.params.shuffle:
            return "the rows are not chosen at random"
        if not is_class_like(labels):
            return f"'{labels.name}' holds dates or numbers with decimals, not classes"
        counts = labels.value_counts()
        rarest, rows = str(counts.index[-1]), int(counts.iloc[-1])
        if rows < 2:
            return f"class '{rarest[:40]}' of '{labels.name}' has only one row, and each side needs one"
        if len(counts) > min(test_rows, train_rows):
            side, size = ("test", test_rows) if test_rows <= train_rows else ("training", train_rows)
            return f"'{labels.name}' has {len(counts)} classes, more than the {size} {side} rows"
        return ""

    def _classes_are_few(self, labels: pd.Series | None) -> bool:
        return labels is not None and labels.nunique() <= MOST_CLASSES


def is_class_like(labels: pd.Series) -> bool:
    kind = column_type(labels)
    if kind == "number":
        return bool((labels == labels.round()).all())
    return kind in ("flag", "boolean", "text")
