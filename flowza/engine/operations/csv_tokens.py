"""Two ways to split a CSV into cells: pyarrow's threads where they are sure to agree, else pandas."""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Protocol

import pandas as pd
import pyarrow as pa
import pyarrow.csv as arrow_csv

from flowza.engine.operations.csv_checks import may_have_leading_zeros
from flowza.engine.operations.csv_settings import FALSE_WORDS, TRUE_WORDS, ColumnType, CsvSettings
from flowza.engine.operations.csv_types import convert_as, infer

ARROW_TYPES: dict[ColumnType, pa.DataType] = {
    "integer": pa.int64(),
    "number": pa.float64(),
    "text": pa.large_string(),
    "boolean": pa.bool_(),
    "date": pa.timestamp("us"),
}


class Tokens(Protocol):
    """The cells of a file, in either shape."""

    def typed(self) -> pa.Table:
        """All columns: as settings.types says, otherwise inferred from every cell."""

    def text(self, names: list[str]) -> pa.Table:
        """These columns as text, null where missing."""

    def may_have_leading_zeros(self) -> bool:
        """False only if no cell can have one."""


class ArrowTokens:
    """pyarrow's multithreaded reader over the mapped file. pa.ArrowInvalid: it gave up."""

    def __init__(self, content: mmap.mmap, settings: CsvSettings, names: tuple[str, ...], multiline: bool) -> None:
        self._content = content
        self._settings = settings
        self._names = names
        self._multiline = multiline

    def typed(self) -> pa.Table:
        settings = self._settings
        types = {
            name: pa.string() if name in settings.date_formats else ARROW_TYPES[kind]
            for name, kind in settings.types.items()
            if name in self._names
        }
        try:
            table = self._read(types)
        except pa.ArrowInvalid:
            if not types:
                raise
            table = self._read(dict.fromkeys(types, pa.string()))
        if any(pa.types.is_binary(kind) for kind in table.schema.types):
            raise pa.ArrowInvalid("invalid UTF-8")
        for name, kind in settings.types.items():
            if name in self._names and kind != "text" and table.column(name).type == pa.string():
                column = convert_as(table.column(name), kind, settings, name, 1 + settings.header)
                table = table.set_column(table.column_names.index(name), name, column)
        return table

    def text(self, names: list[str]) -> pa.Table:
        return self._read(dict.fromkeys(names, pa.string()), names)

    def may_have_leading_zeros(self) -> bool:
        return may_have_leading_zeros(self._content, self._settings)

    def _read(self, types: dict[str, pa.DataType], include: list[str] | None = None) -> pa.Table:
        settings = self._settings
        return arrow_csv.read_csv(
            pa.BufferReader(pa.py_buffer(self._content)),
            read_options=arrow_csv.ReadOptions(
                column_names=list(self._names), skip_rows_after_names=int(settings.header)
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=settings.delimiter, quote_char=settings.quote, newlines_in_values=self._multiline
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=types,
                include_columns=include,
                null_values=list(settings.missing),
                strings_can_be_null=True,
                true_values=list(TRUE_WORDS),
                false_values=list(FALSE_WORDS),
                decimal_point=settings.decimal,
            ),
        )


class PandasTokens:
    """pandas' C reader, every cell as text, converted afterwards."""

    def __init__(self, path: Path, settings: CsvSettings, names: tuple[str, ...]) -> None:
        frame = pd.read_csv(
            path,
            sep=settings.delimiter,
            quotechar=settings.quote,
            encoding="utf-8",
            header=0 if settings.header else None,
            names=list(names),
            index_col=False,
            dtype="str",
            na_values=list(settings.missing),
            keep_default_na=False,
        )
        self._settings = settings
        self._cells = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
        self._cells = self._cells.cast(pa.schema([(name, pa.large_string()) for name in names]))

    def typed(self) -> pa.Table:
        settings = self._settings
        columns = [
            convert_as(column, settings.types[name], settings, name, 1 + settings.header)
            if name in settings.types
            else infer(column, settings)
            for name, column in zip(self._cells.column_names, self._cells.columns, strict=True)
        ]
        return pa.table(columns, names=self._cells.column_names)

    def text(self, names: list[str]) -> pa.Table:
        return self._cells.select(names)

    def may_have_leading_zeros(self) -> bool:
        return True
