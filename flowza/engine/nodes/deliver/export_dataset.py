"""Export dataset: the table that comes in, as a file to download."""

from __future__ import annotations

from typing import Literal

from flowza.engine.context import Context, Effect
from flowza.engine.node import Inputs, Node, Output
from flowza.engine.operations.csv_writing import write_csv
from flowza.engine.operations.parquet import write_parquet
from flowza.engine.params import Params, param
from flowza.engine.ports import DATASET_IN, REPORT_OUT
from flowza.engine.report import Note, Report
from flowza.engine.table import ROLE_NAMES, Table


class ExportDatasetParams(Params):
    format: Literal["csv", "parquet"] = param("csv", label="Format", choices={"csv": "CSV", "parquet": "Parquet"})
    name: str = param("dataset", label="File name", min_length=1, max_length=80, pattern=r"^[\w][\w .-]*$")
    with_role: bool = param(
        False,
        label="Add a column 'role'",
        help="Says for each row whether it is a training or a test row.",
        advanced=True,
    )


class ExportDataset(Node):
    """Writes the table as a file that can be downloaded from the run's page.

    In CSV, text that a spreadsheet would run as a formula is quoted with an apostrophe.
    """

    kind = "export_dataset"
    label = "Export dataset"
    category = "deliver"
    icon = "file-export"
    summary = "Write the table as CSV or Parquet."
    role = "deliver"
    inputs = (DATASET_IN,)
    outputs = (REPORT_OUT,)
    has_effect = True
    Params = ExportDatasetParams

    def run(self, inputs: Inputs, context: Context) -> dict[str, Output]:
        table: Table = inputs["table"][0]
        if context.outbox is None:
            raise self.error("This run has no place for files, so nothing can be exported.")
        frame = table.frame
        if self.params.with_role and table.roles is not None:
            if "role" in frame.columns:
                raise self.error(
                    "There is a column 'role' already.", column="role", hint="Rename it, or leave roles out."
                )
            roles = dict(zip(table.anchor.index, table.roles.tolist(), strict=True))
            frame = frame.assign(role=[ROLE_NAMES[roles[label]] for label in frame.index])
        file = f"{self.id}.{self.params.format}"
        path = context.outbox / file
        if self.params.format == "csv":
            write_csv(frame, path)
        else:
            write_parquet(frame.reset_index(drop=True), path)
        download = f"{self.params.name}.{self.params.format}"
        facts = {"file": file, "name": download, "rows": len(frame), "bytes": path.stat().st_size}
        context.effect(Effect("export_file", self.id, facts))
        note = Note("note", f"{len(frame)} rows and {frame.shape[1]} columns written to {download}.")
        return {"report": Report(f"Exported: {download}", notes=[note])}
