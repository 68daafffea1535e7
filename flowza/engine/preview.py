"""Rows of a stored table, made from its source for the page that is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from flowza.engine.cache import Store
from flowza.engine.codec_tables import decode_table, describe_columns
from flowza.engine.errors import StoreError
from flowza.engine.evaluation import Fitted, protected_columns
from flowza.engine.recipe import LearnedStep, StatelessStep
from flowza.engine.table import ROLE_NAMES
from flowza.engine.table_description import TableDescription


@dataclass(frozen=True)
class Page:
    """Rows `start` to `stop` of a table. Cells are JSON values; roles has one name for each row, or is None before a
    Split.

    note: said when the columns shown are not those that the step makes, because it never learned them.
    """

    columns: list[dict[str, str]]
    rows: list[list[Any]]
    numbers: list[int]
    roles: list[str] | None
    total: int
    note: str = ""


def page(manifest: dict[str, Any], store: Store, start: int = 0, stop: int = 50) -> Page:
    """A page of the table with this manifest. Raises StoreError when something it refers to is gone."""
    described = decode_table(manifest, store)
    length = len(described.source.frame) if described.positions is None else len(described.positions)
    start, stop = max(0, min(start, length)), max(0, min(stop, length))
    positions = range(start, stop) if described.positions is None else described.positions[start:stop]
    roles = None if described.roles is None else described.roles[start:stop]
    part = replace(described, positions=pd.Index(positions).to_numpy(), roles=None)
    frame, note = learned_frame(part, fitting_context(manifest, described, store))
    cells = frame.astype(object).where(frame.notna(), None)
    return Page(
        describe_columns(frame),
        [[json_cell(value) for value in row] for row in cells.itertuples(index=False, name=None)],
        [int(label) + 1 for label in frame.index],
        None if roles is None else [ROLE_NAMES[int(role)] for role in roles],
        length,
        note,
    )


ROWS_AT_ONCE = 50_000


def frames(manifest: dict[str, Any], store: Store, rows_at_once: int = ROWS_AT_ONCE) -> Iterator[pd.DataFrame]:
    """The whole table with this manifest, some rows at a time, at least one part; after a Split with the column `role`
    before the others. Raises StoreError when something it refers to is gone.
    """
    described = decode_table(manifest, store)
    context = fitting_context(manifest, described, store)
    length = len(described.source.frame) if described.positions is None else len(described.positions)
    positions = np.arange(length) if described.positions is None else np.asarray(described.positions)
    for start in range(0, max(length, 1), rows_at_once):
        part = replace(described, positions=positions[start : start + rows_at_once], roles=None)
        frame, _ = learned_frame(part, context)
        if described.roles is not None:
            names = [ROLE_NAMES[int(role)] for role in described.roles[start : start + rows_at_once]]
            frame = frame.copy()
            frame.insert(0, free_name("role", frame), pd.Series(names, index=frame.index, dtype="str"))
        yield frame.reset_index(drop=True)


def free_name(wanted: str, frame: pd.DataFrame) -> str:
    """The wanted name, or with a number behind it when the frame has it."""
    name, number = wanted, 1
    while name in frame.columns:
        number += 1
        name = f"{wanted} {number}"
    return name


def fitting_context(manifest: dict[str, Any], described: TableDescription, store: Store) -> TableDescription | None:
    """The table whose training rows taught this one's steps: itself, the one behind the Split, or nobody yet."""
    context = manifest.get("context")
    if context is None:
        return described
    found = None if context == "open" else store.manifest(context)
    return None if found is None else decode_table(found, store)


def learned_frame(part: TableDescription, context: TableDescription | None) -> tuple[pd.DataFrame, str]:
    table = part.table()
    frame, program = table.anchor, table.program
    if context is None and table.has_learned():
        return frame, "This step has not learned yet; its input is shown."
    for index in range(len(table.anchor_trace), len(program)):
        step = program[index]
        if isinstance(step, StatelessStep):
            frame = step.apply(frame)
        elif isinstance(step, LearnedStep) and context is not None and context.memo is not None:
            frame = fitted_step(step, context, index, frame).apply(frame)
    return frame, ""


def fitted_step(step: LearnedStep, context: TableDescription, index: int, frame: pd.DataFrame) -> Fitted:
    transformer = context.memo(context.fit_key(index)) if context.memo is not None else None
    if transformer is None:
        if step.chosen(frame, protected_columns(context.program, context.target)[index]):
            raise StoreError("What this step learned is no longer stored. Run the workflow again.")
        return Fitted(step, (), None)
    return Fitted(step, tuple(str(name) for name in transformer.feature_names_in_), transformer)


def json_cell(value: Any) -> Any:
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else str(value)
