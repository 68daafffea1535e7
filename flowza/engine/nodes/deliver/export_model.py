"""Export model: the model file with what is needed to understand it, as one archive to download."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path

from flowza.engine.context import Context, Effect
from flowza.engine.model import Model
from flowza.engine.model_package import package_files
from flowza.engine.node import Inputs, Node, Output
from flowza.engine.params import Params, param
from flowza.engine.ports import MODEL_IN, REPORT_OUT
from flowza.engine.report import Note, Report, ReportTable
from flowza.engine.store import write_bundle


class ExportModelParams(Params):
    name: str = param("model", label="File name", min_length=1, max_length=80, pattern=r"^[\w][\w .-]*$")


class ExportModel(Node):
    """Writes an archive that can be downloaded from the run's page.

    It holds the model file, its signature (what goes in and what comes out), a page that says how to read them and,
    where its steps can be written as one, the Python script that trains the same model. The data stays here.
    """

    kind = "export_model"
    label = "Export model"
    category = "deliver"
    icon = "package-export"
    summary = "Take the model away as a file, with its signature and its script."
    role = "deliver"
    inputs = (MODEL_IN,)
    outputs = (REPORT_OUT,)
    has_effect = True
    uses_openmp = True
    Params = ExportModelParams

    def run(self, inputs: Inputs, context: Context) -> dict[str, Output]:
        model: Model = inputs["model"][0]
        if context.outbox is None:
            raise self.error("This run has no place for files, so nothing can be exported.")
        path = context.outbox / f"{self.id}.zip"
        files = self.archive(model, path)
        download = f"{self.params.name}.zip"
        facts = {"file": path.name, "name": download, "bytes": path.stat().st_size}
        context.effect(Effect("export_file", self.id, facts))
        note = Note("note", f"{model.name} written to {download}, trained on {model.training_rows:,} rows.")
        return {"report": Report(f"Exported: {download}", tables=[contents(files)], notes=[note])}

    def archive(self, model: Model, path: Path) -> dict[str, bytes]:
        """Write the archive and give its files."""
        file = f"{self.params.name}.flowza-model.zip"
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder, "model.zip")
            digest = write_bundle(model, place, {"source": model.table.source.key, "node": model.node})
            files = {file: place.read_bytes(), **package_files(model, file, digest, self.params.name)}
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0)), content)
        return files


WHAT = {
    ".zip": "The model file: all learned steps and the estimator.",
    ".json": "What goes in and what comes out.",
    ".txt": "How to read these files.",
    ".py": "Trains the same model, without Flowza.",
}


def contents(files: dict[str, bytes]) -> ReportTable:
    rows = [[name, WHAT[Path(name).suffix], len(content)] for name, content in files.items()]
    return ReportTable("In the archive", ["File", "What it is", "Bytes"], rows)
