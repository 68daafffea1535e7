"""Pages of stored tables show the rows of the tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from flowza.engine.catalogue import catalogue
from flowza.engine.codec import decode
from flowza.engine.errors import NodeError
from flowza.engine.preview import json_cell, page
from flowza.engine.table import ROLE_NAMES, Table
from flowza.engine.templates import TEMPLATES
from flowza.engine.tests.contract import Ran, frames, perform
from flowza.engine.tests.graphs import DATA, chain
from flowza.engine.tests.tables import people

SOURCE = ("csv", {"dataset": DATA, "target": "answer"})
LINE: list[tuple[str, dict[str, Any]]] = [
    SOURCE,
    ("select", {"mode": "drop", "columns": ["joined"]}),
    ("impute", {}),
    ("one_hot", {}),
    ("split", {}),
]


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    with threadpool_limits(limits=1, user_api="openmp"):
        yield


@pytest.fixture
def data(tmp_path: Path) -> Any:
    return frames(tmp_path / "data", people())


def graph(*, C: float = 1.0, test_share: float = 0.2, seed: int = 0) -> dict[str, Any]:
    split = ("split", {"test_share": test_share})
    return chain(*LINE[:-1], split, ("logistic_regression", {"C": C}), ("evaluate", {}), seed=seed)


ALL_NODES = [node["id"] for node in graph()["nodes"]]


@pytest.mark.slow
@pytest.mark.parametrize("slug", TEMPLATES)
def test_pages_of_a_template_show_the_rows_of_its_tables(slug: str, tmp_path: Path) -> None:
    ran = perform(steps_of_tables(TEMPLATES[slug].graph()), NoDatasets(), tmp_path)
    assert ran.error is None
    last = Tables(ran)
    for name in ran.graph.order:
        manifest = ran.manifest(name)
        if manifest["output"] != "table":
            continue
        for start, stop in ((0, 7), (50, 61), (10**6, 10**6 + 5)):
            shown = page(manifest, ran.store, start, stop)
            frame = last.behind(name)
            part = frame.iloc[start:stop]
            assert [column["name"] for column in shown.columns] == list(frame.columns)
            assert shown.columns == manifest["columns"]
            assert shown.total == manifest["rows"]
            assert shown.numbers == [label + 1 for label in part.index]
            assert shown.rows == cells(part)
            assert shown.note == ""
        json.dumps(shown.rows, allow_nan=False)
        table = decode(manifest, ran.store)
        assert isinstance(table, Table)
        if table.roles is not None:
            assert page(manifest, ran.store, 0, 9).roles == [ROLE_NAMES[role] for role in table.roles[:9].tolist()]


def steps_of_tables(raw: dict[str, Any]) -> dict[str, Any]:
    """The graph without models and reports."""
    nodes = [node for node in raw["nodes"] if catalogue()[node["kind"]].outputs[0].type == "dataset"]
    names = {node["id"] for node in nodes}
    return {**raw, "nodes": nodes, "edges": [wire for wire in raw["edges"] if {wire["from"], wire["to"]} <= names]}


class Tables:
    """The frames that the pages of a run's steps must show."""

    def __init__(self, ran: Ran) -> None:
        self.ran = ran
        self.closers = {key: event["node"] for event in ran.events if (key := event.get("key"))}

    def behind(self, name: str) -> pd.DataFrame:
        """What the step makes once the training rows are known: by the fitted steps of the table that tells them."""
        manifest = self.ran.manifest(name)
        table = decode(manifest, self.ran.store)
        assert isinstance(table, Table)
        if manifest["context"] is None:
            return table.frame
        split = decode(self.ran.manifest(self.closers[manifest["context"]]), self.ran.store)
        assert isinstance(split, Table)
        frame = table.anchor
        for step, fitted in list(zip(table.program, split.evaluation.fitted, strict=False))[len(table.anchor_trace) :]:
            frame = fitted.apply(frame) if fitted is not None else step.apply(frame)  # type: ignore[union-attr]
        return frame


def cells(frame: pd.DataFrame) -> list[list[Any]]:
    return [
        [None if pd.isna(value) else json_cell(value) for value in row]
        for row in frame.itertuples(index=False, name=None)
    ]


class NoDatasets:
    def dataset(self, reference: str) -> Any:
        raise NodeError(f"There is no dataset '{reference}'.")


def test_a_page_holds_nothing_that_json_cannot(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "number": [1.5, np.nan, np.inf, -np.inf],
            "whole": [1, 2, 3, 2**62],
            "day": pd.to_datetime(pd.Series(["2024-01-31", None, "1900-01-01", "2262-01-01"])),
            "truth": [True, False, True, False],
            "text": pd.Series(["a", None, "", "<b>"], dtype="str"),
        }
    )
    ran = perform(chain(("csv", {"dataset": DATA})), frames(tmp_path / "data", frame), tmp_path)
    shown = page(ran.manifest("csv"), ran.store)
    assert json.loads(json.dumps(shown.rows, allow_nan=False))[0] == [1.5, 1, "2024-01-31T00:00:00", True, "a"]
    assert shown.rows[1][0] is None
    assert shown.rows[1][2] is None
    assert shown.rows[1][4] is None
    assert shown.rows[2][0] is None


def test_a_step_that_found_only_the_target_to_work_on_shows_its_rows(tmp_path: Path) -> None:
    data = frames(tmp_path / "data", people())
    source = ("csv", {"dataset": DATA, "target": "amount"})
    kept = ("select", {"columns": ["amount", "member"]})
    renamed = ("rename", {"names": [{"column": "amount", "name": "sum"}]})
    ran = perform(chain(source, kept, ("impute", {}), renamed, ("split", {})), data, tmp_path)
    shown = page(ran.manifest("split"), ran.store, 0, 3)
    assert [column["name"] for column in shown.columns] == ["sum", "member"]
