"""Time split: learn from the past, test on the future."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from flowza.engine.columns import column_type
from flowza.engine.context import Context
from flowza.engine.errors import NodeError
from flowza.engine.node import Inputs, Output, TargetParams
from flowza.engine.operations.splits import latest_rows
from flowza.engine.params import param
from flowza.engine.recipe import missing_columns
from flowza.engine.row_nodes import SplitNode
from flowza.engine.table import TEST, TRAIN, Table


class TimeSplitParams(TargetParams):
    column: str = param(
        "",
        label="Time",
        help="The column that says when a row happened: a date, or a number that grows, such as a year.",
        column="any",
    )
    test_share: float = param(
        0.2, label="Test share", help="The share of the rows, the latest ones, kept for testing.", gt=0, lt=1
    )


class TimeSplit(SplitNode):
    """Divides the rows by time: the earlier ones are training rows, the latest ones are test rows.

    Choose it when a model will be asked about days to come: a random split lets it learn from days after
    those that it is tested on, which flatters it. Rows of one moment stay on one side, so the test share is
    kept as nearly as they allow. A row without a time is a training row, and the log says how many there
    are. The column may go on as a feature, for instance taken apart by Date parts after this step.
    """

    kind = "time_split"
    label = "Time split"
    category = "split"
    icon = "clock"
    summary = "Divides the rows by time: trains on the past, tests on the latest rows."
    Params = TimeSplitParams

    def roles(self, table: Table, seed: int) -> tuple[np.ndarray, dict[str, Any]]:
        params: TimeSplitParams = self.params
        times = self._times(table)
        later = latest_rows(times, params.test_share).to_numpy(dtype=bool)
        if not later.any() or later.all():
            raise self.error(
                f"'{params.column}' has the same value in all rows, so there is no earlier and later.",
                column=params.column,
                hint="Choose another column, or a Train/test split.",
                code="too_few_rows",
            )
        return np.where(later, TEST, TRAIN).astype(np.int8), {"column": params.column, "test_size": params.test_share}

    def run(self, inputs: Inputs, context: Context) -> dict[str, Output]:
        made: dict[str, Any] = super().run(inputs, context)
        times = made["table"].unlearned(self.params.column)
        if times is not None and (unknown := int(times.isna().sum())):
            verb = "row has" if unknown == 1 else "rows have"
            context.log(f"{unknown:,} {verb} no '{self.params.column}' and stay with the training rows.", "warning")
        return made

    def _times(self, table: Table) -> pd.Series:
        name: str = self.params.column
        if not name:
            raise self.error(
                "Nobody has said which column tells the time.",
                hint="Choose the column that says when a row happened.",
                code="no_columns",
            )
        times = table.unlearned(name)
        if times is None:
            raise self._absent(table, name)
        if column_type(times) not in ("date", "number"):
            raise self.error(
                f"Column '{name}' holds {column_type(times)}, which has no order in time.",
                column=name,
                hint="Choose a column of dates or numbers, or read it as dates with Cast first.",
                code="column_type",
            )
        if not times.notna().any():
            raise self.error(f"Column '{name}' has no values.", column=name, hint="Choose another column.")
        return times

    def _absent(self, table: Table, name: str) -> NodeError:
        if name in table.columns:
            return self.error(
                f"'{name}' is made by a step that learns from the rows, so it cannot say which ones to learn from.",
                column=name,
                hint="Choose a column of the data.",
                code="learned_column",
            )
        error = missing_columns([name], table.train, self.id)
        if name in table.source.frame.columns:
            error.hint = "Put this step before the one that takes it away, such as Date parts or Select / drop."
        return error
