"""CSV: a stored dataset."""

from __future__ import annotations

import json

import pandas as pd
from pydantic import ValidationError

from flowza.engine.context import Context, DatasetSource, Resources
from flowza.engine.errors import NodeError
from flowza.engine.node import SampledRows, SourceNode, TargetParams
from flowza.engine.operations.csv_sentences import problem_of
from flowza.engine.operations.parquet import read_sample
from flowza.engine.operations.reading import CsvSettings, TableRefused, read_csv, read_parquet
from flowza.engine.params import param


class CsvParams(TargetParams):
    dataset: str = param("", label="Dataset", help="One of your uploaded tables.", dataset=True)


class Csv(SourceNode):
    """Brings in the rows of an uploaded table.

    The file was read once, at upload, with the separator, decimal mark and words for "missing" that were
    found in it or that you chose there; a change of these makes a new version of the dataset. Each row
    keeps its number for messages.

    Choose the column to predict here, at the Split or at the model: one place is enough. Rows without a
    value in it are left out.
    """

    kind = "csv"
    label = "CSV"
    category = "sources"
    icon = "file-spreadsheet"
    summary = "Brings in the rows of an uploaded table."
    Params = CsvParams

    def load(self, context: Context) -> tuple[pd.DataFrame, list[str]]:
        found = self._found(context.resources)
        try:
            if found.format == "parquet":
                return read_parquet(found.path), []
            frame, notices = read_csv(found.path, CsvSettings.model_validate(dict(found.settings)))
        except TableRefused as refusal:
            raise self.error(
                f"'{found.name}': {refusal.message}", column=refusal.column or "", hint=refusal.hint, code=refusal.code
            ) from refusal
        except ValidationError as error:
            raise self.error(
                f"The import settings of '{found.name}' are not valid. {problem_of(error).message}",
                hint="Import the file again.",
                code="settings",
            ) from error
        except FileNotFoundError as error:
            raise self._gone(found) from error
        return frame, [notice.text for notice in notices]

    def sample(self, context: Context, rows: int) -> SampledRows:
        found = self._found(context.resources)
        if found.format != "parquet":
            return super().sample(context, rows)
        try:
            return SampledRows(*read_sample(found.path, rows, context.seed), [])
        except FileNotFoundError as error:
            raise self._gone(found) from error

    def key_material(self, resources: Resources) -> str:
        """Raises NodeError when no dataset is chosen or there is none of that name."""
        found = self._found(resources)
        settings = dict(found.settings) if found.format == "csv" else {}
        return json.dumps([found.format, found.digest, settings], sort_keys=True)

    def _gone(self, found: DatasetSource) -> NodeError:
        return self.error(f"The file of '{found.name}' is gone.", hint="Upload it again.", code="missing_dataset")

    def _found(self, resources: Resources) -> DatasetSource:
        if not self.params.dataset:
            raise self.error("No dataset is chosen.", hint="Choose one, or upload a file.", code="no_dataset")
        try:
            return resources.dataset(self.params.dataset)
        except NodeError as error:
            error.node = error.node or self.id
            raise
        except LookupError as error:
            message = str(error.args[0]) if error.args and not isinstance(error, KeyError) else ""
            raise self.error(
                message or f"There is no dataset '{self.params.dataset}'.",
                hint="Choose another dataset.",
                code="missing_dataset",
            ) from error
