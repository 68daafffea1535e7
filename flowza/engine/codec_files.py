"""Files of the store: frames, arrays and fitted objects, written and read back; what cannot be read is a StoreError."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from flowza.engine.cache import Store
from flowza.engine.errors import StoreError
from flowza.engine.estimator_files import load_object


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Arrow IPC, uncompressed, so that it can be memory-mapped. The index is not kept."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def read_frame(path: Path) -> pd.DataFrame:
    with readable(path), pa.memory_map(str(path)) as source:
        frame: pd.DataFrame = pa.ipc.open_file(source).read_all().to_pandas()
    return frame


def read_column(path: Path, name: str) -> pd.Series:
    """One column of a stored frame. Raises KeyError when there is none."""
    with readable(path), pa.memory_map(str(path)) as source:
        table = pa.ipc.open_file(source).read_all()
        frame: pd.DataFrame | None = table.select([name]).to_pandas() if name in table.column_names else None
    if frame is None:
        raise KeyError(name)
    column: pd.Series = frame[name]
    return column


def write_array(array: np.ndarray, path: Path) -> None:
    with path.open("wb") as stream:
        np.save(stream, array, allow_pickle=False)


def read_array(path: Path) -> np.ndarray:
    with readable(path):
        array: np.ndarray = np.load(path, allow_pickle=False)
    return array


def read_object(path: Path, boosters: list[bytes]) -> Any:
    with readable(path):
        return load_object(path.read_bytes(), boosters)


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Sets a file that cannot be parsed aside, so that the next run makes it again, and raises StoreError."""
    try:
        yield
    except (ValueError, EOFError, KeyError, OSError, zipfile.BadZipFile, zlib.error, pa.ArrowException) as error:
        if isinstance(error, OSError) and error.errno is not None:
            # The disk's word. Arrow's own about bytes that do not fit together is an OSError without a number.
            raise
        path.replace(path.with_name(f"{path.name}.damaged"))
        raise StoreError("A stored result was damaged and has been set aside. Run again to compute it anew.") from error


def stored(store: Store, key: str, suffix: str) -> Path:
    path = store.path(key, suffix)
    if path is None:
        raise StoreError(f"The stored file {key}{suffix} is gone.")
    return path
