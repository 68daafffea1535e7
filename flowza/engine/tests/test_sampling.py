"""Samples of stored tables: the same every time, over the whole table, without reading more than is needed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from flowza.engine.live import live_rows
from flowza.engine.operations import parquet
from flowza.engine.operations.parquet import ROWS_PER_GROUP, read_sample, write_parquet
from flowza.engine.tests.graphs import DATA, Frames, chain


def numbered(rows: int) -> pd.DataFrame:
    """Each row holds its own position; with text, truth values, dates and gaps beside it."""
    places = np.arange(rows)
    return pd.DataFrame(
        {
            "place": places,
            "word": pd.Series(places).map("row {}".format).astype("str"),
            "even": places % 2 == 0,
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(places, unit="min"),
            "gap": np.where(places % 3 == 0, np.nan, places),
        }
    )


def stored(folder: Path, frame: pd.DataFrame) -> Path:
    path = folder / "table.parquet"
    write_parquet(frame, path)
    return path


def test_sampled_rows_are_rows_of_the_table_labelled_by_their_places(tmp_path: Path) -> None:
    frame = numbered(3 * ROWS_PER_GROUP + 17)
    sample, total = read_sample(stored(tmp_path, frame), 500, seed=1)
    assert total == len(frame)
    assert len(sample) == 500
    assert (sample["place"] == sample.index).all()
    assert sample.index.is_monotonic_increasing
    assert sample.index.is_unique
    pd.testing.assert_frame_equal(sample, frame.loc[sample.index], check_index_type=False)


def test_a_table_that_is_small_enough_comes_whole(tmp_path: Path) -> None:
    frame = numbered(100)
    sample, total = read_sample(stored(tmp_path, frame), 100, seed=1)
    assert total == 100
    pd.testing.assert_frame_equal(sample, frame)


def test_the_seed_alone_decides_and_every_stretch_of_the_table_has_its_share(tmp_path: Path) -> None:
    path = stored(tmp_path, numbered(4 * ROWS_PER_GROUP))
    one, again, other = (read_sample(path, 2000, seed)[0] for seed in (1, 1, 2))
    assert list(one.index) == list(again.index)
    assert list(one.index) != list(other.index)
    quarters = np.bincount(one.index // ROWS_PER_GROUP)
    assert quarters.min() > 400  # 500 are expected of each, give or take 19


def test_of_a_very_large_table_some_row_groups_are_read_spread_over_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "CELLS_SAMPLED", 4 * 5 * ROWS_PER_GROUP)
    path = stored(tmp_path, numbered(12 * ROWS_PER_GROUP))
    sample, total = read_sample(path, 2000, seed=0)
    assert total == 12 * ROWS_PER_GROUP
    assert len(sample) == 2000
    assert (sample["place"] == sample.index).all()
    groups = sorted(set(sample.index // ROWS_PER_GROUP))
    assert len(groups) == 4
    assert [group // 3 for group in groups] == [0, 1, 2, 3]


def test_batches_smaller_than_a_row_group_give_the_same_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = stored(tmp_path, numbered(2 * ROWS_PER_GROUP))
    whole, _ = read_sample(path, 300, seed=3)
    monkeypatch.setattr(parquet, "CELLS_AT_ONCE", 5 * 1000)
    parts, _ = read_sample(path, 300, seed=3)
    pd.testing.assert_frame_equal(whole, parts)


def test_errors_on_a_sample_name_the_rows_of_the_file(tmp_path: Path) -> None:
    frame = numbered(40_000)[["gap"]].assign(bought=lambda rows: np.arange(len(rows)) % 2)
    frame.loc[: len(frame) - 400, "gap"] = 1.0
    graph = chain(("csv", {"dataset": DATA}), ("split", {"target": "bought"}), ("logistic_regression", {}))
    found = live_rows(graph, "logistic_regression", Frames(tmp_path, {DATA: frame}))
    assert found.error is not None
    assert "row 39" in found.error["message"].replace(",", "")


def test_a_damaged_or_missing_file_is_told_and_nothing_else_happens(tmp_path: Path) -> None:
    resources = Frames(tmp_path, {DATA: numbered(100)})
    path = resources.sources[DATA].path
    path.write_bytes(path.read_bytes()[:300])
    graph = chain(("csv", {"dataset": DATA}), ("impute", {}))
    damaged = live_rows(graph, "impute", resources)
    assert damaged.error is not None
    assert damaged.error["node"] == "csv"
    path.unlink()
    missing = live_rows(graph, "impute", resources)
    assert missing.error is not None
    assert "is gone" in missing.error["message"]
