"""Sample: keep some of the rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from flowza.engine.columns import ColumnType
from flowza.engine.operations.rows import sample_rows
from flowza.engine.params import Params, param
from flowza.engine.row_nodes import RowChoice, RowsNode


class SampleParams(Params):
    size: Literal["fraction", "rows"] = param(
        "fraction", label="Size", choices={"fraction": "A share of the rows", "rows": "A number of rows"}
    )
    fraction: float = param(0.1, label="Share", gt=0, le=1, shown_when={"size": ["fraction"]})
    rows: int = param(
        1000,
        label="Rows",
        help="All rows, if there are fewer.",
        ge=1,
        le=100_000_000,
        shown_when={"size": ["rows"]},
    )
    choose: Literal["random", "first"] = param(
        "random", label="Choose", choices={"random": "at random", "first": "the first ones"}
    )
    role: Literal["train", "test", "all"] = param(
        "train",
        label="After a split, act on",
        choices={"train": "training rows only", "test": "test rows only", "all": "both together"},
        advanced=True,
    )


class Sample(RowsNode):
    """Keeps a part of the rows, so that trying things out is quick.

    A random sample is drawn without repeats and with the workflow's seed: the same every time. Rows stay in
    their order. After a Split it makes the training rows fewer and leaves the test rows alone, unless you
    say otherwise.
    """

    kind = "sample"
    label = "Sample"
    category = "rows"
    icon = "dice-5"
    summary = "Keeps a random part of the rows, or the first ones."
    Params = SampleParams

    def choice(self, types: Mapping[str, ColumnType], seed: int) -> RowChoice:
        params: SampleParams = self.params
        arguments: dict[str, Any] = {"seed": seed}
        arguments[params.size] = params.fraction if params.size == "fraction" else params.rows
        if params.choose == "first":
            arguments["first"] = True
        return RowChoice(sample_rows, arguments, (), params.role)
