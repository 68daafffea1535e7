"""The tables beside a script: Parquet files of what the run read, or the CSV files that were uploaded."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import pandas as pd

from flowza.engine.cache import sha256_of
from flowza.engine.context import DatasetSource
from flowza.engine.export.literals import Literals
from flowza.engine.export.names import identifier
from flowza.engine.export.writer import DataFile
from flowza.engine.operations.csv_settings import parse_columns_arguments
from flowza.engine.operations.parquet import write_parquet
from flowza.engine.operations.reading import CsvSettings, load_csv, pandas_read_csv_arguments

DataFormat = Literal["parquet", "csv"]
PACKED = {b"\x1f\x8b": ".csv.gz", b"PK": ".csv.zip"}


def write_data(
    sources: Mapping[str, tuple[str, pd.DataFrame]],
    originals: Mapping[str, DatasetSource],
    name: str,
    folder: Path,
    form: DataFormat,
) -> dict[str, DataFile]:
    """Write the sources' tables into the folder. sources: key -> (node, frame); originals: node -> the file it read.

    form "csv" takes the original where the node read a CSV file, with the arguments that read it alike.
    """
    files: dict[str, DataFile] = {}
    for key, (node, frame) in sources.items():
        constant = "DATA" if not files else f"DATA_{len(files) + 1}"
        stem = name if len(sources) == 1 else f"{name}-{identifier(node)}"
        original = originals.get(node)
        if form == "csv" and original is not None and original.format == "csv":
            files[key] = csv_file(original, constant, stem, folder)
        else:
            path = folder / f"{stem}.parquet"
            write_parquet(frame, path)
            files[key] = DataFile(constant, path.name, sha256_of(path), f"pd.read_parquet({constant})")
    return files


def csv_file(original: DatasetSource, constant: str, stem: str, folder: Path) -> DataFile:
    with original.path.open("rb") as file:
        start = file.read(2)
    path = folder / f"{stem}{PACKED.get(start, '.csv')}"
    shutil.copyfile(original.path, path)
    settled = load_csv(original.path, CsvSettings.model_validate(dict(original.settings))).settings
    printer = Literals()
    given, parsed = (
        "".join(f", {key}={printer.literal(value)}" for key, value in arguments.items())
        for arguments in (pandas_read_csv_arguments(settled), parse_columns_arguments(settled))
    )
    return DataFile(constant, path.name, sha256_of(path), f"pd.read_csv({constant}{given})", parsed)
