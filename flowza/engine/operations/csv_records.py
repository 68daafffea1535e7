"""CSV text that someone sends for a table whose file was read before: the same settings, nothing guessed."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd
import pyarrow as pa

from flowza.engine.operations.csv_checks import examine_records, final_names, header_of
from flowza.engine.operations.csv_parsing import parse_as_settled
from flowza.engine.operations.csv_settings import CsvSettings
from flowza.engine.operations.csv_source import plain_text
from flowza.engine.operations.csv_tokens import PandasTokens
from flowza.engine.operations.csv_types import convert_as
from flowza.engine.operations.refusals import TableRefused

UNPACKED_LIMIT = 64 * 1024**2


def read_records(content: bytes, settings: CsvSettings, *, unpacked_limit: int = UNPACKED_LIMIT) -> pd.DataFrame:
    """The rows of a CSV as a reading with these settled settings (`ReadTable.settings`) would give them.

    With a header the columns are found by their names, in any order; some may be absent, and those that the settings
    do not know are text. Without one there must be as many as the settings name. Where integers or truth values are
    missing the column is float64 or text. Raises TableRefused, naming column, line and cell for one that does not
    fit a column that may not lose cells.
    """
    if not content:
        raise TableRefused("The text is empty.", code="empty", hint="Send a header and at least one row.")
    with tempfile.TemporaryDirectory(prefix="flowza-records-") as folder:
        path = Path(folder) / "records.csv"
        path.write_bytes(content)
        with plain_text(path, settings.encoding, unpacked_limit) as plain:
            return _frame(plain, settings)


def _frame(path: Path, settings: CsvSettings) -> pd.DataFrame:
    if b"\0" in path.read_bytes():
        raise TableRefused("The text holds a NUL byte.", code="nul_byte", hint="Send it in the file's encoding.")
    cells = header_of(path, settings)
    names = final_names(cells, settings.header)[0]
    if not settings.header and settings.names is not None:
        if len(settings.names) != len(cells):
            raise TableRefused(
                f"The rows have {len(cells):,} cells; {len(settings.names):,} are expected.",
                code="ragged",
                hint=f"Send {', '.join(settings.names[:8])} in this order, divided by '{settings.delimiter}'.",
            )
        names = settings.names
    examine_records(path, settings, len(names))
    table = PandasTokens(path, settings, names).text(list(names))
    if not table.num_rows:
        raise TableRefused("There is a header but no row.", code="header_only", hint="Send at least one row.")
    known = settings.without_columns(settings.columns_told - set(names))
    plan = known.model_copy(update={"types": dict.fromkeys(names, "text") | known.types})
    first = 1 + settings.header
    columns = [_column(table.column(name), name, plan.as_cells(), first) for name in names]
    frame = pa.table(columns, names=list(names)).to_pandas()
    frame = frame.astype({name: "str" for name in names if plan.as_cells().types[name] == "text"})
    return parse_as_settled(frame, plan, plan.as_cells().types).frame


def _column(cells: pa.ChunkedArray, name: str, settings: CsvSettings, first_line: int) -> pa.ChunkedArray:
    kind = settings.types[name]
    column = convert_as(cells, kind, settings, name, first_line)
    if kind == "number" or (kind == "integer" and column.null_count):
        return column.cast(pa.float64())
    if kind == "boolean" and column.null_count:
        return cells
    return column
