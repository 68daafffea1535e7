"""A workflow as a Jupyter notebook: the script's parts as cells, a heading for each step, and figures."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from flowza.engine.catalogue import catalogue
from flowza.engine.export.assemble import ONE_THREAD, Parts, threads_line
from flowza.engine.export.collect import RunOutputs
from flowza.engine.export.data import DataFormat
from flowza.engine.export.names import markdown
from flowza.engine.export.script import Exporter, folder_or_temporary
from flowza.engine.export.writer import Section

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def export_notebook(
    run: RunOutputs, name: str, folder: Path | None = None, *, data: DataFormat = "parquet"
) -> dict[str, Any]:
    """The notebook (nbformat 4.5) of a run, as JSON; its tables are written into the folder, if one is given.

    It looks for them in the folder that it is started in. Raises NotExportable for a step that has no source.
    """
    with folder_or_temporary(folder) as place:
        parts = Exporter(run, name, place, data, figures=True).parts("Path.cwd()")
    cells = [cell for part in notebook_cells(parts) for cell in part]
    numbered = [{"cell_type": kind, "id": cell_id(number, source)} for number, (kind, source) in enumerate(cells)]
    contents = [content(kind, source) for kind, source in cells]
    return {
        "cells": [{**head, **rest} for head, rest in zip(numbered, contents, strict=True)],
        "metadata": METADATA,
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def content(kind: str, source: str) -> dict[str, Any]:
    if kind == "markdown":
        return {"metadata": {}, "source": source}
    return {"execution_count": None, "metadata": {}, "outputs": [], "source": source}


def cell_id(number: int, source: str) -> str:
    """The same for the same content at the same place."""
    return hashlib.blake2b(f"{number}:{source}".encode(), digest_size=6).hexdigest()


def notebook_cells(parts: Parts) -> list[list[tuple[str, str]]]:
    future = ["from __future__ import annotations\n"] if parts.future else []
    setup = [*future, f"import os\n\n{ONE_THREAD}\n{threads_line()}\n", *parts.imports]
    first = [
        ("markdown", "\n".join([f"# {markdown(parts.title)}", "", *parts.notes])),
        ("code", "\n".join(setup)),
        ("code", "\n".join([*parts.settings, *parts.constants])),
    ]
    if parts.functions:
        first += [("markdown", "## Functions of the steps"), ("code", "\n\n\n".join(parts.functions))]
    last = [("markdown", "## Metrics"), ("code", "\n".join(parts.last))]
    return [first, *(section_cells(section) for section in parts.sections), last]


def section_cells(section: Section) -> list[tuple[str, str]]:
    summary = section.note or catalogue()[section.kind].summary
    if not section.lines and not section.note:
        summary = "Found nothing to do on these columns."
    heading = ("markdown", f"## {markdown(section.heading)}\n\n{summary}")
    lines = [*section.lines, *section.figures]
    return [heading, ("code", "\n".join(lines))] if lines else [heading]
