"""Tables and runs of single nodes for tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from flowza.engine.catalogue import catalogue
from flowza.engine.context import Context, DatasetSource
from flowza.engine.params import parse_params
from flowza.engine.recipe import Origin
from flowza.engine.source import Source
from flowza.engine.table import Table


class NoDatasets:
    def dataset(self, reference: str) -> DatasetSource:
        raise LookupError(f"There is no dataset {reference}.")


class OneDataset:
    """Resources with one dataset, whatever its reference."""

    def __init__(self, path: Path, format: str, settings: dict[str, Any] | None = None) -> None:
        self.source = DatasetSource("people", path, format, "d1", settings or {})  # type: ignore[arg-type]

    def dataset(self, reference: str) -> DatasetSource:
        return self.source


def table_of(frame: pd.DataFrame | None = None, target: str = "", **columns: Any) -> Table:
    """A table of a frame or of columns; texts get the dtype that reading gives them."""
    frame = pd.DataFrame(columns) if frame is None else frame
    table = Table.load(Source("k", lambda: frame, frame=frame), Origin("data", "csv", 1))
    return table.with_target(target, None, Origin("data", "csv", 1)) if target else table


def run(
    kind: str,
    table: Table | None,
    params: dict[str, Any] | None = None,
    *,
    seed: int = 0,
    resources: Any = None,
    log: Callable[[str, str], None] | None = None,
) -> Table:
    """Run one node on a table, or a source on nothing, with JSON parameters."""
    cls = catalogue()[kind]
    parsed, problems = parse_params(cls.Params, params or {}, kind)
    if parsed is None:
        raise ValueError(problems[0].message)
    inputs = {"table": [table]} if table is not None else {}
    output = cls(kind, parsed).run(inputs, Context(resources or NoDatasets(), seed=seed, log=log))["table"]
    assert isinstance(output, Table)
    return output


def problem(kind: str, params: dict[str, Any]) -> str:
    """The first reason why parameters are refused."""
    _, problems = parse_params(catalogue()[kind].Params, params, kind)
    return problems[0].message
