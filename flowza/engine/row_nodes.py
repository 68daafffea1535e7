"""Bases of the nodes that say which rows there are and what they are for. An author gives a plain function; rows and
roles are the engine's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from flowza.engine.columns import ColumnType, quoted
from flowza.engine.context import Context
from flowza.engine.node import Inputs, LazyTypes, Node, Output, apply_target
from flowza.engine.recipe import (
    FrameFunction,
    RowStep,
    SplitAction,
    TrainingRowsStep,
)
from flowza.engine.table import ROLE_NAMES, TEST, TRAIN, Table


@dataclass(frozen=True)
class RowChoice:
    """A row node's wish: `function(frame[reads], **arguments)` gives back the rows to keep, index kept.

    reads: None means all columns. only: on which role it acts after a Split.
    """

    function: FrameFunction
    arguments: Mapping[str, Any]
    reads: tuple[str, ...] | None = None
    only: Literal["all", "train", "test"] = "all"


class RowsNode(Node):
    """Changes which rows there are; never replayed at prediction. Hook: `choice`."""

    role = "rows"

    def choice(self, types: Mapping[str, ColumnType], seed: int) -> RowChoice:
        raise NotImplementedError

    def run(self, inputs: Inputs, context: Context) -> dict[str, Output]:
        table: Table = inputs["table"][0]
        choice = self.choice(LazyTypes(table), context.seed)
        reads = tuple(table.columns) if choice.reads is None else choice.reads
        if table.has_learned() and (learned := table.learned_columns().intersection(reads)):
            return {"table": self._training_rows(table, choice, reads, learned, context)}
        kept = self._kept(table.all_rows, choice, reads, table.roles)
        action = RowStep(self.origin, choice.function, dict(choice.arguments), reads, choice.only)
        result = table.with_rows(action, kept)
        self._say(table, result, context)
        return {"table": result}

    def _kept(
        self, frame: pd.DataFrame, choice: RowChoice, reads: tuple[str, ...], roles: np.ndarray | None
    ) -> np.ndarray:
        missing = [name for name in reads if name not in frame.columns]
        if missing:
            from flowza.engine.recipe import missing_columns

            raise missing_columns(missing, frame, self.id)
        acts = np.ones(len(frame), dtype=bool)
        if choice.only != "all" and roles is not None:
            acts = roles == (TRAIN if choice.only == "train" else TEST)
        part = frame if acts.all() else frame[acts]
        chosen = choice.function(part[list(reads)], **choice.arguments)
        kept = ~acts
        if len(chosen) == len(part):
            kept[acts] = True
        else:
            kept[frame.index.get_indexer(chosen.index)] = True
        return kept

    def _training_rows(
        self, table: Table, choice: RowChoice, reads: tuple[str, ...], learned: set[str], context: Context
    ) -> Table:
        if table.roles is None:
            raise self.error(
                f"This step looks at {quoted(sorted(learned))}, which an earlier step learned from the data.",
                column=sorted(learned)[0],
                hint="Put it before that step, or after a Train/test split.",
                code="rows_before_split",
            )
        result = table.with_step(TrainingRowsStep(self.origin, choice.function, dict(choice.arguments), reads))
        gone = len(table.train) - len(result.train)
        context.log(f"Removed {gone} of {len(table.train)} training rows; test rows were left alone.")
        return result

    def _say(self, before: Table, after: Table, context: Context) -> None:
        if not before.rows:
            raise self.error("No rows come in.", hint="Look at the steps before this one.", code="no_rows")
        gone = before.rows - after.rows
        text = f"Removed {gone} of {before.rows} rows"
        if before.roles is not None and after.roles is not None:
            test = int((before.roles == TEST).sum() - (after.roles == TEST).sum())
            text += f", {test} of them test rows"
        context.log(text + ".")
        if not after.rows:
            raise self.error(f"This step removed all {before.rows} rows.", hint="Loosen its condition.", code="no_rows")


class SplitNode(Node):
    """Gives each row a role. Hook: `roles`; it sees the narrow columns it names and the target, never learned ones."""

    role = "split"

    def roles(self, table: Table, seed: int) -> tuple[np.ndarray, dict[str, Any]]:
        """int8 of shape (rows,) with TRAIN or TEST, and the arguments to record."""
        raise NotImplementedError

    def run(self, inputs: Inputs, context: Context) -> dict[str, Output]:
        table: Table = inputs["table"][0]
        if table.roles is not None:
            raise self.error("The rows were split already.", hint="Remove one of the two splits.", code="split_twice")
        before = table.rows
        table = apply_target(self, table)
        if table.rows < before:
            context.log(f"{before - table.rows} rows without '{table.target}' were left out.", "warning")
        roles, arguments = self.roles(table, context.seed)
        result = table.with_roles(roles, SplitAction(self.origin, {**arguments, "seed": context.seed}))
        counts = {name: int((roles == role).sum()) for role, name in ROLE_NAMES.items()}
        context.log(f"{counts['train']:,} training rows, {counts['test']:,} test rows.")
        if table.has_learned():
            context.log(f"Steps before the split learn again, on the {counts['train']:,} training rows alone.")
        return {"table": result}
