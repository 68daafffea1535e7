"""Tables as Parquet files: written whole or not at all, read back exactly."""

from __future__ import annotations

import hashlib
import os
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

ROWS_PER_GROUP = 32_768
DIGEST_BYTES = 16
CELLS_SAMPLED = 24_000_000
"""Cells that are decoded for a sample, at most."""
CELLS_AT_ONCE = 4_000_000


def write_parquet(frame: pd.DataFrame, path: Path) -> None:
    """Write the frame (RangeIndex) beside `path` and move it there, so that no half file is ever seen."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    os.close(handle)
    part = Path(name)
    try:
        pq.write_table(table, part, compression="zstd", row_group_size=ROWS_PER_GROUP)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def read_parquet(path: Path, columns: list[str] | None = None) -> pd.DataFrame:
    """The frame as it was written, or some of its columns."""
    frame: pd.DataFrame = pq.read_table(path, columns=columns, memory_map=True).to_pandas()
    return frame


def read_rows(path: Path, start: int, count: int, columns: list[str] | None = None) -> pd.DataFrame:
    """Rows start … start+count-1, reading only the row groups they lie in. The index holds row positions."""
    with pq.ParquetFile(path, memory_map=True) as file:
        wanted: list[int] = []
        first = position = 0
        for group in range(file.num_row_groups):
            rows = file.metadata.row_group(group).num_rows
            if position < start + count and position + rows > start:
                first = first if wanted else position
                wanted.append(group)
            position += rows
        table = file.read_row_groups(wanted, columns=columns).slice(start - first, count)
    frame: pd.DataFrame = table.to_pandas()
    frame.index = pd.RangeIndex(start, start + len(frame))
    return frame


def read_sample(path: Path, count: int, seed: int) -> tuple[pd.DataFrame, int]:
    """At most `count` rows chosen at random, in their order, and the number of all rows. The index holds row positions.

    Every row has the same chance, up to CELLS_SAMPLED cells. Of a larger file row groups are chosen first: one at
    random from each of equally long stretches of the file, as many as make that many cells.
    """
    random = np.random.default_rng(seed)
    with pq.ParquetFile(path, memory_map=True) as file:
        total = file.metadata.num_rows
        if total <= count:
            return file.read().to_pandas(), total
        sizes = np.array([file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)])
        starts = np.cumsum(sizes) - sizes
        groups = _groups_to_sample(
            len(sizes), int(CELLS_SAMPLED / (total / len(sizes) * file.metadata.num_columns)), random
        )
        open_rows = np.concatenate([np.arange(starts[group], starts[group] + sizes[group]) for group in groups])
        chosen = np.sort(random.choice(open_rows, min(count, len(open_rows)), replace=False))
        at_once = max(1, CELLS_AT_ONCE // file.metadata.num_columns)
        parts, first = [], 0
        # `first` is the place of a batch among the rows of the chosen groups, one behind the other.
        places = np.searchsorted(open_rows, chosen)
        for batch in file.iter_batches(batch_size=at_once, row_groups=groups):
            inside = places[(places >= first) & (places < first + batch.num_rows)] - first
            parts.append(batch.take(pa.array(inside)))
            first += batch.num_rows
    frame: pd.DataFrame = pa.Table.from_batches(parts).to_pandas()
    frame.index = pd.Index(chosen)
    return frame, total


def _groups_to_sample(count: int, wanted: int, random: np.random.Generator) -> list[int]:
    """One of each of `wanted` stretches of `count` row groups; all, where no more are there."""
    if wanted >= count:
        return list(range(count))
    edges = np.linspace(0, count, max(wanted, 2) + 1).astype(int)
    return [int(random.integers(low, high)) for low, high in pairwise(edges) if high > low]


def digest(path: Path) -> str:
    """BLAKE2b of the file's bytes, 32 hex digits. Equal tables written by one library version agree."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=DIGEST_BYTES)).hexdigest()


def frame_digest(frame: pd.DataFrame) -> str:
    """BLAKE2b of names, types and values: the same on every machine and for every library version."""
    total = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for name in frame.columns:
        column = frame[name]
        missing = column.isna().to_numpy()
        kind = column_kind(column)
        total.update(f"{len(str(name))}:{name}:{kind}:{len(column)}:".encode())
        total.update(np.packbits(missing).tobytes())
        if kind in ("text", "category"):
            cells = [str(cell).encode() for cell in column[~missing]]
            total.update(np.array([len(cell) for cell in cells], dtype="<i8").tobytes())
            total.update(b"".join(cells))
        else:
            values = column.astype("datetime64[us]").astype("int64") if kind == "date" else column
            raw = {"integer": "<i8", "number": "<f8", "boolean": "?", "date": "<i8"}[kind]
            total.update(values[~missing].to_numpy(dtype=raw).tobytes())
    return total.hexdigest()


def column_kind(column: pd.Series) -> str:
    """integer, number, text, boolean, date or category."""
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return "category"
    if isinstance(dtype, np.dtype):
        return {"i": "integer", "u": "integer", "f": "number", "b": "boolean", "M": "date"}.get(dtype.kind, "text")
    return "date" if isinstance(dtype, pd.DatetimeTZDtype) else "text"


def frame_schema(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Per column: name, type, missing (count), unique (count of distinct values, missing not counted)."""
    return [
        {
            "name": str(name),
            "type": column_kind(frame[name]),
            "missing": int(frame[name].isna().sum()),
            "unique": int(frame[name].nunique()),
        }
        for name in frame.columns
    ]
